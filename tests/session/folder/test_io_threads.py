"""Opening goes before everything else; what is cancelled is not answered; stopping ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.session.folder.io_threads import IoThreads, Urgency


@pytest.fixture
def readers(qtbot: QtBot) -> Iterator[IoThreads]:
    readers = IoThreads()
    yield readers
    assert readers.stop(30)


def test_answers_and_failures_come_on_the_gui_thread(qtbot: QtBot, readers: IoThreads) -> None:
    here = threading.get_ident()
    seen: list[tuple[object, bool]] = []

    def note(value: object) -> None:
        seen.append((value, threading.get_ident() == here))

    def fail() -> None:
        raise OSError("gone")

    readers.ask(Urgency.OPEN, lambda: threading.get_ident() != here, note)
    readers.ask(Urgency.OPEN, fail, None, lambda error: note(str(error)))
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert sorted(seen, key=str) == [("gone", True), (True, True)]


def test_opening_does_not_wait_behind_thumbnails(qtbot: QtBot, readers: IoThreads) -> None:
    hold = threading.Event()
    done: list[str] = []
    for _ in range(10):
        readers.ask(Urgency.THUMBNAIL, lambda: hold.wait(30), lambda _: done.append("small"))
    readers.ask(Urgency.OPEN, lambda: None, lambda _: done.append("opened"))
    qtbot.waitUntil(lambda: done == ["opened"])
    hold.set()
    qtbot.waitUntil(lambda: len(done) == 11)


def test_what_is_cancelled_is_not_answered(qtbot: QtBot, readers: IoThreads) -> None:
    hold = threading.Event()
    answered: list[object] = []
    running = readers.ask(Urgency.OPEN, lambda: hold.wait(30), answered.append)
    waiting = [readers.ask(Urgency.OPEN, lambda: 1, answered.append) for _ in range(3)]
    for reading in (running, *waiting):
        reading.cancel()
    hold.set()
    last = readers.ask(Urgency.OPEN, lambda: "last", answered.append)
    qtbot.waitUntil(lambda: bool(answered))
    assert answered == ["last"]
    assert not last.cancelled


def test_what_is_asked_after_stopping_is_ignored(qtbot: QtBot, readers: IoThreads) -> None:
    assert readers.stop(30)
    answered: list[object] = []
    readers.ask(Urgency.OPEN, lambda: 1, answered.append)
    qtbot.wait(20)
    assert answered == []


def test_stopping_forgets_what_waits_but_for_what_is_owed(readers: IoThreads) -> None:
    hold = threading.Event()
    done: list[str] = []
    readers.ask(Urgency.BACKGROUND, lambda: hold.wait(30))
    readers.ask(Urgency.BACKGROUND, lambda: done.append("wanted"))
    readers.ask(Urgency.BACKGROUND, lambda: done.append("owed"), owed=True)
    assert not readers.stop(0)
    hold.set()
    assert readers.stop(20)
    assert done == ["owed"]


def test_opening_does_not_wait_for_a_long_listing_and_an_export(
    qtbot: QtBot, readers: IoThreads
) -> None:
    hold = threading.Event()
    done: list[str] = []
    for urgency in (Urgency.LIST, Urgency.BACKGROUND, Urgency.AHEAD):
        readers.ask(urgency, lambda: hold.wait(30), lambda _: done.append("long"))
    readers.ask(Urgency.OPEN, lambda: None, lambda _: done.append("opened"))
    qtbot.waitUntil(lambda: bool(done))
    assert done == ["opened"]
    hold.set()
    qtbot.waitUntil(lambda: len(done) == 4)
