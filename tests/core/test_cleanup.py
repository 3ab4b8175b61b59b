from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.cleanup import fill_holes, grow, keep_largest, remove_specks, shrink
from app.core.mask import Mask

Bool = npt.NDArray[np.bool_]
MASKS = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda size: arrays(np.bool_, size)
)
RADII = st.sampled_from([0, 0.5, 1, 1.5, 2, 3, 5])


def drawn(*lines: str) -> Mask:
    return Mask.from_array(np.array([[letter == "#" for letter in line] for line in lines]))


def within(pixels: Bool, radius: float) -> Bool:
    """Pixels no farther than ``radius`` from a pixel of ``pixels``, by trying every pair."""
    ys, xs = np.nonzero(pixels)
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    squared = (y[..., None] - ys) ** 2 + (x[..., None] - xs) ** 2
    return np.asarray((squared <= radius * radius).any(axis=-1))


def test_holes_are_filled_whatever_their_shape() -> None:
    holed = drawn("......", ".####.", ".#..#.", ".##.#.", ".####.", "......")
    assert fill_holes(holed) == drawn("......", ".####.", ".####.", ".####.", ".####.", "......")


def test_only_holes_below_the_size_are_filled() -> None:
    holed = drawn("#######", "#.#...#", "#######")
    assert fill_holes(holed, below_px=3) == drawn("#######", "###...#", "#######")
    assert fill_holes(holed, below_px=4).area == 21
    assert fill_holes(holed, below_px=1) is holed


def test_background_that_reaches_the_outside_is_no_hole() -> None:
    bay = drawn("####", "#...", "####")
    assert fill_holes(bay) is bay
    at_the_edge = drawn("###", "#.#")
    assert fill_holes(at_the_edge) is at_the_edge


def test_a_hole_closed_only_by_corners_is_closed() -> None:
    assert fill_holes(drawn(".#.", "#.#", ".#.")).area == 5


def test_specks_go_and_parts_joined_by_a_corner_count_as_one() -> None:
    mask = drawn("#...##", ".#..##", "....##", "......", "..#...")
    assert remove_specks(mask, 2) == drawn("#...##", ".#..##", "....##", "......", "......")
    assert remove_specks(mask, 3) == drawn("....##", "....##", "....##", "......", "......")
    assert remove_specks(mask, 1) is mask


def test_the_largest_part_is_no_speck() -> None:
    mask = drawn("#..##")
    assert remove_specks(mask, 100) == drawn("...##")
    assert keep_largest(mask) == drawn("...##")
    assert keep_largest(drawn("##...")) == drawn("##...")


def test_specks_of_the_paper_have_less_than_a_hundred_pixels() -> None:
    pixels = np.zeros((60, 60), np.bool_)
    pixels[:30, :30] = True
    pixels[40:49, 40:51] = True  # 99
    pixels[40:50, 5:15] = True  # 100
    assert remove_specks(Mask.from_array(pixels)).area == 1000


@given(MASKS, RADII)
def test_growing_adds_what_is_within_the_radius(pixels: Bool, radius: float) -> None:
    grown = grow(Mask.from_array(pixels), radius)
    assert np.array_equal(grown.to_array(), within(pixels, radius))


@given(MASKS, RADII)
def test_shrinking_takes_what_is_within_the_radius_of_background(
    pixels: Bool, radius: float
) -> None:
    shrunk = shrink(Mask.from_array(pixels), radius)
    assert np.array_equal(shrunk.to_array(), pixels & ~within(~pixels, radius))


def test_an_object_cut_by_the_edge_of_the_image_does_not_shrink_there() -> None:
    full = Mask.from_array(np.ones((5, 5), np.bool_))
    assert shrink(full, 2) is full


@pytest.mark.parametrize("repair", [fill_holes, remove_specks, keep_largest])
def test_a_mask_without_foreground_stays(repair: object) -> None:
    empty = Mask.empty(4, 5)
    assert callable(repair)
    assert repair(empty) is empty
    assert grow(empty, 3) is empty
    assert shrink(empty, 3) is empty


@given(MASKS)
def test_repairs_are_done_once_and_for_all(pixels: Bool) -> None:
    mask = Mask.from_array(pixels)
    for repair in (fill_holes, keep_largest, lambda m: remove_specks(m, 3)):
        assert repair(repair(mask)) is not None
        assert repair(repair(mask)) == repair(mask)


@pytest.mark.parametrize("radius", [-1, float("nan"), float("inf"), 20_000])
def test_a_radius_that_makes_no_sense_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        grow(Mask.empty(4, 5), radius)
    with pytest.raises(ValueError, match="radius"):
        shrink(Mask.empty(4, 5), radius)
