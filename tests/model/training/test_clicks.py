"""Simulated prompts fit the object they ask for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.architecture.prompt_encoder import BOX_FIRST, NEGATIVE, NOT_A_POINT, POSITIVE
from model.training.clicks import deepest, filled, first_click, next_click, noisy_box
from model.training.interaction import Interaction, Prompts

Bool = npt.NDArray[np.bool_]
SHAPE = (9, 12)
masks = hnp.arrays(np.bool_, SHAPE)
objects = masks.filter(np.any)
chances = st.sampled_from([0.0, 0.5, 1.0])


@given(objects, chances, st.integers(0, 99))
def test_the_first_click_is_on_the_object(mask: Bool, central: float, seed: int) -> None:
    x, y = first_click(mask, central, np.random.default_rng(seed))
    assert mask[y, x]


@given(objects, masks, chances, st.integers(0, 99))
def test_a_later_click_is_in_the_error_and_tells_its_kind(
    mask: Bool, found: Bool, central: float, seed: int
) -> None:
    x, y, foreground = next_click(mask, found, central, np.random.default_rng(seed))
    assert foreground == mask[y, x]
    if not np.array_equal(mask, found):
        assert mask[y, x] != found[y, x]


@given(objects, st.sampled_from([1.0, 2.0, 4.0]), st.integers(0, 99))
def test_a_noisy_box_is_ordered_and_inside_the_picture(mask: Bool, cell: float, seed: int) -> None:
    x0, y0, x1, y1 = noisy_box(mask, cell, np.random.default_rng(seed))
    assert 0 <= x1 <= SHAPE[1] * cell
    assert 0 <= y1 <= SHAPE[0] * cell
    assert x0 < x1
    assert y0 < y1


def test_the_deepest_pixel_of_a_rectangle_is_its_middle() -> None:
    mask = np.zeros((11, 11), np.bool_)
    mask[2:9, 1:10] = True
    x, y, depth = deepest(mask)
    assert y == 5
    assert 4 <= x <= 6
    assert depth > 3


@given(objects, st.integers(0, 99))
def test_prompts_grow_by_one_token_a_click(mask: Bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    prompts = Prompts(np.stack([mask, mask]), 2.0, Interaction(), rng)
    assert prompts.labels.shape == (2, 2)
    prompts.add_clicks(np.zeros((2, *SHAPE), np.bool_))
    assert prompts.labels.shape == (2, 3)
    assert prompts.coordinates.shape == (2, 3, 2)
    assert set(prompts.labels[:, 2].tolist()) == {POSITIVE}
    for boxed, labels in zip(prompts.boxed, prompts.labels, strict=True):
        assert labels[0] == (BOX_FIRST if boxed else POSITIVE)
        assert boxed or labels[1] == NOT_A_POINT


def test_objects_that_fill_little_of_their_box_are_boxed_more_often() -> None:
    how = Interaction(box=0.2, sparse_box=0.6)
    assert how.box_chance(1.0) == how.box_chance(0.6) == 0.2
    assert how.box_chance(0.1) == how.box_chance(0.35) == 0.6
    assert 0.2 < how.box_chance(0.5) < 0.4
    diagonal, whole = np.eye(20, dtype=np.bool_), np.ones((20, 20), np.bool_)
    assert (filled(diagonal), filled(whole)) == (0.05, 1.0)
    prompts = Prompts(np.stack([diagonal, whole] * 200), 2.0, how, np.random.default_rng(0))
    assert 90 < prompts.boxed[::2].sum() < 150
    assert 20 < prompts.boxed[1::2].sum() < 60


def test_a_click_on_too_much_is_negative() -> None:
    mask = np.zeros(SHAPE, np.bool_)
    mask[4, 4] = True
    x, y, foreground = next_click(mask, np.ones(SHAPE, np.bool_), 1.0, np.random.default_rng(0))
    assert not foreground
    assert int(foreground) == NEGATIVE
    assert (x, y) != (4, 4)
