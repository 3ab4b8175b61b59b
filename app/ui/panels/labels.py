"""The labels of the folder: choosing one, and editing them in place."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QColorDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.document import State
from app.core.labels import Label
from app.session.session import Session
from app.ui import icons
from app.ui.panels.objects import swatch
from app.ui.theme import Shades

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Role = Qt.ItemDataRole
LABEL_ROLE = Role.UserRole
COUNT_ROLE = Role.UserRole + 1


class LabelModel(QAbstractListModel):
    """The labels with the number of objects in this image."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: tuple[Label, ...] = ()
        session.labels_changed.connect(self._reset)
        session.image_opened.connect(self._recount)
        session.document_changed.connect(self._recount)
        self._counts: dict[int, int] = {}
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
        if role in (Role.DisplayRole, Role.EditRole, Role.ToolTipRole):
            return label.name
        if role == Role.DecorationRole:
            return swatch(label.color)
        if role == LABEL_ROLE:
            return label
        if role == COUNT_ROLE:
            return self._counts.get(label.id, 0)
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        return self._session.rename_label(self._rows[index.row()].id, str(value))

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
        self._counts = {}
        for annotation in self._session.document or ():
            if annotation.state is State.REJECTED:
                continue
            self._counts[annotation.label_id] = self._counts.get(annotation.label_id, 0) + 1
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))


class LabelDelegate(QStyledItemDelegate):
    """Colour and name, on the right the count and the key as a cap."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        label = index.data(LABEL_ROLE)
        rect, palette = option.rect, option.palette
        chosen = bool(option.state & option.state.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cap = QRect(rect.right() - 26, rect.top() + 4, 20, rect.height() - 8)
        painter.setPen(palette.color(role))
        if label.key is not None:
            painter.drawRoundedRect(cap, 4, 4)
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, str(label.key))
        count = index.data(COUNT_ROLE)
        if count:
            place = QRect(cap.left() - 46, rect.top(), 38, rect.height())
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(place, right, str(count))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, max(26, option.fontMetrics.height() + 10))


class LabelPanel(QWidget):
    """The marked label is the one that new objects get.

    ``left``: a field of it was left by a key; the keyboard belongs to the canvas again.
    """

    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = LabelModel(session, self)
        self.view = QListView(self)
        self.view.setModel(self.model)
        delegate = LabelDelegate(self.view)
        self.view.setItemDelegate(delegate)
        delegate.closeEditor.connect(self._on_renamed)
        self.view.setAccessibleName(self.tr("Labels"))
        self.view.setIconSize(QSize(16, 16))
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setEditTriggers(
            QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed
        )
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._ask)
        self.view.clicked.connect(self._on_clicked)
        self.new_name = QLineEdit(self)
        self.new_name.setPlaceholderText(self.tr("New label"))
        self.new_name.setToolTip(self.tr("Enter adds the label, Esc leaves the field"))
        self.new_name.setAccessibleName(self.tr("Name of a new label"))
        self.new_name.setMaxLength(200)
        self.new_name.returnPressed.connect(self._add)
        self.new_name.installEventFilter(self)
        self._add_button = QToolButton(self)
        self._add_button.setAutoRaise(True)
        self._add_button.setToolTip(self.tr("Add the label  (Ctrl+N)"))
        self._add_button.setAccessibleName(self.tr("Add the label"))
        self._add_button.clicked.connect(self._add)
        self._lay_out()
        session.active_label_changed.connect(self._show_active)
        session.read_only_changed.connect(self._show_rights)
        self.model.modelReset.connect(self._show_active)
        self._show_active()

    def retint(self, shades: Shades) -> None:
        self._add_button.setIcon(icons.icon("add", shades))

    def start_new(self) -> None:
        """Put the cursor into the field for a new name."""
        self.new_name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the field before it means anything else to the window."""
        if event.type() is QEvent.Type.ShortcutOverride and watched is self.new_name:
            event.accept()
            return False
        if event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self.new_name.clear()
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(6, 4, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.new_name)
        row.addWidget(self._add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view)
        layout.addLayout(row)

    @Slot()
    def _add(self) -> None:
        name = self.new_name.text().strip()
        if not name:
            self.left.emit()
        elif self._session.add_label(name) is not None:
            # The cursor stays: the next name typed must not be taken for commands.
            self.new_name.clear()

    @Slot(QWidget, QStyledItemDelegate.EndEditHint)
    def _on_renamed(self, editor: QWidget, hint: QStyledItemDelegate.EndEditHint) -> None:
        going_on = QStyledItemDelegate.EndEditHint
        if hint not in (going_on.EditNextItem, going_on.EditPreviousItem):
            self.left.emit()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._session.set_active_label(self.model.label(index.row()).id)

    @Slot()
    def _show_active(self) -> None:
        row = self.model.row_of(self._session.active_label)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))

    @Slot()
    def _show_rights(self) -> None:
        editable = self._session.read_only is None
        self.new_name.setEnabled(editable)
        self._add_button.setEnabled(editable)

    @Slot(QPoint)
    def _ask(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if not index.isValid() or self._session.read_only:
            return
        label = self.model.label(index.row())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Give to selected objects")).triggered.connect(
            lambda: self._session.relabel(self._session.selection, label.id)
        )
        menu.addSeparator()
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.view.edit(index))
        menu.addAction(self.tr("Colour…")).triggered.connect(lambda: self._recolour(label))
        keys = menu.addMenu(self.tr("Key"))
        for key in (*range(1, 10), None):
            entry = keys.addAction(self.tr("none") if key is None else str(key))
            entry.setCheckable(True)
            entry.setChecked(key == label.key)
            entry.triggered.connect(
                lambda _, key=key: self._session.label_desk.set_key(label.id, key)
            )
        menu.addSeparator()
        remove = menu.addAction(self.tr("Remove"))
        remove.setEnabled(self.model.rowCount() > 1)
        remove.triggered.connect(lambda: self._session.remove_label(label.id))
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _recolour(self, label: Label) -> None:
        color = QColorDialog.getColor(QColor(label.color), self, self.tr("Colour of the label"))
        if color.isValid():
            self._session.recolour_label(label.id, color.name())
