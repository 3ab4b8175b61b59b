"""An answer to a corrective click changes what the click is about; what was drawn by hand stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.correction import Drawn, is_local, local_answer, parts_near
from app.core.mask import Mask
from app.core.prompt import Point

Box = tuple[int, int, int, int]
SIZE = 40, 60
CHAIR: Box = (10, 10, 30, 30)


def mask(*boxes: Box, without: tuple[Box, ...] = ()) -> Mask:
    pixels = np.zeros(SIZE, np.bool_)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = True
    for x0, y0, x1, y1 in without:
        pixels[y0:y1, x0:x1] = False
    return Mask.from_array(pixels)


def test_a_positive_click_adds_its_part_and_costs_the_object_nothing() -> None:
    answer = mask(CHAIR, (30, 15, 40, 20), (50, 2, 58, 6), without=((10, 10, 14, 14),))
    found = local_answer(mask(CHAIR), answer, [Point(35, 17)])
    assert found == mask(CHAIR, (30, 15, 40, 20))


def test_a_negative_click_takes_its_part_away_and_adds_nothing() -> None:
    answer = mask(CHAIR, (40, 2, 48, 6), without=((10, 10, 14, 14), (26, 26, 30, 30)))
    found = local_answer(mask(CHAIR), answer, [Point(28, 28, positive=False)])
    assert found == mask(CHAIR, without=((26, 26, 30, 30),))


def test_clicks_made_in_quick_succession_each_get_what_they_are_about() -> None:
    answer = mask(CHAIR, (30, 15, 40, 20), without=((10, 10, 14, 14), (26, 26, 30, 30)))
    found = local_answer(mask(CHAIR), answer, [Point(35, 17), Point(12, 12, positive=False)])
    assert found == mask(CHAIR, (30, 15, 40, 20), without=((10, 10, 14, 14),))


def test_what_begins_near_the_click_is_meant_and_what_is_farther_is_not() -> None:
    answer = mask(CHAIR, (41, 10, 45, 14), (41, 30, 45, 34))
    assert local_answer(mask(CHAIR), answer, [Point(40.5, 11.5)]) == mask(CHAIR, (41, 10, 45, 14))
    assert local_answer(mask(CHAIR), answer, [Point(38.5, 11.5)]) == mask(CHAIR)


def test_an_answer_that_changes_nothing_at_the_click_leaves_the_mask_itself() -> None:
    before = mask(CHAIR)
    assert local_answer(before, mask(CHAIR, (50, 2, 58, 6)), [Point(35, 35)]) is before


def test_parts_hang_together_over_corners() -> None:
    stairs = mask((0, 0, 2, 2), (2, 2, 4, 4), (6, 6, 8, 8))
    assert parts_near(stairs, [Point(0.5, 0.5)], 1) == mask((0, 0, 2, 2), (2, 2, 4, 4))


def test_parts_near_points_beside_them_are_found_and_of_nothing_there_are_none() -> None:
    assert parts_near(mask(CHAIR), [Point(9.5, 12.5)], 1) == mask(CHAIR)
    assert parts_near(mask(CHAIR), [Point(90, 12), Point(-5, -5)], 3).area == 0
    assert parts_near(mask(), [Point(1, 1)], 5).area == 0


@given(seed=st.integers(0, 10**6), x=st.integers(0, 59), y=st.integers(0, 39), sign=st.booleans())
def test_pixels_change_by_the_sign_of_the_click_and_as_the_answer_says(
    seed: int, x: int, y: int, sign: bool
) -> None:
    drawn = np.random.default_rng(seed)
    before, answer = (Mask.from_array(drawn.random(SIZE) < 0.5) for _ in range(2))
    found = local_answer(before, answer, [Point(x + 0.5, y + 0.5, sign)])
    added, removed = found.subtract(before), before.subtract(found)
    assert (removed if sign else added).area == 0
    assert added.subtract(answer).area == 0
    assert not removed.overlaps(answer)
    assert found.contains(x, y) == (answer if sign != before.contains(x, y) else before).contains(
        x, y
    )


@pytest.mark.parametrize(
    ("answer", "estimate", "local"),
    [
        ((10, 10, 30, 12), 0.5, False),
        ((10, 10, 30, 12), 0.85, True),
        ((10, 10, 30, 29), 0.5, True),
        (CHAIR, 0.0, True),
    ],
)
def test_an_answer_counts_as_a_whole_where_a_bad_mask_becomes_another(
    answer: Box, estimate: float, local: bool
) -> None:
    assert is_local(mask(CHAIR), mask(answer), estimate) is local


def test_what_was_drawn_stays_through_answers_that_know_nothing_of_it() -> None:
    before = mask(CHAIR)
    brushed = mask(CHAIR, (40, 5, 44, 9), without=((20, 20, 22, 22),))
    drawn = Drawn().with_edit(before, brushed)
    assert drawn.applied_to(mask(CHAIR)) == brushed
    assert drawn.applied_to(brushed) is brushed


def test_the_newer_of_two_strokes_counts() -> None:
    first, second = mask(CHAIR, (40, 5, 44, 9)), mask(CHAIR, (42, 5, 44, 9))
    drawn = Drawn().with_edit(mask(CHAIR), first).with_edit(first, second)
    assert drawn.added == mask((42, 5, 44, 9))
    assert drawn.removed == mask((40, 5, 42, 9))
    assert drawn.with_edit(second, mask(CHAIR)).applied_to(first) == mask(CHAIR)


def test_a_mask_drawn_from_nothing_is_drawn_all_of_it() -> None:
    assert Drawn().with_edit(None, mask(CHAIR)) == Drawn(added=mask(CHAIR))


def test_a_click_that_says_the_opposite_gives_up_the_stroke_under_it() -> None:
    drawn = Drawn(mask((0, 0, 5, 5), (20, 0, 25, 5)), mask((40, 0, 45, 5)))
    left = drawn.without_at([Point(2, 2, positive=False), Point(42, 2)])
    assert left == Drawn(added=mask((20, 0, 25, 5)))
    assert drawn.without_at([Point(2, 2), Point(42, 2, positive=False)]) is drawn
