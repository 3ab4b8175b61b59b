"""One image, opened through the folder around it and through its own: labels mean the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from app.cli import main
from app.core.document import Evidence
from app.core.mask import Mask
from app.inference.questions import Choice
from app.storage.places import Places
from tests.desk import SIZE, Desk, make_images

MASK = Mask.from_array(np.tri(*SIZE, dtype=bool))


def names(desk: Desk) -> list[str]:
    return [desk.session.labels.label(each.label_id).name for each in desk.document]


def test_a_dog_stays_a_dog_whatever_folder_is_opened(
    qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    around = tmp_path / "set"
    for inner in ("a", "b"):
        make_images(around / inner, 1)
    desk = Desk(qtbot, places)
    desk.host.use_model(Choice())
    desk.navigator.open_files([around / "a" / "0.png", around / "b" / "0.png"])
    desk.wait(lambda: desk.session.picture is not None)
    desk.session.folder_labels.add("cat")
    dog = desk.session.folder_labels.add("dog")
    assert dog is not None
    desk.session.add(MASK, Evidence())
    desk.close()
    assert not (around / "a" / ".maskwright").exists()

    own = Desk(qtbot, places).open(around / "a")
    assert names(own) == ["dog"]
    for name in ("car", "tree"):
        own.session.folder_labels.add(name)
    assert names(own) == ["dog"]
    own.session.add(MASK.subtract(Mask.from_counts([0, 48, 48 * 63], *SIZE)), Evidence())
    assert names(own) == ["dog", "tree"]
    own.close()

    target = tmp_path / "out.json"
    assert main([str(around / "a"), "--export", str(target)]) == 0
    told = json.loads(target.read_text())
    called = {each["id"]: each["name"] for each in told["categories"]}
    assert [called[each["category_id"]] for each in told["annotations"]] == ["dog", "tree"]

    again = Desk(qtbot, places)
    again.host.use_model(Choice())
    again.navigator.open_files([around / "a" / "0.png", around / "b" / "0.png"])
    again.wait(lambda: again.session.picture is not None)
    assert names(again) == ["dog", "tree"]
    again.close()


def test_what_is_not_saved_yet_keeps_its_labels_when_another_folder_is_opened(
    qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    make_images(tmp_path / "set" / "a", 1)
    make_images(tmp_path / "set" / "b", 1)
    desk = Desk(qtbot, places).open(tmp_path / "set" / "a")
    for name in ("car", "tree"):
        desk.session.folder_labels.add(name)
    desk.session.add(MASK, Evidence())
    desk.wait(lambda: not desk.context.saver.unsaved)
    for name in ("person", "dog"):
        desk.session.folder_labels.add(name)
    desk.session.add(MASK.subtract(Mask.from_counts([0, 48, 48 * 63], *SIZE)), Evidence())
    assert names(desk) == ["tree", "dog"]
    around = tmp_path / "set"
    desk.navigator.open_files([around / "a" / "0.png", around / "b" / "0.png"])
    desk.wait(lambda: desk.session.picture is not None and desk.session.folder is not None
              and desk.session.folder.root == around)  # fmt: skip
    assert names(desk) == ["tree", "dog"]
    desk.close()


def test_images_whose_labels_are_not_certain_are_shown_without_being_changed(
    qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    make_images(root / "a", 1)
    for folder, name in ((root, "person"), (root / "a", "zebra")):
        (folder / ".maskwright").mkdir()
        row = {"id": 1, "name": name, "color": "#123456"}
        table = {"version": 1, "next_id": 2, "labels": [row]}
        (folder / ".maskwright" / "labels.json").write_text(json.dumps(table))
    segmentation = {"size": list(SIZE), "counts": MASK.counts}
    old = {
        "image": {"width": SIZE[1], "height": SIZE[0], "file_name": "0.png"},
        "annotations": [{"id": 1, "category_id": 1, "segmentation": segmentation}],
        "maskwright": {"version": 1, "next_id": 2},
    }
    sidecar = root / "a" / "0.png.json"
    sidecar.write_text(json.dumps(old))
    before = sidecar.read_bytes()
    desk = Desk(qtbot, places).open(root / "a")
    assert "the lists differ" in str(desk.session.read_only)
    desk.session.add(MASK, Evidence())
    desk.close()
    assert sidecar.read_bytes() == before
