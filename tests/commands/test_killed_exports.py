"""Exports and conversions that were killed: started again they go on, to the very same bytes."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.commands import exchanging
from app.core.document import Document
from app.core.labels import LabelSet
from app.session.lock import FolderLock
from app.storage.atomic import replacing, write_atomic
from app.storage.exchange import coco_write, files
from app.storage.exchange.journal import KEPT_S, Journal
from app.storage.places import Places
from app.storage.project import Project
from app.storage.sidecar import Loaded
from tests.faults.dying import killed
from tests.storage.exchange.samples import document_of, ring, save_image, square

IMAGES = 6
FORMATS = {
    "coco": (),
    "sa1b": (),
    "labelme": ("--option", "polygons"),
    "yolo": ("--option", "copy_images"),
    "voc": ("--option", "copy_images"),
    "instance-png": (),
    "masks": (),
    "isat": (),
}


def objects(number: int) -> Document:
    document = document_of(ring(), square(1 + number % 4), square(2, 2, 2), label=2)
    # A label that was removed since: it is written with the number it had.
    return document.with_relabelled(2, 9) if number == 4 else document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    root.mkdir()
    project = Project(root)
    for number in range(IMAGES):
        project.write_objects(save_image(root / f"{number}.png"), objects(number), None)
    # Of nearly the same name, so that one has to give way to the other.
    project.write_objects(save_image(root / "2.bmp"), objects(2), None)
    project.write_labels(LabelSet().with_added("cat"), None)
    return root


def content(target: Path) -> dict[str, bytes]:
    if target.is_file():
        return {"": target.read_bytes()}
    found = (path for path in target.rglob("*") if path.is_file())
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in found}


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [each for each in events if each["event"] != "progress"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the images that are really made, in this process."""
    names: list[str] = []

    def watch(owner: type, method: str) -> None:
        usual: Callable[..., object] = getattr(owner, method)

        def made(self: object, image: Any, *rest: object) -> object:
            names.append(image.name)
            return usual(self, image, *rest)

        monkeypatch.setattr(owner, method, made)

    watch(files.Target, "_write")
    watch(coco_write._Writer, "spool")
    return names


def export(folder: Path, target: Path, form: str) -> list[object]:
    return ["export", folder, target, "--to", form, *FORMATS[form], "--json"]


def do(arguments: list[object]) -> None:
    # 3: a folder of masks has no room for an image that is named nearly like another one.
    assert main([str(each) for each in arguments]) in (0, 3)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["coco", "sa1b", "voc", "masks"])
def test_a_killed_export_goes_on_and_gives_the_same_bytes(
    folder: Path,
    tmp_path: Path,
    form: str,
    written: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole, target = tmp_path / "whole", tmp_path / "out"
    do(export(folder, whole, form))
    expected, report = content(whole), told(capsys)
    written.clear()
    # Of COCO the file itself, all images being spooled by then.
    killed(1 if form == "coco" else 7, target, *export(folder, target, form))
    do(export(folder, target, form))
    assert content(target) == expected
    assert told(capsys) == report
    assert len(written) < (1 if form == "coco" else IMAGES)
    assert not any(Places.of_user().exports.iterdir())


@pytest.mark.slow
def test_a_killed_conversion_goes_on_and_gives_the_same_bytes(
    folder: Path, tmp_path: Path, written: list[str]
) -> None:
    source, whole, target = tmp_path / "in.json", tmp_path / "whole", tmp_path / "out"
    do(export(folder, source, "coco"))
    do(["convert", source, whole, "--to", "isat"])
    written.clear()
    killed(4, target, "convert", source, target, "--to", "isat")
    assert len(content(target)) == 4  # and of the fourth what it was writing
    do(["convert", source, target, "--to", "isat"])
    assert content(target) == content(whole)
    assert len(written) == IMAGES + 1 - 3


class Stop(BaseException):
    """Stands for a kill: nothing that tidies up after errors may run."""


def broken_off(monkeypatch: pytest.MonkeyPatch, arguments: list[object], images: int) -> None:
    """Do the command until so many images are noted."""
    usual, left = Journal.add, images

    def add(self: Any, *rest: Any) -> None:
        nonlocal left
        usual(self, *rest)
        left -= 1
        if not left:
            raise Stop

    with monkeypatch.context() as broken:
        broken.setattr(Journal, "add", add)
        with pytest.raises(Stop):
            do(arguments)


@pytest.mark.parametrize(
    ("form", "images"), [*((form, 5) for form in FORMATS), ("coco", 1), ("masks", IMAGES + 1)]
)
def test_every_format_goes_on_from_anywhere(
    folder: Path,
    tmp_path: Path,
    form: str,
    images: int,
    monkeypatch: pytest.MonkeyPatch,
    written: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole, target = tmp_path / "whole", tmp_path / "out"
    do(export(folder, whole, form))
    expected, report = content(whole), told(capsys)
    broken_off(monkeypatch, export(folder, target, form), images)
    written.clear()
    capsys.readouterr()
    do(export(folder, target, form))
    assert (content(target), told(capsys)) == (expected, report)
    assert len(written) == IMAGES + 1 - images


def test_what_is_written_is_not_even_read_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    broken_off(monkeypatch, export(folder, target, "sa1b"), 5)
    read: list[str] = []
    usual = Project.read_objects

    def watched(self: Project, image: Path, height: int, width: int) -> Loaded:
        read.append(image.name)
        return usual(self, image, height, width)

    monkeypatch.setattr(Project, "read_objects", watched)
    do(export(folder, target, "sa1b"))
    assert len(read) == IMAGES + 1 - 5


@pytest.mark.parametrize("form", FORMATS)
def test_what_changed_in_between_is_noticed(
    folder: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    whole, target = tmp_path / "whole", tmp_path / "out"
    broken_off(monkeypatch, export(folder, target, form), 5)
    project = Project(folder)
    loaded = project.read_objects(folder / "1.png", 6, 6)
    project.write_objects(folder / "1.png", loaded.document.without([2, 3]), loaded.token)
    written.clear()
    do(export(folder, target, form))
    assert written[0] == "1.png"
    do(export(folder, whole, form))
    assert content(target) == content(whole)


@pytest.mark.parametrize("form", ["sa1b", "masks"])
def test_a_file_of_the_export_that_was_touched_is_written_again(
    folder: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, target = tmp_path / "whole", tmp_path / "out"
    do(export(folder, whole, form))
    broken_off(monkeypatch, export(folder, target, form), 5)
    victims = sorted(path for path in target.rglob("*.*") if path.is_file())
    write_atomic(victims[0], b"touched")
    victims[-1].unlink()
    do(export(folder, target, form))
    assert content(target) == content(whole)


def test_a_spool_that_was_damaged_is_not_believed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    whole, target = tmp_path / "whole", tmp_path / "out"
    do(export(folder, whole, "coco"))
    broken_off(monkeypatch, export(folder, target, "coco"), 5)
    (journal,) = Places.of_user().exports.iterdir()
    spool = journal / "spool"
    data = spool.read_bytes()
    spool.write_bytes(data[: len(data) // 2])
    written.clear()
    do(export(folder, target, "coco"))
    assert content(target) == content(whole)
    assert 2 < len(written) < IMAGES + 1


@pytest.mark.parametrize("form", ["coco", "sa1b"])
def test_other_options_or_labels_begin_anew(
    folder: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    target = tmp_path / "out"
    broken_off(monkeypatch, export(folder, target, form), 5)
    written.clear()
    do([*export(folder, target, form), "--state", "accepted"])
    project = Project(folder)
    labels = project.read_labels()
    project.write_labels(labels.labels.with_added("dog"), labels.token)
    do(export(folder, target, form))
    assert len(written) == 2 * (IMAGES + 1)


def test_a_conversion_of_a_source_that_changed_begins_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    source, target = tmp_path / "in.json", tmp_path / "out"
    do(export(folder, source, "coco"))
    arguments: list[object] = ["convert", source, target, "--to", "sa1b"]
    broken_off(monkeypatch, arguments, 5)
    source.write_bytes(source.read_bytes() + b"\n")
    written.clear()
    do(arguments)
    assert len(written) == IMAGES + 1


def test_the_short_way_to_coco_goes_on_too(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    whole, target = tmp_path / "whole.json", tmp_path / "out.json"
    do([folder, "--export", whole])
    broken_off(monkeypatch, [folder, "--export", target], 5)
    written.clear()
    do([folder, "--export", target])
    assert len(written) == IMAGES + 1 - 5
    assert content(target) == content(whole)


def test_two_exports_to_one_place_do_not_share_their_notes(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with exchanging.journals(target) as first:
        lock = FolderLock(Places.of_user().data / "locks")
        assert lock.take(target / ".export") is not None
        assert first == Places.of_user().exports
    assert lock.take(target / ".export") is None
    with exchanging.journals(target) as second:
        assert second is None
        do(export(folder, target, "sa1b"))
    lock.give_up(target / ".export")
    assert content(target)


def test_a_cache_on_a_disk_that_is_nearly_full_is_spared(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, target = tmp_path / "whole.json", tmp_path / "out.json"
    do(export(folder, whole, "coco"))
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("app.storage.exchange.journal.shutil.disk_usage", lambda _: usage)
    broken_off(monkeypatch, export(folder, target, "coco"), 5)
    assert not [*Places.of_user().exports.rglob("spool")]
    do(export(folder, target, "coco"))
    assert content(target) == content(whole)


def test_what_nobody_went_on_with_is_forgotten_after_a_month(folder: Path, tmp_path: Path) -> None:
    place = Places.of_user().exports
    old = time.time() - KEPT_S - 1
    for name, files_there in (("before the first image", ["files.jsonl"]),
                              ("after it", ["files.jsonl", "images.jsonl"])):  # fmt: skip
        (place / name).mkdir(parents=True)
        for each in files_there:
            (place / name / each).write_bytes(b"")
            os.utime(place / name / each, (old, old))
        os.utime(place / name, (old, old))
    do(export(folder, tmp_path / "out", "sa1b"))
    assert not [*place.iterdir()]


def test_without_a_cache_an_export_is_made_as_ever(folder: Path, tmp_path: Path) -> None:
    place = Places.of_user().exports
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("in the way", "utf-8")
    for form in ("coco", "sa1b"):
        do(export(folder, tmp_path / form, form))
        assert content(tmp_path / form)


@pytest.mark.parametrize("form", ["coco", "sa1b"])
def test_what_others_are_writing_beside_it_is_left_alone(
    folder: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another export to the same folder, or a window that saves there.
    beside = tmp_path / "exports"
    beside.mkdir()
    target = beside / "out.json" if form == "coco" else beside
    broken_off(monkeypatch, export(folder, target, form), 5)
    with replacing(beside / "theirs.json") as theirs:
        theirs.write(b"{}")
        do(export(folder, target, form))
    assert (beside / "theirs.json").read_bytes() == b"{}"


def test_a_file_that_may_be_one_just_written_under_another_case_is_not_deleted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    for suffix in ("", ".json"):
        (folder / f"0.png{suffix}").rename(folder / f"a.png{suffix}")
    arguments: list[object] = ["export", folder, target, "--to", "yolo"]
    broken_off(monkeypatch, arguments, IMAGES + 1)
    for suffix in ("", ".json"):
        (folder / f"a.png{suffix}").rename(folder / f"A.png{suffix}")
    do(arguments)
    assert {"a.txt", "A.txt"} <= {path.name for path in (target / "labels").iterdir()}


def test_a_folder_with_a_link_that_leads_nowhere_is_converted(folder: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    do(export(folder, source, "sa1b"))
    (source / "gone.txt").symlink_to(tmp_path / "nowhere")
    do(["convert", source, target, "--from", "sa1b", "--to", "labelme"])
    assert len(content(target)) == IMAGES + 1
