"""Outlines follow the image; what no annotator would draw is left out, what was clicked is not."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.prompt import Box, Point, Prompt
from app.inference.full_size import answered_mask
from model.interface import Prediction
from model.masks import outlines
from model.masks.outlines import Guide, outlined, without_specks
from model.masks.resampling import Part
from model.prompt_arrays import answer
from model.transforms import PixelWindow, Transform

SIDE, CELLS = 64, 32
NOWHERE = np.zeros((0, 2), np.float32)
Bool = npt.NDArray[np.bool_]


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> Bool:
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    return np.asarray(np.hypot(columns - x, rows - y) < radius)


def logits_of(*discs: tuple[float, float, float]) -> npt.NDArray[np.float32]:
    """Low-res logits of discs, given in cells: a slope of three a cell from edge to certainty."""
    rows, columns = np.mgrid[:CELLS, :CELLS] + 0.5
    inside = [radius - np.hypot(columns - x, rows - y) for x, y, radius in discs]
    return np.asarray(np.clip(3 * np.max(inside, axis=0), -9, 9), np.float32)


def photograph(size: tuple[int, int], x: float, y: float, radius: float) -> npt.NDArray[np.uint8]:
    """A light disc on dark ground."""
    pixels = np.full((*size, 3), 60, np.uint8)
    pixels[disc(size, x, y, radius)] = 190
    return pixels


def iou(one: Bool, other: Bool) -> float:
    return float(np.count_nonzero(one & other) / np.count_nonzero(one | other))


@pytest.mark.parametrize(
    ("size", "window"),
    [((128, 128), None), ((96, 128), None), ((300, 400), (200, 100, 328, 228))],
)
def test_an_outline_that_is_a_little_off_follows_the_edge_beside_it(
    size: tuple[int, int], window: PixelWindow | None
) -> None:
    seen = Transform(size, SIDE, window)
    x0, y0, x1, y1 = seen.seen
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    image, wanted = photograph(size, x, y, 30), disc(size, x, y, 30)
    centre = seen.to_input((x, y)) * CELLS / SIDE
    logits = logits_of((float(centre[0]), float(centre[1]), 28 * CELLS / 128))
    guide = Guide.of(image, seen)
    rough = outlined(Part.of(logits), seen, None, NOWHERE, NOWHERE).mask()
    fine = outlined(Part.of(logits), seen, guide, NOWHERE, NOWHERE).mask()
    assert fine.shape == size
    assert iou(rough, wanted) < 0.9
    assert iou(fine, wanted) > 0.98


def test_a_guide_of_a_large_image_stays_small_and_lies_where_the_image_does() -> None:
    image = photograph((3000, 4000), 2000, 1500, 600)
    seen = Transform((3000, 4000), SIDE)
    guide = Guide.of(image, seen)
    assert max(guide.shape) == outlines.LONGEST_FAR
    near = Guide.of(image, Transform((3000, 4000), SIDE, (0, 0, 2000, 1500)))
    assert max(near.shape) == outlines.LONGEST
    x, y = seen.to_input((2000, 1500)) * CELLS / SIDE
    logits = logits_of((float(x), float(y), 600 * CELLS / 4000))
    fine = outlined(Part.of(logits), seen, guide, NOWHERE, NOWHERE).mask()
    assert iou(fine, disc((3000, 4000), 2000, 1500, 600)) > 0.98


def test_a_small_mask_is_not_lost_in_a_wide_square() -> None:
    seen = Transform((128, 128), SIDE)
    image = np.full((128, 128, 3), 100, np.uint8)
    logits = logits_of((16, 16, 1.0))
    rough = outlined(Part.of(logits), seen, None, NOWHERE, NOWHERE).mask()
    fine = outlined(Part.of(logits), seen, Guide.of(image, seen), NOWHERE, NOWHERE).mask()
    assert iou(rough, fine) > 0.9


def test_what_was_clicked_stays_as_the_model_said() -> None:
    seen = Transform((128, 128), SIDE)
    image = photograph((128, 128), 64, 64, 30)
    logits = logits_of((16, 16, 28 / 4))
    off = np.array([[92.5, 64.5]], np.float32)
    guide = Guide.of(image, seen)
    assert outlined(Part.of(logits), seen, guide, NOWHERE, NOWHERE).mask()[64, 92]
    assert not outlined(Part.of(logits), seen, guide, NOWHERE, off).mask()[64, 92]


def speckled() -> Prediction:
    """A large disc, a speck beside it, and a pinhole in it."""
    logits = logits_of((12, 16, 8), (27, 27, 1.0))
    logits[16, 12] = -9
    seen = Transform((128, 128), SIDE)
    return answer(logits[None], np.ones(1, np.float32), seen)


SPECK, HOLE, INSIDE = Point(108, 108), Point(50, 66, positive=False), Point(30, 50)


def test_specks_and_pinholes_are_left_out() -> None:
    tidy, rough = (answered_mask(speckled(), 0, Prompt((INSIDE,)), each) for each in (True, False))
    assert rough.contains(SPECK.x, SPECK.y)
    assert not rough.contains(HOLE.x, HOLE.y)
    assert not tidy.contains(SPECK.x, SPECK.y)
    assert tidy.contains(HOLE.x, HOLE.y)


def test_a_speck_and_a_pinhole_that_were_clicked_stay() -> None:
    mask = answered_mask(speckled(), 0, Prompt((INSIDE, SPECK, HOLE)))
    assert mask.contains(SPECK.x, SPECK.y)
    assert not mask.contains(HOLE.x, HOLE.y)


def test_a_part_as_large_as_a_twentieth_is_no_speck() -> None:
    logits = logits_of((12, 16, 8), (27, 27, 2.5))
    found = answer(logits[None], np.ones(1, np.float32), Transform((128, 128), SIDE))
    assert answered_mask(found, 0, Prompt((INSIDE,))).contains(SPECK.x, SPECK.y)


def test_a_bay_at_the_images_border_is_no_hole() -> None:
    logits = np.full((CELLS, CELLS), 9, np.float32)
    logits[0:2, 10:12] = -9
    found = answer(logits[None], np.ones(1, np.float32), Transform((128, 128), SIDE))
    assert not answered_mask(found, 0, Prompt((INSIDE,))).contains(44, 2)


def test_a_box_cuts_off_what_lies_beyond_it() -> None:
    mask = answered_mask(speckled(), 0, Prompt((), Box(30.5, 40, 60, 90)))
    assert mask.bounds is not None
    assert mask.bounds == (30, 40, 60, 90)


def test_a_click_beyond_the_box_says_that_the_box_is_too_small() -> None:
    whole = answered_mask(speckled(), 0, Prompt((Point(20, 64),)))
    assert answered_mask(speckled(), 0, Prompt((Point(20, 64),), Box(30, 40, 60, 90))) == whole


def test_nothing_stays_nothing() -> None:
    logits = np.full((1, CELLS, CELLS), -9, np.float32)
    seen = Transform((128, 128), SIDE)
    found = answer(logits, np.ones(1, np.float32), seen)
    assert answered_mask(found, 0, Prompt((INSIDE,))).area == 0
    guide = Guide.of(np.zeros((128, 128, 3), np.uint8), seen)
    assert not outlined(Part.of(logits[0]), seen, guide, NOWHERE, NOWHERE).mask().any()


def plainly_tidied(mask: Bool, on: list[tuple[int, int]], off: list[tuple[int, int]]) -> Bool:
    """Without specks and pinholes, piece by piece; ``on`` and ``off`` are rows and columns."""
    area, result = np.count_nonzero(mask), mask.copy()
    parts = [pieces == n for pieces, count in [pieces_of(mask, 8)] for n in range(1, count)]
    largest = max((np.count_nonzero(each) for each in parts), default=0)
    for each in parts:
        size = np.count_nonzero(each)
        if size < min(0.05 * area, largest) and not any(each[place] for place in on):
            result[each] = False
    holes, count = pieces_of(~mask, 4)
    for n in range(1, count):
        each = holes == n
        at_border = each[0].any() or each[-1].any() or each[:, 0].any() or each[:, -1].any()
        small = np.count_nonzero(each) < 0.01 * area
        if small and not at_border and not any(each[place] for place in off):
            result[each] = True
    return result


def pieces_of(mask: Bool, neighbours: int) -> tuple[npt.NDArray[np.int32], int]:
    count, pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=neighbours)
    return np.asarray(pieces, np.int32), count


@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    blur=st.sampled_from([0.3, 1.0, 2.0, 4.0]),
    level=st.sampled_from([-1.5, -0.5, 0.0, 1.0]),
    seed=st.integers(0, 999),
    clicked=st.tuples(st.booleans(), st.booleans()),
)
def test_what_is_a_speck_or_a_pinhole_is_so_piece_by_piece(
    size: tuple[int, int],
    blur: float,
    level: float,
    seed: int,
    clicked: tuple[bool, bool],
) -> None:
    draw = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(draw.normal(size=size).astype(np.float32), (0, 0), blur)
    logits = np.asarray(noise / max(float(noise.std()), 1e-3) - level, np.float32)
    seen = Transform(size, max(size), stretched=True)
    clicks = [[(int(draw.integers(size[0])), int(draw.integers(size[1])))][:n] for n in clicked]
    on, off = ([(x + 0.5, y + 0.5) for y, x in each] for each in clicks)
    mask = logits > 0
    found = without_specks(Part.of(logits), seen, on, off).logits > 0
    pieces, count = pieces_of(mask, 8)
    areas = np.sort(np.bincount(pieces.ravel())[1:])
    if count > 2 and areas[-1] == areas[-2] and areas[-1] < 0.05 * areas.sum():
        return  # One of those that are equally large stays, whichever.
    assert np.array_equal(found, plainly_tidied(mask, *clicks))


def test_a_speck_inside_a_speck_and_a_thin_ring_are_told_by_their_own_size() -> None:
    rows, columns = np.mgrid[:200, :300] + 0.5
    far = np.hypot(columns - 230, rows - 100)
    mask = (columns < 150) | ((far > 58) & (far < 60)) | (far < 50)
    mask |= np.hypot(columns - 20, rows - 20) < 4
    nested = np.hypot(columns - 70, rows - 100)
    mask &= ~((nested > 3) & (nested < 7))
    logits = np.where(mask, 1, -1).astype(np.float32)
    found = without_specks(Part.of(logits), Transform((200, 300), 300, stretched=True)).logits > 0
    assert np.array_equal(found, plainly_tidied(mask, [], []))
    assert not found[100, 289]
    assert found[100, 230]
    assert found[95, 70]
