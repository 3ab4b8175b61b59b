"""Masks at the image's size, and in a window of it, from low-res logits."""

from __future__ import annotations

import time

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model import rle
from model.interface import Prediction
from model.masks.resampling import logits_at_size, mask_at_size, mask_in_window, runs_in_window
from model.transforms import Transform


def blobs(side: int, blur: float, seed: int = 0) -> npt.NDArray[np.float32]:
    noise = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), blur) * blur, np.float32)


def straightforward(logits: npt.NDArray[np.float32], transform: Transform) -> npt.NDArray[np.bool_]:
    """The same rule, pixel centre by pixel centre, in double precision."""
    (height, width), (h, w) = transform.image_size, transform.resized

    def taps(
        pixels: int, resized: int, samples: int
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        place = (np.arange(pixels) + 0.5) / pixels * resized / transform.input_size * samples - 0.5
        place = np.clip(place, 0, samples - 1)
        before = np.floor(place).astype(np.intp)
        return before, place - before

    y, down = taps(height, h, logits.shape[0])
    x, across = taps(width, w, logits.shape[1])
    below = np.minimum(y + 1, logits.shape[0] - 1)
    right = np.minimum(x + 1, logits.shape[1] - 1)
    wide = logits.astype(np.float64)
    upper = wide[y][:, x] * (1 - across) + wide[y][:, right] * across
    lower = wide[below][:, x] * (1 - across) + wide[below][:, right] * across
    return np.asarray(upper * (1 - down[:, None]) + lower * down[:, None] > 0)


@pytest.mark.parametrize("blur", [0.3, 1, 6], ids=["noise", "fine", "smooth"])
@pytest.mark.parametrize("size", [(301, 203), (97, 640), (64, 64), (20, 31), (1, 400), (1, 1)])
def test_mask_is_one_bilinear_resize_of_the_logits(size: tuple[int, int], blur: float) -> None:
    logits, transform = blobs(64, blur), Transform(size, 256)
    mask = mask_at_size(logits, transform)
    expected = straightforward(logits, transform)
    assert mask.shape == size
    assert mask.dtype == np.bool_
    # Single precision may round a logit of zero to either side.
    assert np.count_nonzero(mask != expected) <= max(1, mask.size // 5000)


@pytest.mark.parametrize("size", [(256, 256), (128, 256), (512, 64)])
def test_a_logit_of_zero_is_not_foreground(size: tuple[int, int]) -> None:
    whole = np.random.default_rng(1).integers(-1, 2, (64, 64)).astype(np.float32)
    transform = Transform(size, 256)
    assert np.array_equal(mask_at_size(whole, transform), straightforward(whole, transform))


def test_padding_of_the_input_does_not_show() -> None:
    logits = np.full((64, 64), -5, np.float32)
    transform = Transform((100, 200), 256)
    logits[:33] = 5
    assert mask_at_size(logits, transform).all()
    assert not mask_at_size(-logits, transform).any()


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    x=st.floats(-20, 80),
    y=st.floats(-20, 80),
    extent=st.floats(0.5, 120),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
)
def test_any_window_can_be_shown(
    height: int, width: int, x: float, y: float, extent: float, rows: int, columns: int
) -> None:
    window = (x, y, x + extent, y + extent)
    shown = mask_in_window(blobs(16, 2), Transform((height, width), 64), window, (rows, columns))
    assert shown.shape == (rows, columns)


def test_a_window_at_full_scale_is_that_part_of_the_mask() -> None:
    logits, transform = blobs(64, 2), Transform((301, 203), 256)
    part = mask_in_window(logits, transform, (20, 100, 120, 250), (150, 100))
    assert np.array_equal(part, mask_at_size(logits, transform)[100:250, 20:120])


def test_a_window_at_half_the_scale_is_about_every_second_pixel() -> None:
    logits, transform = blobs(64, 3), Transform((300, 200), 256)
    part = mask_in_window(logits, transform, (0, 0, 200, 300), (150, 100))
    assert (part == mask_at_size(logits, transform)[1::2, 1::2]).mean() > 0.97


@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    box=st.tuples(*[st.floats(0, 1)] * 4),
    blur=st.sampled_from([0.3, 1.0, 4.0]),
    seed=st.integers(0, 99),
    flat=st.booleans(),
)
def test_runs_are_those_of_the_pixels_bit_for_bit(
    size: tuple[int, int], box: tuple[float, ...], blur: float, seed: int, flat: bool
) -> None:
    (height, width), transform = size, Transform(size, 64)
    logits = blobs(16, blur, seed)
    if flat:
        # Many logits of exactly zero, which are background.
        logits = np.round(logits * 2)
    x0, y0 = int(box[0] * (width - 1)), int(box[1] * (height - 1))
    x1, y1 = x0 + 1 + int(box[2] * (width - 1 - x0)), y0 + 1 + int(box[3] * (height - 1 - y0))
    expected = np.zeros(size, np.bool_)
    expected[y0:y1, x0:x1] = mask_in_window(logits, transform, (x0, y0, x1, y1), (y1 - y0, x1 - x0))
    runs = runs_in_window(logits, transform, (x0, y0, x1, y1))
    assert np.array_equal(runs, rle.encode(expected))


@given(size=st.tuples(st.integers(1, 90), st.integers(1, 90)), seed=st.integers(0, 999))
def test_runs_are_those_of_the_pixels_where_logits_differ_by_many_powers_of_ten(
    size: tuple[int, int], seed: int
) -> None:
    draw = np.random.default_rng(seed)
    logits = blobs(16, 0.7, seed) * 10.0 ** draw.integers(-9, 9, (16, 16))
    logits, transform = logits.astype(np.float32), Transform(size, 64)
    runs = runs_in_window(logits, transform, (0, 0, size[1], size[0]))
    assert np.array_equal(runs, rle.encode(mask_at_size(logits, transform)))


@pytest.mark.parametrize("blur", [0.3, 4, 25])
def test_runs_at_12_megapixels_are_those_of_the_pixels(blur: float) -> None:
    logits, transform = blobs(256, blur), Transform((3000, 4000), 1024)
    runs = runs_in_window(logits, transform, (0, 0, 4000, 3000))
    assert np.array_equal(runs, rle.encode(mask_at_size(logits, transform)))


@pytest.mark.parametrize("window", [(0, 0, 0, 5), (5, 5, 1, 9), (float("nan"), 0, 5, 5)])
def test_an_empty_window_is_refused(window: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="nothing to show"):
        mask_in_window(blobs(16, 1), Transform((30, 30), 64), window, (5, 5))


def test_an_empty_size_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to show"):
        mask_in_window(blobs(16, 1), Transform((30, 30), 64), (0, 0, 5, 5), (0, 5))


@pytest.mark.parametrize("size", [(301, 203), (97, 640), (20, 31)])
def test_full_logits_follow_the_published_two_steps(size: tuple[int, int]) -> None:
    logits, transform = blobs(64, 2), Transform(size, 256)
    h, w = transform.resized
    interpolate = torch.nn.functional.interpolate
    padded = interpolate(torch.from_numpy(logits)[None, None], (256, 256), mode="bilinear")
    expected = interpolate(padded[..., :h, :w], size, mode="bilinear")[0, 0].numpy()
    assert np.abs(logits_at_size(logits, transform) - expected).max() < 1e-4


def test_prediction_shows_its_best_candidate_unless_told() -> None:
    logits = np.stack([np.full((16, 16), -1.0), np.full((16, 16), 1.0)]).astype(np.float32)
    score = np.array([0.2, 0.9], np.float32)
    prediction = Prediction(logits, score, score, Transform((40, 30), 64))
    assert prediction.mask().all()
    assert not prediction.mask(0).any()
    assert prediction.full_logits(1).shape == (40, 30)


@pytest.mark.bench
@pytest.mark.parametrize("blur", [0.3, 4, 25])
def test_a_mask_of_12_megapixels_takes_milliseconds(blur: float) -> None:
    logits, transform = blobs(256, blur), Transform((3000, 4000), 1024)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        mask_at_size(logits, transform)
        times.append(time.perf_counter() - start)
    assert sorted(times)[3] < 0.020
