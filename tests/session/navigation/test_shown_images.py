"""The way through what the list shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.contents import Contents
from app.core.document import ImageStatus
from app.core.image_filter import ImageFilter, ImageOrder, SortBy
from app.core.review import Summary
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads
from app.session.navigation.image_list import ImageList
from app.session.navigation.shown_images import ShownImages
from app.storage.project import Project
from app.storage.rescue import RescueFolder

BY_SCORE = ImageOrder(SortBy.UNCERTAINTY)
SCORES = (0.5, 0.9, 0.1, 0.7, 0.3)


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Iterator[ShownImages]:
    """Five images, of which each has a mask with one of the scores."""
    readers = IoThreads()
    rescue = RescueFolder(tmp_path / "rescue")
    image_list = ImageList(readers, lambda root: DiskFolder(Project(root), rescue))
    (tmp_path / "images").mkdir()
    for number in range(5):
        (tmp_path / "images" / f"{number}.png").touch()
    shown = ShownImages(image_list)
    image_list.open(tmp_path / "images", None)
    qtbot.waitUntil(lambda: len(image_list) == 5 and image_list.done)
    for number, score in enumerate(SCORES):
        summary = Summary(ImageStatus.IN_PROGRESS, contents=Contents(least_iou=score))
        image_list.put(f"{number}.png", summary)
    yield shown
    assert readers.stop(30)


def test_next_and_previous_follow_the_order(shown: ShownImages) -> None:
    shown.set_order(BY_SCORE)
    assert list(shown.rows) == [2, 4, 0, 3, 1]
    assert [shown.beside(0, step) for step in (-3, -2, -1, 1, 2, 3)] == [-1, 2, 4, 3, 1, -1]
    assert list(shown.behind(3)) == [1, 2, 4, 0]
    assert (shown.first(), shown.last()) == (2, 1)


@pytest.mark.parametrize(
    ("order", "previous", "following"),
    [(ImageOrder(), 1, 3), (ImageOrder(backwards=True), 3, 1), (BY_SCORE, -1, 4)],
)
def test_an_image_that_is_hidden_has_the_neighbours_of_its_place(
    shown: ShownImages, order: ImageOrder, previous: int, following: int
) -> None:
    shown.set_order(order)
    shown._image_list.put("2.png", Summary(ImageStatus.DONE, contents=Contents(least_iou=0.1)))
    shown.set_filter(ImageFilter(statuses=frozenset({ImageStatus.IN_PROGRESS})))
    assert shown.row_of(2) == -1
    assert (shown.beside(2, -1), shown.beside(2, 1)) == (previous, following)
    assert next(shown.behind(2)) == following


def test_what_is_edited_moves_no_row_before_one_asks(shown: ShownImages) -> None:
    shown.set_order(BY_SCORE)
    before = list(shown.rows)
    shown._image_list.put("1.png", Summary(ImageStatus.DONE, contents=Contents(least_iou=0.0)))
    assert list(shown.rows) == before
    shown.refresh()
    assert list(shown.rows) == [1, 2, 4, 0, 3]


def test_what_is_read_of_the_folder_moves_rows_soon(qtbot: QtBot, shown: ShownImages) -> None:
    shown.set_order(BY_SCORE)
    shown._image_list.put("1.png", Summary(ImageStatus.DONE, contents=Contents(least_iou=0.0)))
    shown._image_list.summarised.emit(["1.png"])
    qtbot.waitUntil(lambda: shown.first() == 1)


def test_nothing_lies_beside_nothing(shown: ShownImages) -> None:
    shown.set_filter(ImageFilter("no such name"))
    assert (shown.beside(2, 1), shown.beside(2, -1), shown.first(), shown.last()) == (-1,) * 4
    assert list(shown.behind(2)) == []
