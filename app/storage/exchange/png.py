"""PNG files as values, not as pictures: palettes and 16 bits stay the numbers they are."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.storage.decoding import DAMAGE, TooManyPixels, open_image
from model.messages import BadValueError, reason_of, shortened

MAX_MASK_PIXELS = 1 << 28
"""Masks take a byte or two a pixel, so that they may be larger than photographs."""
Values = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Png:
    """A decoded file.

    Attributes:
        values: (H, W) uint8 or uint16, or (H, W, 3) uint8 if it holds colours.
        indexed: whether the values are places in a palette.
        opaque: (H, W) bool, False where it is fully transparent; None if it has no transparency.
    """

    values: Values
    indexed: bool = False
    opaque: npt.NDArray[np.bool_] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.values.shape[0], self.values.shape[1]

    def foreground(self) -> npt.NDArray[np.bool_]:
        """(H, W) bool: the pixels that are neither zero nor transparent."""
        found = np.asarray(self.values != 0, np.bool_)
        if found.ndim == 3:
            found = np.any(found, axis=2)
        return found if self.opaque is None else found & self.opaque


def read_png(data: bytes, size: tuple[int, int] | None = None) -> Png:
    """Decode ``data``; ``size`` is (height, width) as it must be.

    Raises:
        ValueError: it is no PNG file, damaged, too large, or of another size.
    """
    try:
        header, image = open_image(data, MAX_MASK_PIXELS)
        if header.kind != "PNG" or image is None:
            raise BadValueError("it is not a PNG but a {kind} file", header.kind)
        width, height = image.size
        if size is not None and (height, width) != size:
            raise BadValueError(
                "the PNG is {width} x {height} pixels, it should be {wanted_width} x "
                "{wanted_height}",
                width,
                height,
                size[1],
                size[0],
            )
        image.load()
        return _values(image)
    except TooManyPixels as error:
        raise BadValueError(
            "the PNG is too large: {width} x {height} pixels",
            f"{error.width:,}",
            f"{error.height:,}",
        ) from error
    except MemoryError as error:
        raise BadValueError("there is not enough memory for the PNG") from error
    except DAMAGE as error:
        raise ValueError(shortened(reason_of(error), 200)) from error


def _values(image: Image.Image) -> Png:
    if image.mode in ("LA", "RGBA"):
        opaque = np.asarray(image.getchannel("A")) > 0
        return Png(np.asarray(image.convert("L" if image.mode == "LA" else "RGB")), opaque=opaque)
    if image.mode in ("P", "L", "RGB"):
        return Png(np.asarray(image), image.mode == "P")
    if image.mode == "1":
        return Png(np.asarray(image).astype(np.uint8))
    if image.mode.startswith("I"):
        return Png(np.asarray(image).astype(np.uint16))
    raise BadValueError("a PNG of the mode {mode} is not read", image.mode)


def write_png(values: Values | npt.NDArray[np.bool_], palette: bytes | None = None) -> bytes:
    """A PNG file of ``values`` (H, W): bool as one bit, uint8 as gray or indexed, uint16 as gray.

    Args:
        palette: red, green and blue for each index, for uint8 only.
    """
    image = Image.fromarray(np.ascontiguousarray(values))
    if palette is not None:
        image.putpalette(palette)
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def voc_palette() -> bytes:
    """The 256 colours of Pascal VOC's index images: the bits of the index, spread over three."""
    index = np.arange(256)
    colors = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            on = (index >> (3 * bit + channel)) & 1
            colors[:, channel] |= (on << (7 - bit)).astype(np.uint8)
    return colors.tobytes()
