"""Image files of every kind, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

from app.storage.reading import read_picture

UInt8 = npt.NDArray[np.uint8]
HEIGHT, WIDTH = 20, 30


def gradient(height: int = HEIGHT, width: int = WIDTH) -> UInt8:
    """(H, W, 3): red grows to the right, green downwards, blue is even."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[..., 0] = np.linspace(10, 250, width)
    pixels[..., 1] = np.linspace(20, 240, height)[:, np.newaxis]
    return pixels


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file of the format ``kind``."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(values: npt.NDArray[Any], **options: Any) -> bytes:
    """The bytes of a TIFF file holding ``values``."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


def with_orientation(image: Image.Image, kind: str, orientation: int) -> bytes:
    """A file whose camera says it was held so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 100, "subsampling": 0},
        "WEBP": {"lossless": True},
    }
    return encoded(image, kind, exif=exif, **lossless.get(kind, {}))


def stored_as(upright: UInt8, orientation: int) -> UInt8:
    """The pixels a file holds so that turning them by ``orientation`` gives ``upright``.

    From the table in EXIF 2.3, section 4.6.4 A: which side of the picture row 0 and column 0 are.
    """
    columns_first = upright.transpose(1, 0, 2)
    stored = {
        1: upright,
        2: upright[:, ::-1],  # top, right
        3: upright[::-1, ::-1],  # bottom, right
        4: upright[::-1],  # bottom, left
        5: columns_first,  # left, top
        6: columns_first[::-1],  # right, top
        7: columns_first[::-1, ::-1],  # right, bottom
        8: columns_first[:, ::-1],  # left, bottom
    }
    return np.ascontiguousarray(stored[orientation])


def with_tag(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF file with another number for one of its tags."""
    directory = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, directory)[0]
    places = [directory + 2 + 12 * number for number in range(entries)]
    place = next(p for p in places if struct.unpack_from("<H", data, p)[0] == tag)
    return data[:place] + struct.pack("<HHII", tag, 4, 1, value) + data[place + 12 :]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def saved(folder: Path, data: bytes, name: str = "a.bin") -> Path:
    """A file with these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path


def pixels(folder: Path, data: bytes) -> UInt8:
    """What reading a file with these bytes gives."""
    return read_picture(saved(folder, data)).pixels


def worst(first: UInt8, second: UInt8) -> int:
    """The largest difference of any value."""
    assert first.shape == second.shape
    return int(np.abs(first.astype(int) - second).max())
