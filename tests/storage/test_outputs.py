"""Objects and labels in a folder of the user's choice, apart from the images."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.core.document import Document, ImageStatus
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.storage.outputs import choose_output, output_of
from app.storage.places import Places
from app.storage.project import Project

DONE = Document(8, 8, status=ImageStatus.DONE)
SKIPPED = Document(8, 8, status=ImageStatus.SKIPPED)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name in ("a.png", "in/a.png", "in/deep/b.png"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "images"


def files_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_files_lie_in_the_output_folder_as_the_images_lie_in_theirs(
    images: Path, places: Places, tmp_path: Path
) -> None:
    choose_output(images, tmp_path / "out", places)
    before = files_in(images)
    project = Project.of(images, places)
    for name in before:
        project.write_objects(images / name, DONE, None)
    project.write_labels(LabelSet().with_added("cat"), None)
    assert files_in(images) == before
    assert files_in(tmp_path / "out") == [
        ".maskwright/labels.json",
        "a.png.json",
        "in/a.png.json",
        "in/deep/b.png.json",
    ]
    again = Project.of(images, places)
    assert again.read_objects(images / "in" / "a.png", 8, 8).document.status is ImageStatus.DONE
    assert again.read_labels().labels.named("cat") is not None
    # Others may look into it: it is no folder of the program's own.
    assert os.stat(tmp_path / "out" / "in").st_mode & 0o055


def test_a_folder_inside_has_its_part_of_the_output_folder(
    images: Path, places: Places, tmp_path: Path
) -> None:
    choose_output(images, tmp_path / "out", places)
    Project.of(images, places).write_objects(images / "in" / "a.png", DONE, None)
    inside = Project.of(images / "in", places)
    assert inside.home == tmp_path / "out" / "in"
    assert inside.summary(images / "in" / "a.png").status is ImageStatus.DONE
    choose_output(images / "in", tmp_path / "other", places)
    assert Project.of(images / "in", places).home == tmp_path / "other"


def test_what_lies_beside_the_images_is_read_until_there_is_something_newer(
    images: Path, places: Places, tmp_path: Path
) -> None:
    Project.of(images, places).write_objects(images / "a.png", DONE, None)
    beside = (images / "a.png.json").read_bytes()
    choose_output(images, tmp_path / "out", places)
    project = Project.of(images, places)
    loaded = project.read_objects(images / "a.png", 8, 8)
    assert loaded.document.status is ImageStatus.DONE
    project.write_objects(images / "a.png", SKIPPED, loaded.token)
    assert project.read_objects(images / "a.png", 8, 8).document.status is ImageStatus.SKIPPED
    assert (images / "a.png.json").read_bytes() == beside
    choose_output(images, None, places)
    assert not Project.of(images, places).mirrored


def test_two_folders_never_share_an_output_folder(
    images: Path, places: Places, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    choose_output(images, out, places)
    for target in (out, out / "inside", tmp_path):
        with pytest.raises(Problem, match="objects of"):
            choose_output(tmp_path / "others", target, places)
    choose_output(images, out / "inside", places)
    choose_output(images, None, places)
    choose_output(tmp_path / "others", out, places)


def test_the_folder_of_the_images_is_no_output_folder(images: Path, places: Places) -> None:
    with pytest.raises(Problem, match="itself"):
        choose_output(images, images / ".." / "images", places)


def test_an_output_folder_that_is_gone_is_told_and_never_made_again(
    images: Path, places: Places, tmp_path: Path
) -> None:
    choose_output(images, tmp_path / "out", places)
    opener = FolderOpener(FolderLock(places.locks), places)
    folder = opener(images)
    assert folder.read_only is None
    (tmp_path / "out").rmdir()
    with pytest.raises(Problem, match="is gone"):
        folder.write(images / "a.png", DONE, None)
    with pytest.raises(Problem):
        folder.project.write_objects(images / "a.png", DONE, None)
    folder.close()
    again = opener(images)
    assert again.read_only is not None
    assert "is gone" in again.read_only
    assert not (tmp_path / "out").exists()
    again.choose_output(None)
    assert opener(images).read_only is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs rights to be refused")
def test_an_output_folder_that_takes_no_files_cannot_be_chosen(
    images: Path, places: Places, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir(mode=0o555)
    with pytest.raises(Problem, match="takes no files"):
        choose_output(images, tmp_path / "out", places)


def test_a_file_in_the_place_of_an_output_folder_is_refused(
    images: Path, places: Places, tmp_path: Path
) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(Problem):
        choose_output(images, tmp_path / "out", places)
    assert output_of(images, places) is None


@pytest.mark.parametrize(
    "text",
    ["", "folders = 3", 'folders = [["a"]]', "= broken", 'folders = [["a%00", "b"]]'],
)
def test_a_damaged_list_of_output_folders_counts_as_none(
    images: Path, places: Places, text: str
) -> None:
    places.data.mkdir(parents=True)
    places.outputs.write_text(text)
    assert output_of(images, places) is None


def test_the_choice_follows_the_folder_by_whatever_link_it_is_opened(
    images: Path, places: Places, tmp_path: Path
) -> None:
    choose_output(images, tmp_path / "out", places)
    (tmp_path / "link").symlink_to(images)
    project = Project.of(tmp_path / "link", places)
    assert project.home == tmp_path / "out"
    assert project.objects_path(tmp_path / "link" / "in" / "a.png") == (
        tmp_path / "out" / "in" / "a.png.json"
    )
