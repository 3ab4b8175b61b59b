"""Damaged and hostile image files: a picture or a problem, never anything else."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.errors import Problem
from app.core.picture import Picture
from app.storage.reading import TooLarge, read_picture, read_size, read_thumbnail
from app.storage.tiff import read_tiff
from tests.storage.samples import encoded, gradient, png_chunk, tiff, with_orientation, with_tag

WIDTH_TAG, OFFSETS_TAG, COUNTS_TAG = 256, 273, 279
RGB = Image.fromarray(gradient())
RAMP = np.linspace(0, 60_000, 600).reshape(20, 30).astype(np.uint16)
FILES = {
    "jpeg": with_orientation(RGB, "JPEG", 6),
    "progressive": encoded(RGB, "JPEG", progressive=True),
    "png": with_orientation(RGB, "PNG", 8),
    "palette": encoded(RGB.quantize(16), "PNG", transparency=3),
    "deep png": cv2.imencode(".png", np.dstack([RAMP] * 3))[1].tobytes(),
    "webp": with_orientation(RGB, "WEBP", 3),
    "gif": encoded(RGB.quantize(16), "GIF", save_all=True, append_images=[RGB.quantize(4)]),
    "bmp": encoded(RGB, "BMP"),
    "tiff": with_orientation(RGB, "TIFF", 5),
    "lzw": encoded(RGB, "TIFF", compression="tiff_lzw"),
    "deep tiff": tiff(RAMP),
    "deep tiles": tiff(RAMP, tile=(16, 16), compression="deflate", predictor=True),
    "tiles": tiff(gradient(), tile=(16, 16), compression="deflate", photometric="rgb"),
    "float tiff": tiff(np.dstack([RAMP / 7.0] * 3), photometric="rgb"),
}


def opened(path: Path) -> Picture | None:
    """What reading gives; anything but a picture or a problem passes through and fails."""
    with suppress(Problem):
        read_thumbnail(path, 8)
    with suppress(Problem):
        read_size(path)
    with suppress(Problem):
        return read_picture(path)
    return None


@pytest.mark.parametrize("kind", FILES)
def test_an_image_cut_short_is_never_shown_as_if_whole(tmp_path: Path, kind: str) -> None:
    whole = FILES[kind]
    path = tmp_path / "a.img"
    path.write_bytes(whole)
    expected = read_picture(path).pixels
    for length in np.linspace(0, len(whole) - 1, 25).astype(int):
        path.write_bytes(whole[:length])
        found = opened(path)
        # Behind the pixels nothing can be missed.
        assert found is None or np.array_equal(found.pixels, expected), length


@pytest.mark.parametrize("kind", FILES)
def test_flipped_bytes_give_a_picture_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "a.img"

    @settings(max_examples=40)
    @given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8))
    def check(changes: list[tuple[int, int]]) -> None:
        data = bytearray(FILES[kind])
        for place, value in changes:
            # Mostly in the first bytes, where the structure is.
            data[place % (len(data) if place % 2 else min(len(data), 400))] = value
        path.write_bytes(data)
        opened(path)

    check()


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


@pytest.mark.parametrize("side", [20_000, 60_000, 2**31 - 1])
def test_a_header_that_promises_too_much_costs_no_memory(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(TooLarge):
        read_picture(path)
    with pytest.raises(TooLarge):
        read_thumbnail(path, 64)


def test_a_deep_tiff_that_promises_too_much_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    path.write_bytes(with_tag(tiff(np.zeros((20, 30), np.float64)), WIDTH_TAG, 2**31))
    with pytest.raises(TooLarge):
        read_picture(path)


def test_a_piece_that_unpacks_to_more_than_the_image_is_refused(tmp_path: Path) -> None:
    data = tiff(RAMP, compression="deflate")
    packed = zlib.compress(b"\0" * 50_000_000)
    bomb = with_tag(with_tag(data, OFFSETS_TAG, len(data)), COUNTS_TAG, len(packed)) + packed
    path = tmp_path / "bomb.tif"
    path.write_bytes(bomb)
    with pytest.raises(ValueError, match="damaged"):
        read_tiff(bomb, 1000)
    opened(path)


def test_a_deep_image_with_pieces_missing_is_refused(tmp_path: Path) -> None:
    data = with_tag(FILES["deep tiles"], WIDTH_TAG, 60_000)
    with pytest.raises(ValueError, match="missing"):
        read_tiff(data, 1 << 28)
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    with pytest.raises(Problem):
        read_picture(path)


def test_a_deep_png_whose_last_chunk_has_no_end_is_refused_at_once(tmp_path: Path) -> None:
    whole = FILES["deep png"]
    path = tmp_path / "a.png"
    path.write_bytes(whole[:-12] + b"\x7f\xff\xff\xfftEXtabc")
    with pytest.raises(Problem):
        read_picture(path)


def test_sides_longer_than_any_model_takes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("1", (70_000, 2)), "PNG"))
    with pytest.raises(Problem, match="70000 x 2"):
        read_picture(path)


@pytest.mark.parametrize("kind", ["deep tiles", "tiles"])
def test_tiles_far_larger_than_the_image_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(with_tag(with_tag(FILES[kind], 322, 1 << 15), 323, 1 << 15))
    with pytest.raises(Problem, match="larger than the image"):
        read_picture(path)
