"""Near an outline the colours on both sides decide; the filter is a linear function of colours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.masks.colour_edges import (
    RADIUS,
    Colours,
    Fit,
    by_colours,
    cells_of,
    guided_by_colours,
)
from model.masks.outlines import Guide, guided, outlined
from model.masks.resampling import Part
from model.transforms import Transform

Float = npt.NDArray[np.float32]
SIZE = 96
NOWHERE = np.zeros((0, 2), np.float32)
RED, GREEN = (150, 60, 60), (60, 106, 60)
"""Of one grey value."""


def disc(radius: float) -> npt.NDArray[np.bool_]:
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    return np.asarray(np.hypot(columns - SIZE / 2, rows - SIZE / 2) < radius)


def logits_of(radius: float) -> Float:
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    return np.asarray(radius - np.hypot(columns - SIZE / 2, rows - SIZE / 2), np.float32)


def red_disc_on_green(radius: float) -> npt.NDArray[np.uint8]:
    pixels = np.full((SIZE, SIZE, 3), GREEN, np.uint8)
    pixels[disc(radius)] = RED
    return pixels


def cells(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    return cells_of(np.moveaxis(pixels, 2, 0))


def wrong(found: npt.NDArray[np.bool_], wanted: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(found != wanted))


@pytest.mark.parametrize("said", [27.0, 28.5, 31.5, 33.0])
def test_an_outline_follows_an_edge_that_only_colours_show(said: float) -> None:
    image, wanted = red_disc_on_green(30), disc(30)
    seen = Transform((SIZE, SIZE), SIZE)
    part = Part.of(logits_of(said))
    before = outlined(part, seen, None, NOWHERE, NOWHERE).mask()
    after = outlined(part, seen, Guide.of(image, seen), NOWHERE, NOWHERE).mask()
    assert wrong(after, wanted) < 0.3 * wrong(before, wanted)


def test_where_all_has_one_colour_the_model_decides() -> None:
    logits = logits_of(30)
    plain = np.full((SIZE, SIZE, 3), 90, np.uint8)
    assert np.array_equal(by_colours(logits, cells(plain)) > 0, logits > 0)


def test_colours_decide_nothing_far_from_the_outline() -> None:
    image, logits = red_disc_on_green(30), logits_of(30)
    image[40:56, 40:56] = GREEN
    image[:8] = RED
    found = by_colours(logits, cells(image))
    assert (found[40:56, 40:56] > 0).all()
    assert (found[:8] < 0).all()


def test_a_mask_without_an_inside_says_nothing_of_colours() -> None:
    logits = np.full((SIZE, SIZE), -1, np.float32)
    logits[40:42] = 1
    found = by_colours(logits, cells(red_disc_on_green(30)))
    assert np.array_equal(found > 0, logits > 0)


def test_a_mask_that_fills_the_image_stays() -> None:
    logits = np.ones((SIZE, SIZE), np.float32)
    assert (by_colours(logits, cells(red_disc_on_green(30))) > 0).all()


def fitted(values: Float, colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The published rule, pixel by pixel: slopes and offset of the least squares in a square."""
    count = len(values)
    middle, average = colours.mean(0), float(values.mean())
    together = colours.T @ colours / count - np.outer(middle, middle) + np.eye(3) * 1e-3
    slopes = np.linalg.solve(together, colours.T @ values / count - middle * average)
    return np.append(slopes, average - slopes @ middle)


@pytest.mark.parametrize("radius", [1, 2])
def test_the_filter_is_the_published_one(radius: int) -> None:
    draw = np.random.default_rng(3)
    pixels = draw.integers(0, 256, (14, 17, 3)).astype(np.uint8)
    values = draw.uniform(-1, 1, (14, 17)).astype(np.float32)
    colours = pixels / 255
    row, column = 7, 8
    near = range(-radius, radius + 1)
    lines = []
    for y in (row + dy for dy in near):
        for x in (column + dx for dx in near):
            square = np.s_[y - radius : y + radius + 1, x - radius : x + radius + 1]
            lines.append(fitted(values[square].ravel(), colours[square].reshape(-1, 3)))
    mean = np.mean(lines, axis=0)
    wanted = mean[:3] @ colours[row, column] + mean[3]
    found = guided_by_colours(values, Colours.of(pixels), radius)
    assert found[row, column] == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("shape", [(40, 60), (41, 61)])
def test_what_is_a_function_of_the_colours_is_kept_at_half_the_size(
    shape: tuple[int, int],
) -> None:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    pixels = np.zeros((*shape, 3), np.uint8)
    pixels[..., 0] = np.where(columns < 30, 200, 40)
    pixels[..., 2] = rows * 3
    values = np.where(columns < 30, 1, -1).astype(np.float32)
    found = guided_by_colours(values, Colours.of(pixels), 4)
    assert found.shape == shape
    assert np.array_equal(found > 0, values > 0)


def test_a_cell_is_sixteen_values_of_each_channel() -> None:
    draw = np.random.default_rng(5)
    pixels = draw.integers(0, 256, (9, 7, 3)).astype(np.uint8)
    red, green, blue = np.moveaxis(pixels.astype(int) // 16, 2, 0)
    assert np.array_equal(cells(pixels), (red * 16 + green) * 16 + blue)


@given(
    corner=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    size=st.tuples(st.integers(25, 52), st.integers(25, 52)),
    seed=st.integers(0, 99),
    radius=st.sampled_from([1, 2, 3, RADIUS]),
)
def test_of_a_part_of_the_image_the_filter_says_what_it_says_of_all(
    corner: tuple[int, int], size: tuple[int, int], seed: int, radius: int
) -> None:
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 256, (93, 93, 3)).astype(np.uint8)
    values = draw.uniform(-1, 1, (93, 93)).astype(np.float32)
    (top, left), (bottom, right) = (2 * corner[0], 2 * corner[1]), size
    bottom, right = top + bottom, left + right
    whole = guided_by_colours(values, Colours.of(pixels), radius)[top:bottom, left:right]
    part = Colours.of(pixels).part(top, left, bottom, right)
    found = guided_by_colours(values[top:bottom, left:right], part, radius)
    inside = np.s_[2 * radius + 3 : -2 * radius - 3, 2 * radius + 3 : -2 * radius - 3]
    assert np.allclose(found[inside], whole[inside], atol=1e-4)


def test_what_was_found_once_for_an_image_is_what_a_part_of_it_gives() -> None:
    pixels = np.random.default_rng(6).integers(0, 256, (40, 44, 3)).astype(np.uint8)
    known = Colours.of(pixels).part(10, 8, 34, 40).fit
    fresh = Fit.of(known.channels, known.radius)
    inside = np.s_[:, known.radius : -known.radius, known.radius : -known.radius]
    assert np.allclose(known.means[inside], fresh.means[inside], atol=1e-5)
    scale = float(np.abs(fresh.inverse).max())
    assert np.allclose(known.inverse[inside], fresh.inverse[inside], atol=1e-4 * scale)


def test_a_part_that_begins_at_an_odd_place_is_refused() -> None:
    with pytest.raises(ValueError, match="even places, given row 3 and column 8"):
        Colours.of(red_disc_on_green(30)).part(3, 8, 40, 40)


@given(
    place=st.tuples(st.integers(30, 66), st.integers(30, 66)),
    radius=st.integers(6, 22),
    seed=st.integers(0, 99),
)
def test_an_outline_found_around_the_mask_alone_is_that_of_the_whole_image(
    place: tuple[int, int], radius: int, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    said = np.asarray(radius - np.hypot(columns - place[0], rows - place[1]), np.float32)
    image = red_disc_on_green(30) + draw.integers(0, 30, (SIZE, SIZE, 3)).astype(np.uint8)
    seen = Transform((SIZE, SIZE), SIZE)
    guide = Guide.of(image, seen)
    found = guided(Part.of(said), seen, guide, NOWHERE)
    assert found is not None
    reach = min(RADIUS, int(0.1 * np.sqrt(np.count_nonzero(said > 0))))
    plain = guided_by_colours(by_colours(said, guide.colours.cells), guide.colours, reach)
    whole = np.full((SIZE, SIZE), -1, np.float32)
    (top, left), (height, width) = found.origin, found.logits.shape
    whole[top : top + height, left : left + width] = found.logits
    # Single precision may say either of what is all but zero.
    assert ((whole > 0) == (plain > 0))[np.abs(plain) > 1e-3].all()
