"""A folder that is opened again while the last edit of what it has is still being written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.overlap import OverlapPolicy
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.folder_protocol import Content, Folder, Token
from app.storage.places import Places
from tests.desk import Desk, make_images


class SlowDisk:
    """Writes, and hands over a folder that was read, when it is told."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.read, self.hand_over, self.write = (threading.Event() for _ in range(3))
        images = desk.navigator.images
        open_folder, write = images._open_folder, DiskFolder.write

        def read_then_wait(root: Path) -> Folder:
            folder = open_folder(root)
            self.read.set()
            assert self.hand_over.wait(30)
            return folder

        def write_late(folder: DiskFolder, path: Path, content: Content, token: Token) -> Token:
            assert self.write.wait(30)
            return write(folder, path, content, token)

        monkeypatch.setattr(images, "_open_folder", read_then_wait)
        monkeypatch.setattr(DiskFolder, "write", write_late)

    def open_again(self, *, saved_first: bool) -> None:
        """Open the folder anew; what is edited is saved after it was read, and before or after it
        is shown."""
        before = self.desk.session.folder
        assert before is not None
        self.desk.navigator.open_folder(before.root)
        self.desk.wait(self.read.is_set)
        if saved_first:
            self.write.set()
            self.desk.saved()
        self.hand_over.set()
        self.desk.wait(lambda: self.desk.session.folder is not before)
        self.desk.wait(lambda: self.desk.session.picture is not None)
        self.write.set()
        self.desk.saved()


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    make_images(tmp_path / "images", 1)
    desk = Desk(qtbot, Places.below(tmp_path / "user")).open(tmp_path / "images")
    yield desk
    desk.close()


@pytest.mark.parametrize("saved_first", [True, False])
def test_a_label_that_is_saved_after_the_labels_were_read_is_there_and_in_hand(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, saved_first: bool
) -> None:
    disk = SlowDisk(desk, monkeypatch)
    added = desk.session.folder_labels.add("dog")
    disk.open_again(saved_first=saved_first)
    assert desk.session.labels.named("dog") is not None
    assert desk.session.active_label == added
    assert desk.session.folder_labels.add("cat") is not None
    desk.saved()
    assert desk.problems == []


@pytest.mark.parametrize("saved_first", [True, False])
def test_what_becomes_of_overlaps_stays_as_it_was_chosen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, saved_first: bool
) -> None:
    disk = SlowDisk(desk, monkeypatch)
    desk.session.set_overlap_policy(OverlapPolicy.PROTECT_EXISTING)
    disk.open_again(saved_first=saved_first)
    assert desk.session.overlap_policy is OverlapPolicy.PROTECT_EXISTING
