"""Objects taken apart, cut and moved keep every pixel that they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.mask import Mask, union_of
from app.core.shapes import cut, cutting_line, moved, parts, share_in

MASKS = arrays(np.bool_, (12, 17)).map(Mask.from_array)


def drawn(*lines: str) -> Mask:
    return Mask.from_array(np.array([[letter == "#" for letter in line] for line in lines]))


def cut_along(mask: Mask, track: list[tuple[float, float]]) -> tuple[Mask, ...]:
    return cut(mask, cutting_line(track, *mask.size))


def test_parts_come_largest_first_and_hang_together_over_corners() -> None:
    mask = drawn("#....##", ".#...##", "....##.", "#......")
    assert parts(mask) == (
        drawn(".....##", ".....##", "....##.", "......."),
        drawn("#......", ".#.....", ".......", "......."),
        drawn(".......", ".......", ".......", "#......"),
    )


def test_a_mask_of_one_part_is_that_part_and_an_empty_one_has_none() -> None:
    whole = drawn(".##.", ".##.")
    assert parts(whole)[0] is whole
    assert parts(Mask.empty(4, 4)) == ()


@given(MASKS)
def test_parts_are_the_mask_again_and_share_nothing(mask: Mask) -> None:
    found = parts(mask)
    assert union_of(found, *mask.size) == mask
    assert sum(part.area for part in found) == mask.area
    assert all(len(parts(part)) == 1 for part in found)


def test_a_line_across_an_object_makes_two_of_it_and_loses_no_pixel() -> None:
    mask = drawn("..........", ".########.", ".########.", "..........")
    pieces = cut_along(mask, [(4, -1), (4, 5)])
    assert [piece.area for piece in pieces] == [10, 6]
    assert union_of(pieces, *mask.size) == mask


def test_a_line_that_ends_inside_parts_nothing() -> None:
    mask = drawn("........", *[".######."] * 5, "........")
    assert cut_along(mask, [(4, 7), (4, 4)]) == (mask,)
    assert cut_along(mask, [(0, -2), (9, -2)])[0] is mask


def test_parts_that_the_line_does_not_divide_stay_with_the_largest_piece() -> None:
    mask = drawn("##......", "##......", "........", ".#######", ".#######")
    pieces = cut_along(mask, [(6, 2), (6, 6)])
    assert [piece.area for piece in pieces] == [4 + 10, 4]
    assert pieces[0].contains(0, 0)


def test_a_line_through_two_parts_divides_both() -> None:
    mask = drawn("####", "####", "....", "####", "####")
    assert [piece.area for piece in cut_along(mask, [(2, -1), (2, 6)])] == [4, 4, 4, 4]


@given(MASKS, st.lists(st.tuples(st.integers(-2, 19), st.integers(-2, 14)), min_size=2, max_size=4))
def test_no_cut_loses_or_doubles_a_pixel(mask: Mask, track: list[tuple[float, float]]) -> None:
    pieces = cut_along(mask, track)
    assert union_of(pieces, *mask.size) == mask
    assert sum(piece.area for piece in pieces) == mask.area


def test_a_cut_needs_two_points() -> None:
    with pytest.raises(ValueError, match="two points"):
        cutting_line([(0, 0)], 1, 1)


def test_what_is_moved_keeps_its_shape_and_is_cut_off_at_the_edge() -> None:
    mask = drawn("##..", "#...", "....")
    assert moved(mask, 2, 1) == drawn("....", "..##", "..#.")
    assert moved(mask, -1, 0) == drawn("#...", "....", "....")
    assert moved(mask, 9, 0).area == 0
    assert moved(mask, 0, 0) is mask


@given(MASKS, st.integers(-20, 20), st.integers(-20, 20))
def test_moving_there_and_back_gives_what_stayed_in_the_image(mask: Mask, dx: int, dy: int) -> None:
    back = moved(moved(mask, dx, dy), -dx, -dy)
    assert back.subtract(mask).area == 0
    assert back.area == moved(mask, dx, dy).area


def test_the_share_of_an_object_in_a_rectangle_is_that_of_its_pixels() -> None:
    mask = drawn("####", "#...", "....")
    assert share_in(mask, (0, 0, 4, 2)) == 1
    assert share_in(mask, (0, 0, 2, 3)) == 3 / 5
    assert share_in(mask, (2, 1, 4, 3)) == 0
    assert share_in(Mask.empty(2, 2), (0, 0, 2, 2)) == 0
