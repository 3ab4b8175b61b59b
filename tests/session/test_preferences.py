"""Choices are kept, however soon the program ends after they were made."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.session import preferences
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.lock import FolderLock
from app.session.folder.saver import Saver
from app.session.preferences import Preferences
from app.session.review import review_position as bookmark
from app.session.review.review_position import ReviewPosition
from app.session.session import Session
from app.storage.places import Places
from app.storage.review_place import ReviewPlace, place_file
from app.storage.settings import Settings, SettingsFile


def test_a_choice_whose_writing_still_waits_is_written_when_the_program_ends(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preferences, "WRITE_AFTER_MS", 1)
    readers, gate = IoThreads(), threading.Event()
    chosen = Preferences(tmp_path / "settings.toml", readers)
    readers.ask(Urgency.BACKGROUND, lambda: gate.wait(30))
    chosen.set(prefetch=7)
    qtbot.wait(50)
    last = chosen.last_write()
    assert last is not None
    last[1]()
    gate.set()
    assert readers.stop(30)
    assert SettingsFile(tmp_path / "settings.toml", Settings).read()[0].prefetch == 7


def test_nothing_is_written_where_nothing_was_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    readers = IoThreads()
    assert Preferences(tmp_path / "settings.toml", readers).last_write() is None
    assert readers.stop(30)
    assert list(tmp_path.iterdir()) == []


def test_the_place_of_a_review_is_kept_without_waiting_when_another_folder_is_opened(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookmark, "WRITE_AFTER_MS", 1)
    readers, gate, saver = IoThreads(), threading.Event(), Saver()
    session = Session(saver)
    mark = ReviewPosition(session, readers)
    (tmp_path / "images").mkdir()
    open_folder = FolderOpener(FolderLock(tmp_path / "locks"), Places.below(tmp_path / "user"))
    folder = open_folder(tmp_path / "images")
    session.use_folder(folder)
    readers.ask(Urgency.BACKGROUND, lambda: gate.wait(30))
    mark.put(ReviewPlace(image="5.png"))
    session.use_folder(None)
    file = place_file(folder.project.own)
    assert not file.path.exists()
    gate.set()
    qtbot.waitUntil(lambda: file.path.exists() and file.read()[0].image == "5.png")
    assert mark.last_write() is None
    assert saver.close(5)
    assert readers.stop(30)


def test_settings_that_cannot_be_written_are_told_once(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preferences, "WRITE_AFTER_MS", 1)
    (tmp_path / "config").touch()
    readers, told = IoThreads(), list[object]()
    chosen = Preferences(tmp_path / "config" / "settings.toml", readers)
    chosen.problem.connect(told.append)
    for number in (3, 4, 5):
        chosen.set(prefetch=number)
        qtbot.wait(40)
    assert len(told) == 1
    (tmp_path / "config").unlink()
    chosen.set(prefetch=6)
    qtbot.waitUntil((tmp_path / "config" / "settings.toml").exists)
    assert readers.stop(30)
