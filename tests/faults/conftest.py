"""A program without its window, working on real files in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
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
    make_images(folder, 3)
    return folder


@pytest.fixture
def desk(qtbot: QtBot, places: Places) -> Iterator[Desk]:
    desk = Desk(qtbot, places)
    yield desk
    desk.model.release.set()
    desk.context.close(30)
