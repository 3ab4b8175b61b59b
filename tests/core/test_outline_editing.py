"""A corner that is moved changes the mask around its edges, and nothing else to the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.mask import Mask
from app.core.outline_editing import Outline, Place
from app.core.polygon import from_rings

SIZE = 60, 80


def box(x0: int, y0: int, x1: int, y1: int, *holes: tuple[int, int, int, int]) -> Mask:
    pixels = np.zeros(SIZE, np.bool_)
    pixels[y0:y1, x0:x1] = True
    for left, top, right, bottom in holes:
        pixels[top:bottom, left:right] = False
    return Mask.from_array(pixels)


def disc(x: float, y: float, radius: float) -> Mask:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    return Mask.from_array((columns - x) ** 2 + (rows - y) ** 2 < radius**2)


def corner_at(outline: Outline, x: float, y: float) -> Place:
    for polygon, rings in enumerate(outline.rings):
        for ring, corners in enumerate(rings):
            for number, corner in enumerate(corners):
                if corner == (x, y):
                    return Place(polygon, ring, number)
    raise AssertionError(f"no corner at {x}, {y}")


def test_moving_a_corner_of_a_rectangle_gives_the_polygon_that_is_seen() -> None:
    outline = Outline.of(box(10, 10, 40, 30), 0.75)
    moved = outline.moved(corner_at(outline, 40, 30), (60, 50))
    expected = from_rings([[(10, 10), (40, 10), (60, 50), (10, 30)]], *SIZE)
    assert moved.mask == expected
    assert outline.mask == box(10, 10, 40, 30)


def test_a_corner_moved_inwards_takes_pixels_away() -> None:
    outline = Outline.of(box(10, 10, 40, 30), 0.75)
    moved = outline.moved(corner_at(outline, 40, 30), (25, 20))
    assert moved.mask == from_rings([[(10, 10), (40, 10), (25, 20), (10, 30)]], *SIZE)


def test_holes_and_other_parts_stay_as_they_are() -> None:
    pixels = box(10, 10, 40, 30, (14, 14, 18, 18)).union(box(60, 40, 70, 50))
    outline = Outline.of(pixels, 0.75)
    moved = outline.moved(corner_at(outline, 40, 30), (45, 35))
    assert not moved.mask.contains(15, 15)
    assert moved.mask.contains(65, 45)
    assert moved.mask.contains(41, 31)


def test_an_added_corner_changes_nothing_until_it_is_moved() -> None:
    outline = Outline.of(box(10, 10, 40, 30), 0.75)
    added = outline.added(corner_at(outline, 10, 10), (25, 10))
    if added.corner(Place(0, 0, 1)) != (25, 10):
        added = outline.added(Place(0, 0, 3), (10, 20))
    assert added.mask == outline.mask
    assert sum(len(ring) for ring in added.rings[0]) == 5


def test_a_removed_corner_makes_its_edges_one() -> None:
    outline = Outline.of(box(10, 10, 40, 30), 0.75)
    removed = outline.removed(corner_at(outline, 40, 30))
    assert removed.mask == from_rings([[(10, 10), (40, 10), (10, 30)]], *SIZE)


def test_with_its_last_three_corners_a_hole_is_filled_and_a_part_goes() -> None:
    outline = Outline.of(box(10, 10, 40, 30, (14, 14, 18, 18)), 0.75)
    hole = Place(0, 1, 0)
    filled = outline.removed(hole).removed(hole)
    assert filled.mask == box(10, 10, 40, 30)
    one_part = Outline.of(box(10, 10, 40, 30), 0.75)
    gone = one_part.removed(Place(0, 0, 0)).removed(Place(0, 0, 0))
    assert gone.mask.area == 0
    assert gone.rings == ()


@given(st.data())
def test_far_from_the_edges_that_changed_not_one_pixel_does(data: st.DataObject) -> None:
    mask = disc(30, 30, 20).subtract(disc(24, 26, 5))
    outline = Outline.of(mask, data.draw(st.sampled_from([0.75, 2.0, 4.0])))
    ring = data.draw(st.integers(0, len(outline.rings[0]) - 1))
    number = data.draw(st.integers(0, len(outline.rings[0][ring]) - 1))
    to = data.draw(st.tuples(st.floats(-5, 85), st.floats(-5, 65)))
    place = Place(0, ring, number)
    before, here = outline.ring(place)[number - 1], outline.corner(place)
    after = outline.ring(place)[(number + 1) % len(outline.ring(place))]
    changed = outline.moved(place, to).mask
    pixels = np.argwhere(changed.to_array() != mask.to_array()) + 0.5
    reach = outline.tolerance_px + 2.5
    triangles = from_rings([[before, here, after], [before, to, after]], *SIZE).to_array()
    for y, x in pixels:
        ends = ((before, here), (here, after), (before, to), (to, after))
        near = min(_distance((x, y), *edge) for edge in ends) <= reach
        assert near or triangles[int(y), int(x)]


def _distance(
    point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    p, a, b = np.array(point), np.array(start), np.array(end)
    along = b - a
    share = np.clip((p - a) @ along / max(along @ along, 1e-12), 0, 1)
    return float(np.hypot(*(p - a - share * along)))


@pytest.mark.parametrize("tolerance", [0.75, 3.0])
def test_the_corners_shown_lie_near_the_edge_of_the_mask(tolerance: float) -> None:
    outline = Outline.of(disc(40, 30, 18), tolerance)
    for x, y in outline.rings[0][0]:
        assert abs(np.hypot(x - 40, y - 30) - 18) <= tolerance + 1.5
