"""Commands with the objects in a folder apart from the images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from app.core.document import Document, ImageStatus
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


SQUARE = np.s_[20:60, 30:80]


@pytest.fixture
def apart(tmp_path: Path) -> tuple[Path, Path]:
    """Images with a red square each, and the folder that has the objects."""
    root, output = tmp_path / "red", tmp_path / "out"
    root.mkdir()
    output.mkdir()
    project = Project(root, output, output)
    for number in range(6):
        pixels, mask = np.full((96, 128, 3), 90 + number, np.uint8), np.zeros((96, 128), bool)
        pixels[SQUARE], mask[SQUARE] = (200, 60, 60), True
        Image.fromarray(pixels).save(root / f"{number}.png")
        document = Document(96, 128).with_added(Mask.from_array(mask))
        done = document.with_status(ImageStatus.DONE)
        project.write_objects(root / f"{number}.png", done, None)
    return root, output


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ("report {images} --html {files}/r.html", 0, "6 masks accepted"),
        ("export {images} {files}/c.json", 0, "Wrote 6 objects"),
        ("labels {images}", 0, "0 are not certain"),
        ("teach {images}", 1, "There are 6 accepted masks on 6 images"),
        ("find {images} --like 0.png#1", 0, "6 images left alone"),
        ("relabel {images} --all", 0, "6 masks"),
        ("automask {images} --points 1 --crops 0 --all", 0, "6 images done"),
        ("evaluate {images} --limit 2 --clicks 1", 0, "all                2"),
    ],
    ids=lambda value: str(value).split()[0],
)
@pytest.mark.parametrize("chosen", [True, False], ids=["as chosen in the window", "as told"])
def test_every_command_finds_objects_that_lie_apart_from_the_images(
    apart: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
    status: int,
    told: str,
    chosen: bool,
) -> None:
    root, output = apart
    line = words.format(images=root, files=tmp_path).split()
    if chosen:
        choose_output(root, output, Places.of_user())
    else:
        line += ["--output", str(output)]
    assert main(line) == status
    out, err = capsys.readouterr()
    assert told in out + err
    assert not list(root.rglob("*.json"))
    assert not (root / ".maskwright").exists()


def test_the_proposer_counts_the_objects_that_lie_apart(
    apart: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root, output = apart
    for number in range(3):
        (root / f"{number}.png").unlink()
    assert main(["train-proposer", str(root), "--output", str(output)]) == 1
    assert "There are 3 images to learn from" in capsys.readouterr().err


def test_objects_of_the_output_folder_are_scored_before_those_beside_the_images(
    apart: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root, output = apart
    Project(root).write_objects(root / "0.png", Document(96, 128), None)
    (output / "1.png.json").rename(root / "1.png.json")
    assert main(["evaluate", str(root), "--clicks", "1", "--output", str(output)]) == 0
    assert "all                6" in capsys.readouterr().out
