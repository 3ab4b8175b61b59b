"""A folder of images: what is read, what is written, and where."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from app.core.contents import Contents
from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from app.core.review import StateCounts, Summary
from app.storage.guarded import Conflict
from app.storage.label_file import labels_to_bytes, read_labels
from app.storage.places import Places
from app.storage.project import FolderSettings, Project, can_write
from tests.storage.documents import label_sets

SIZE = (6, 8)
MASK = Mask.from_array(np.eye(*SIZE, dtype=bool))
ONE = Document(*SIZE).with_added(MASK)
TWO = ONE.with_added(MASK, state=State.PROPOSED).with_status(ImageStatus.IN_PROGRESS)
LABELS = LabelSet().with_added("猫").with_added("dog")


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    (root / "inside").mkdir(parents=True)
    for name in ("a.jpg", "a.png", "inside/a.jpg"):
        (root / name).write_bytes(b"an image")
    return root


def test_looking_writes_nothing(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}
    project = Project(folder)
    project.read_labels()
    project.settings.read()
    project.read_objects(folder / "a.jpg", *SIZE)
    list(project.summaries([folder / "a.jpg", folder / "inside" / "a.jpg"]))
    can_write(folder)
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]} == before


def test_objects_lie_beside_their_image_and_only_there(folder: Path) -> None:
    before = everything_in(folder)
    project = Project(folder)
    token = project.read_objects(folder / "a.jpg", *SIZE).token
    token = project.write_objects(folder / "a.jpg", ONE, token)
    assert everything_in(folder).keys() - before.keys() == {"a.jpg.json"}
    assert everything_in(folder).items() >= before.items()
    loaded = Project(folder).read_objects(folder / "a.jpg", *SIZE)
    assert (loaded.document, loaded.token) == (ONE, token)


def test_images_of_one_stem_and_of_other_folders_keep_their_own(folder: Path) -> None:
    project = Project(folder)
    project.write_objects(folder / "a.jpg", ONE, None)
    project.write_objects(folder / "inside" / "a.jpg", TWO, None)
    assert project.read_objects(folder / "a.jpg", *SIZE).document == ONE
    assert project.read_objects(folder / "a.png", *SIZE).document == Document(*SIZE)
    assert project.read_objects(folder / "inside" / "a.jpg", *SIZE).document == TWO


def test_an_image_from_elsewhere_keeps_its_objects_beside_it(folder: Path, tmp_path: Path) -> None:
    project = Project(folder)
    project.write_objects(tmp_path / "b.jpg", ONE, None)
    assert (tmp_path / "b.jpg.json").exists()


def test_the_first_save_of_a_session_keeps_what_was_there(folder: Path) -> None:
    path, image = folder / "a.jpg.json", folder / "a.jpg"
    token = Project(folder).write_objects(image, ONE, None)
    first = path.read_bytes()
    project = Project(folder)
    token = project.write_objects(image, TWO, token)
    token = project.write_objects(image, ONE.with_status(ImageStatus.DONE), token)
    assert (folder / ".maskwright" / "backup" / "a.jpg.json").read_bytes() == first
    inside = Project(folder)
    token = inside.write_objects(folder / "inside" / "a.jpg", ONE, None)
    Project(folder).write_objects(folder / "inside" / "a.jpg", TWO, token)
    assert (folder / ".maskwright" / "backup" / "inside" / "a.jpg.json").exists()


def test_a_file_changed_behind_our_back_is_kept_and_ours_goes_beside_it(folder: Path) -> None:
    project, image = Project(folder), folder / "a.jpg"
    token = project.write_objects(image, ONE, None)
    (folder / "a.jpg.json").write_bytes(b"somebody else's")
    with pytest.raises(Conflict):
        project.write_objects(image, TWO, token)
    beside = project.write_objects_beside(image, TWO)
    assert (folder / "a.jpg.json").read_bytes() == b"somebody else's"
    assert beside.parent == folder
    assert beside.name.startswith("a.jpg.json.mine-")
    assert json.loads(beside.read_bytes())["image"]["file_name"] == "a.jpg"


def test_a_name_at_the_limit_has_objects_and_room_for_a_conflict(folder: Path) -> None:
    image = folder / ("é" * 125 + ".jpg")
    image.write_bytes(b"x")
    project = Project(folder)
    project.write_objects(image, ONE, None)
    assert Project(folder).read_objects(image, *SIZE).document == ONE
    assert project.write_objects_beside(image, TWO).exists()


def test_summaries_come_for_images_with_and_without_objects(folder: Path) -> None:
    project = Project(folder)
    project.write_objects(folder / "a.jpg", TWO, None)
    (folder / "a.png.json").write_bytes(b"torn")
    images = [folder / name for name in ("a.jpg", "a.png", "inside/a.jpg")]
    counts = StateCounts(accepted=1, proposed=1)
    contents = Contents(labels=frozenset({"object"}))
    assert list(project.summaries(images)) == [
        (images[0], Summary(ImageStatus.IN_PROGRESS, counts, contents=contents)),
        (images[1], Summary(readable=False)),
        (images[2], Summary()),
    ]
    assert project.summary(images[0]).objects == counts


def test_a_mirror_takes_what_the_folder_refuses(folder: Path, tmp_path: Path) -> None:
    Project(folder).write_objects(folder / "a.jpg", ONE, None)
    Project(folder).write_labels(LABELS, None)
    before = everything_in(folder)
    places = Places.below(tmp_path / "home")
    project = Project.of(folder, places, mirror=True)
    assert project.mirrored
    loaded = project.read_objects(folder / "a.jpg", *SIZE)
    assert (loaded.document, loaded.token) == (ONE, None)
    assert project.summary(folder / "a.jpg").objects == StateCounts(accepted=1)
    assert project.read_labels().labels == LABELS

    token = project.write_objects(folder / "a.jpg", TWO, loaded.token)
    project.write_objects(folder / "inside" / "a.jpg", ONE, None)
    project.write_labels(LABELS.with_added("horse"), None)
    assert everything_in(folder) == before
    again = Project.of(folder, places)
    assert again.mirrored
    assert again.read_objects(folder / "a.jpg", *SIZE).token == token
    assert again.read_objects(folder / "inside" / "a.jpg", *SIZE).document == ONE
    assert len(again.read_labels().labels) == 4


def test_a_folder_without_a_mirror_keeps_its_own(folder: Path, tmp_path: Path) -> None:
    assert not Project.of(folder, Places.below(tmp_path)).mirrored


def test_choices_of_the_folder_are_kept_in_it(folder: Path) -> None:
    project = Project(folder)
    assert project.settings.read() == (FolderSettings(), ())
    project.settings.write(FolderSettings(OverlapPolicy.NEWEST_WINS))
    assert Project(folder).settings.read()[0].overlap is OverlapPolicy.NEWEST_WINS


def test_leftovers_of_killed_writers_go(folder: Path) -> None:
    Project(folder).write_labels(LABELS, None)
    for place in (folder, folder / ".maskwright"):
        left = place / ".maskwright-0123456789abcdef.tmp"
        left.write_bytes(b"half")
        os.utime(left, (0, 0))
    assert Project(folder).sweep() == 2


# -- labels


def test_labels_keep_their_ids(folder: Path) -> None:
    project = Project(folder)
    labels = LABELS.without(2)
    token = project.write_labels(labels, None)
    loaded = Project(folder).read_labels()
    assert (loaded.labels, loaded.token, loaded.read_only) == (labels, token, None)
    assert loaded.labels.with_added("new").labels[-1].id == 4


@given(label_sets())
def test_any_labels_are_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, labels: LabelSet
) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.json"
    path.write_bytes(labels_to_bytes(labels))
    assert read_labels(path).labels == labels


def test_without_a_file_there_is_the_one_default_label(folder: Path) -> None:
    loaded = Project(folder).read_labels()
    assert (loaded.labels, loaded.token, loaded.read_only) == (LabelSet(), None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"labels": []}',
        '{"labels": [{"id": 0, "name": "a", "color": "#000000"}]}',
        '{"labels": [{"id": 1, "name": "", "color": "#000000"}]}',
        '{"labels": [{"id": 1, "name": "a", "color": "red"}]}',
        '{"labels": [{"id": 1, "name": "a", "color": "#000000", "key": 12}]}',
        '{"labels": [{"id": 1, "name": "a", "color": "#000000"},'
        ' {"id": 1, "name": "b", "color": "#000000"}]}',
    ],
)
def test_labels_that_cannot_be_understood_are_left_as_they_are(folder: Path, text: str) -> None:
    (folder / ".maskwright").mkdir()
    path = folder / ".maskwright" / "labels.json"
    path.write_text(text)
    project = Project(folder)
    loaded = project.read_labels()
    assert loaded.labels == LabelSet()
    assert "labels.json" in str(loaded.read_only)
    with pytest.raises(Conflict):
        project.write_labels(LABELS, loaded.token)
    assert path.read_text() == text
    assert project.write_labels_beside(LABELS).exists()


def test_newer_labels_are_shown_and_not_to_be_written(folder: Path) -> None:
    (folder / ".maskwright").mkdir()
    raw = json.loads(labels_to_bytes(LABELS)) | {"version": 3}
    (folder / ".maskwright" / "labels.json").write_text(json.dumps(raw))
    loaded = Project(folder).read_labels()
    assert len(loaded.labels) == 3
    assert "newer version" in str(loaded.read_only)


def test_a_folder_in_the_way_is_a_problem(folder: Path) -> None:
    (folder / "a.jpg.json").mkdir()
    project = Project(folder)
    with pytest.raises(Problem, match=r"a\.jpg\.json"):
        project.read_objects(folder / "a.jpg", *SIZE)
    with pytest.raises(Problem, match=r"a\.jpg\.json"):
        project.write_objects(folder / "a.jpg", ONE, None)


def test_the_places_of_the_user_are_three_and_none_is_temporary(user_home: Path) -> None:
    places = Places.of_user()
    roots = (places.config, places.data, places.cache)
    assert len(set(roots)) == 3
    assert all(root.is_relative_to(user_home) for root in roots)
    assert places.rescue.is_relative_to(places.data)
    first, second = places.mirror_of(Path("/a/图 片")), places.mirror_of(Path("/b/图 片"))
    assert first != second
    assert first.name.isascii()
