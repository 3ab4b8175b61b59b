"""What the window does for every part of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from tests.ui.kit import Studio


def test_labels_are_typed_one_after_the_other(studio: Studio) -> None:
    labels = studio.window.labels
    labels.start_new()
    studio.key("cat")
    studio.key(Qt.Key.Key_Return)
    studio.key("dxn")
    studio.key(Qt.Key.Key_Return)
    assert studio.session.labels.named("dxn") is not None
    assert studio.parts.navigator.current == 0
    studio.key(Qt.Key.Key_Return)
    assert not labels.new_name.hasFocus()


def test_dialogs_show_no_pictures_of_the_style(studio: Studio, qtbot: QtBot) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    box.show()
    assert all(button.icon().isNull() for button in box.buttons())
