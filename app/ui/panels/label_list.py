"""The rows of the label list: names, keys, and how many objects have each."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.core.document import Annotation
from app.core.labels import Key, Label, shared_parts
from app.core.review import StateCounts, state_counts
from app.session.session import Session
from app.ui.counts import words_of
from app.ui.panels.objects import swatch

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
LABEL_ROLE = Role.UserRole
COUNT_ROLE = Role.UserRole + 1
SHORT_ROLE = Role.UserRole + 2
INDENT = "      "
"""Before the last part of a name, for each part that it shares with the label above it."""
NOTHING = StateCounts()
GAP, CAP = 6, 20
"""Between the parts of a row; the width of the key's cap."""


class LabelModel(QAbstractListModel):
    """The labels with the number of objects in this image, proposed ones apart.

    ``same_name``: a label was given the name of another one; ids of both.
    """

    same_name = Signal(int, int)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: tuple[Label, ...] = ()
        session.folder_labels.changed.connect(self._reset)
        session.image_opened.connect(self._recount)
        session.document_changed.connect(self._recount)
        self._counts: dict[int, StateCounts] = {}
        self._reset()
        self._recount()

    def label(self, row: int) -> Label:
        return self._rows[row]

    def row_of(self, label_id: int) -> int:
        return next((n for n, label in enumerate(self._rows) if label.id == label_id), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        label = self._rows[index.row()]
        if role in (Role.DisplayRole, Role.EditRole):
            return label.name
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            counted = words_of(self._counts.get(label.id, NOTHING))
            told = f"{label.name}: {counted}" if counted else label.name
            return f"{told}\n{label.description}" if label.description else told
        if role == Role.DecorationRole:
            return swatch(label.color)
        if role == LABEL_ROLE:
            return label
        if role == SHORT_ROLE:
            return self._short(index.row())
        if role == COUNT_ROLE:
            return self._counts.get(label.id, NOTHING)
        return None

    def _short(self, row: int) -> str:
        """The name, its parts that the label above has too told by an indent."""
        name = self._rows[row].name
        shared = shared_parts(name, self._rows[row - 1].name) if row else 0
        return INDENT * shared + "/".join(name.split("/")[shared:])

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        label, name = self._rows[index.row()], str(value).strip()
        other = self._session.labels.named(name)
        if other is not None and other.id != label.id:
            self.same_name.emit(label.id, other.id)
            return False
        return name != label.name and self._session.folder_labels.rename(label.id, name)

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual if self._session.read_only else usual | Qt.ItemFlag.ItemIsEditable

    @Slot()
    def _reset(self) -> None:
        self.beginResetModel()
        self._rows = self._session.labels.labels
        self.endResetModel()

    @Slot()
    def _recount(self) -> None:
        by_label: dict[int, list[Annotation]] = {}
        for annotation in self._session.document or ():
            by_label.setdefault(annotation.label_id, []).append(annotation)
        self._counts = {key: state_counts(own) for key, own in by_label.items()}
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))


class LabelDelegate(QStyledItemDelegate):
    """Colour and name, on the right the counts and the key as a cap.

    What was looked at is a number, what is only proposed one in italics with a plus before it.

    Args:
        taken: tells the keys that commands have, which go before those of labels.
    """

    def __init__(self, taken: Callable[[], Container[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._taken = taken

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """The name gives way to the counts."""
        super().initStyleOption(option, index)
        room = _cap(option.rect).left() - option.decorationSize.width() - 4 * GAP
        room -= sum(width for _, _, width in counted(option.font, index))
        elided = QFontMetrics(option.font).elidedText(
            index.data(SHORT_ROLE), Qt.TextElideMode.ElideRight, max(room, 0)
        )
        option.text = elided

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        label = index.data(LABEL_ROLE)
        rect, palette = option.rect, option.palette
        chosen = bool(option.state & option.state.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cap = _cap(rect)
        painter.setPen(palette.color(role))
        if label.key is not None and label.key not in self._taken():
            painter.drawRoundedRect(cap, 4, 4)
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, short_key(label.key))
        end = cap.left()
        for text, font, width in reversed(counted(option.font, index)):
            painter.setFont(font)
            place = QRect(end - width, rect.top(), width - GAP, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            end -= width
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, max(26, option.fontMetrics.height() + 10))


def short_key(key: Key) -> str:
    """A key in the two characters there is room for."""
    return str(key).replace("Shift+", "⇧")


def _cap(row: QRect) -> QRect:
    return QRect(row.right() - CAP - GAP, row.top() + 4, CAP, row.height() - 8)


def counted(font: QFont, index: Index) -> list[tuple[str, QFont, int]]:
    """The numbers of a row from left to right, how they look, and the room they take."""
    counts = index.data(COUNT_ROLE)
    looked_at = counts.accepted + counts.edited
    slanted = QFont(font)
    slanted.setItalic(True)
    texts = [(str(looked_at), font)] if looked_at else []
    texts += [(f"+{counts.proposed}", slanted)] if counts.proposed else []
    return [(text, look, QFontMetrics(look).horizontalAdvance(text) + GAP) for text, look in texts]
