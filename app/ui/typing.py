"""Letters typed into a field are text, whatever they mean to the canvas; after it, the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

FIELDS = (QLineEdit, QAbstractSpinBox, QComboBox)
COMMANDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


def is_typing() -> bool:
    """Whether the keyboard is in a field: taking it away would turn the next word into commands."""
    return isinstance(QApplication.focusWidget(), FIELDS)


class TypingGuard(QObject):
    """Watches the boxes for choices and numbers below a widget.

    Args:
        below: its fields are watched, those that are there now.
        home: gets the keyboard when a field is left with Enter or Escape.
    """

    def __init__(self, below: QWidget, home: QWidget) -> None:
        super().__init__(below)
        self._home = home
        for kind in (QAbstractSpinBox, QComboBox):
            for field in below.findChildren(kind):
                field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & COMMANDS
            if plain and (event.key() in LEAVING or (event.text().isprintable() and event.text())):
                event.accept()
                return True
        elif event.type() is QEvent.Type.KeyPress and event.key() in LEAVING:
            if isinstance(watched, QAbstractSpinBox):
                watched.interpretText()
            self._home.setFocus()
            return True
        return False
