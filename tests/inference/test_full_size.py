"""Masks at the image's size from a window alone are those of the whole image, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.mask import Mask
from app.inference.full_size import logits_of, mask_of
from model.masks.resampling import mask_at_size
from model.transforms import Transform

SIZES = st.tuples(st.integers(1, 90), st.integers(1, 90))


def blobs(seed: int, side: int = 16) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    centre, radius = random.uniform(0, side, 2), random.uniform(1, side / 2)
    noise = random.normal(0, 0.5, (side, side))
    found = radius - np.hypot(x - centre[0], y - centre[1]) + noise
    return np.asarray(found, np.float32)


@given(size=SIZES, seed=st.integers(0, 1000))
def test_the_window_gives_the_mask_of_the_whole(size: tuple[int, int], seed: int) -> None:
    transform = Transform(size, 64)
    logits = blobs(seed)
    assert mask_of(logits, transform) == Mask.from_array(mask_at_size(logits, transform))


def test_a_large_image_costs_its_object_only() -> None:
    transform = Transform((3000, 4000), 1024)
    logits = np.full((256, 256), -5, np.float32)
    logits[100:110, 60:75] = 5
    assert mask_of(logits, transform) == Mask.from_array(mask_at_size(logits, transform))


def test_no_foreground_is_an_empty_mask() -> None:
    assert mask_of(np.full((16, 16), -1, np.float32), Transform((30, 40), 64)).area == 0


@pytest.mark.parametrize("size", [(300, 400), (400, 300), (50, 60), (16, 700)])
def test_a_mask_survives_becoming_logits_and_back(size: tuple[int, int]) -> None:
    height, width = size
    pixels = np.zeros(size, np.bool_)
    pixels[height // 4 : height * 3 // 4, width // 5 : width // 2] = True
    mask = Mask.from_array(pixels)
    transform = Transform(size, 1024)
    logits = logits_of(mask, transform, (256, 256))
    assert logits.dtype == np.float32
    assert np.abs(logits).max() <= 8
    assert mask_of(logits, transform).iou(mask) > 0.85
