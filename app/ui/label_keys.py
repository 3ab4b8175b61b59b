"""Keys of labels beyond the digits: letters that no command has, and digits after ``T``."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from string import ascii_uppercase

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.core.labels import DIGITS, Key, Label
from app.ui.commands import Commands
from app.ui.keymap import command_keys

AFTER_T = tuple(f"T{digit}" for digit in range(10))


def offered(taken: Container[str]) -> tuple[Key, ...]:
    """The keys that a label may be given: none means anything else.

    Args:
        taken: the keys that commands have.
    """
    letters = (*ascii_uppercase, *(f"Shift+{letter}" for letter in ascii_uppercase))
    return (*DIGITS, *(each for each in letters if each not in taken), *AFTER_T)


def key_text(key: Key) -> str:
    """A key as people read it: two keys that follow each other with a blank between them."""
    text = str(key)
    return f"T {text[1]}" if text in AFTER_T else text


def pressed_alone(labels: Iterable[Label], taken: Container[str]) -> list[tuple[Label, str]]:
    """Labels with a letter that works: one that a command has by now is the command's."""
    return [
        (label, label.key)
        for label in labels
        if isinstance(label.key, str) and label.key not in AFTER_T and label.key not in taken
    ]


class LabelKeys(QObject):
    """Lets the letters of the labels choose them, wherever in the window the keyboard is."""

    def __init__(self, commands: Commands, window: QWidget) -> None:
        super().__init__(window)
        self._commands, self._window = commands, window
        self._actions: list[QAction] = []
        self._shown: list[tuple[int, str]] = []
        commands.session.folder_labels.changed.connect(self._follow)
        commands.context.preferences.changed.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        taken = command_keys(self._commands.context.preferences.value)
        found = pressed_alone(self._commands.session.labels, taken)
        told = [(label.id, key) for label, key in found]
        if told == self._shown:
            return
        self._shown = told
        for action in self._actions:
            self._window.removeAction(action)
            action.deleteLater()
        self._actions = [self._made(number, key) for number, key in told]

    def _made(self, label_id: int, key: str) -> QAction:
        action = QAction(self)
        action.setShortcut(QKeySequence(key))
        action.setAutoRepeat(False)
        action.triggered.connect(self._chooser(label_id))
        self._window.addAction(action)
        return action

    def _chooser(self, label_id: int) -> Callable[[], None]:
        return lambda: self._commands.use_label(label_id)
