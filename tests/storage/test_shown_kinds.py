"""What is shown of volumes and of images with gaps, and how what cannot be shown is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.core.errors import Problem
from app.storage.reading import read_picture, read_size
from tests.storage.samples import HEIGHT, WIDTH, encoded, gradient, saved, tiff

RAMP = np.linspace(0, 1000, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_of_a_volume_the_first_slice_is_shown(tmp_path: Path, kind: type[np.generic]) -> None:
    slices = np.stack([RAMP / 4, *[np.zeros_like(RAMP)] * 4]).astype(kind)
    path = saved(tmp_path, tiff(slices, volumetric=True))
    picture = read_picture(path)
    assert picture.notes[0] == "It holds 5 slices; the first is shown."
    assert picture.pixels[-1, -1, 0] >= 249
    assert read_size(path) == (HEIGHT, WIDTH)


def geo_tiff(values: np.ndarray[Any, Any], no_data: str, **options: Any) -> bytes:
    return tiff(values, extratags=[(42113, "s", 0, no_data, True)], **options)


@pytest.mark.parametrize(
    ("kind", "no_data"),
    [
        (np.float32, "-9999"),
        (np.float64, "-1.7976931348623157e+308"),
        (np.float32, "-3.4028234663852886e+38"),
        (np.float32, "nan"),
        (np.int16, "-32768"),
        (np.uint16, "65535"),
        (np.uint16, "0"),
        (np.int32, "-2147483648"),
    ],
)
def test_places_without_data_are_black_and_take_no_part_in_the_window(
    tmp_path: Path, kind: type[np.generic], no_data: str
) -> None:
    values = (RAMP + 1000).astype(kind)
    gap = values.copy()
    gap[:5] = np.array(float(no_data)).astype(kind)
    found = read_picture(saved(tmp_path, geo_tiff(gap, no_data)))
    whole = read_picture(saved(tmp_path, tiff(values[5:])))
    assert not found.pixels[:5].any()
    assert np.array_equal(found.pixels[5:], whole.pixels)
    assert any("no data" in note for note in found.notes) == (no_data != "nan")


def test_a_value_for_nothing_that_does_not_occur_changes_nothing(tmp_path: Path) -> None:
    values = RAMP.astype(np.uint16)
    plain = read_picture(saved(tmp_path, tiff(values)))
    for no_data in ("-9999", "60000", "0.5", "none"):
        found = read_picture(saved(tmp_path, geo_tiff(values, no_data)))
        assert (found.notes, found.pixels.tobytes()) == (plain.notes, plain.pixels.tobytes())
    empty = np.full((4, 5), 7, np.uint16)
    assert not read_picture(saved(tmp_path, geo_tiff(empty, "7"))).pixels.any()


def test_the_other_decoder_knows_of_gaps_too(tmp_path: Path) -> None:
    values = RAMP.astype(np.float32) + 1000
    values[0] = -9999
    data = encoded(
        Image.fromarray(values), "TIFF", compression="tiff_lzw", tiffinfo={42113: "-9999"}
    )
    pixels = read_picture(saved(tmp_path, data)).pixels
    assert not pixels[0].any()
    assert pixels[1, 0, 0] < 20


def heif(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + bytes(40)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (heif(b"heic"), "it is a HEIC image"),
        (heif(b"mif1"), "it is a HEIC image"),
        (heif(b"avif"), "it is an AVIF image"),
        (heif(b"isom"), "it is a video"),
        (b"8BPS" + bytes(40), "it is a Photoshop file"),
        (b"%PDF-1.7" + bytes(40), "it is a PDF file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "placeholder of Git LFS"),
        (tiff(np.zeros((9, 9), np.complex64)), "numbers are of the kind complex64"),
    ],
)
def test_what_is_whole_is_named_and_not_called_damaged(
    tmp_path: Path, data: bytes, why: str
) -> None:
    with pytest.raises(Problem, match=why) as caught:
        read_picture(saved(tmp_path, data, "photo.jpg"))
    assert "damaged" not in caught.value.what


def test_a_damaged_image_is_still_called_damaged(tmp_path: Path) -> None:
    data = encoded(Image.fromarray(gradient()), "PNG")
    with pytest.raises(Problem, match="damaged or cut short"):
        read_picture(saved(tmp_path, data[:-40]))
