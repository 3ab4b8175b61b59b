"""Labels by name: a field over the image, for sets with more labels than there are digits."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.labels import Label
from app.session.session import Session
from app.ui.label_keys import key_text
from app.ui.panels.objects import swatch

NEW = -1
MOST = 200
"""Rows that are made; nobody reads on before typing more."""
SIZE = QSize(280, 300)
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LabelFinder(QFrame):
    """Type some of the name, Enter takes it; a name that is none yet becomes a label.

    Until something is typed, those that were used last come first, but for the one that new objects
    get anyway.

    ``chosen`` carries the label's id.

    Args:
        digits: whether a label's digit takes it as long as nothing is typed; one after T does.
    """

    chosen = Signal(int)
    find_wanted = Signal(int)
    """More of what has the label of that id is to be found (Shift+Enter)."""

    def __init__(self, session: Session, parent: QWidget, *, digits: bool = False) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._session = session
        self._digits = digits
        self._passed_on = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(self.tr("Label by name"))
        self.name = QLineEdit(self)
        self.name.setPlaceholderText(self.tr("Some of the label's name"))
        self.name.setAccessibleName(self.tr("Some of the label's name"))
        self.name.setMaxLength(200)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Labels"))
        self.list.setIconSize(QSize(14, 14))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(self._take)
        self._more = QPushButton(self.tr("Find more of it (Shift+Enter)"), self)
        self.list.currentRowChanged.connect(self._show_more)
        self.name.textChanged.connect(self._fill)
        self.name.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.name)
        column.addWidget(self.list)
        if not digits:
            self._more.setFlat(True)
            self._more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._more.clicked.connect(self._find_more)
            column.addWidget(self._more)
        self._more.setVisible(not digits)
        self._fill()

    def pop_up(self, middle: QPoint) -> None:
        """Over this place of the screen."""
        self.resize(SIZE)
        self.move(middle - QPoint(SIZE.width() // 2, SIZE.height() // 2))
        self.show()
        self.name.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the field move in the list, Enter takes what is chosen there.

        A line edit answers Enter and passes it to its parent all the same, from where it would
        come back: so it is taken here, once.
        """
        pressed = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in MOVES:
            self.list.event(event)
            return True
        if pressed and isinstance(event, QKeyEvent) and event.key() in TAKES:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._find_more()
            else:
                self._on_return()
            return True
        if pressed and isinstance(event, QKeyEvent) and not self.name.text():
            label = self._by_digit(event.text())
            if label is not None:
                self.close()
                self.chosen.emit(label.id)
                return True
        return False

    def _by_digit(self, digit: str) -> Label | None:
        """The label that a digit takes here as long as nothing is typed."""
        if len(digit) != 1 or digit not in "0123456789":
            return None
        labels = self._session.labels
        return labels.by_key(f"T{digit}") or (labels.by_key(int(digit)) if self._digits else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Whatever of it has the keyboard: keys are for the field, which passes back the rest."""
        if self._passed_on:
            super().keyPressEvent(event)
            return
        self._passed_on = True
        try:
            QApplication.sendEvent(self.name, event)
        finally:
            self._passed_on = False

    @Slot()
    def _fill(self) -> None:
        words = self.name.text().strip()
        self.list.clear()
        labels = self._session.labels
        fitting = found(labels, words) if words else self._session.folder_labels.recent_first
        alike = labels.resembling(words) if words else None
        if alike is not None and (not fitting or fitting[0] is not alike):
            # The same name but for case and blanks is hardly ever meant to be another label.
            fitting = [alike, *(each for each in fitting if each is not alike)]
        for label in fitting[:MOST]:
            key = f"   {key_text(label.key)}" if label.key is not None else ""
            item = QListWidgetItem(swatch(label.color), label.name + key, self.list)
            item.setData(Qt.ItemDataRole.UserRole, label.id)
            item.setToolTip(label.description)
        if words and self._session.labels.named(words) is None and not self._session.read_only:
            item = QListWidgetItem(self.tr("New label: {0}").format(words), self.list)
            item.setData(Qt.ItemDataRole.UserRole, NEW)
        self.list.setCurrentRow(0)

    @Slot()
    def _find_more(self) -> None:
        """Of what has the label that is chosen in the list; a new one is nothing's yet."""
        label_id = self._chosen
        if label_id is not None:
            self.close()
            self.find_wanted.emit(label_id)

    @property
    def _chosen(self) -> int | None:
        """The label that is chosen in the list, if there is such a label."""
        item = self.list.currentItem()
        label_id: int | None = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return None if label_id == NEW else label_id

    @Slot()
    def _show_more(self) -> None:
        self._more.setEnabled(self._chosen is not None)

    def _on_return(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._take(item)

    @Slot(QListWidgetItem)
    def _take(self, item: QListWidgetItem) -> None:
        label_id: int | None = item.data(Qt.ItemDataRole.UserRole)
        if label_id == NEW:
            label_id = self._session.folder_labels.add(self.name.text().strip())
        self.close()
        if label_id is not None:
            self.chosen.emit(label_id)


def found(labels: Iterable[Label], words: str) -> list[Label]:
    """Those whose names hold all of the words: first names that begin so, then parts of names."""
    wanted = words.casefold()
    parts = wanted.split()
    fitting = [each for each in labels if all(part in each.name.casefold() for part in parts)]
    return sorted(fitting, key=lambda each: not each.name.casefold().startswith(wanted))
