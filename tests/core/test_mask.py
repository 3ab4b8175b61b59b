from __future__ import annotations

import pickle

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.mask import Mask, boxes_meet, union_of

Bool = npt.NDArray[np.bool_]
PAIRS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.tuples(arrays(np.bool_, size), arrays(np.bool_, size))
)


@given(PAIRS)
def test_two_masks_are_equal_if_their_pixels_are(pair: tuple[Bool, Bool]) -> None:
    first, second = Mask.from_array(pair[0]), Mask.from_array(pair[1])
    assert (first == second) == np.array_equal(*pair)
    assert first == Mask.from_array(pair[0].copy())
    assert hash(first) == hash(Mask.from_array(pair[0].copy()))


def test_equal_pixels_in_another_shape_are_another_mask() -> None:
    assert Mask.empty(2, 6) != Mask.empty(3, 4)
    assert Mask.empty(2, 6) != "a mask"


def test_runs_written_in_a_longer_form_are_the_same_mask() -> None:
    longer = Mask(4, 5, np.array([3, 0, 2, 1, 0, 1, 13, 0]))
    assert longer == Mask(4, 5, np.array([5, 2, 13]))
    assert longer.counts == Mask(4, 5, np.array([5, 2, 13])).counts


@given(PAIRS)
def test_a_mask_survives_the_text_form_and_the_list_form(pair: tuple[Bool, Bool]) -> None:
    mask = Mask.from_array(pair[0])
    assert Mask.from_counts(mask.counts, mask.height, mask.width) == mask
    assert Mask.from_counts(mask.counts.encode(), mask.height, mask.width) == mask
    assert Mask.from_counts(mask.runs.tolist(), mask.height, mask.width) == mask
    assert np.array_equal(mask.to_array(), pair[0])


@given(PAIRS)
def test_edits_are_those_of_the_pixels(pair: tuple[Bool, Bool]) -> None:
    a, b = pair
    first, second = Mask.from_array(a), Mask.from_array(b)
    assert np.array_equal(first.union(second).to_array(), a | b)
    assert np.array_equal(first.subtract(second).to_array(), a & ~b)
    assert first.overlaps(second) == bool((a & b).any())
    joined = np.count_nonzero(a | b)
    assert first.iou(second) == (np.count_nonzero(a & b) / joined if joined else 0.0)


def test_a_mask_cannot_be_changed_through_the_array_it_was_made_of() -> None:
    runs = np.array([5, 2, 13])
    mask = Mask(4, 5, runs)
    runs[0] = 7
    assert mask.runs.tolist() == [5, 2, 13]
    with pytest.raises(ValueError, match="read-only"):
        mask.runs[0] = 7


def test_area_box_and_bounds_are_known() -> None:
    mask = Mask.from_counts("5220003", 4, 5)
    assert (mask.area, mask.bounds, mask.bbox) == (6, (1, 1, 4, 3), (1, 1, 3, 2))
    empty = Mask.empty(4, 5)
    assert (empty.area, empty.bounds, empty.bbox) == (0, None, (0, 0, 0, 0))


def test_a_point_belongs_to_the_pixel_it_lies_in() -> None:
    mask = Mask.from_array(np.array([[False, True], [False, False]]))
    assert mask.contains(1.0, 0.0)
    assert mask.contains(1.99, 0.99)
    assert not mask.contains(0.99, 0.5)
    assert not mask.contains(1.5, 1.0)


@pytest.mark.parametrize("point", [(-0.01, 0), (2, 0), (0, 2), (0, -1), (float("nan"), 0)])
def test_no_point_outside_the_image_belongs_to_a_mask(point: tuple[float, float]) -> None:
    assert not Mask.from_array(np.ones((2, 2), np.bool_)).contains(*point)


def test_a_crop_shows_every_nth_pixel_of_the_box() -> None:
    pixels = np.random.default_rng(1).random((40, 30)) < 0.5
    mask = Mask.from_array(pixels)
    assert np.array_equal(mask.crop((3, 5, 28, 37)), pixels[5:37, 3:28])
    assert np.array_equal(mask.crop((3, 5, 28, 37), stride=4), pixels[5:37:4, 3:28:4])


def test_a_mask_is_placed_into_an_image() -> None:
    placed = Mask.from_window(np.ones((2, 3), np.bool_), 1, 1, 4, 5)
    assert placed == Mask.from_counts("5220003", 4, 5)


@pytest.mark.parametrize("edit", ["union", "subtract", "iou", "overlaps"])
def test_masks_of_different_images_do_not_mix(edit: str) -> None:
    with pytest.raises(ValueError, match="sizes"):
        getattr(Mask.empty(2, 6), edit)(Mask.empty(3, 4))


def test_runs_that_do_not_tile_the_image_are_no_mask() -> None:
    with pytest.raises(ValueError, match="cover 19 pixels"):
        Mask(4, 5, np.array([19]))


def test_a_mask_reaches_another_process_whole() -> None:
    mask = Mask.from_counts("5220003", 4, 5)
    assert pickle.loads(pickle.dumps(mask)) == mask  # noqa: S301  our own bytes


def test_boxes_that_only_touch_do_not_meet() -> None:
    assert boxes_meet((0, 0, 2, 2), (1, 1, 3, 3))
    assert not boxes_meet((0, 0, 2, 2), (2, 0, 4, 2))
    assert not boxes_meet((0, 0, 2, 2), (0, 2, 2, 4))
    assert not boxes_meet(None, (0, 0, 2, 2))


def test_the_union_of_nothing_is_empty() -> None:
    left = Mask.from_window(np.ones((1, 1), np.bool_), 0, 0, 2, 2)
    right = Mask.from_window(np.ones((1, 1), np.bool_), 1, 1, 2, 2)
    assert union_of([], 2, 2) == Mask.empty(2, 2)
    assert union_of([left, right], 2, 2).area == 2
