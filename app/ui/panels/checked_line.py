"""A field of text that takes only what it can mean, and says beside it why it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.core.describing import Common
from app.ui.words import said
from model.messages import reason_of


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a field and is not taken yet.

    Attributes:
        text: all of it.
        place: of the cursor.
        focused: whether the keyboard is there.
        wrong: whether it was refused.
    """

    text: str
    place: int
    focused: bool
    wrong: bool


class CheckedLine(QLineEdit):
    """What was typed stays until it is mended, or given up with Escape.

    ``taken``: what was typed and is good. ``complained``: the words beside the field came or went.

    Args:
        read: what a text means; raises ValueError, with the reason as a message, if nothing.

    Attributes:
        told: says why; lies below the field in ``whole``.
        whole: the widget with both, for a layout.
    """

    taken = Signal(object)
    complained = Signal()

    def __init__(self, read: Callable[[str], object], parent: QWidget) -> None:
        self.whole = QWidget(parent)
        super().__init__(self.whole)
        self._read = read
        self.told = QLabel(self.whole)
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setForegroundRole(QPalette.ColorRole.BrightText)
        self.told.hide()
        layout = QVBoxLayout(self.whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self)
        layout.addWidget(self.told)
        self.whole.setFocusProxy(self)
        self.editingFinished.connect(self.take)
        self.textEdited.connect(self._on_edited)

    @property
    def pending(self) -> str:
        """What stands here and is not taken; empty if nothing."""
        return self.text() if self.wrong or self.isModified() else ""

    @property
    def wrong(self) -> bool:
        """Whether what stands here is not taken."""
        return bool(self.told.text())

    @property
    def typed(self) -> Typed:
        """What another field can go on with."""
        return Typed(self.text(), self.cursorPosition(), self.hasFocus(), self.wrong)

    def go_on(self, typed: Typed) -> None:
        """Go on where another field was when it went away."""
        self.setText(typed.text)
        self.setCursorPosition(typed.place)
        self.setModified(True)
        if typed.wrong:
            self._check()
        if typed.focused:
            self.setFocus()

    def show_value(self, common: Common, text: str, several: str) -> None:
        """Show what objects have; what is being typed, or is wrong, is left alone."""
        self.setPlaceholderText(several if common.mixed else "")
        if self.wrong or (self.isModified() and self.hasFocus()):
            return
        if self.text() != text:
            with QSignalBlocker(self):
                self.setText(text)
                self.setCursorPosition(0)
        self.setModified(False)

    @Slot()
    def take(self) -> None:
        """Take what was typed, or say why not."""
        if not self.isModified():
            return
        try:
            value = self._read(self.text())
        except ValueError as error:
            self._complain(said(reason_of(error)))
            return
        self.setModified(False)
        self._complain("")
        self.taken.emit(value)

    def give_up(self) -> None:
        """What was typed is not meant; whoever shows values shows the one before."""
        self.setModified(False)
        self._complain("")

    @Slot()
    def _on_edited(self) -> None:
        """Once it is mended nothing is said any more; it is taken when the field is left."""
        if self.wrong:
            self._check()

    def _check(self) -> None:
        try:
            self._read(self.text())
        except ValueError as error:
            self._complain(said(reason_of(error)))
        else:
            self._complain("")

    def _complain(self, words: str) -> None:
        if self.told.text() == words:
            return
        self.told.setText(words)
        self.told.setVisible(bool(words))
        self.setAccessibleDescription(words)
        self.complained.emit()
