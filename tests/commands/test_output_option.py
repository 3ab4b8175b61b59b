"""Commands with the objects in a folder apart from the images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.core.document import Document
from app.core.mask import Mask
from app.storage.outputs import choose_output
from app.storage.places import Places
from app.storage.project import Project

SIZE = (48, 64)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(root / name)
    return root


def with_mask() -> Document:
    pixels = np.zeros(SIZE, bool)
    pixels[10:20, 10:30] = True
    return Document(*SIZE).with_added(Mask.from_array(pixels))


def exported(target: Path) -> int:
    return len(json.loads(target.read_text("utf-8"))["annotations"])


@pytest.mark.parametrize("chosen", [True, False], ids=["as chosen in the window", "as told"])
def test_export_and_import_find_the_objects_in_the_output_folder(
    images: Path, tmp_path: Path, chosen: bool
) -> None:
    output, target = tmp_path / "out", tmp_path / "coco.json"
    project = Project(images, output)
    project.write_objects(images / "a.png", with_mask(), None)
    if chosen:
        choose_output(images, output, Places.of_user())
    told = [] if chosen else ["--output", str(output)]
    assert main(["export", str(images), str(target), *told]) == 0
    assert exported(target) == 1
    (output / "a.png.json").unlink()
    assert main(["import", str(target), str(images), "--accept", *told]) == 0
    assert (output / "a.png.json").is_file()
    assert not list(images.glob("*.json"))
    assert not (images / ".maskwright").exists()
    report = tmp_path / "report.html"
    assert main(["report", str(images), "--html", str(report), *told]) == 0
    assert report.is_file()


def test_a_command_tells_that_the_output_folder_is_gone(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choose_output(images, tmp_path / "out", Places.of_user())
    (tmp_path / "out").rmdir()
    for words in (
        ["export", str(images), str(tmp_path / "coco.json")],
        ["report", str(images), "--html", str(tmp_path / "report.html")],
        ["labels", str(images)],
    ):
        assert main(words) == 1
        assert "is gone" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
