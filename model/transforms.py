"""From image pixels to encoder pixels and back; pure numpy and Pillow.

The long side is scaled to the encoder's input size with Pillow's bilinear (antialiased) resize,
channels are normalised, and the right and bottom are padded with zeros (segment-anything,
``utils/transforms.py`` and ``modeling/sam.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from model.antialias import resized_planes

MAX_SIDE = 1 << 16
PIXEL_MEAN = (123.675, 116.28, 103.53)
"""Mean of ImageNet's red, green, blue in 0..255 (segment-anything, ``build_sam.py``)."""
PIXEL_STD = (58.395, 57.12, 57.375)

Normalisation = tuple[tuple[float, float, float], tuple[float, float, float]]
"""What is taken off the values 0..255 of each channel, and what they are divided by then."""
IMAGENET: Normalisation = (PIXEL_MEAN, PIXEL_STD)
HALF: Normalisation = ((127.5,) * 3, (127.5,) * 3)
"""SAM 3's (``sam3_image_processor.py``)."""

PixelWindow = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole image pixels, the last two exclusive."""


@dataclass(frozen=True, slots=True)
class Transform:
    """How image pixels become encoder pixels.

    Attributes:
        image_size: (H, W) of the image in pixels.
        input_size: side of the encoder's square input in pixels.
        window: the part of the image that the encoder sees; None for the whole of it. One that is
            the whole image becomes None.
        stretched: whether what is seen fills the whole input, its sides scaled by different
            factors.
        canvas: (h, w) of the upper left part of the input that what is seen must fit into, the
            larger one as long as the input; None for all of it.

    Raises:
        ValueError: a side of the image is 0 or above ``MAX_SIDE``, or the window is empty or
            reaches beyond the image.
    """

    image_size: tuple[int, int]
    input_size: int
    window: PixelWindow | None = None
    stretched: bool = False
    canvas: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        height, width = self.image_size
        if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
            raise ValueError(
                f"an image of {width} x {height} pixels cannot be used: "
                f"each side must have 1 to {MAX_SIDE} pixels"
            )
        if self.window is not None:
            window = _checked_window(self.window, self.image_size)
            whole = window == (0, 0, width, height)
            object.__setattr__(self, "window", None if whole else window)

    @property
    def seen(self) -> PixelWindow:
        """The part of the image that the encoder sees."""
        height, width = self.image_size
        return self.window or (0, 0, width, height)

    @property
    def seen_size(self) -> tuple[int, int]:
        """(H, W) of that part in image pixels."""
        x0, y0, x1, y1 = self.seen
        return y1 - y0, x1 - x0

    @property
    def resized(self) -> tuple[int, int]:
        """(h, w) of what is seen inside the encoder's input: the long side = input_size, the other
        rounded half up, at least 1; all of the input if stretched; with a canvas, smaller where it
        would not fit.
        """
        if self.stretched:
            return self.input_size, self.input_size
        height, width = self.seen_size
        scale = self.input_size / max(height, width)
        if self.canvas is not None:
            scale = min(self.canvas[0] / height, self.canvas[1] / width)
        return max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5))

    def valid(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of (rows, columns) low-res logits that show something, not padding."""
        h, w = self.resized
        return -(-h * shape[0] // self.input_size), -(-w * shape[1] // self.input_size)

    def to_input(self, xy: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Image pixels (..., 2) as (x, y) -> encoder pixels, float32."""
        height, width = self.seen_size
        h, w = self.resized
        inside = np.asarray(xy, np.float64) - self.seen[:2]
        return (inside * (w / width, h / height)).astype(np.float32)

    def to_image(self, xy: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Encoder pixels (..., 2) as (x, y) -> image pixels, float32."""
        height, width = self.seen_size
        h, w = self.resized
        inside = np.asarray(xy, np.float64) * (width / w, height / h)
        return (inside + self.seen[:2]).astype(np.float32)


def _checked_window(window: Any, image_size: tuple[int, int]) -> PixelWindow:
    """``window`` in plain whole numbers. Raises: ValueError, see ``Transform``."""
    height, width = image_size
    values = tuple(int(side) for side in window)
    if len(values) != 4 or any(a != b for a, b in zip(values, window, strict=True)):
        raise ValueError(f"a window is x0, y0, x1, y1 in whole pixels, given {window}")
    x0, y0, x1, y1 = values
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise ValueError(
            f"the window {values} must lie inside the image of {width} x {height} pixels "
            "and hold some of it"
        )
    return values


def checked_image(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """``image`` itself, if it is (H, W, 3) uint8 with pixels.

    Raises:
        ValueError: it is not; the text says what was given.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        given = getattr(image, "dtype", type(image).__name__)
        raise ValueError(f"the image must be uint8, given {given}: scale it to 0..255 and convert")
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            f"the image must be RGB with the shape (H, W, 3), given {image.shape}: convert it"
        )
    if 0 in image.shape:
        raise ValueError(
            f"the image has no pixels, given the shape {image.shape}: at least one is needed"
        )
    return image


def resized_image(image: npt.NDArray[np.uint8], transform: Transform) -> npt.NDArray[np.uint8]:
    """What ``transform`` sees of ``image`` (H, W, 3), scaled by Pillow's bilinear filter to
    ``transform.resized``, (h, w, 3) uint8.
    """
    h, w = transform.resized
    image = seen_pixels(image, transform)
    if image.shape[:2] == (h, w):
        return image
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((w, h), Image.Resampling.BILINEAR))


def seen_pixels(image: npt.NDArray[np.uint8], transform: Transform) -> npt.NDArray[np.uint8]:
    """The part of ``image`` (H, W, 3) that ``transform`` sees."""
    x0, y0, x1, y1 = transform.seen
    return image[y0:y1, x0:x1]


def encoder_input(
    image: npt.NDArray[np.uint8],
    transform: Transform,
    shape: tuple[int, int] | None = None,
    normalisation: Normalisation = IMAGENET,
) -> npt.NDArray[np.float32]:
    """(1, 3, h, w) float32: what is seen of ``image`` (H, W, 3) uint8 RGB resized, normalised,
    zero-padded right and bottom to ``shape``; to a square if that is None.

    A stretched image is resized in floating point, as sam2 does (``utils/transforms.py``); others
    in 8 bits, as segment-anything does.
    """
    if transform.stretched:
        return _stretched_input(checked_image(image), transform, normalisation)
    mean, std = normalisation
    small = resized_image(checked_image(image), transform)
    h, w = small.shape[:2]
    padded = np.zeros((1, 3, *(shape or (transform.input_size,) * 2)), np.float32)
    for channel in range(3):
        target = padded[0, channel, :h, :w]
        np.subtract(small[:, :, channel], np.float32(mean[channel]), out=target, casting="unsafe")
        target /= np.float32(std[channel])
    return padded


def unfiltered_input(image: npt.NDArray[np.uint8], transform: Transform) -> npt.NDArray[np.float32]:
    """As ``encoder_input`` of a stretched image that is resized as ``unfiltered_planes`` does."""
    return _normalised(unfiltered_planes(image, transform), IMAGENET)


def unfiltered_planes(
    image: npt.NDArray[np.uint8], transform: Transform
) -> npt.NDArray[np.float32]:
    """(3, h, w) of 0..255: what is seen of ``image``, bilinear without antialiasing."""
    h, w = transform.resized
    seen = np.ascontiguousarray(seen_pixels(checked_image(image), transform))
    values = cv2.resize(seen.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(values.transpose(2, 0, 1), np.float32)


def _stretched_input(
    image: npt.NDArray[np.uint8], transform: Transform, normalisation: Normalisation
) -> npt.NDArray[np.float32]:
    planes = resized_planes(seen_pixels(image, transform), transform.resized)
    return _normalised(planes, normalisation)


def _normalised(
    planes: npt.NDArray[np.float32], normalisation: Normalisation
) -> npt.NDArray[np.float32]:
    """(3, h, w) of 0..255 -> (1, 3, h, w), in the same memory."""
    means, deviations = (np.array(values, np.float32)[:, None, None] for values in normalisation)
    np.subtract(planes, means, out=planes)
    np.divide(planes, deviations, out=planes)
    return planes[None]
