"""Closing the window: what is done is on disk, or the user decides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.core.errors import Problem
from app.ui.dialogs import problem as dialog
from tests.ui.kit import Studio

RED = (45.0, 30.0)


def test_a_saved_window_closes_without_a_word(studio: Studio) -> None:
    studio.make(*RED)
    studio.window.close()
    assert not studio.window.isVisible()


def answer(button: str) -> None:
    """Press a button of the message that is shown next."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        chosen = next(each for each in box.findChildren(QPushButton) if each.text() == button)
        chosen.click()

    QTimer.singleShot(200, press)


@pytest.mark.parametrize(
    ("button", "closed"), [("Stay and try again", False), ("Close anyway", True)]
)
def test_unsaved_work_keeps_the_window_open_unless_it_is_given_up(
    studio: Studio, images: Path, button: str, closed: bool
) -> None:
    shutil.move(images, images.with_name("gone"))
    studio.make(*RED)
    studio.wait_for(lambda: studio.session.save_state.kind in ("failed", "rescued"))
    answer(button)
    assert studio.window.close() is closed
    assert studio.window.isVisible() is not closed
    shutil.move(images.with_name("gone"), images)
    studio.context.saver.retry()
    studio.wait_for(lambda: not studio.context.saver.unsaved)


def test_the_layout_is_remembered(studio: Studio) -> None:
    studio.window.resize(1010, 707)
    studio.window.toolbox.set_brush_diameter(44)
    studio.window.close()
    value = studio.context.preferences.value
    assert value.window_geometry
    assert value.window_state
    assert value.brush_radius_px == 22


def test_a_problem_is_told_with_its_cause(qtbot: QtBot) -> None:
    box = dialog.box(Problem("It broke.", "Mend it.", OSError("disk full")))
    qtbot.addWidget(box)
    assert box.text() == "It broke."
    assert box.informativeText() == "Mend it."
    assert "disk full" in box.detailedText()
