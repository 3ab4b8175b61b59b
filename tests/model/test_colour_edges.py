"""Near an outline the colours on both sides decide; the filter is a linear function of colours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from model.masks.colour_edges import by_colours, guided_by_colours
from model.masks.outlines import Guide, outlined
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
    assert np.array_equal(by_colours(logits, plain) > 0, logits > 0)


def test_colours_decide_nothing_far_from_the_outline() -> None:
    image, logits = red_disc_on_green(30), logits_of(30)
    image[40:56, 40:56] = GREEN
    image[:8] = RED
    found = by_colours(logits, image)
    assert (found[40:56, 40:56] > 0).all()
    assert (found[:8] < 0).all()


def test_a_mask_without_an_inside_says_nothing_of_colours() -> None:
    logits = np.full((SIZE, SIZE), -1, np.float32)
    logits[40:42] = 1
    found = by_colours(logits, red_disc_on_green(30))
    assert np.array_equal(found > 0, logits > 0)


def test_a_mask_that_fills_the_image_stays() -> None:
    logits = np.ones((SIZE, SIZE), np.float32)
    assert (by_colours(logits, red_disc_on_green(30)) > 0).all()


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
    assert guided_by_colours(values, pixels, radius)[row, column] == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("shape", [(40, 60), (41, 61)])
def test_what_is_a_function_of_the_colours_is_kept_at_half_the_size(
    shape: tuple[int, int],
) -> None:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    pixels = np.zeros((*shape, 3), np.uint8)
    pixels[..., 0] = np.where(columns < 30, 200, 40)
    pixels[..., 2] = rows * 3
    values = np.where(columns < 30, 1, -1).astype(np.float32)
    found = guided_by_colours(values, pixels, 4)
    assert found.shape == shape
    assert np.array_equal(found > 0, values > 0)
