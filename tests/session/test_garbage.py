"""Objects of the window end on the window's thread."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.session.garbage import LATEST_S, GuiGarbage
from tests.stand_ins import FakeClock

ENOUGH = 20_000
"""Objects that make Python collect by itself, several times over."""


class Ring:
    """A cycle that tells which thread collected it."""

    def __init__(self, ended: Callable[[threading.Thread], None]) -> None:
        self.ended, self.myself = ended, self

    def __del__(self) -> None:
        self.ended(threading.current_thread())


@pytest.fixture
def automatic() -> Iterator[None]:
    """Collection as the program finds it, whatever the tests do otherwise."""
    was = gc.isenabled()
    gc.enable()
    yield
    if not was:
        gc.disable()


def _allocate_elsewhere(kept: list[list[int]]) -> None:
    thread = threading.Thread(target=lambda: kept.extend([n] for n in range(ENOUGH)))
    thread.start()
    thread.join()


@pytest.mark.usefixtures("automatic")
def test_a_cycle_is_never_collected_by_a_worker(qtbot: QtBot) -> None:
    owner, ends = QObject(), list[threading.Thread]()
    garbage = GuiGarbage(owner)
    garbage.start()
    Ring(ends.append)
    kept: list[list[int]] = []
    _allocate_elsewhere(kept)
    assert ends == []
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    garbage.stop()
    assert ends == [threading.main_thread()]


@pytest.mark.usefixtures("automatic")
def test_python_collects_by_itself_again_afterwards() -> None:
    owner = QObject()
    garbage = GuiGarbage(owner)
    garbage.start()
    assert not gc.isenabled()
    garbage.stop()
    assert gc.isenabled()


@pytest.mark.usefixtures("automatic")
def test_all_of_it_is_looked_through_only_while_hands_rest(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, collected = FakeClock(), list[int]()
    garbage = GuiGarbage(QObject(), clock)
    monkeypatch.setattr(gc, "get_count", lambda: (10_000, 100, 100))
    monkeypatch.setattr(gc, "collect", collected.append)
    for pause in (0.1, 1.5, 3.0):
        garbage.touch()
        clock.pass_(pause)
        garbage.look()
    assert collected == [0, 1, 2]
    clock.pass_(LATEST_S + 1)
    garbage.touch()
    garbage.look()
    assert collected[3:] == [2]
