"""The mask under the mouse before any click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from tests.ui.kit import Studio

RED, GREEN = (45.0, 30.0), (110.0, 80.0)


def test_the_mouse_shows_what_a_click_would_give(studio: Studio) -> None:
    before = studio.canvas.grab().toImage().pixelColor(studio.at(*RED))
    studio.move(*RED)
    studio.wait_for(lambda: studio.mask_editor.hover_mask is not None)
    after = studio.canvas.grab().toImage().pixelColor(studio.at(*RED))
    assert before == QColor(200, 40, 40)
    assert after != before
    assert not studio.mask_editor.active


def test_the_preview_follows_the_mouse_and_goes_with_it(studio: Studio) -> None:
    studio.move(*RED)
    studio.wait_for(lambda: studio.mask_editor.hover_mask is not None)
    first = studio.mask_editor.hover_mask
    studio.move(*GREEN)
    studio.wait_for(lambda: studio.mask_editor.hover_mask not in (None, first))
    QApplication.sendEvent(studio.canvas, QEvent(QEvent.Type.Leave))
    assert studio.mask_editor.hover_mask is None


def test_it_can_be_switched_off_and_stays_off(studio: Studio) -> None:
    studio.key("p", Qt.KeyboardModifier.ShiftModifier)
    studio.move(*RED)
    studio.qtbot.wait(150)
    assert studio.mask_editor.hover_mask is None
    assert not studio.context.preferences.value.hover_preview


def test_there_is_none_while_a_mask_is_pending(studio: Studio) -> None:
    studio.pick(*RED)
    studio.move(*GREEN)
    studio.qtbot.wait(100)
    assert studio.canvas.scene.hover is None


def test_hand_tools_show_none(studio: Studio) -> None:
    studio.move(*RED)
    studio.wait_for(lambda: studio.mask_editor.hover_mask is not None)
    studio.key("b")
    assert studio.mask_editor.hover_mask is None
    studio.move(*GREEN)
    studio.qtbot.wait(100)
    assert studio.mask_editor.hover_mask is None


def test_what_was_accepted_is_seen_until_the_mouse_moves(studio: Studio) -> None:
    studio.move(*RED)
    studio.make(*RED)
    studio.qtbot.wait(150)
    assert studio.mask_editor.hover_mask is None
    studio.move(*GREEN)
    studio.wait_for(lambda: studio.mask_editor.hover_mask is not None)
