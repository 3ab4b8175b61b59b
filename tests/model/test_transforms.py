"""What reaches the image encoder, and how coordinates get there and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.transforms import (
    PIXEL_MEAN,
    PIXEL_STD,
    Transform,
    checked_image,
    encoder_input,
)


def red_and_blue(height: int = 301, width: int = 203) -> npt.NDArray[np.uint8]:
    """Left half pure red, right half pure blue."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = 255
    image[:, width // 2 :, 2] = 255
    return image


def with_pillow(image: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.float32]:
    """The published preparation, in Pillow and double precision."""
    scale = side / max(image.shape[:2])
    h, w = (int(length * scale + 0.5) for length in image.shape[:2])
    small = Image.fromarray(image).resize((w, h), Image.Resampling.BILINEAR)
    values = (np.asarray(small, np.float64) - PIXEL_MEAN) / PIXEL_STD
    padded = np.zeros((1, 3, side, side))
    padded[0, :, :h, :w] = values.transpose(2, 0, 1)
    return padded.astype(np.float32)


@pytest.mark.parametrize("size", [(301, 203), (64, 200), (700, 500), (256, 256), (1, 1)])
def test_input_is_pillows_resize_normalised_and_padded(size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    prepared = encoder_input(image, Transform(size, 256))
    assert prepared.dtype == np.float32
    assert np.abs(prepared - with_pillow(image, 256)).max() < 1e-5


@pytest.mark.parametrize("turned", [False, True])
def test_channels_keep_their_order_and_rows_their_length(turned: bool) -> None:
    image = red_and_blue()
    if turned:
        # A view with strides of its own; a reader that trusts the memory order would shear it.
        image = np.ascontiguousarray(image.transpose(1, 0, 2)).transpose(1, 0, 2)
    prepared = encoder_input(image, Transform((301, 203), 1024))[0]
    h, w = Transform((301, 203), 1024).resized
    assert (h, w) == (1024, 691)
    left, right = prepared[:, :h, : w // 2 - 4], prepared[:, :h, w // 2 + 4 : w]
    full = (255 - np.array(PIXEL_MEAN)) / PIXEL_STD
    none = -np.array(PIXEL_MEAN) / PIXEL_STD
    assert np.allclose(left, np.array([full[0], none[1], none[2]])[:, None, None], atol=1e-5)
    assert np.allclose(right, np.array([none[0], none[1], full[2]])[:, None, None], atol=1e-5)
    assert not prepared[:, :, w:].any()


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((0, 5, 3), np.uint8), "no pixels"),
        (np.zeros((5, 0, 3), np.uint8), "no pixels"),
        (np.zeros((5, 5, 3), np.float32), "uint8, given float32"),
        (np.zeros((5, 5, 3), np.uint16), "uint8, given uint16"),
        (np.zeros((5, 5), np.uint8), r"RGB with the shape \(H, W, 3\), given \(5, 5\)"),
        (np.zeros((5, 5, 4), np.uint8), r"given \(5, 5, 4\)"),
        (np.zeros((3, 5, 5), np.uint8), r"given \(3, 5, 5\)"),
        ([[1, 2, 3]], "given list"),
        (None, "given NoneType"),
    ],
)
def test_what_is_no_rgb_image_is_refused(image: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_image(image)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (70000, 5)])
def test_an_impossible_size_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        Transform(size, 256)


@pytest.mark.parametrize("size", [(1, 20000), (20000, 1), (1, 1)])
def test_extreme_shapes_keep_at_least_one_pixel(size: tuple[int, int]) -> None:
    transform = Transform(size, 256)
    assert min(transform.resized) >= 1
    assert max(transform.resized) == 256
    assert encoder_input(np.zeros((*size, 3), np.uint8), transform).shape == (1, 3, 256, 256)


@given(
    height=st.integers(1, 5000),
    width=st.integers(1, 5000),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)
def test_coordinates_go_there_and_back(height: int, width: int, x: float, y: float) -> None:
    transform = Transform((height, width), 1024)
    place = np.array([x * width, y * height])
    inside = transform.to_input(place)
    assert (inside <= np.array(transform.resized[::-1]) + 1e-3).all()
    assert np.allclose(transform.to_image(inside), place, atol=1e-2)
