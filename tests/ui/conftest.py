"""The real window over real files, driven as a person drives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.kit import Studio, write_image


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two drawn images, one of them with a Chinese and Korean name."""
    folder = tmp_path / "images"
    write_image(folder, "a.png")
    write_image(folder, "b 图像 이미지.png")
    return folder


@pytest.fixture
def studio(qtbot: QtBot, qapp: QApplication, images: Path, tmp_path: Path) -> Iterator[Studio]:
    """A window with the first image open and ready for clicks."""
    made = Studio(qtbot, qapp, tmp_path / "home")
    made.open(images)
    yield made
    made.close()


@pytest.fixture
def empty_studio(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    """A window in which nothing was opened."""
    made = Studio(qtbot, qapp, tmp_path / "home")
    yield made
    made.close()
