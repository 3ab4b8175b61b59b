"""TIFF images deeper than 8 bits or with more channels than the other decoder reads."""

from __future__ import annotations

import io
import logging
import math
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.storage.pixels import NotShown, samples_to_rgb, turned
from model.messages import say

# What it would log reaches people as a Problem, with the name of the file.
logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)

MAX_CHANNELS = 64
MAX_SIDE = 1 << 16
MAX_TILE = 1 << 22
USUAL_BYTES = 8
"""Bytes of a pixel that count as one: an ordinary image takes them while it is read."""
_PLAIN, _PACKBITS, _DEFLATE = 1, 32773, (8, 32946)
_WHITE_IS_ZERO, _RGB, _GRAY = 0, 2, 1
_ORIENTATION = 274


class TooManyPixels(ValueError):  # noqa: N818  caught at once
    """The header promises more pixels than are allowed.

    Attributes:
        height, width: as stored.
        needed_bytes: memory that decoding takes, roughly.
    """

    def __init__(self, height: int, width: int, pixel_bytes: int) -> None:
        super().__init__(f"{width} x {height} pixels")
        self.height, self.width = height, width
        self.needed_bytes = height * width * pixel_bytes


class UnknownCompression(ValueError):  # noqa: N818  caught at once
    """The pixels are packed in a way that only the other decoder knows."""


def check_tile(height: int, width: int, tile: int) -> None:
    """Raises ValueError for tiles of so many pixels that only a damaged file could have them."""
    if tile > max(height * width, MAX_TILE):
        raise ValueError(say("its tiles are larger than the image"))


def check_size(height: int, width: int, limit: int, pixel_bytes: int = USUAL_BYTES) -> None:
    """Refuse what is too large before it is decoded.

    Args:
        height, width: by its header.
        limit: the most pixels; deep ones count for several.
        pixel_bytes: of all channels.

    Raises:
        TooManyPixels: more than ``limit``.
        NotShown: sides no model can take.
    """
    if height * width * max(pixel_bytes, USUAL_BYTES) > limit * USUAL_BYTES:
        raise TooManyPixels(height, width, max(pixel_bytes, USUAL_BYTES))
    check_sides(height, width)


def check_sides(height: int, width: int) -> None:
    """Raises NotShown for sides no model can take."""
    if min(height, width) < 1 or max(height, width) > MAX_SIDE:
        raise NotShown(
            "a side of {width} x {height} pixels is not within 1 to {most}",
            width,
            height,
            f"{MAX_SIDE:,}",
        )


def read_tiff(
    data: bytes, limit: int, no_data: float | None = None
) -> tuple[Image.Image, tuple[str, ...]]:
    """The first page of a TIFF file; of a volume in it, the first slice.

    Args:
        data: the bytes of the file.
        limit: the most pixels to decode.
        no_data: the value that stands for nothing.

    Returns:
        It as an RGB image, upright; what to tell people.

    Raises:
        TooManyPixels: more than ``limit``.
        NotShown: pixels that cannot be read or make no picture.
        UnknownCompression: see there.
        ValueError: it is damaged. Damaged files raise other errors too.
    """
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as opened:
        page = opened.pages.first
        _check(page, limit)
        _check_chunks(page, data)
        values, axes = page.asarray(maxworkers=1), page.axes
        told: tuple[str, ...] = ()
        if page.imagedepth > 1:
            told = (say("It holds {count} slices; the first is shown.", page.imagedepth),)
            values, axes = values.take(0, axes.index("Z")), axes.replace("Z", "")
        values = _channels_last(values, axes)
        rgb, notes = samples_to_rgb(
            values,
            alpha=_has_alpha(page, values.shape[2]),
            inverted=page.photometric == _WHITE_IS_ZERO,
            no_data=no_data,
        )
        return turned(rgb, _orientation(page)), (*told, *notes)


def _check(page: Any, limit: int) -> None:
    height, width = page.imagelength, page.imagewidth
    check_size(height, width, limit)
    if page.samplesperpixel > MAX_CHANNELS:
        raise NotShown("{count} channels are more than {most}", page.samplesperpixel, MAX_CHANNELS)
    if page.photometric not in (_WHITE_IS_ZERO, _GRAY, _RGB) or page.dtype is None:
        raise NotShown("its colour model cannot be shown")
    if page.dtype.kind not in "uif":
        raise NotShown("its numbers are of the kind {kind}, which no picture can show", page.dtype)
    pixel_bytes = page.imagedepth * page.samplesperpixel * page.dtype.itemsize
    check_size(height, width, limit, pixel_bytes)
    check_tile(height, width, page.tilewidth * page.tilelength)
    packed = page.compression not in (_PLAIN, _PACKBITS, *_DEFLATE)
    if packed or page.predictor not in (1, 2):
        raise UnknownCompression(f"its compression {int(page.compression)} cannot be read")


def _check_chunks(page: Any, data: bytes) -> None:
    """Nothing is missing, and no piece unpacks to more than belongs into the picture."""
    if len(page.dataoffsets) != math.prod(page.chunked):
        raise ValueError(say("pieces of it are missing"))
    size = math.prod(page.chunks) * page.dtype.itemsize
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        if offset + count > len(data):
            raise ValueError(say("the file is cut short"))
        if page.compression in _DEFLATE and count:
            packed = zlib.decompressobj()
            packed.decompress(memoryview(data)[offset : offset + count], size + 1)
            if not packed.eof:
                raise ValueError(say("its pixels are damaged"))


def _orientation(page: Any) -> object:
    tag = page.tags.get(_ORIENTATION)
    return None if tag is None else tag.value


def _channels_last(values: npt.NDArray[Any], axes: str) -> npt.NDArray[Any]:
    if axes == "YX":
        return values[..., np.newaxis]
    if axes == "YXS":
        return values
    if axes == "SYX":
        return np.moveaxis(values, 0, -1)
    raise NotShown("pixels ordered as {axes} are not an image", axes)


def _has_alpha(page: Any, channels: int) -> bool:
    colors = 3 if page.photometric == _RGB else 1
    # 1 and 2: with colours multiplied by it, and not; the difference does not show over white.
    return channels == colors + 1 and tuple(page.extrasamples)[:1] in ((1,), (2,))
