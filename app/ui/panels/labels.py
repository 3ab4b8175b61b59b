"""The labels of the folder: choosing one, and editing them in place."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QColorDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import Problem
from app.core.labels import Label
from app.core.palette import PALETTE
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui import icons
from app.ui.elided import ElidedLabel
from app.ui.keymap import command_keys, filled
from app.ui.label_keys import AFTER_T, key_text, offered
from app.ui.panels.label_list import LabelDelegate, LabelModel
from app.ui.theme import Shades
from model.messages import say


class _Rows(QListView):
    """Marks no row by dragging over it, nor by the button for the menu: a drag takes the row along.

    ``moved``: the row that the arrow keys have come to. ``put``: a row, and the one it is to be.
    """

    moved = Signal(QModelIndex)
    put = Signal(int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._taken: tuple[int, QPoint] | None = None
        self._gap: int | None = None

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
            row = self.indexAt(at).row()
            self._taken = (row, at) if row >= 0 else None
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        taken, gap = self._taken, self._gap
        self._taken = self._gap = None
        super().mouseReleaseEvent(event)
        if taken is not None and gap is not None:
            self.viewport().update()
            self.put.emit(taken[0], gap - (gap > taken[0]))

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
        row = self.currentIndex().row()
        if steps is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier and row >= 0:
            if 0 <= row + steps < self.model().rowCount():
                self.put.emit(row, row + steps)
            return
        before = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() != before and self.currentIndex().isValid():
            self.moved.emit(self.currentIndex())


class LabelPanel(QWidget):
    """The marked label is the one that new objects get.

    ``left``: a field of it was left by a key; the keyboard belongs to the canvas again.
    """

    left = Signal()
    merge_wanted = Signal(int)
    """The label of that id is to become another one."""
    same_name_wanted = Signal(int, int)
    """A label was to be called as another one is: ids of both."""
    edit_wanted = Signal(int)
    """Key, description and attributes of the label of that id are to be edited."""
    find_wanted = Signal(int)
    """More of what has the label of that id is to be found."""
    remove_wanted = Signal(int)
    """The label of that id is to go; what becomes of its objects is to be asked."""

    def __init__(
        self, session: Session, preferences: Preferences, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._preferences = session, preferences
        self._doubted = ""
        self.model = LabelModel(session, self)
        self.model.same_name.connect(self.same_name_wanted)
        self.view = _Rows(self)
        self.view.setUniformItemSizes(True)
        self.view.setModel(self.model)
        delegate = LabelDelegate(lambda: command_keys(preferences.value), self.view)
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
        # What is marked is what new objects get: at once, not when the button comes up elsewhere.
        self.view.pressed.connect(self._on_clicked)
        self.view.moved.connect(self._on_clicked)
        self.view.put.connect(self._on_put)
        self.description = ElidedLabel(self)
        self.description.setContentsMargins(8, 3, 8, 3)
        self._prepare_name()
        self._add_button = QToolButton(self)
        self._add_button.setAutoRaise(True)
        preferences.changed.connect(self._on_preferences)
        self._on_preferences()
        self._add_button.setAccessibleName(self.tr("Add the label"))
        self._add_button.clicked.connect(self._add)
        self._lay_out()
        session.folder_labels.active_changed.connect(self._show_active)
        session.read_only_changed.connect(self._show_rights)
        self.model.modelReset.connect(self._show_active)
        self._show_active()

    def _prepare_name(self) -> None:
        self.new_name = QLineEdit(self)
        self.new_name.setPlaceholderText(self.tr("New label"))
        self.new_name.setToolTip(self.tr("Enter adds the label, Esc leaves the field"))
        self.new_name.setAccessibleName(self.tr("Name of a new label"))
        self.new_name.setMaxLength(200)
        self.new_name.returnPressed.connect(self._add)
        self.new_name.installEventFilter(self)

    @Slot()
    def _on_preferences(self) -> None:
        tip = self.tr("Add the label  («add-label»)")
        self._add_button.setToolTip(filled(tip, self._preferences.value))
        self.view.viewport().update()

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
        layout.addWidget(self.description)
        layout.addLayout(row)

    @Slot()
    def _add(self) -> None:
        name = self.new_name.text().strip()
        there = self._session.labels.resembling(name)
        if not name:
            self.left.emit()
        elif there is not None and (there.name == name or self._doubted != name):
            self._session.folder_labels.activate(there.id)
            if there.name == name:
                self.new_name.clear()
                return
            self._doubted = name
            self._session.problem.emit(
                Problem(
                    say("There is the label “{name}” already: it is chosen now.", there.name),
                    say("Press Enter once more for “{name}” as another one.", name),
                )
            )
        elif self._session.folder_labels.add(name) is not None:
            # The cursor stays: the next name typed must not be taken for commands.
            self.new_name.clear()
            self._doubted = ""

    @Slot(QWidget, QStyledItemDelegate.EndEditHint)
    def _on_renamed(self, editor: QWidget, hint: QStyledItemDelegate.EndEditHint) -> None:
        going_on = QStyledItemDelegate.EndEditHint
        if hint not in (going_on.EditNextItem, going_on.EditPreviousItem):
            self.left.emit()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._session.folder_labels.activate(self.model.label(index.row()).id)

    @Slot(int, int)
    def _on_put(self, row: int, place: int) -> None:
        if row != place:
            self._session.folder_labels.move(self.model.label(row).id, place)

    @Slot()
    def _show_active(self) -> None:
        row = self.model.row_of(self._session.active_label)
        text = self._session.labels.label(self._session.active_label).description
        self.description.setText(" ".join(text.split()))
        self.description.setVisible(bool(text))
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
        # The button that opens it has marked a row, but new objects get the label they got before.
        menu.aboutToHide.connect(self._show_active)
        menu.addAction(self.tr("Give to selected objects")).triggered.connect(
            lambda: self._session.set_label(self._session.selection, label.id)
        )
        menu.addSeparator()
        row, last = index.row(), self.model.rowCount() - 1
        for text, place in (
            (self.tr("Up  (Alt+Up)"), row - 1),
            (self.tr("Down  (Alt+Down)"), row + 1),
        ):
            entry = menu.addAction(text)
            entry.setEnabled(0 <= place <= last)
            entry.triggered.connect(lambda _=False, place=place: self._on_put(row, place))
        menu.addSeparator()
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.view.edit(index))
        menu.addAction(self.tr("Colour…")).triggered.connect(lambda: self._recolour(label))
        self._add_keys(menu, label)
        edit = menu.addAction(self.tr("Description and attributes…"))
        edit.triggered.connect(lambda: self.edit_wanted.emit(label.id))
        menu.addSeparator()
        more = menu.addAction(self.tr("Find more of it…"))
        more.triggered.connect(lambda: self.find_wanted.emit(label.id))
        merge = menu.addAction(self.tr("Merge into another label…"))
        merge.setEnabled(self.model.rowCount() > 1)
        merge.triggered.connect(lambda: self.merge_wanted.emit(label.id))
        remove = menu.addAction(self.tr("Remove…"))
        remove.setEnabled(self.model.rowCount() > 1)
        remove.triggered.connect(lambda: self.remove_wanted.emit(label.id))
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _add_keys(self, menu: QMenu, label: Label) -> None:
        """The keys there are to choose from: digits at once, the others by their kind."""
        keys = menu.addMenu(self.tr("Key"))
        letters, after_t = QMenu(self.tr("Letter"), keys), QMenu(self.tr("After T"), keys)
        for key in (*offered(command_keys(self._preferences.value)), None):
            kind = after_t if key in AFTER_T else letters if isinstance(key, str) else keys
            entry = kind.addAction(self.tr("none") if key is None else key_text(key))
            entry.setCheckable(True)
            entry.setChecked(key == label.key)
            entry.triggered.connect(
                lambda _, key=key: self._session.folder_labels.set_key(label.id, key)
            )
        none = keys.actions()[-1]
        for more in (letters, after_t):
            keys.insertMenu(none, more)

    def _recolour(self, label: Label) -> None:
        # Those that everybody can tell apart, beside the style's own.
        for place, color in enumerate(PALETTE[: QColorDialog.customCount()]):
            QColorDialog.setCustomColor(place, QColor(color))
        found = QColorDialog.getColor(QColor(label.color), self, self.tr("Colour of the label"))
        if found.isValid():
            self._session.folder_labels.recolour(label.id, found.name())
