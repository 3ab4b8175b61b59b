"""The rows of the list of images: one is opened by a click, several are selected together."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QListView, QWidget

from app.session.navigation.navigator import Navigator
from app.ui.panels.files import FileModel

FLAG = QItemSelectionModel.SelectionFlag
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
           Qt.Key.Key_Home, Qt.Key.Key_End)  # fmt: skip


class ImageRows(QListView):
    """Ctrl and Shift select, with clicks and with arrows; Ctrl+Space adds or takes out a row.

    Says in its middle why it is empty. What is highlighted is what is selected, or the open image.

    ``chosen``: the image of this row is wanted.
    """

    chosen = Signal(QModelIndex)
    reason = ""

    def __init__(
        self, navigator: Navigator, model: FileModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._navigator, self._files = navigator, model
        self._selected = navigator.selected
        self._plain = True
        self.setModel(model)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self._selected.changed.connect(self.highlight)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_clicked)

    @property
    def open_row(self) -> int:
        """-1 if no image is open or the filter hides it."""
        return self._files.row_of(self._navigator.current)

    @Slot()
    def show_open(self) -> None:
        """Bring the row of the open image into view, and the keyboard's place there."""
        row = self.open_row
        index = self._files.index(row) if row >= 0 else QModelIndex()
        if self.currentIndex() != index:
            self.selectionModel().setCurrentIndex(index, FLAG.NoUpdate)
            if index.isValid():
                self.scrollTo(index)
        self.highlight()

    @Slot()
    def highlight(self) -> None:
        """What is selected, or else the open image: nothing else is acted on."""
        rows, row = self._selected.rows, self.open_row
        if not rows and row >= 0:
            rows = [row]
        wanted = QItemSelection()
        for first, last in _runs(rows):
            wanted.select(self._files.index(first), self._files.index(last))
        self.selectionModel().select(wanted, FLAG.ClearAndSelect)

    @Slot()
    def settle(self) -> None:
        """After keys or a drag led elsewhere without opening or selecting anything."""
        if len(self._selected):
            self.highlight()
        else:
            self.show_open()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if self._plain:
            self._selected.clear()
            self.chosen.emit(index)

    # -- Qt

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Plain clicks and arrows highlight a row; all else is highlighted as it is selected."""
        kind = QEvent.Type.None_ if event is None else event.type()
        pressed = kind in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress)
        return FLAG.ClearAndSelect if pressed and self._plain else FLAG.NoUpdate

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.RightButton:
            return  # its menu comes without it; the highlight would tell of another image
        held = event.modifiers()
        self._plain = not held & (CONTROL | SHIFT)
        super().mousePressEvent(event)
        row = self.indexAt(event.position().toPoint()).row()
        if row < 0:
            if self._plain:
                self._selected.clear()
        elif held & SHIFT:
            self._selected.extend(row, self.open_row, keep=bool(held & CONTROL))
        elif held & CONTROL:
            self._selected.toggle(row, self.open_row)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        QTimer.singleShot(0, self, self.settle)

    def event(self, event: QEvent) -> bool:
        """Keys of the list that the window has for something else."""
        overridden = event.type() is QEvent.Type.ShortcutOverride
        if overridden and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def _takes(self, event: QKeyEvent) -> bool:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in WALKING:
            return bool(held) and not held & ~(CONTROL | SHIFT)
        if key == Qt.Key.Key_Space:
            return held == CONTROL
        if key in (Qt.Key.Key_Menu, Qt.Key.Key_F10):
            return key == Qt.Key.Key_Menu or held == SHIFT
        several = len(self._selected) > 0
        return several and (
            (key == Qt.Key.Key_A and held == CONTROL) or (key == Qt.Key.Key_Escape and not held)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers()
        self._plain = not held & (CONTROL | SHIFT)
        taken = self._takes(event)
        if key in WALKING:
            if self._plain:
                self._selected.clear()
            super().keyPressEvent(event)
            row = self.currentIndex().row()
            if held & SHIFT and row >= 0:
                self._selected.extend(row, self.open_row, keep=bool(held & CONTROL))
        elif not taken:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            if self.currentIndex().isValid():
                self._selected.toggle(self.currentIndex().row(), self.open_row)
        elif key == Qt.Key.Key_A:
            self._selected.all()
        elif key == Qt.Key.Key_Escape:
            self._selected.clear()
        elif self.currentIndex().isValid():
            self.customContextMenuRequested.emit(self.visualRect(self.currentIndex()).center())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.reason or self._files.rowCount():
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        room = self.viewport().rect().adjusted(12, 12, -12, -12)
        where = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(room, where | Qt.TextFlag.TextWordWrap, self.reason)
        painter.end()


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as first and last of those that follow each other."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = found[-1][0], row
        else:
            found.append((row, row))
    return found
