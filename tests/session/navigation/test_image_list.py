"""The list grows while the folder is read, in natural order, with what is known of each image."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Document, ImageStatus
from app.core.image_filter import ImageOrder, SortBy
from app.core.review import Summary
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads
from app.session.navigation.image_list import ImageList
from app.session.navigation.shown_images import ShownImages
from app.storage.project import Project
from app.storage.rescue import RescueFolder


@pytest.fixture
def listing(qtbot: QtBot, tmp_path: Path) -> Iterator[ImageList]:
    rescue = RescueFolder(tmp_path / "rescue")
    readers = IoThreads()
    yield ImageList(readers, lambda root: DiskFolder(Project(root), rescue))
    assert readers.stop(30)


@pytest.fixture
def read(qtbot: QtBot, listing: ImageList) -> Callable[..., None]:
    """Read a folder to its end, its files with objects included."""

    def read(path: Path | None, paths: list[Path] | None = None) -> None:
        listing.open(path, paths)
        qtbot.waitUntil(lambda: listing.folder is not None and listing.done, timeout=30_000)
        qtbot.wait(50)

    return read


def images(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_names_are_in_natural_order(
    listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    read(images(tmp_path / "a", "10.png", "9.png", "text.txt", "B.jpg", "a.JPG"))
    assert [entry.name for entry in listing] == ["9.png", "10.png", "a.JPG", "B.jpg"]
    assert listing.place("10.png") == 1
    assert listing.place("gone.png") == -1
    assert listing.place_of(tmp_path / "a" / "B.jpg") == 3


def test_a_large_folder_is_usable_before_it_is_read_to_its_end(
    qtbot: QtBot, listing: ImageList, tmp_path: Path
) -> None:
    folder = images(tmp_path / "many", *(f"{number}.png" for number in range(3000)))
    sizes: list[int] = []
    listing.grew.connect(lambda: sizes.append(len(listing)))
    listing.open(folder, None)
    qtbot.waitUntil(lambda: listing.folder is not None and listing.done, timeout=30_000)
    assert sizes[0] < 1000
    assert sizes == sorted(sizes)
    assert sizes[-1] == 3000
    assert [entry.name for entry in listing][2990:2992] == ["2990.png", "2991.png"]


def test_subfolders_are_read_if_wanted(
    listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    folder = images(tmp_path / "a", "1.png", "in/2.png")
    read(folder)
    assert [entry.name for entry in listing] == ["1.png"]
    listing.recursive = True
    read(folder)
    assert [entry.name for entry in listing] == ["1.png", "in/2.png"]


def test_how_far_each_image_is_comes_from_its_file_and_what_was_edited_goes_before(
    listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    folder = images(tmp_path / "a", "1.png", "2.png", "3.png")
    project = Project(folder)
    done = Document(4, 5).with_status(ImageStatus.DONE)
    project.write_objects(folder / "2.png", done, None)
    project.write_objects(folder / "3.png", done, None)
    read(folder)
    assert [entry.status for entry in listing] == [
        ImageStatus.TODO,
        ImageStatus.DONE,
        ImageStatus.DONE,
    ]
    listing.put("3.png", Summary(ImageStatus.SKIPPED))
    assert listing.counts == {
        ImageStatus.TODO: 1,
        ImageStatus.DONE: 1,
        ImageStatus.SKIPPED: 1,
    }
    assert listing.first_todo([2, 0, 1]) == 0
    listing.put("1.png", Summary(ImageStatus.DONE))
    assert listing.first_todo([2, 0, 1]) is None


def test_of_two_folders_opened_quickly_the_second_is_listed(
    qtbot: QtBot, listing: ImageList, tmp_path: Path
) -> None:
    first = images(tmp_path / "a", "1.png")
    second = images(tmp_path / "b", "2.png", "3.png")
    listing.open(first, None)
    listing.open(second, None)
    qtbot.waitUntil(lambda: len(listing) == 2)
    qtbot.wait(30)
    assert listing.folder is not None
    assert listing.folder.root == second


def test_files_given_by_name_are_listed_below_the_folder_that_holds_them_all(
    listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    folder = images(tmp_path / "a", "1.png", "in/2.png")
    read(None, [folder / "in" / "2.png", folder / "1.png"])
    assert [entry.name for entry in listing] == ["1.png", "in/2.png"]
    assert listing[1].path == folder / "in" / "2.png"


def test_what_is_to_do_is_the_first_of_what_one_asks_about_that_is_not_finished(
    listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    read(images(tmp_path / "a", *(f"{number}.png" for number in range(6))))
    listing.put("5.png", Summary(ImageStatus.DONE))
    listing.put("0.png", Summary(ImageStatus.SKIPPED))
    listing.unreadable["3.png"] = "damaged"
    assert listing.first_todo([5, 0, 3, 4, 1]) == 4
    assert listing.first_todo([5, 0, 3]) is None


def test_looking_again_finds_new_images_and_forgets_those_that_are_gone(
    qtbot: QtBot, listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    folder = images(tmp_path / "a", "1.png", "2.png", "4.png")
    read(folder)
    listing.put("1.png", Summary(ImageStatus.DONE))
    listing.put("2.png", Summary(ImageStatus.SKIPPED))
    (folder / "1.png").unlink()
    images(folder, "3.png", "5.png")
    Project(folder).write_objects(
        folder / "5.png", Document(8, 8, status=ImageStatus.IN_PROGRESS), None
    )
    with qtbot.waitSignal(listing.refreshed) as refreshed:
        listing.refresh([folder / "2.png"])
    assert refreshed.args == [2, 1]
    assert [entry.name for entry in listing] == ["2.png", "3.png", "4.png", "5.png"]
    qtbot.waitUntil(lambda: listing[3].status is ImageStatus.IN_PROGRESS)
    # What nobody has saved yet is newer than the disk, which has no file for it.
    assert listing[0].status is ImageStatus.SKIPPED
    assert listing.counts[ImageStatus.DONE] == 0
    assert listing.counts[ImageStatus.TODO] == 2


def test_looking_again_reads_what_was_written_and_taken_away_by_others(
    qtbot: QtBot, listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    folder = images(tmp_path / "a", "1.png", "2.png")
    project, done = Project(folder), Document(8, 8, status=ImageStatus.DONE)
    project.write_objects(folder / "1.png", done, None)
    read(folder)
    assert listing[0].status is ImageStatus.DONE
    project.objects_path(folder / "1.png").unlink()
    project.write_objects(folder / "2.png", done, None)
    listing.refresh()
    qtbot.waitUntil(lambda: listing[0].status is ImageStatus.TODO)
    assert listing[1].status is ImageStatus.DONE


def test_dates_come_when_they_are_asked_for(
    qtbot: QtBot, listing: ImageList, read: Callable[..., None], tmp_path: Path
) -> None:
    folder = images(tmp_path / "a", "1.png", "2.png")
    os.utime(folder / "1.png", (2e9, 2e9))
    os.utime(folder / "2.png", (1e9, 1e9))
    read(folder)
    shown = ShownImages(listing)
    assert listing.date_at(0) is None
    shown.set_order(ImageOrder(SortBy.DATE))
    qtbot.waitUntil(lambda: list(shown.rows) == [1, 0])
    shown.set_order(ImageOrder(SortBy.DATE, backwards=True))
    assert list(shown.rows) == [0, 1]
