"""Letters meant for a field are no commands, and after a field the keyboard is the canvas's."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from tests.ui.kit import Studio


def tool(studio: Studio) -> str:
    return studio.window.toolbox.current.name


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_after_the_field_for_labels_the_keyboard_is_with_the_canvas(
    studio: Studio, key: Qt.Key
) -> None:
    studio.window.labels.start_new()
    studio.key(key)
    assert studio.canvas.hasFocus()


def test_after_the_filter_the_keyboard_is_with_the_canvas(studio: Studio) -> None:
    studio.window.files.search.setFocus()
    studio.key("b")
    studio.key(Qt.Key.Key_Escape)
    assert studio.canvas.hasFocus()
    assert tool(studio) == "smart"


def test_an_image_that_opens_does_not_take_the_cursor_away(studio: Studio, images: Path) -> None:
    studio.window.labels.start_new()
    studio.key("b")
    studio.go(1)
    studio.key("e")
    assert studio.window.labels.new_name.text() == "be"
    assert tool(studio) == "smart"


def test_letters_in_a_box_of_choices_choose(studio: Studio) -> None:
    boxes = studio.window.options.label, studio.window.options.overlap, studio.window.files.status
    for box in boxes:
        box.setFocus(Qt.FocusReason.TabFocusReason)
        studio.key("b")
        assert tool(studio) == "smart"
        studio.key(Qt.Key.Key_Escape)
        assert studio.canvas.hasFocus()


def test_after_the_brush_size_the_keyboard_is_with_the_canvas(studio: Studio) -> None:
    studio.key("b")
    size = studio.window.options.brush
    size.setFocus(Qt.FocusReason.TabFocusReason)
    size.selectAll()
    studio.key("37")
    studio.key(Qt.Key.Key_Return)
    assert studio.window.toolbox.brush_diameter == 37
    assert studio.canvas.hasFocus()


def test_after_renaming_a_label_the_keyboard_is_with_the_canvas(studio: Studio) -> None:
    view = studio.window.labels.view
    view.edit(view.model().index(0, 0))
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "bed")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    studio.wait_for(studio.canvas.hasFocus)
    assert [label.name for label in studio.session.labels] == ["bed"]
    assert tool(studio) == "smart"
