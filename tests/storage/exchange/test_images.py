"""Names in other people's files mean images of the opened folder, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.storage.exchange.images import Images
from tests.storage.exchange.samples import save_image

FOLDER = Images.of_sizes(
    dict.fromkeys(("a.jpg", "train/b.jpg", "val/b.jpg", "val/c.png", "x/é.jpg"), (6, 6))
)


@pytest.mark.parametrize(
    ("name", "found", "by_path"),
    [
        ("a.jpg", "a.jpg", True),
        ("./a.jpg", "a.jpg", True),
        ("train\\b.jpg", "train/b.jpg", True),
        ("images/train/b.jpg", "train/b.jpg", False),
        ("val/b", "val/b.jpg", True),
        ("elsewhere/c.png", "val/c.png", False),
        ("c", "val/c.png", False),
        ("C:\\data\\a.jpg", "a.jpg", False),
        ("../../a.jpg", "a.jpg", False),
        ("x/e\u0301.jpg", "x/é.jpg", True),
    ],
)
def test_a_name_is_found_by_path_then_by_its_last_part(
    name: str, found: str, by_path: bool
) -> None:
    assert FOLDER.find(name) == (found, by_path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("b.jpg", "may mean"),
        ("c.jpg", "no image"),
        ("", "no image"),
        (".", "no image"),
        ("../../etc/passwd", "no image"),
        ("a.jpg\0", "no image"),
        ("a.jpg/", ""),
    ],
)
def test_what_is_not_sure_is_refused(name: str, reason: str) -> None:
    if name == "a.jpg/":
        assert FOLDER.find(name).name == "a.jpg"
        return
    with pytest.raises(ValueError, match=reason):
        FOLDER.find(name)


def test_sizes_are_those_of_the_upright_images(tmp_path: Path) -> None:
    save_image(tmp_path / "sub" / "a.png", 4, 7)
    (tmp_path / "b.png").write_bytes(b"no image")
    images = Images.in_folder(tmp_path)
    assert images.size("sub/a.png") == (4, 7)
    with pytest.raises(ValueError, match=r"b\.png"):
        images.size("b.png")
