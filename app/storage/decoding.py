"""Bytes of an image file to RGB pixels, by the formats that are allowed in.

Every image that is decoded, here or as another program's mask, goes through ``open_image``: its
header is read in bounded steps first, and what it promises is weighed before a decoder sees it.
"""

from __future__ import annotations

import importlib
import io
import logging
import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile

from app.storage import tiff
from app.storage.foreign_files import named
from app.storage.image_header import Header, UnknownKind, read_header
from app.storage.pixels import NotShown, is_sideways, samples_to_rgb, to_rgb, turned
from app.storage.tiff import TooManyPixels, UnknownCompression
from model.messages import reason_of, say

__all__ = [
    "DAMAGE",
    "MAX_PIXELS",
    "Decoded",
    "NotShown",
    "TooManyPixels",
    "check_header",
    "decode",
    "header_size",
    "open_image",
]

MAX_RUN_LENGTH_BMP = 1 << 23
"""Pixels: of a BMP in run lengths, each is a step in Python."""
MAX_PIXELS = 1 << 27
"""The most pixels that are decoded without asking: 134 million, a gigabyte while it is read."""

READERS = {
    "PNG": "Png", "JPEG": "Jpeg", "WEBP": "WebP", "TIFF": "Tiff", "BMP": "Bmp", "GIF": "Gif",
}  # fmt: skip
"""Pillow's names of them. Kept short: seldom used decoders are where the holes are."""

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
    Image.DecompressionBombError,
)
"""What decoders raise on damaged files, by what was seen of them; never MemoryError."""

_BITS_PER_SAMPLE, _PLANAR_CONFIGURATION, _SAMPLE_FORMAT = 258, 284, 339
_TILE = (322, 323)
_SEVERAL = say("The file holds more than one image; the first is shown.")


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
        ValueError: it is no image in a known format, cannot be shown, or is damaged; the text says
            which.
        MemoryError: as it says.
    """
    try:
        header, image = open_image(data, limit)
        if image is None:
            return _deep_tiff(data, limit, header)
        if header.kind == "TIFF":
            tile = math.prod(_tiff_tag(image, tag, 0)[0] for tag in _TILE)
            tiff.check_tile(image.height, image.width, tile)
            if _is_deep(image):
                return _deep_tiff(data, limit, header, image)
        if side is not None:
            image.draft(None, (side, side))
        return _loaded(image, header, data)
    except (TooManyPixels, NotShown, UnknownKind, MemoryError):
        raise
    except DAMAGE as error:
        raise ValueError(say("it is damaged or cut short ({reason})", reason_of(error))) from error


def open_image(data: bytes, limit: int) -> tuple[Header, Image.Image | None]:
    """The header of the first image in ``data``, and the image, still to be loaded.

    Only its pixels are handed to the decoder: no profile, no text, no second image.

    Args:
        data: the bytes of a file.
        limit: the most pixels that may be decoded.

    Returns:
        None instead of an image for a TIFF that is left to the other decoder.

    Raises:
        TooManyPixels: more than ``limit`` by its header.
        UnknownKind: it is no image in a known format.
        ValueError: its header is damaged, or it cannot be shown.
    """
    header = _header(io.BytesIO(data), whole=True)
    tiff.check_size(header.height, header.width, limit)
    if header.slices > 1:
        return header, None
    try:
        image = _reader(header.kind)(io.BytesIO(header.needed(data)))
    except MemoryError:
        raise
    except DAMAGE as error:
        if header.kind == "TIFF":
            return header, None
        raise NotShown(_refusal(error)) from error
    # What the decoder makes of the header is what it will reserve memory for.
    tiff.check_size(image.height, image.width, limit)
    packed = header.kind == "BMP" and image.info.get("compression") in (1, 2)
    if packed and image.height * image.width > MAX_RUN_LENGTH_BMP:
        raise NotShown("a BMP in run lengths is not read at this size")
    return header, image


def _reader(kind: str) -> Callable[[BinaryIO], ImageFile.ImageFile]:
    """The class that reads that kind, imported with the first image of it.

    Of a JPEG that holds several images it reads the first.
    """
    name = READERS[kind]
    module = importlib.import_module(f"PIL.{name}ImagePlugin")
    reader: Callable[[BinaryIO], ImageFile.ImageFile] = getattr(module, f"{name}ImageFile")
    return reader


def check_header(file: BinaryIO, limit: int) -> None:
    """Refuse an open file as ``open_image`` does, as far as a look at its header allows."""
    header = _header(file)
    tiff.check_size(header.height, header.width, limit)


def header_size(file: BinaryIO) -> tuple[int, int]:
    """(H, W) of the first image in an open file, upright, without decoding it.

    Raises:
        ValueError: it is no image in a known format, or its header is damaged.
    """
    header = _header(file)
    tiff.check_sides(header.height, header.width)
    if is_sideways(header.orientation):
        return header.width, header.height
    return header.height, header.width


def _header(file: BinaryIO, *, whole: bool = False) -> Header:
    try:
        return read_header(file, whole=whole)
    except UnknownKind as error:
        file.seek(0)
        raise UnknownKind(named(file.read(64)) or reason_of(error)) from error
    except ValueError as error:
        raise NotShown("its header is damaged ({reason})", reason_of(error)) from error


def _refusal(error: BaseException) -> str:
    """Why a decoder does not begin: it does not know the kind, or the file is damaged."""
    reason = reason_of(error)
    if reason.casefold().startswith(("unsupported", "unknown", "cannot handle")):
        return say("it is of a kind that cannot be read ({reason})", reason)
    return say("its header is damaged ({reason})", reason)


def _loaded(image: Image.Image, header: Header, data: bytes) -> Decoded:
    deep_png = header.kind == "PNG" and ";16" in _raw_mode(image) and image.mode != "I;16"
    image.load()
    rgb, notes = _deep_png(data, header, image) if deep_png else to_rgb(image, header.no_data)
    # Pillow turns a TIFF while it loads it.
    upright = rgb if header.kind == "TIFF" else turned(rgb, header.orientation)
    if header.several:
        notes = (_SEVERAL, *notes)
    return Decoded(upright, notes)


def _raw_mode(image: Image.Image) -> str:
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    arguments: Any = tiles[0].args if tiles else ""
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _deep_png(
    data: bytes, header: Header, image: Image.Image
) -> tuple[Image.Image, tuple[str, ...]]:
    """Colours of 16 bits, of which the usual decoder keeps the upper 8 only."""
    import cv2

    needed = header.needed(data)
    if needed[-8:-4] != b"IEND":  # of a chunk without end, the other decoder reserves the memory
        raise ValueError(say("the end of the file is missing"))
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    values = cv2.imdecode(np.frombuffer(needed, np.uint8), flags)
    if values is None:
        raise ValueError(say("the end of the file is missing"))
    if values.dtype != np.uint16 or values.ndim != 3:
        return to_rgb(image)
    order = [2, 1, 0, 3][: values.shape[2]]
    return samples_to_rgb(values[..., order], alpha=values.shape[2] == 4)


def _deep_tiff(
    data: bytes, limit: int, header: Header, image: Image.Image | None = None
) -> Decoded:
    try:
        rgb, notes = tiff.read_tiff(data, limit, header.no_data)
    except (TooManyPixels, NotShown, MemoryError):
        raise
    except UnknownCompression as error:
        if image is None or not _is_safe_to_load(image):
            raise NotShown(reason_of(error)) from error
        found = _loaded(image, header, data)
        if image.mode in ("RGB", "RGBA"):  # better than nothing
            return Decoded(found.image, (*found.notes, say("Its upper 8 bits are shown.")))
        return found
    except DAMAGE as error:
        raise NotShown("it cannot be decoded ({reason})", reason_of(error)) from error
    return Decoded(rgb, (_SEVERAL, *notes) if header.several else notes)


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
