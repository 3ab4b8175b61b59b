"""Images of more than 8 bits: spread from black to white, exactly and safely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from app.storage.reading import read_picture, read_size, read_thumbnail
from tests.storage.samples import HEIGHT, WIDTH, encoded, gradient, pixels, saved, tiff, worst

Deep = npt.NDArray[Any]
RAMP = np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
DEEP: dict[str, Deep] = {
    "uint16": (RAMP * 4000 + 100).astype(np.uint16),
    "int16": (RAMP * 4000 - 2000).astype(np.int16),
    "uint32": (RAMP * 4e9).astype(np.uint32),
    "int32": (RAMP * 4e9 - 2e9).astype(np.int32),
    "float16": (RAMP * 5 - 2).astype(np.float16),
    "float32": (RAMP * 1e-3).astype(np.float32),
    "float64": RAMP * 1e300,
}


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"compression": "deflate"}])
@pytest.mark.parametrize("kind", DEEP)
def test_deep_gray_is_spread_from_black_to_white(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    path = saved(tmp_path, tiff(DEEP[kind], **options))
    picture = read_picture(path)
    assert worst(picture.pixels[..., 0], np.rint(RAMP * 255).astype(np.uint8)) <= 1
    assert (picture.pixels == picture.pixels[..., :1]).all()
    assert "shown as black to white" in picture.notes[0]
    assert read_size(path) == (HEIGHT, WIDTH)
    assert read_thumbnail(path, 15).shape == (10, 15, 3)


@pytest.mark.parametrize("options", [{}, {"planarconfig": "separate"}, {"compression": "deflate"}])
def test_deep_colours_keep_their_balance(tmp_path: Path, options: dict[str, Any]) -> None:
    values = np.stack([RAMP, RAMP / 2, RAMP / 4], axis=-1) * 3000
    data = values.astype(np.uint16)
    if "planarconfig" in options:
        data = np.moveaxis(data, -1, 0)
    found = pixels(tmp_path, tiff(data, photometric="rgb", **options))
    assert worst(found, np.rint(values / 3000 * 255).astype(np.uint8)) <= 1


def test_a_deep_png_is_spread_too(tmp_path: Path) -> None:
    gray = DEEP["uint16"]
    colors = np.stack([gray, gray // 2, gray // 4], axis=-1)
    for values in (gray, colors):
        _, data = cv2.imencode(".png", values[..., ::-1] if values.ndim == 3 else values)
        picture = read_picture(saved(tmp_path, data.tobytes()))
        assert worst(picture.pixels[..., 0], np.rint(RAMP * 255).astype(np.uint8)) <= 8
        assert "16-bit" in picture.notes[0]


def test_opacity_and_orientation_of_deep_images_count(tmp_path: Path) -> None:
    values = np.full((4, 6, 4), 1000, np.uint16)
    values[0, 0, :3] = 0
    values[..., 3] = 65535
    values[:, 3:, 3] = 0
    orientation = (274, "H", 1, 3, False)
    data = tiff(values, photometric="rgb", extrasamples=["unassalpha"], extratags=[orientation])
    found = pixels(tmp_path, data)
    assert found[3, 5].tolist() == [0, 0, 0]
    assert (found[:, :3] == 255).all()


def test_white_is_zero_is_turned_around(tmp_path: Path) -> None:
    found = pixels(tmp_path, tiff(DEEP["uint16"], photometric="miniswhite"))
    assert found[0, 0, 0] == 255
    assert found[-1, -1, 0] == 0


def test_of_many_channels_the_first_are_shown(tmp_path: Path) -> None:
    values = np.repeat(gradient(), 2, axis=2)[..., [0, 2, 4, 1, 3]]
    data = tiff(values, photometric="minisblack", planarconfig="contig")
    picture = read_picture(saved(tmp_path, data))
    assert np.array_equal(picture.pixels, gradient())
    assert picture.notes == ("It has 5 channels; the first 3 are shown.",)


def test_a_compression_known_to_one_decoder_only_is_read_by_it(tmp_path: Path) -> None:
    colors = np.stack([(RAMP * 65535).astype(np.uint16)] * 3, axis=-1)
    _, data = cv2.imencode(".tif", colors)  # LZW
    picture = read_picture(saved(tmp_path, data.tobytes()))
    assert worst(picture.pixels[..., 0], (RAMP * 255).astype(np.uint8)) <= 1
    assert picture.notes == ("Its upper 8 bits are shown.",)


def test_what_is_no_number_is_black_and_one_value_is_no_division_by_zero(tmp_path: Path) -> None:
    values = RAMP.astype(np.float32)
    values[0, :3] = [np.nan, np.inf, -np.inf]
    found = pixels(tmp_path, tiff(values))
    assert (found[0, :3] == 0).all()
    assert found[-1, -1, 0] == 255
    for constant in (np.full((3, 4), 7.0, np.float32), np.full((3, 4), np.nan, np.float32)):
        assert not pixels(tmp_path, tiff(constant)).any()
    assert not pixels(tmp_path, tiff(np.full((3, 4), 700, np.uint16))).any()


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_a_few_bright_pixels_on_black_are_seen(tmp_path: Path, kind: type[np.generic]) -> None:
    values = np.zeros((100, 100), kind)
    values[5, 5] = 1
    assert pixels(tmp_path, tiff(values))[5, 5].tolist() == [255, 255, 255]


def test_floating_point_pixels_packed_as_differences_are_read(tmp_path: Path) -> None:
    values = Image.fromarray(DEEP["float32"])
    data = encoded(values, "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 3})
    found = pixels(tmp_path, data)
    assert worst(found[..., 0], np.rint(RAMP * 255).astype(np.uint8)) <= 1
