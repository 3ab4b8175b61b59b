"""Bytes of an image file to RGB pixels, by the formats that are allowed in."""

from __future__ import annotations

import io
import logging
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from app.storage import tiff
from app.storage.pixels import is_sideways, samples_to_rgb, to_rgb, turned
from app.storage.tiff import TooManyPixels, UnknownCompression

__all__ = ["DAMAGE", "MAX_PIXELS", "Decoded", "TooManyPixels", "decode", "header_size"]

MAX_PIXELS = 1 << 28
"""The most pixels that are decoded without asking: 256 million."""

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
"""Kept short: seldom used decoders are where the holes are."""

# Ours is the smaller limit, and belongs to the call; theirs stays on behind it for all.
Image.MAX_IMAGE_PIXELS = 1 << 30
# What it would log reaches people as a Problem, with the name of the file.
logging.getLogger("PIL").setLevel(logging.CRITICAL + 1)

DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    SyntaxError,
    Warning,
    struct.error,
    zlib.error,
)
"""What decoders raise on damaged files, by what was seen of them; never MemoryError."""

_ORIENTATION = 0x0112
_ORIENTATION_TEXTS = frozenset(("exif", "Raw profile type exif", "XML:com.adobe.xmp"))
_BITS_PER_SAMPLE, _PLANAR_CONFIGURATION, _SAMPLE_FORMAT = 258, 284, 339
_TILE = (322, 323)
_SEVERAL = "The file holds more than one image; the first is shown."


@dataclass(frozen=True, slots=True)
class Decoded:
    """An upright RGB image and what to tell people about how it was read."""

    image: Image.Image
    notes: tuple[str, ...]


def decode(data: bytes, limit: int, side: int | None = None) -> Decoded:
    """The first image in ``data``.

    Args:
        data: the bytes of a file.
        limit: the most pixels to decode.
        side: where only a small picture is wanted, its longer side: a JPEG is then decoded at the
            smallest fraction of its size that is not below it.

    Raises:
        TooManyPixels: more than ``limit`` by its header; nothing was decoded.
        ValueError: it is no image in a known format, or damaged; the text says which.
        MemoryError: as it says.
    """
    try:
        image = _open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        if not _is_tiff(data):
            raise ValueError("it is not an image in a known format") from error
        return _deep_tiff(data, limit)
    tiff.check_size(image.height, image.width, limit)
    try:
        if image.format == "TIFF":
            tile = math.prod(_tiff_tag(image, tag, 0)[0] for tag in _TILE)
            tiff.check_tile(image.height, image.width, tile)
            if _is_deep(image):
                return _deep_tiff(data, limit, image)
        if side is not None:
            image.draft(None, (side, side))
        return _loaded(image, data)
    except (TooManyPixels, MemoryError):
        raise
    except DAMAGE as error:
        raise ValueError(f"it is damaged or cut short ({_reason(error)})") from error


def header_size(file: BinaryIO) -> tuple[int, int]:
    """(H, W) of the first image in an open file, upright, without decoding it.

    Raises:
        ValueError: it is no image in a known format, or its header is damaged.
    """
    try:
        try:
            image = _open(file)
        except UnidentifiedImageError:
            file.seek(0)
            if not _is_tiff(file.read(4)):
                raise
            file.seek(0)
            return tiff.size_of_tiff(io.BytesIO(file.read()))
        # A TIFF's size is already that of the upright image.
        sideways = image.format != "TIFF" and is_sideways(_header_orientation(image, file))
    except UnidentifiedImageError as error:
        raise ValueError("it is not an image in a known format") from error
    except DAMAGE as error:
        raise ValueError(f"its header is damaged ({_reason(error)})") from error
    return (image.width, image.height) if sideways else (image.height, image.width)


def _open(file: BinaryIO) -> Image.Image:
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        raise
    except Image.DecompressionBombError as error:
        # Their limit is far above ours, and their error does not tell the size.
        raise TooManyPixels(1 << 16, 1 << 16) from error
    except DAMAGE as error:
        raise ValueError(f"its header is damaged ({_reason(error)})") from error


def _loaded(image: Image.Image, data: bytes) -> Decoded:
    deep_png = image.format == "PNG" and ";16" in _raw_mode(image) and image.mode != "I;16"
    image.load()
    orientation = _orientation(image)
    rgb, notes = _deep_png(data, image) if deep_png else to_rgb(image)
    if _has_more(data, image.format):
        notes = (_SEVERAL, *notes)
    return Decoded(turned(rgb, orientation), notes)


def _raw_mode(image: Image.Image) -> str:
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    arguments: Any = tiles[0].args if tiles else ""
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _deep_png(data: bytes, image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Colours of 16 bits, of which the usual decoder keeps the upper 8 only."""
    import cv2

    if not _is_whole_png(data):  # of a chunk without end, the other decoder reserves the memory
        raise ValueError("the end of the file is missing")
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    values = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if values is None:
        raise ValueError("the end of the file is missing")
    if values.dtype != np.uint16 or values.ndim != 3:
        return to_rgb(image)
    order = [2, 1, 0, 3][: values.shape[2]]
    return samples_to_rgb(values[..., order], alpha=values.shape[2] == 4)


def _is_whole_png(data: bytes) -> bool:
    place = 8
    while place + 12 <= len(data):
        kind = data[place + 4 : place + 8]
        place += int.from_bytes(data[place : place + 4]) + 12
        if kind == b"IEND":
            return place <= len(data)
    return False


def _deep_tiff(data: bytes, limit: int, image: Image.Image | None = None) -> Decoded:
    try:
        rgb, notes, more = tiff.read_tiff(data, limit)
    except (TooManyPixels, MemoryError):
        raise
    except UnknownCompression:
        if image is None or not _is_safe_to_load(image):
            raise
        found = _loaded(image, data)
        if image.mode in ("RGB", "RGBA"):  # better than nothing
            return Decoded(found.image, (*found.notes, "Its upper 8 bits are shown."))
        return found
    except DAMAGE as error:
        raise ValueError(f"it cannot be decoded ({_reason(error)})") from error
    return Decoded(rgb, (_SEVERAL, *notes) if more else notes)


def _is_tiff(data: bytes) -> bool:
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _tiff_tag(image: Image.Image, tag: int, default: int) -> tuple[int, ...]:
    value = getattr(image, "tag_v2", {}).get(tag, default)
    return value if isinstance(value, tuple) else (value,)


def _is_deep(image: Image.Image) -> bool:
    return max(_tiff_tag(image, _BITS_PER_SAMPLE, 1)) > 8


def _is_safe_to_load(image: Image.Image) -> bool:
    """Whether Pillow reads these deep pixels rightly: it takes planes and 32 bits for others."""
    if image.mode in ("RGB", "RGBA"):
        return _tiff_tag(image, _PLANAR_CONFIGURATION, 1) == (1,)
    unsigned = _tiff_tag(image, _SAMPLE_FORMAT, 1) == (1,)
    return image.mode in ("I;16", "I;16B", "F") or (image.mode == "I" and not unsigned)


def _orientation(image: Image.Image) -> object:
    try:
        return image.getexif().get(_ORIENTATION)
    except DAMAGE:
        # Broken notes about the camera are no reason to refuse the photograph.
        return None


def _header_orientation(image: Image.Image, file: BinaryIO) -> object:
    known = not _ORIENTATION_TEXTS.isdisjoint(image.info)
    if image.format == "PNG" and not known and not _has_late_text(file):
        return None  # asking Pillow would decode the whole image first
    return _orientation(image)


def _has_late_text(file: BinaryIO) -> bool:
    """Whether a PNG has a chunk behind its pixels that may hold the orientation."""
    file.seek(8)
    late = False
    while len(head := file.read(8)) == 8:
        late = late or head[4:] == b"IDAT"
        if late and head[4:] in (b"eXIf", b"zTXt", b"iTXt", b"tEXt"):
            return True
        file.seek(int.from_bytes(head[:4]) + 4, io.SEEK_CUR)
    return False


def _has_more(data: bytes, kind: str | None) -> bool:
    if kind in (None, "JPEG", "MPO", "BMP"):
        return False  # the second image of a phone's JPEG is a depth or brightness map
    try:
        # Opened again, because going to the second image replaces the pixels of the first.
        again = _open(io.BytesIO(data))
        if kind in ("PNG", "WEBP"):
            return bool(getattr(again, "is_animated", False))
        again.seek(1)
    except DAMAGE:
        return False
    return True


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
