"""Clicks and boxes are drawn where they are."""

from __future__ import annotations

import torch

from model.architecture.prompt_encoder import (
    BOX_FIRST,
    BOX_LAST,
    NEGATIVE,
    NOT_A_POINT,
    POSITIVE,
    PromptEncoder,
)


def _maps(coordinates: list[list[float]], labels: list[int]) -> torch.Tensor:
    encoder = PromptEncoder(16, input_size=64, grid=8, click_maps=True)
    points = torch.tensor(coordinates).reshape(1, len(labels), 2)
    return encoder.click_discs(points, torch.tensor([labels], dtype=torch.int64))[0]


def test_a_click_is_a_disc_in_the_map_of_its_kind() -> None:
    positive, negative = _maps([[20.0, 40.0], [50.0, 10.0]], [POSITIVE, NEGATIVE])
    assert positive[20, 10] == 1
    assert negative[5, 25] == 1
    assert positive[5, 25] == negative[20, 10] == 0
    assert 20 < positive.sum() < 40


def test_all_outside_a_box_is_background() -> None:
    positive, negative = _maps([[16.0, 8.0], [48.0, 40.0]], [BOX_FIRST, BOX_LAST])
    assert positive.sum() == 0
    assert negative[10, 16] == 0
    assert all(negative[y, x] == 1 for x, y in ((4, 10), (28, 10), (16, 1), (16, 24)))
    assert negative.sum() == 32 * 32 - 16 * 16


def test_a_padding_token_draws_nothing() -> None:
    assert _maps([[0.0, 0.0]], [NOT_A_POINT]).sum() == 0


def test_no_tokens_draw_nothing() -> None:
    assert _maps([], []).sum() == 0
