"""The rows of the label list: names, keys, and how many objects have each."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.core.document import Annotation
from app.core.label_tree import LabelRow, label_rows
from app.core.labels import Key, Label
from app.core.review import StateCounts, state_counts
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui.counts import words_of
from app.ui.panels.objects import swatch

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
ROW_ROLE = Role.UserRole
COUNT_ROLE = Role.UserRole + 1
SHORT_ROLE = Role.UserRole + 2
INDENT = 16
"""For each row that a row lies in, and for the sign that it can be folded."""
NOTHING = StateCounts()
GAP, CAP = 6, 20
"""Between the parts of a row; the width of the key's cap."""


class LabelModel(QAbstractListModel):
    """The labels with the number of objects in this image, proposed ones apart.

    Those with nested names lie in rows that fold; what is folded is remembered of each folder. A
    row that hides the label that new objects get says its name.

    ``same_name``: a label was given the name of another one; ids of both.
    """

    same_name = Signal(int, int)

    def __init__(
        self, session: Session, preferences: Preferences, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._preferences = session, preferences
        self._rows: list[LabelRow] = []
        self._row_of: dict[int, int] = {}
        self._folded: frozenset[str] = frozenset()
        self._root: Path | None = None
        session.folder_labels.changed.connect(self._reset)
        session.folder_labels.active_changed.connect(self._on_active)
        session.image_opened.connect(self._recount)
        session.document_changed.connect(self._recount)
        self._counts: dict[int, StateCounts] = {}
        self._reset()
        self._recount()

    @property
    def nested(self) -> bool:
        """Whether any row holds others."""
        return any(row.folded is not None for row in self._rows)

    def row(self, row: int) -> LabelRow:
        return self._rows[row]

    def label(self, row: int) -> Label:
        """That of the row, or the first of those in it."""
        return self._rows[row].label or self._rows[row].labels[0]

    def row_of(self, label_id: int) -> int:
        """Of the label, or of what it is folded into; -1 if there is no such label."""
        return self._row_of.get(label_id, -1)

    def group_of(self, row: int) -> int:
        """The row that this one lies in; -1 if in none."""
        depth = self._rows[row].depth
        return next((n for n in range(row, -1, -1) if self._rows[n].depth < depth), -1)

    def siblings(self, row: int) -> list[int]:
        """The rows that lie in the same one, this one included."""
        depth, group = self._rows[row].depth, self.group_of(row)
        found = []
        for place in range(group + 1, len(self._rows)):
            if self._rows[place].depth < depth:
                break
            if self._rows[place].depth == depth:
                found.append(place)
        return found

    def fold(self, row: int, *, folded: bool) -> None:
        """Show or hide the labels in a row; nothing happens where there are none."""
        one = self._rows[row]
        if one.folded is not None and one.folded is not folded:
            self._fold(self._folded | {one.path} if folded else self._folded - {one.path})

    def fold_all(self, *, folded: bool) -> None:
        every = label_rows(self._session.labels.labels, ())
        paths = frozenset(row.path for row in every if row.folded is not None)
        self._fold(paths if folded else frozenset())

    def _fold(self, paths: frozenset[str]) -> None:
        self._folded = paths
        if self._root is not None:
            value = self._preferences.value.with_folded(self._root, paths)
            self._preferences.put(value)
        self._reset()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role in (Role.DisplayRole, Role.EditRole):
            return row.path
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            return self._told(row, index.row())
        if role == Role.DecorationRole:
            return swatch(row.label.color) if row.label else None
        if role == ROW_ROLE:
            return row
        if role == SHORT_ROLE:
            return self._short(row, index.row())
        if role == COUNT_ROLE:
            return self._count(row)
        return None

    def _told(self, row: LabelRow, place: int) -> str:
        counted = words_of(self._count(row))
        told = f"{row.path}: {counted}" if counted else row.path
        if self._hides_active(place):
            active = self._session.labels.label(self._session.active_label).name
            told += "\n" + self.tr("New objects get “{0}”.").format(active)
        if row.folded:
            hidden = len(row.labels) - (row.label is not None)
            told += "\n" + self.tr("%n label(s) folded in", "", hidden)
        if row.label is not None and row.label.description:
            told += f"\n{row.label.description}"
        return told

    def _hides_active(self, place: int) -> bool:
        row, active = self._rows[place], self._session.active_label
        own = row.label is not None and row.label.id == active
        return bool(row.folded) and not own and self._row_of.get(active) == place

    def _short(self, row: LabelRow, place: int) -> str:
        """What the rows above do not tell of the name."""
        if not self._hides_active(place):
            return row.text
        active = self._session.labels.label(self._session.active_label).name
        return row.text + active.removeprefix(row.path)

    def _count(self, row: LabelRow) -> StateCounts:
        if not row.folded:
            return self._counts.get(row.label.id, NOTHING) if row.label else NOTHING
        return sum((self._counts.get(each.id, NOTHING) for each in row.labels), NOTHING)

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        label, name = self.label(index.row()), str(value).strip()
        other = self._session.labels.named(name)
        if other is not None and other.id != label.id:
            self.same_name.emit(label.id, other.id)
            return False
        return name != label.name and self._session.folder_labels.rename(label.id, name)

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        fixed = self._session.read_only or self._rows[index.row()].label is None
        return usual if fixed else usual | Qt.ItemFlag.ItemIsEditable

    @Slot()
    def _reset(self) -> None:
        folder = self._session.folder
        root = folder.root if folder is not None else None
        if root != self._root:
            self._root = root
            self._folded = self._preferences.value.folded_in(root) if root else frozenset()
        self.beginResetModel()
        self._rows = label_rows(self._session.labels.labels, self._folded)
        self._row_of = {
            label.id: place for place, row in enumerate(self._rows) for label in row.labels
        }
        self.endResetModel()

    @Slot()
    def _on_active(self) -> None:
        self._repaint()

    @Slot()
    def _recount(self) -> None:
        by_label: dict[int, list[Annotation]] = {}
        for annotation in self._session.document or ():
            by_label.setdefault(annotation.label_id, []).append(annotation)
        self._counts = {key: state_counts(own) for key, own in by_label.items()}
        self._repaint()

    def _repaint(self) -> None:
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
        option.rect = option.rect.adjusted(indent_of(index), 0, 0, 0)
        room = _cap(option.rect).left() - option.decorationSize.width() - 4 * GAP
        room -= sum(width for _, _, width in counted(option.font, index))
        elided = QFontMetrics(option.font).elidedText(
            index.data(SHORT_ROLE), Qt.TextElideMode.ElideRight, max(room, 0)
        )
        option.text = elided

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, rect, palette = index.data(ROW_ROLE), option.rect, option.palette
        label, style = row.label, option.widget.style()
        # Over the whole row, though what it says begins further right.
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        super().paint(painter, option, index)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cap = _cap(rect)
        painter.setPen(palette.color(role))
        if row.folded is not None:
            _paint_sign(painter, sign_of(rect, row.depth), folded=row.folded)
        if label is not None and label.key is not None and label.key not in self._taken():
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


def indent_of(index: Index) -> int:
    """Where the words of a row begin; a little room for the signs where any row can be folded."""
    model = index.model()
    if not isinstance(model, LabelModel) or not model.nested:
        return 0
    return INDENT * (model.row(index.row()).depth + 1)


def sign_of(row: QRect, depth: int) -> QRect:
    """Where the sign is that tells whether a row is folded."""
    return QRect(row.left() + INDENT * depth, row.top(), INDENT + 4, row.height())


def _paint_sign(painter: QPainter, place: QRect, *, folded: bool) -> None:
    """A small arrow, to the right if there is more inside."""
    middle = QPointF(place.center()) + QPointF(1, 0.5)
    long, wide = 2.5, 4.5
    at = [QPointF(-long, -wide), QPointF(long, 0), QPointF(-long, wide)]
    points = [middle + (each if folded else QPointF(each.y(), each.x())) for each in at]
    painter.save()
    pen = QPen(painter.pen().color(), 1.5)
    painter.setPen(pen)
    painter.drawPolyline(points)
    painter.restore()


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
