"""Writing where it must not: images, objects and the own files of a folder are never replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from app.core.labels import LabelSet
from app.storage.project import Project
from tests.storage.exchange.samples import document_of, ring, save_image

LONG = "n" * 251 + ".png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ("a.png", LONG, "sub/b.png")
    images = [save_image(tmp_path / "images" / name) for name in names]
    project = Project(tmp_path / "images")
    for image in images:
        project.write_objects(image, document_of(ring()), None)
    save_image(project.root / "bare.png")
    project.write_labels(LabelSet().with_added("cat"), None)
    return project.root


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


KEPT = [
    "a.png",
    "a.png.json",
    "bare.png",
    "bare.png.json",
    "new.png",
    "sub/b.png.json",
    ".maskwright/labels.json",
    ".maskwright/new.json",
    "link.json",
]


@pytest.mark.parametrize(
    "command",
    [
        ["{folder}", "--export", "{target}"],
        ["export", "{folder}", "{target}", "--overwrite"],
        ["report", "{folder}", "--html", "{target}"],
        ["report", "{folder}", "--csv", "{target}", "--html", "{page}"],
        ["convert", "{source}", "{target}", "--images", "{folder}", "--overwrite"],
    ],
)
def test_one_file_is_not_written_over_what_must_stay(
    folder: Path, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source, page = tmp_path / "source.json", tmp_path / "page.html"
    assert main(["export", str(folder), str(source)]) == 0
    (folder / "link.json").symlink_to(folder / "a.png.json")
    before = content(folder)
    for target in [*KEPT, next(path.name for path in folder.glob("nnn*.json"))]:
        values = {"folder": folder, "target": folder / target, "source": source, "page": page}
        capsys.readouterr()
        assert main([each.format(**values) for each in command]) == 1
        assert "is not written over" in capsys.readouterr().err
        assert content(folder) == before
        assert not page.exists()


def test_masks_are_not_written_over_images(folder: Path) -> None:
    (folder / "a").mkdir()
    save_image(folder / "a" / "object_1.png")
    before = content(folder)
    assert main(["export", str(folder), str(folder), "--to", "masks", "--overwrite"]) == 3
    after = content(folder)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("form", ["labelme", "sa1b", "isat", "masks", "voc", "yolo"])
def test_links_in_the_target_lead_nowhere(folder: Path, tmp_path: Path, form: str) -> None:
    outside, target = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    target.mkdir()
    (outside / "kept").write_text("theirs", "utf-8")
    for name in ("a.json", "data.yaml.not"):
        (target / name).symlink_to(outside / "kept")
    for name in ("Annotations", "labels", "a"):
        (target / name).symlink_to(outside)
    main(["export", str(folder), str(target), "--to", form, "--overwrite"])
    assert content(outside) == {str(outside / "kept"): b"theirs"}


def test_a_conversion_does_not_write_over_what_it_reads(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, many = tmp_path / "source.json", tmp_path / "many"
    assert main(["export", str(folder), str(source)]) == 0
    assert main(["convert", str(source), str(source), "--overwrite"]) == 1
    assert "it is what is being read" in capsys.readouterr().err
    assert main(["export", str(folder), str(many), "--to", "labelme"]) == 0
    assert main(["convert", str(many), str(many), "--to", "isat", "--overwrite"]) == 1
    assert "is what is being read" in capsys.readouterr().err


def test_a_folder_for_one_file_and_a_file_for_many_are_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(folder), str(tmp_path)]) == 1
    assert "Name the file to write" in capsys.readouterr().err
    (tmp_path / "file").write_text("", "utf-8")
    assert main(["export", str(folder), str(tmp_path / "file"), "--to", "yolo"]) == 1
    assert "This format has many files" in capsys.readouterr().err
    own = folder / ".maskwright" / "out"
    assert main(["export", str(folder), str(own), "--to", "yolo"]) == 1
    assert "labels and backups" in capsys.readouterr().err
