"""A float resize equals Pillow's, which works channel by channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from model.antialias import resized_planes

SIZE = 96, 80


def pillows(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    planes = []
    for channel in range(image.shape[2]):
        plane = Image.fromarray(image[:, :, channel].astype(np.float32))
        planes.append(np.asarray(plane.resize(SIZE[::-1], Image.Resampling.BILINEAR)))
    return np.stack(planes)


@pytest.mark.parametrize(
    "size",
    [(1, 1), (1, 300), (3, 5), SIZE, (96, 300), (95, 81), (700, 250), (20000, 7), (400, 1031)],
    ids=str,
)
def test_larger_and_smaller_images_become_what_pillow_makes_of_them(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    before = image.copy()
    found = resized_planes(image, SIZE)
    assert found.shape == (3, *SIZE)
    assert found.dtype == np.float32
    assert np.abs(found - pillows(image)).max() < 1e-3
    assert np.array_equal(image, before)


def test_a_window_of_an_image_need_not_lie_together_in_memory() -> None:
    image = np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)
    window = image[20:180, 31:299]
    assert np.array_equal(resized_planes(window, SIZE), resized_planes(window.copy(), SIZE))


def test_what_is_even_stays_even() -> None:
    image = np.full((333, 1000, 3), 77, np.uint8)
    assert np.abs(resized_planes(image, SIZE) - 77).max() < 1e-4
