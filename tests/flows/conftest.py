"""A program without its window, working on real files in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.storage.places import Places
from tests.desk import Desk, make_images


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "user")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    make_images(folder, 12)
    return folder


@pytest.fixture
def new_desk(qtbot: QtBot, places: Places) -> Iterator[Callable[[], Desk]]:
    """Starts the program; may be called again for a second window."""
    desks: list[Desk] = []

    def start() -> Desk:
        desks.append(Desk(qtbot, places))
        return desks[-1]

    yield start
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()
