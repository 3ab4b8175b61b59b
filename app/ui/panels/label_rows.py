"""The list of labels as a view: dragging, folding, and walking through it by keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QWidget

from app.ui.panels.label_list import LabelModel, sign_of

KEYPAD = Qt.KeyboardModifier.KeypadModifier


class LabelRows(QListView):
    """Marks no row by dragging over it, nor by the button for the menu: a drag takes the row along.

    Left and right fold and unfold, as a click on a row's sign does.

    ``moved``: the row that the arrow keys have come to. ``put``: the row that was taken, and the
    one before which it is to be. ``stepped``: the row at hand is to change places with the one
    above (-1) or below (1). ``orphaned``: a name that was being typed for a label that went away.
    """

    moved = Signal(QModelIndex)
    put = Signal(int, int)
    stepped = Signal(int, int)
    orphaned = Signal(str)

    def __init__(self, model: LabelModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._labels = model
        self.setModel(model)
        self._taken: tuple[int, QPoint] | None = None
        self._gap: int | None = None
        self._typed: tuple[int, str] | None = None
        model.modelAboutToBeReset.connect(self._keep_typed)
        model.modelReset.connect(self._type_on)

    @Slot()
    def _keep_typed(self) -> None:
        """Other labels come, and the field of a name that is being changed goes."""
        row, field = self.currentIndex().row(), self._field
        self._typed = None
        if field is not None and 0 <= row < self._labels.rowCount():
            self._typed = self._labels.label(row).id, field.text()

    @Slot()
    def _type_on(self) -> None:
        """In the label's new row, unless it has that name by now."""
        typed, self._typed = self._typed, None
        if typed is None:
            return
        label_id, text = typed
        rows = range(self._labels.rowCount())
        own = [
            row for row in rows if label_id in (each.id for each in self._labels.row(row).labels)
        ]
        index = self._labels.index(own[0]) if own else QModelIndex()
        if not own:
            self.orphaned.emit(text)
        elif self._labels.label(index.row()).name != text.strip():
            self.setCurrentIndex(index)
            self.edit(index)
            if self._field is not None:
                self._field.setText(text)

    @property
    def _field(self) -> QLineEdit | None:
        """In which a name is being changed; the newest, for one that was left is there a while."""
        if self.state() is not QListView.State.EditingState:
            return None
        return next(reversed(self.viewport().findChildren(QLineEdit)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() == Qt.MouseButton.NoButton:
            super().mouseMoveEvent(event)
        elif self._taken is not None:
            at = event.position().toPoint()
            far = (at - self._taken[1]).manhattanLength() >= QApplication.startDragDistance()
            if far or self._gap is not None:
                self._gap = self._gap_at(at)
                self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            at = event.position().toPoint()
            index = self.indexAt(at)
            if index.isValid() and self._folds(index, at):
                row = self._labels.row(index.row())
                self._labels.fold(index.row(), folded=not row.folded)
                return
            self._taken = (index.row(), at) if index.isValid() else None
            super().mousePressEvent(event)

    def _folds(self, index: QModelIndex, at: QPoint) -> bool:
        """Whether a click there folds or unfolds: on the sign, and where there is no label."""
        row = self._labels.row(index.row())
        if row.folded is None:
            return False
        return row.label is None or sign_of(self.visualRect(index), row.depth).contains(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two clicks on a sign are two clicks, and nothing to be renamed."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._folds(index, event.position().toPoint()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        taken, gap = self._taken, self._gap
        self._taken = self._gap = None
        super().mouseReleaseEvent(event)
        if taken is not None and gap is not None:
            self.viewport().update()
            self.put.emit(taken[0], gap)

    def _gap_at(self, at: QPoint) -> int:
        """The place between two rows that is nearest, counted from above."""
        index = self.indexAt(at)
        if not index.isValid():
            return 0 if at.y() < 0 else self.model().rowCount()
        return index.row() + (at.y() > self.visualRect(index).center().y())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap is None:
            return
        last = self.model().rowCount() - 1
        rect = self.visualRect(self.model().index(min(self._gap, last), 0))
        y = rect.top() if self._gap <= last else rect.bottom()
        painter = QPainter(self.viewport())
        painter.fillRect(0, y - 1, self.viewport().width(), 2, self.palette().highlight())
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        row, held = self.currentIndex().row(), event.modifiers() & ~KEYPAD
        if steps is not None and held & Qt.KeyboardModifier.AltModifier and row >= 0:
            self.stepped.emit(row, steps)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not held and row >= 0:
            self._fold(row, folded=event.key() == Qt.Key.Key_Left)
        else:
            before = self.currentIndex()
            super().keyPressEvent(event)
            self._pass_over(row)
            if self.currentIndex() != before and self.currentIndex().isValid():
                self.moved.emit(self.currentIndex())

    def _fold(self, row: int, *, folded: bool) -> None:
        """The row itself; if there is nothing to fold in it, the one that it lies in."""
        labels = self._labels
        if folded and labels.row(row).folded is not False:
            row = labels.group_of(row)
        if row >= 0:
            labels.fold(row, folded=folded)

    def _pass_over(self, before: int) -> None:
        """A row without a label tells nothing that new objects could get, unless it hides some."""
        row = self.currentIndex().row()
        step = 1 if row > before else -1
        while 0 <= row < self._labels.rowCount():
            shown = self._labels.row(row)
            if shown.label is not None or shown.folded:
                self.setCurrentIndex(self._labels.index(row))
                return
            row += step
        if before >= 0:
            self.setCurrentIndex(self._labels.index(before))
