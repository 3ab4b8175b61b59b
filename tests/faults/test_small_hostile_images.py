"""Small files that ask decoders for gigabytes or hours: refused by their header, or shown."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import GifImagePlugin, Image, TiffImagePlugin

from app.core.errors import Problem
from app.storage import image_header
from app.storage.exchange.png import read_png
from app.storage.image_header import read_header
from app.storage.reading import TooLarge, read_picture, read_size, read_thumbnail
from tests.storage.samples import encoded, gradient, png_chunk, saved, stored_as, tiff, with_tag

RGB = Image.fromarray(gradient())
SIZE = (20, 30)
PNG = encoded(RGB, "PNG")
JPEG = encoded(RGB, "JPEG", quality=95)
BLOWN_UP = zlib.compress(b"\0" * 20_000_000)
MANY_TAGS = struct.pack("<HHII", 60_000, 7, 700_000, 8) * 60_000


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    return PNG[:33] + b"".join(png_chunk(*each) for each in chunks) + PNG[33:]


def directory(entries: bytes) -> bytes:
    """A TIFF's directory, or that of a camera's notes."""
    return struct.pack("<H", len(entries) // 12) + entries + bytes(4)


def jpeg_with_notes(notes: bytes) -> bytes:
    parts = [notes[start : start + 65_000] for start in range(0, len(notes), 65_000)]
    segments = (b"\xff\xe1" + struct.pack(">H", len(p) + 8) + b"Exif\0\0" + p for p in parts)
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


NOTES = b"II*\0\x08\0\0\0" + directory(MANY_TAGS)
SHOWN = {
    "profile": png_with((b"iCCP", b"x\0\0" + BLOWN_UP)),
    "large profile": png_with((b"iCCP", b"x\0\0" + zlib.compress(os.urandom(3 << 20)))),
    "large text": png_with((b"tEXt", b"parameters\0" + b"x" * (3 << 20))),
    "packed text": png_with((b"zTXt", b"Comment\0\0" + BLOWN_UP)),
    "packed notes": png_with((b"zTXt", b"Raw profile type exif\0\0" + BLOWN_UP)),
    "packed xmp": png_with((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BLOWN_UP)),
    "notes of a PNG": png_with((b"eXIf", NOTES)),
    "notes of a JPEG": jpeg_with_notes(NOTES),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_what_is_no_pixel_costs_nothing(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path, SHOWN[kind])
    begun = time.process_time()
    assert read_size(path) == SIZE
    assert np.array_equal(read_picture(path).pixels[..., 2] > 60, np.full(SIZE, True))
    assert time.process_time() - begun < 2


def test_a_mask_with_a_large_profile_is_read() -> None:
    assert read_png(SHOWN["large profile"]).size == SIZE
    with pytest.raises(ValueError, match="not a PNG but a JPEG"):
        read_png(JPEG)


def test_an_animation_is_shown_without_its_other_frames(tmp_path: Path) -> None:
    data = encoded(RGB, "PNG", save_all=True, append_images=[Image.fromarray(255 - gradient())])
    picture = read_picture(saved(tmp_path, data))
    assert np.array_equal(picture.pixels, gradient())
    assert "more than one" in picture.notes[0]


def gif(screen: tuple[int, int], *frames: tuple[int, int, int, int]) -> bytes:
    parts = [b"," + struct.pack("<4HB", *frame, 0) + b"\x02\x02\x4c\x01\0" for frame in frames]
    return b"GIF89a" + struct.pack("<HH", *screen) + b"\0\0\0" + b"".join(parts) + b";"


def test_a_second_frame_is_counted_and_never_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GifImagePlugin.GifImageFile, "seek", None)
    path = saved(tmp_path, gif((1, 1), (0, 0, 1, 1), (0, 0, 65_535, 65_535)))
    picture = read_picture(path)
    assert picture.pixels.shape == (1, 1, 3)
    assert picture.notes == ("The file holds more than one image; the first is shown.",)
    assert read_thumbnail(path, 8).shape == (1, 1, 3)


def test_a_second_page_is_counted_and_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "seek", None)
    data = encoded(RGB, "TIFF")
    start = struct.unpack_from("<I", data, 4)[0]
    link = start + 2 + 12 * struct.unpack_from("<H", data, start)[0]
    end = len(data) + len(data) % 2
    data = data[:link] + struct.pack("<I", end) + data[link + 4 :]
    picture = read_picture(saved(tmp_path, data.ljust(end, b"\0") + directory(MANY_TAGS)))
    assert np.array_equal(picture.pixels, gradient())
    assert "more than one" in picture.notes[0]


@pytest.mark.parametrize("screen", [(65_535, 60_000), (1, 1)])
def test_a_gif_as_large_as_its_screen_or_first_frame_is_told_with_its_size(
    tmp_path: Path, screen: tuple[int, int]
) -> None:
    path = saved(tmp_path, gif(screen, (0, 0, 65_535, 60_000)))
    with pytest.raises(TooLarge, match="65,535 x 60,000"):
        read_picture(path)


def webp_canvas(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + sides
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def bmp(width: int, height: int, compression: int = 0) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078) + head + bytes(1024) + b"\1\5\0\1"


def png_of(width: int, height: int) -> bytes:
    return PNG[:8] + png_chunk(b"IHDR", struct.pack(">II", width, height) + PNG[24:29]) + PNG[33:]


@pytest.mark.parametrize("make", [webp_canvas, bmp, png_of])
def test_the_size_that_is_told_is_the_one_in_the_header(
    tmp_path: Path, make: Callable[[int, int], bytes]
) -> None:
    with pytest.raises(TooLarge, match="60,000 x 50,000 pixels") as caught:
        read_picture(saved(tmp_path, make(60_000, 50_000)))
    assert (caught.value.height, caught.value.width) == (50_000, 60_000)
    assert caught.value.needed_px == 60_000 * 50_000


def test_many_deep_channels_count_for_the_memory_they_take(tmp_path: Path) -> None:
    values = np.zeros((20, 30, 40), np.float64)
    data = tiff(values, photometric="minisblack", planarconfig="contig")
    path = saved(tmp_path, with_tag(with_tag(data, 256, 8000), 257, 8000))
    with pytest.raises(TooLarge) as caught:
        read_picture(path)
    assert caught.value.needed_bytes == 8000 * 8000 * 40 * 8


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"II*\0\x08\0\0\0" + directory(MANY_TAGS), "more than the file"),
        (bmp(4000, 4000, 1), "run lengths"),
        (b"\xff\xd8" + b"\xff" * 2_000_000, "too many parts"),
        (b"GIF89a\1\0\1\0\0\0\0" + bytes(2_000_000), "too many parts"),
    ],
)
def test_what_only_costs_time_is_refused_at_once(tmp_path: Path, data: bytes, why: str) -> None:
    begun = time.process_time()
    with pytest.raises(Problem, match=why):
        read_picture(saved(tmp_path, data))
    assert time.process_time() - begun < 2


def test_a_photograph_in_thousands_of_passes_is_refused(tmp_path: Path) -> None:
    data = encoded(Image.new("L", (3000, 3000)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(Problem, match="too many scans"):
        read_picture(saved(tmp_path, data[:-2] + scan * 1000 + data[-2:]))
    assert read_picture(saved(tmp_path, data[:-2] + scan * 9 + data[-2:])).width == 3000


@pytest.mark.parametrize(
    ("head", "size"),
    [(PNG, SIZE), (b"II*\0\x08\0\0\0\0\0", None), (b"BM" + bytes(13) + b"\x40", None),
     (webp_canvas(30, 20), SIZE), (b"\xff\xd8\xff", None), (b"GIF89a\1\0\1\0\0\0\0", None)],
)  # fmt: skip
def test_gigabytes_of_zeros_behind_an_image_are_not_read(
    tmp_path: Path, head: bytes, size: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_header, "MAX_PARTS", 1 << 12)
    path = saved(tmp_path, head)
    os.truncate(path, 6 << 30)
    begun = time.process_time()
    if size is None:
        with pytest.raises(Problem):
            read_size(path)
    else:
        assert read_size(path) == size
    with pytest.raises(Problem):  # too large on disk, at the latest
        read_picture(path)
    assert time.process_time() - begun < 1


def test_a_large_file_tells_what_reading_it_takes(tmp_path: Path) -> None:
    path = saved(tmp_path, PNG)
    os.truncate(path, 3 << 30)
    with pytest.raises(TooLarge, match="3,072 MB on disk") as caught:
        read_picture(path)
    assert caught.value.needed_bytes == 6 << 30


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_header_alone_knows_how_the_camera_was_held(orientation: int) -> None:
    note = b'<x tiff:Orientation="%d"/>' % orientation
    stored = encoded(Image.fromarray(stored_as(gradient(), orientation)), "PNG")
    chunk = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(note))
    header = read_header(io.BytesIO(stored[:33] + chunk + stored[33:]))
    assert header.orientation == orientation
    assert read_header(io.BytesIO(stored)).orientation == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("size", [(1, 1), (300, 7), (7, 300)])
def test_the_header_says_what_the_decoder_finds(kind: str, size: tuple[int, int]) -> None:
    header = read_header(io.BytesIO(encoded(Image.new("RGB", size), kind)), whole=True)
    assert (header.kind, header.width, header.height) == (kind, *size)
    assert not header.several
