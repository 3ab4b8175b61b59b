from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from app.core.contour import outlines
from app.core.mask import Mask
from app.core.outlines import from_geometry, joined
from app.core.polygon import (
    FARTHEST_PX,
    Polygon,
    checked_ring,
    filled,
    from_rings,
)

SIZE = (20, 30)
MARGIN_PX = 16.0
"""How far beyond the image outlines are kept, so that clipping moves no corner inside it."""
ROUNDED = 0.3
"""So far an outline moves where its corners and its steps are rounded to fifths of a pixel."""
SQUARE = [(2, 3), (10, 3), (10, 9), (2, 9)]
# Multiples of 1/1024: what is smaller than any drawing makes the judge divide by zero.
COORDINATES = st.integers(-40_960, 61_440).map(lambda n: n / 1024) | st.integers(-5, 35).map(float)
RINGS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=8).filter(
    lambda ring: ring[0] != ring[-1]
)


def repaired(rings: Iterable[npt.ArrayLike], height: int, width: int) -> tuple[Polygon, ...]:
    """The judge: valid polygons that share no area, clipped around the image.

    An outline that crosses itself keeps all its parts.
    """
    checked = [checked_ring(ring) for ring in rings]
    parts = [shapely.make_valid(shapely.Polygon(ring)) for ring in checked]
    whole = shapely.union_all(parts)
    frame = shapely.box(-MARGIN_PX, -MARGIN_PX, width + MARGIN_PX, height + MARGIN_PX)
    if not frame.covers(whole):
        whole = shapely.intersection(whole, frame)
    return from_geometry(whole)


def box_mask(x0: int, y0: int, x1: int, y1: int) -> Mask:
    return Mask.from_window(np.ones((y1 - y0, x1 - x0), np.bool_), x0, y0, *SIZE)


def centres_inside(polygons: tuple[Polygon, ...], height: int, width: int) -> npt.NDArray[np.bool_]:
    """Which pixel centres lie inside, by shapely: an independent and slow way."""
    y, x = np.mgrid[:height, :width] + 0.5
    inside = np.zeros((height, width), np.bool_)
    for polygon in polygons:
        inside |= shapely.contains_xy(shapely.Polygon(polygon.shell, list(polygon.holes)), x, y)
    return inside


def distances_to_outline(
    rings: list[list[tuple[float, float]]], x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    lines = shapely.MultiLineString([[*ring, ring[0]] for ring in rings])
    return np.asarray(shapely.distance(lines, shapely.points(x + 0.5, y + 0.5)))


def test_whole_pixels_are_filled_exactly() -> None:
    assert from_rings([SQUARE], *SIZE) == box_mask(2, 3, 10, 9)


def test_coordinates_may_come_in_one_row_as_in_coco() -> None:
    flat = [value for corner in SQUARE for value in corner]
    assert from_rings([flat], *SIZE) == box_mask(2, 3, 10, 9)


def test_a_ring_may_be_closed_and_run_either_way() -> None:
    assert from_rings([[*SQUARE, SQUARE[0]]], *SIZE) == box_mask(2, 3, 10, 9)
    assert from_rings([SQUARE[::-1]], *SIZE) == box_mask(2, 3, 10, 9)


def test_a_pixel_belongs_to_it_if_its_centre_does() -> None:
    nearly = [(2.49, 3.49), (9.51, 3.49), (9.51, 8.51), (2.49, 8.51)]
    assert from_rings([nearly], *SIZE) == box_mask(2, 3, 10, 9)
    inner = [(2.51, 3.51), (9.49, 3.51), (9.49, 8.49), (2.51, 8.49)]
    assert from_rings([inner], *SIZE) == box_mask(3, 4, 9, 8)


def judged(rings: list[list[tuple[float, float]]], height: int, width: int) -> Mask:
    """What pycocotools makes of the outlines of one object."""
    flat = [[float(value) for corner in ring for value in corner] for ring in rings]
    encoded = coco_mask.merge(coco_mask.frPyObjects(flat, height, width))
    return Mask.from_counts(encoded["counts"], height, width)


FRACTIONS = st.sampled_from([1, 2, 4, 5, 10, 100, 1024])
CORNERS = st.tuples(st.integers(-60, 400), st.integers(-60, 400))


@given(
    st.lists(
        st.tuples(FRACTIONS, st.lists(CORNERS, min_size=3, max_size=9)), min_size=1, max_size=3
    ),
    st.integers(1, 30),
    st.integers(1, 30),
)
@settings(max_examples=300)
def test_any_outlines_cover_the_pixels_that_pycocotools_gives_them(
    drawn: list[tuple[int, list[tuple[int, int]]]], height: int, width: int
) -> None:
    rings = [[(x / part, y / part) for x, y in corners] for part, corners in drawn]
    assume(all(len({*ring}) > 2 and ring[0] != ring[-1] for ring in rings))
    assert from_rings(rings, height, width) == judged(rings, height, width)


@pytest.mark.parametrize(
    ("x0", "y0", "x1", "y1"),
    [(9.5, 11.5, 19.5, 15.5), (0.5, 0.5, 7.5, 3.5), (-0.5, -0.5, 3.5, 2.5)],
)
def test_an_outline_on_half_pixels_covers_what_lies_right_and_below(
    x0: float, y0: float, x1: float, y1: float
) -> None:
    # So run the outlines that skimage.measure.find_contours gives for a mask of whole pixels.
    mask = from_rings([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)]], *SIZE)
    assert mask == box_mask(*(int(value + 0.5) for value in (x0, y0, x1, y1)))


def retraced(*rings: list[tuple[float, float]]) -> bool:
    """Whether an outline runs along a part of itself or of another."""
    lines = shapely.MultiLineString([[*ring, ring[0]] for ring in rings])
    return bool(shapely.union_all(shapely.node(lines)).length < lines.length - 1e-6)


@given(RINGS)
def test_filling_agrees_with_asking_for_every_centre(ring: list[tuple[float, float]]) -> None:
    polygons = repaired([ring], *SIZE)
    ours = filled(polygons, *SIZE).to_array()
    theirs = centres_inside(polygons, *SIZE)
    y, x = np.nonzero(ours != theirs)
    # They may differ only near the outline: corners are rounded to fifths of a pixel.
    assert (distances_to_outline([ring], x, y) < ROUNDED).all()


@given(RINGS, RINGS)
def test_outlines_are_filled_as_if_they_were_repaired_first(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    # Which side of a line that is drawn twice is inside, is a matter of taste.
    assume(not retraced(first, second))
    direct = from_rings([first, second], *SIZE).to_array()
    polygons = repaired([first, second], *SIZE)
    y, x = np.nonzero(direct != filled(polygons, *SIZE).to_array())
    assert distances_to_outline([first, second], x, y).max(initial=0) < ROUNDED


@given(RINGS, RINGS)
def test_any_outlines_become_valid_polygons_near_the_image(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    for polygon in repaired([first, second], *SIZE):
        geometry = shapely.Polygon(polygon.shell, list(polygon.holes))
        assert geometry.is_valid
        assert shapely.box(-16, -16, 46, 36).buffer(1e-6).contains(geometry)


def test_an_outline_that_crosses_itself_keeps_all_its_parts() -> None:
    bow_tie = [(0, 0), (20, 20), (20, 0), (0, 20)]
    polygons = repaired([bow_tie], *SIZE)
    assert len(polygons) == 2
    assert sum(polygon.area for polygon in polygons) == 200


def test_outlines_of_one_object_are_united() -> None:
    inner = [(4, 5), (6, 5), (6, 7), (4, 7)]
    assert from_rings([SQUARE, inner], *SIZE) == box_mask(2, 3, 10, 9)
    beside = [(10, 3), (12, 3), (12, 9), (10, 9)]
    assert from_rings([SQUARE, beside], *SIZE) == box_mask(2, 3, 12, 9)


def test_a_hole_is_left_out() -> None:
    hole = np.array([(4, 5), (6, 5), (6, 7), (4, 7)], np.float64)
    mask = filled([Polygon(np.array(SQUARE, np.float64), (hole,))], *SIZE)
    assert mask == box_mask(2, 3, 10, 9).subtract(box_mask(4, 5, 6, 7))


def test_an_outline_that_would_fill_the_memory_is_refused() -> None:
    comb = [(x, y / 1000) for y in range(60_000) for x in ((0, 30) if y % 2 else (30, 0))]
    with pytest.raises(ValueError, match="more often than it has pixels"):
        from_rings([comb], *SIZE)


def test_a_tangle_costs_no_more_than_its_length() -> None:
    ring = np.random.default_rng(3).random((30_000, 2)) * 25
    assert 0 < from_rings([ring], *SIZE).area < 600


def test_polygons_that_overlap_are_united() -> None:
    both = [Polygon(np.array(SQUARE, np.float64)), Polygon(np.array(SQUARE, np.float64) + 4)]
    assert filled(both, *SIZE) == box_mask(2, 3, 10, 9).union(box_mask(6, 7, 14, 13))


def test_what_lies_outside_the_image_is_cut_off() -> None:
    huge = [(-1e6, -1e6), (1e6, -1e6), (1e6, 1e6), (-1e6, 1e6)]
    assert from_rings([huge], *SIZE).area == 600
    assert from_rings([[(-9, -9), (-2, -9), (-2, -2)]], *SIZE).area == 0
    assert from_rings([[(25, 15), (40, 15), (40, 18), (25, 18)]], *SIZE) == box_mask(25, 15, 30, 18)


def test_an_outline_without_area_is_an_empty_mask() -> None:
    assert from_rings([[(1, 1), (5, 5), (9, 9)]], *SIZE).area == 0
    assert from_rings([[(1, 1), (1, 1), (1, 1), (1, 1)]], *SIZE).area == 0
    assert from_rings([], *SIZE) == Mask.empty(*SIZE)


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (1, 1)],
        [(0, 0), (1, 1), (0, 0)],
        [0, 0, 1, 1, 2],
        [(0, 0), (1, float("nan")), (2, 0)],
        [(0, 0), (1, float("inf")), (2, 0)],
        [(0, 0), (FARTHEST_PX * 2, 1), (2, 0)],
        [(0, 0, 0), (1, 1, 1), (2, 0, 0)],
        [(0, 0), (1,), (2, 0)],
        [],
        "polygon",
        [("a", "b"), ("c", "d"), ("e", "f")],
        None,
        [[[0, 0], [1, 1], [2, 0]]],
    ],
)
def test_what_is_no_outline_is_refused(ring: Any) -> None:
    with pytest.raises(ValueError, match="an outline"):
        checked_ring(ring)


def test_a_polygon_cannot_be_changed_from_outside() -> None:
    ring = np.array(SQUARE, np.float64)
    polygon = Polygon(ring)
    ring[0] = 100
    assert polygon.shell[0].tolist() == [2, 3]
    with pytest.raises(ValueError, match="read-only"):
        polygon.shell[0] = 100


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=25))
def test_parts_and_holes_joined_to_one_outline_cover_the_same_pixels(
    pixels: list[tuple[int, int]],
) -> None:
    array = np.zeros((10, 10), bool)
    array[tuple(np.transpose(pixels))] = True
    mask = Mask.from_array(array)
    assert from_rings([joined(outlines(mask))], 10, 10) == mask
