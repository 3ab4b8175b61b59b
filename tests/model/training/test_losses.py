"""Losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from model.training.losses import (
    EDGE_REACH,
    PLAIN,
    Emphasis,
    best_of_three,
    click_loss,
    dice_loss,
    focal_loss,
    mask_iou,
    mask_loss,
    near_edge,
    pixel_weights,
    prompt_loss,
)

SURE = 20.0


def _maps(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, -1)


def test_focal_loss_of_an_undecided_pixel() -> None:
    wanted = 0.5 * 0.5**2 * math.log(2)
    assert focal_loss(_maps(0.0), _maps(1.0)).item() == pytest.approx(wanted)


def test_a_sure_and_right_answer_costs_nothing() -> None:
    target = _maps(1.0, 0.0, 1.0, 0.0)
    logits = (target * 2 - 1) * SURE
    assert mask_loss(logits, target).item() == pytest.approx(0, abs=1e-6)


def test_dice_loss_of_half_an_object() -> None:
    logits, target = _maps(SURE, -SURE, -SURE), _maps(1.0, 1.0, 0.0)
    assert dice_loss(logits, target).item() == pytest.approx(1 - (2 * 1 + 1) / (1 + 2 + 1))


def test_iou_of_logits() -> None:
    logits = torch.stack([_maps(1.0, 1.0, -1.0)[0], _maps(-1.0, -1.0, -1.0)[0]])
    target = torch.stack([_maps(1.0, 0.0, 1.0)[0], _maps(0.0, 0.0, 0.0)[0]])
    assert mask_iou(logits, target).tolist() == pytest.approx([1 / 3, 1.0])


def _one_right(index: int) -> tuple[torch.Tensor, torch.Tensor]:
    target = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    logits = torch.full((1, 4, 2, 2), -SURE)
    logits[0, index] = (target[0] * 2 - 1) * SURE
    return logits, target


def test_an_ambiguous_prompt_is_judged_by_its_best_candidate() -> None:
    logits, target = _one_right(2)
    iou = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    loss = prompt_loss(logits, iou, target, torch.tensor([True]))
    assert loss.item() == pytest.approx(0, abs=1e-5)


def test_the_single_mask_is_not_asked_of_an_ambiguous_prompt() -> None:
    logits, target = _one_right(0)
    iou = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    assert prompt_loss(logits, iou, target, torch.tensor([True])).item() > 1
    assert prompt_loss(logits, iou, target, torch.tensor([False])).item() < 1e-5


def test_a_wrong_predicted_iou_costs_its_square() -> None:
    logits, target = _one_right(0)
    iou = torch.tensor([[0.4, 0.0, 0.0, 0.0]])
    loss = prompt_loss(logits, iou, target, torch.tensor([False]))
    assert loss.item() == pytest.approx(0.36, abs=1e-4)


def test_only_the_best_candidate_learns() -> None:
    logits, target = _one_right(1)
    logits = (logits / SURE).requires_grad_()
    loss = prompt_loss(logits, torch.zeros(1, 4), target, torch.tensor([True]))
    torch.autograd.backward(loss)
    assert logits.grad is not None
    learned = [bool(logits.grad[0, k].abs().sum() > 0) for k in range(4)]
    assert learned == [False, True, False, False]


def _clicked(x: float, y: float, said: int, found: float = -SURE) -> float:
    target = torch.zeros(1, 20, 20)
    target[0, 8:13, 8:13] = 1
    logits = torch.full((1, 20, 20), found)
    loss = click_loss(logits, target, torch.tensor([[[x, y]]]), torch.tensor([[said]]))
    return float(loss.item())


def test_a_click_that_came_out_as_it_was_said_costs_nothing() -> None:
    assert _clicked(10.5, 10.5, 1, found=SURE) == pytest.approx(0, abs=1e-6)
    assert _clicked(2.5, 2.5, 0, found=-SURE) == pytest.approx(0, abs=1e-6)


def test_a_click_that_was_not_obeyed_costs_its_entropy() -> None:
    assert _clicked(10.5, 10.5, 1) == pytest.approx(SURE, rel=1e-3)


def test_what_lies_near_a_click_but_belongs_to_the_other_side_is_not_asked_for() -> None:
    assert _clicked(8.5, 8.5, 1, found=SURE) == pytest.approx(0, abs=1e-6)


def test_a_click_at_the_border_and_a_padding_point_are_no_trouble() -> None:
    assert _clicked(0.0, 19.9, 0, found=-SURE) == pytest.approx(0, abs=1e-6)
    assert _clicked(10.5, 10.5, -1) == 0.0


def _square(side: int = 16, low: int = 5, high: int = 11) -> torch.Tensor:
    target = torch.zeros(1, side, side)
    target[0, low:high, low:high] = 1
    return target


def test_near_the_edge_is_what_has_the_other_kind_within_reach() -> None:
    row = near_edge(_square(low=5, high=16))[0, 12]
    assert row.nonzero()[:, 0].tolist() == list(range(5 - EDGE_REACH, 5 + EDGE_REACH))
    assert not bool(near_edge(torch.ones(1, 8, 8)).any())


def test_without_emphasis_every_pixel_weighs_the_same() -> None:
    assert pixel_weights(PLAIN, _square(), torch.zeros(1, 1, 16, 16)) is None
    assert pixel_weights(Emphasis(kept=1.0), _square(), None) is None


def test_a_pixel_that_was_right_weighs_more_than_one_that_was_not() -> None:
    target = _square()
    before = torch.where(_square(high=8) > 0, SURE, -SURE)[:, None]
    weights = pixel_weights(Emphasis(kept=1.5), target, before)
    assert weights is not None
    assert weights[0, 6, 6].item() == 2.5
    assert weights[0, 9, 9].item() == 1.0
    assert weights[0, 0, 0].item() == 2.5


def test_losing_what_was_right_costs_more_than_missing_it_again() -> None:
    target = _square()
    before = torch.where(_square(high=8) > 0, 2.0, -2.0)[:, None]
    lost = torch.full((1, 4, 16, 16), -2.0)
    weights = pixel_weights(Emphasis(kept=1.5), target, before)
    single, iou = torch.tensor([False]), torch.zeros(1, 4)
    plain = prompt_loss(lost, iou, target, single)
    assert prompt_loss(lost, iou, target, single, weights) > plain


def test_the_best_of_three_learns_at_a_second_prompt_too() -> None:
    logits, target = _one_right(2)
    iou = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    assert best_of_three(logits, iou, target).tolist() == pytest.approx([0], abs=1e-5)
    logits[0, 2] = -SURE
    assert best_of_three(logits, iou, target).item() > 1
