from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from app.core.contour import outlines, simplified_outlines
from app.core.mask import Mask
from app.core.outlines import bridged
from app.core.polygon import Polygon, filled, from_rings

# pycocotools' decode predates numpy 2's rule for __array__.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Bool = npt.NDArray[np.bool_]
MASKS = st.tuples(st.integers(0, 12), st.integers(0, 12)).flatmap(
    lambda size: arrays(np.bool_, size)
)


def drawn(*lines: str) -> Mask:
    return Mask.from_array(np.array([[letter == "#" for letter in line] for line in lines]))


def corners(ring: npt.NDArray[np.float64]) -> set[tuple[float, float]]:
    return {(float(x), float(y)) for x, y in ring}


def rough(seed: int, height: int = 80, width: int = 60) -> Mask:
    noise = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    return Mask.from_array(cv2.GaussianBlur(noise, (0, 0), 2) > 0.5)


def read_by_pycocotools(rings: list[npt.NDArray[np.float64]], mask: Mask) -> Mask:
    parts = coco.frPyObjects([ring.ravel().tolist() for ring in rings], *mask.size)
    return Mask.from_array(coco.decode(coco.merge(parts)).astype(np.bool_))


def disc(diameter: int) -> Mask:
    y, x = np.mgrid[: diameter + 4, : diameter + 4] - (diameter + 3) / 2
    return Mask.from_array(x * x + y * y <= diameter * diameter / 4)


@given(MASKS)
def test_a_filled_outline_is_the_mask_again(pixels: Bool) -> None:
    mask = Mask.from_array(pixels)
    assert filled(outlines(mask), *mask.size) == mask


@given(MASKS)
def test_outlines_are_valid_polygons_that_share_no_area(pixels: Bool) -> None:
    polygons = outlines(Mask.from_array(pixels))
    parts = shapely.MultiPolygon([(each.shell, list(each.holes)) for each in polygons])
    assert shapely.is_valid_reason(parts) == "Valid Geometry"
    assert sum(polygon.area for polygon in polygons) == np.count_nonzero(pixels)


@given(MASKS)
def test_there_is_a_polygon_for_each_part_joined_by_sides(pixels: Bool) -> None:
    parts = 0
    if pixels.size:
        parts = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=4)[0] - 1
    assert len(outlines(Mask.from_array(pixels))) == parts


def test_an_outline_runs_along_the_edges_of_pixels() -> None:
    (square,) = outlines(drawn(".....", ".###.", ".###.", "....."))
    assert corners(square.shell) == {(1, 1), (4, 1), (4, 3), (1, 3)}
    assert square.area == 6


def test_an_outline_has_no_corner_that_is_none() -> None:
    (polygon,) = outlines(drawn("###", "#..", "#.."))
    assert len(polygon.shell) == 6


def test_a_hole_belongs_to_the_part_around_it() -> None:
    ring, core = outlines(drawn("#####", "#...#", "#.#.#", "#...#", "#####"))
    assert [corners(hole) for hole in ring.holes] == [{(1, 1), (4, 1), (4, 4), (1, 4)}]
    assert core.holes == ()
    assert core.area == 1


def test_each_of_several_holes_finds_its_part() -> None:
    left, right = outlines(drawn("####.###", "#.##.#.#", "##.#.#.#", "####.###"))
    assert [len(left.holes), len(right.holes)] == [2, 1]


def test_pixels_that_touch_at_a_corner_are_two_parts() -> None:
    assert len(outlines(drawn("#.", ".#"))) == 2


def test_a_hole_that_touches_the_outside_at_a_corner_is_a_hole() -> None:
    (polygon,) = outlines(drawn("###", "#.#", "##."))
    assert len(polygon.holes) == 1
    assert polygon.area == 7


def test_an_empty_mask_has_no_outline() -> None:
    assert outlines(Mask.empty(5, 6)) == ()
    assert outlines(Mask.empty(0, 0)) == ()


@pytest.mark.parametrize("diameter", [4, 8, 16, 32, 64, 256])
def test_pycocotools_reads_the_outline_of_a_disc_without_loss(diameter: int) -> None:
    mask = disc(diameter)
    rings = [polygon.shell for polygon in outlines(mask)]
    assert read_by_pycocotools(rings, mask) == mask


@pytest.mark.parametrize("seed", range(8))
def test_pycocotools_reads_holes_joined_by_bridges_without_loss(seed: int) -> None:
    mask = rough(seed)
    polygons = outlines(mask)
    assert any(polygon.holes for polygon in polygons)
    assert read_by_pycocotools([bridged(polygon) for polygon in polygons], mask) == mask


@given(MASKS)
def test_a_bridged_outline_covers_the_pixels_of_its_polygon(pixels: Bool) -> None:
    mask = Mask.from_array(pixels)
    for polygon in outlines(mask):
        assert filled([Polygon(bridged(polygon))], *mask.size) == filled([polygon], *mask.size)


@given(MASKS)
def test_an_outline_read_as_one_drawn_by_hand_is_the_same_mask(pixels: Bool) -> None:
    mask = Mask.from_array(pixels)
    assert from_rings([bridged(polygon) for polygon in outlines(mask)], *mask.size) == mask


@pytest.mark.parametrize("tolerance", [0.0, 0.75, 1.5, 3.0])
def test_a_simplified_outline_tells_what_it_lost(tolerance: float) -> None:
    mask = disc(200)
    polygons, iou = simplified_outlines(mask, tolerance)
    assert iou == filled(polygons, *mask.size).iou(mask)
    assert iou > 0.98
    assert len(polygons[0].shell) <= len(outlines(mask)[0].shell)


def test_simplifying_saves_corners_and_keeps_holes() -> None:
    mask = disc(200).subtract(Mask.from_window(np.ones((40, 40), np.bool_), 80, 80, 204, 204))
    (polygon,), iou = simplified_outlines(mask, 1.0)
    (exact,) = outlines(mask)
    assert len(polygon.shell) * 4 < len(exact.shell)
    assert len(polygon.holes) == 1
    assert iou > 0.99


def test_a_tolerance_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance"):
        simplified_outlines(disc(8), -1)
