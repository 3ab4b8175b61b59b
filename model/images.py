"""Reading photographs for the library's own commands: known formats, within a size, as RGB."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from model.files import opened

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
MAX_PIXELS = 1 << 28
"""The most that are decoded: 256 million."""

_DAMAGE = (
    OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    AssertionError, RuntimeError, SyntaxError, MemoryError, struct.error, zlib.error,
    Image.DecompressionBombError,
)  # fmt: skip


class ImageError(ValueError):
    """A file cannot be read as an image; the text says which and why."""


class OtherSizeError(ImageError):
    """Attributes: height, width: that it has."""

    def __init__(self, path: Path, height: int, width: int) -> None:
        super().__init__(f"{path} is {width} x {height} pixels")
        self.height, self.width = height, width


def read_rgb(
    path: Path, size: tuple[int, int] | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The image in ``path``, upright and as it is stored, both (H, W, 3) uint8.

    Args:
        path: a regular file.
        size: (H, W) that it must have, upright or as it is stored; None for any.

    Raises:
        OtherSizeError: it has another size; nothing was decoded.
        ImageError: it cannot be read, is no image in a known format, damaged or too large.
    """
    try:
        with opened(path) as file, Image.open(file, formats=FORMATS) as picture:
            _check(path, picture.height, picture.width, size)
            stored = np.asarray(picture.convert("RGB"))
            # Broken notes of the camera raise here, not while the pixels are read.
            upright = ImageOps.exif_transpose(picture)
            turned = stored if upright is picture else np.asarray(upright.convert("RGB"))
            return turned, stored
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(f"{path} cannot be read: it is no image in a known format") from error
    except _DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise ImageError(f"{path} cannot be read: {reason}") from error


def _check(path: Path, height: int, width: int, size: tuple[int, int] | None) -> None:
    if height * width > MAX_PIXELS:
        raise ImageError(f"{path} is too large: {width:,} x {height:,} pixels")
    if size is not None and size not in ((height, width), (width, height)):
        raise OtherSizeError(path, height, width)
