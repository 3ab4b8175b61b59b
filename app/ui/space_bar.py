"""The space bar: a tap accepts, and held it takes the image in hand to move it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.ui.canvas.view import Canvas
from app.ui.typing import is_typing


class SpaceBar(QObject):
    """Decides when the key comes up: whether the image was moved meanwhile.

    Args:
        window: the key is its own while it is the active one.
        canvas: what is moved.
        accept: what a tap does.
    """

    def __init__(self, window: QWidget, canvas: Canvas, accept: QAction) -> None:
        super().__init__(window)
        self._window, self._canvas, self._accept = window, canvas, accept
        self._down = False

    def takes(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether the event was of the space bar and is dealt with."""
        if event.key() != Qt.Key.Key_Space or not isinstance(watched, QWidget):
            return False
        kind = event.type()
        if kind is QEvent.Type.KeyRelease:
            return self._end(event)
        if not self._down and not self._is_mine(event):
            return False
        if kind is QEvent.Type.ShortcutOverride:
            event.accept()
        elif not event.isAutoRepeat():
            self._down = True
            self._canvas.set_hand(True)
        return True

    def let_go(self) -> None:
        """The key comes up where nobody sees it; nothing is accepted by that."""
        self._down = False
        self._canvas.set_hand(False)

    def _end(self, event: QKeyEvent) -> bool:
        if self._down and not event.isAutoRepeat():
            tapped = not self._canvas.moved_by_hand
            self.let_go()
            if tapped:
                self._accept.trigger()
            return True
        return self._down

    def _is_mine(self, event: QKeyEvent) -> bool:
        if event.modifiers() or is_typing() or not self._window.isActiveWindow():
            return False
        if QApplication.activePopupWidget() is not None or not self._canvas.isVisible():
            return False
        if self._accept.isEnabled() or self._canvas.hasFocus():
            return True
        return self._canvas.underMouse() and not isinstance(
            QApplication.focusWidget(), QAbstractButton
        )
