"""Links that lead out of the folder of the images: what they name is never written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.core.document import Document, Evidence
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy
from app.storage.project import FolderSettings, Project
from app.storage.rescue import RescueFolder
from app.storage.review_place import ReviewPlace, place_file
from tests.desk import SIZE, Desk

MASK = Mask.from_array(np.tri(*SIZE, dtype=bool))


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "outside"
    place.mkdir()
    return place


def test_objects_are_not_written_through_a_link_and_the_image_says_so(
    desk: Desk, folder: Path, outside: Path
) -> None:
    (folder / "0.png.json").symlink_to(outside / "autostart.desktop")
    desk.open(folder)
    assert "out of its folder" in (desk.session.read_only or "")
    assert desk.session.add(MASK, Evidence()) is None
    desk.go(1)
    assert desk.session.read_only is None
    desk.session.add(MASK, Evidence())
    desk.saved()
    assert list(outside.iterdir()) == []


def test_a_folder_of_our_own_that_is_a_link_makes_the_window_view_only(
    desk: Desk, folder: Path, outside: Path
) -> None:
    (folder / ".maskwright").symlink_to(outside)
    desk.open(folder)
    assert "out of its folder" in (desk.session.read_only or "")
    assert desk.session.add(MASK, Evidence()) is None
    assert desk.session.folder_labels.add("new") is None
    desk.close()
    assert list(outside.iterdir()) == []


Write = Callable[[Project], object]
WRITES: dict[str, Write] = {
    "0.png.json": lambda project: project.write_objects(
        project.root / "0.png", Document(*SIZE).with_added(MASK), None
    ),
    ".maskwright/labels.json": lambda project: project.write_labels(
        LabelSet().with_added("cat"), None
    ),
    ".maskwright/folder.toml": lambda project: project.settings.write(
        FolderSettings(list(OverlapPolicy)[1])
    ),
    ".maskwright/review.toml": lambda project: place_file(project.own).write(
        ReviewPlace(annotation_id=3)
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_no_file_of_ours_is_written_through_a_link(folder: Path, outside: Path, name: str) -> None:
    (folder / ".maskwright").mkdir()
    (folder / name).symlink_to(outside / "a")
    with pytest.raises(Problem, match="out of its folder"):
        WRITES[name](Project(folder))
    assert list(outside.iterdir()) == []


def test_images_in_a_linked_folder_have_their_objects_beside_them(
    folder: Path, outside: Path
) -> None:
    (folder / "more").symlink_to(outside)
    project = Project(folder)
    project.write_objects(folder / "more" / "9.png", Document(*SIZE).with_added(MASK), None)
    assert (outside / "9.png.json").is_file()


@pytest.mark.parametrize("name", ["0.png.json", ".maskwright/labels.json"])
def test_rescued_work_is_not_put_back_through_a_link(
    folder: Path, outside: Path, tmp_path: Path, name: str
) -> None:
    rescue = RescueFolder(tmp_path / "rescue")
    rescue.put(folder / name, b"{}", None)
    if name.startswith("."):
        (folder / ".maskwright").symlink_to(outside)
    else:
        (folder / name).symlink_to(outside / "a")
    (waiting,) = rescue.rescued()[0]
    with pytest.raises(Problem, match="out of its folder"):
        rescue.restore(waiting)
    assert list(outside.iterdir()) == []
    assert len(rescue.rescued()[0]) == 1
