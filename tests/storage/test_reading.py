"""Opening image files: every kind gives the same upright RGB, and the file is left alone."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.core.errors import Problem
from app.core.picture import key_of
from app.storage.reading import TooLarge, key_of_file, read_picture, read_size, read_thumbnail
from tests.storage.samples import (
    HEIGHT,
    WIDTH,
    encoded,
    gradient,
    pixels,
    png_chunk,
    saved,
    stored_as,
    tiff,
    with_orientation,
    worst,
)

RGB = Image.fromarray(gradient())
GRAY = RGB.convert("L")
LOSSLESS: dict[str, dict[str, Any]] = {"PNG": {}, "WEBP": {"lossless": True}, "TIFF": {}, "BMP": {}}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_give_their_exact_pixels(tmp_path: Path, kind: str) -> None:
    options = LOSSLESS[kind]
    assert np.array_equal(pixels(tmp_path, encoded(RGB, kind, **options)), gradient())


def test_the_array_can_be_painted_and_embedded_as_it_is(tmp_path: Path) -> None:
    data = encoded(RGB, "PNG")
    picture = read_picture(saved(tmp_path, data, "é 图.txt"))
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (HEIGHT, WIDTH, 3)
    assert picture.pixels.flags.c_contiguous
    assert not picture.pixels.flags.writeable
    assert picture.key == key_of(data)
    assert picture.path.name == "é 图.txt"
    assert picture.notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_camera_is_turned_upright_once(tmp_path: Path, kind: str, orientation: int) -> None:
    stored = Image.fromarray(stored_as(gradient(), orientation))
    path = saved(tmp_path, with_orientation(stored, kind, orientation))
    assert worst(read_picture(path).pixels, gradient()) <= (8 if kind == "JPEG" else 0)
    assert read_size(path) == (HEIGHT, WIDTH)
    assert read_thumbnail(path, 15).shape == (10, 15, 3)


def test_a_png_that_tells_its_orientation_last_is_turned_too(tmp_path: Path) -> None:
    stored = Image.fromarray(stored_as(gradient(), 6))
    exif = Image.Exif()
    exif[0x0112] = 6
    late = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    data = encoded(stored, "PNG")
    path = saved(tmp_path, data[:-12] + late + data[-12:])
    assert np.array_equal(read_picture(path).pixels, gradient())
    assert read_size(path) == (HEIGHT, WIDTH)


def test_a_broken_note_of_the_camera_does_not_hide_the_photograph(tmp_path: Path) -> None:
    path = saved(tmp_path, encoded(RGB, "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12"))
    assert np.array_equal(read_picture(path).pixels, gradient())
    assert read_size(path) == (HEIGHT, WIDTH)


def test_gray_palette_and_two_colours(tmp_path: Path) -> None:
    three = np.asarray(GRAY.convert("RGB"))
    assert np.array_equal(pixels(tmp_path, encoded(GRAY, "PNG")), three)
    palette = RGB.quantize(64)
    colors = np.asarray(palette.convert("RGB"))
    assert np.array_equal(pixels(tmp_path, encoded(palette, "PNG")), colors)
    assert np.array_equal(pixels(tmp_path, encoded(palette, "GIF")), colors)
    two = GRAY.point(lambda value: 255 * (value > 100)).convert("1")
    assert set(np.unique(pixels(tmp_path, encoded(two, "PNG")))) == {0, 255}
    assert np.array_equal(pixels(tmp_path, encoded(two, "TIFF")), np.asarray(two.convert("RGB")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_lies_on_white(tmp_path: Path, mode: str, kind: str) -> None:
    image = RGB.convert(mode)
    alpha = Image.new("L", image.size, 0)
    alpha.paste(255, (0, 0, 15, HEIGHT))
    image.putalpha(alpha)
    options = LOSSLESS[kind]
    found = pixels(tmp_path, encoded(image, kind, **options))
    assert (found[:, 15:] == 255).all()
    assert np.array_equal(found[:, :15], np.asarray(image.convert("RGB"))[:, :15])


def test_half_transparent_is_half_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (2, 2), (100, 0, 200, 128))
    expected = [round((255 * 127 + value * 128) / 255) for value in (100, 0, 200)]
    assert abs(pixels(tmp_path, encoded(image, "PNG"))[0, 0] - np.array(expected)).max() <= 1


def test_the_transparent_colour_of_a_palette_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((0, 0), 0)
    for kind in ("PNG", "GIF"):
        found = pixels(tmp_path, encoded(image, kind, transparency=1))
        assert found[0, 0].tolist() == [255, 0, 0]
        assert found[1, 1].tolist() == [255, 255, 255]


def test_print_colours_become_screen_colours(tmp_path: Path) -> None:
    image = Image.new("CMYK", (WIDTH, HEIGHT), (255, 0, 0, 0))
    for kind, options in (("TIFF", {}), ("JPEG", {"quality": 100})):
        red, green, blue = pixels(tmp_path, encoded(image, kind, **options))[3, 3].astype(int)
        assert red < 60
        assert min(green, blue) > 150


def test_several_images_in_a_file_give_the_first_and_say_so(tmp_path: Path) -> None:
    second = Image.fromarray(255 - gradient())
    for kind in ("GIF", "TIFF", "WEBP", "PNG"):
        first = RGB.quantize(64) if kind == "GIF" else RGB
        options: dict[str, Any] = {**LOSSLESS.get(kind, {}), "save_all": True}
        data = encoded(first, kind, append_images=[second], **options)
        picture = read_picture(saved(tmp_path, data))
        assert np.array_equal(picture.pixels, np.asarray(first.convert("RGB"))), kind
        assert picture.notes == ("The file holds more than one image; the first is shown.",)


def test_the_depth_map_of_a_telephone_is_not_worth_a_note(tmp_path: Path) -> None:
    data = encoded(RGB, "MPO", save_all=True, append_images=[RGB])
    assert read_picture(saved(tmp_path, data)).notes == ()


def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path) -> None:
    deep = np.ones((HEIGHT, WIDTH))
    for data in (encoded(RGB, "PNG"), tiff(deep.astype(np.uint16)), tiff(deep)):
        with pytest.raises(TooLarge, match="30 x 20 pixels") as caught:
            read_picture(saved(tmp_path, data), limit=HEIGHT * WIDTH - 1)
        assert (caught.value.height, caught.value.width) == (HEIGHT, WIDTH)
        assert read_picture(saved(tmp_path, data), limit=HEIGHT * WIDTH).width == WIDTH


def test_reading_leaves_the_file_alone(tmp_path: Path) -> None:
    path = saved(tmp_path, with_orientation(RGB, "JPEG", 6))
    path.chmod(0o400)
    before = path.stat()
    read_picture(path), read_size(path), read_thumbnail(path, 8)
    after = path.stat()
    assert (after.st_mtime_ns, after.st_mode, after.st_size) == (
        before.st_mtime_ns,
        before.st_mode,
        before.st_size,
    )


def test_a_thumbnail_fits_and_small_images_stay_small(tmp_path: Path) -> None:
    wide = Image.new("RGB", (2000, 10), (200, 100, 50))
    for kind in ("JPEG", "PNG"):
        found = read_thumbnail(saved(tmp_path, encoded(wide, kind)), 64)
        assert found.shape == (1, 64, 3)
        assert worst(found[0, 32], np.array([200, 100, 50], np.uint8)) < 6
        assert read_thumbnail(saved(tmp_path, encoded(RGB, kind)), 64).shape == (HEIGHT, WIDTH, 3)


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders")
    os.mkfifo(tmp_path / "x.png")
    readers: list[Callable[[Path], Any]] = [read_picture, read_size]
    for read in readers:
        with pytest.raises(Problem, match=r"x\.png cannot be opened: not a regular file"):
            read(tmp_path / "x.png")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"not an image at all", "not an image in a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image in a known format"),
        (b"II*\0\xff\xff\xff\xff", "cannot be shown"),
    ],
)
def test_what_is_no_image_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(Problem, match=what) as caught:
        read_picture(saved(tmp_path, data, "photo.jpg"))
    assert "photo.jpg" in caught.value.what
    assert caught.value.advice


def test_a_missing_file_and_a_folder_are_problems(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.png", tmp_path, tmp_path / "a\0b.png"):
        with pytest.raises(Problem):
            read_picture(path)
        with pytest.raises(Problem):
            read_size(path)


def test_formats_that_few_use_are_not_even_tried(tmp_path: Path) -> None:
    for kind in ("ICO", "TGA", "PPM", "PCX"):
        buffer = io.BytesIO()
        RGB.save(buffer, kind)
        with pytest.raises(Problem, match="known format"):
            read_picture(saved(tmp_path, buffer.getvalue()))


def test_the_key_of_a_file_is_that_of_its_picture(tmp_path: Path) -> None:
    path = saved(tmp_path, encoded(RGB, "PNG") + bytes(3_000_000))
    assert key_of_file(path) == read_picture(path).key
    with pytest.raises(Problem):
        key_of_file(tmp_path / "gone.png")
