"""A label gets its new name on every image that has it, whatever happens meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.core.document import Document, Evidence
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.project import Project
from tests.desk import SIZE, Desk, make_images

MASK = Mask.empty(*SIZE).union(Mask.from_counts([5, 9, SIZE[0] * SIZE[1] - 14], *SIZE))


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """Three images with a cat each, one of them in a folder inside; a fourth with a dog."""
    root = tmp_path / "cats"
    make_images(root, 3)
    make_images(root / "inside", 1)
    project = Project(root)
    project.write_labels(LabelSet().with_names(["cat", "dog"]), None)
    for name, label in (("0.png", 2), ("1.png", 2), ("2.png", 3), ("inside/0.png", 2)):
        project.write_objects(root / name, Document(*SIZE).with_added(MASK, label), None)
    return root


def told(root: Path, name: str) -> list[str]:
    raw = json.loads((root / f"{name}.json").read_text())
    return [each["name"] for each in raw["maskwright"]["labels"]]


def former(root: Path) -> list[str]:
    raw = json.loads((root / ".maskwright" / "labels.json").read_text())
    return [each["name"] for each in raw.get("former_names", [])]


def renamed(desk: Desk, label_id: int, name: str) -> None:
    with desk.qtbot.waitSignal(desk.context.renaming.finished):
        assert desk.session.folder_labels.rename(label_id, name)
    desk.wait(lambda: not desk.context.saver.unsaved)


def test_a_new_name_reaches_every_file_and_undo_brings_the_old_one_back(
    desk: Desk, cats: Path
) -> None:
    desk.open(cats)
    before = (cats / "2.png.json").read_bytes()
    renamed(desk, 2, "tiger")
    assert [told(cats, n) for n in ("0.png", "1.png", "inside/0.png")] == [["tiger"]] * 3
    assert former(cats) == []
    assert (cats / "2.png.json").read_bytes() == before
    with desk.qtbot.waitSignal(desk.context.renaming.finished):
        desk.session.undo()
    desk.wait(lambda: not desk.context.saver.unsaved)
    assert [told(cats, n) for n in ("0.png", "1.png", "inside/0.png")] == [["cat"]] * 3
    assert [label.name for label in Project(cats).read_labels().labels] == ["object", "cat", "dog"]
    desk.close()


def test_a_renaming_that_was_killed_is_gone_on_with(desk: Desk, cats: Path) -> None:
    project = Project(cats)
    loaded = project.read_labels()
    # All that a killed program has written: the folder's labels, and one of the sidecars.
    project.write_labels(loaded.labels.with_renamed(2, "tiger"), loaded.token)
    read = project.read_objects(cats / "0.png", *SIZE)
    project.write_objects(cats / "0.png", read.document, read.token)
    assert (told(cats, "0.png"), told(cats, "1.png")) == (["tiger"], ["cat"])
    with desk.qtbot.waitSignal(desk.context.renaming.finished):
        desk.open(cats)
    desk.wait(lambda: not desk.context.saver.unsaved)
    assert [told(cats, n) for n in ("0.png", "1.png", "inside/0.png")] == [["tiger"]] * 3
    assert former(cats) == []
    assert [label.name for label in desk.session.labels] == ["object", "tiger", "dog"]
    desk.close()


def test_a_folder_inside_with_labels_of_its_own_keeps_its_names(desk: Desk, cats: Path) -> None:
    Project(cats / "inside").write_labels(LabelSet().with_names(["cat"]), None)
    desk.open(cats)
    renamed(desk, 2, "tiger")
    assert told(cats, "inside/0.png") == ["cat"]
    assert told(cats, "1.png") == ["tiger"]
    desk.close()


def test_an_image_that_was_edited_meanwhile_is_saved_with_both(desk: Desk, cats: Path) -> None:
    desk.open(cats)
    desk.session.folder_labels.activate(3)
    desk.session.add(Mask.from_counts([500, 9, SIZE[0] * SIZE[1] - 509], *SIZE), Evidence())
    renamed(desk, 2, "tiger")
    assert told(cats, "0.png") == ["tiger", "dog"]
    desk.session.undo()
    assert [label.name for label in desk.session.labels] == ["object", "cat", "dog"]
    desk.close()
