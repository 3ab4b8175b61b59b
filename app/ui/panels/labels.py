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
from PySide6.QtWidgets import (
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
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui import icons
from app.ui.elided import ElidedLabel
from app.ui.keymap import command_keys, filled
from app.ui.label_colour import asked_colour
from app.ui.label_keys import AFTER_T, key_text, offered
from app.ui.panels.label_list import LabelDelegate, LabelModel
from app.ui.panels.label_rows import LabelRows
from app.ui.theme import Shades
from model.messages import say


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
        self.model = LabelModel(session, preferences, self)
        self.model.same_name.connect(self.same_name_wanted)
        self.view = LabelRows(self.model, self)
        self.view.setUniformItemSizes(True)
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
        self.view.stepped.connect(self._on_stepped)
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
        self.view.orphaned.connect(self._on_orphaned)
        self.new_name.installEventFilter(self)

    @Slot()
    def _on_preferences(self) -> None:
        tip = self.tr("Add the label  («add-label»)")
        self._add_button.setToolTip(filled(tip, self._preferences.value))
        self.view.viewport().update()

    def retint(self, shades: Shades) -> None:
        self._add_button.setIcon(icons.icon("add", shades))

    @Slot(str)
    def _on_orphaned(self, name: str) -> None:
        """The label went away while its name was typed: it can be one of its own."""
        if not self.new_name.text():
            self.new_name.setText(name)
            self.start_new()

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
    def _on_put(self, row: int, gap: int) -> None:
        """All labels in a row go before the row that is at ``gap`` now, or behind the last."""
        taken, rows = self.model.row(row).labels, self.model.rowCount()
        ids = {label.id for label in taken}
        behind = [label.id for each in range(gap, rows) for label in self.model.row(each).labels]
        left = [label.id for label in self._session.labels if label.id not in ids]
        place = next((left.index(each) for each in behind if each not in ids), len(left))
        if gap not in (row, row + 1):
            self._session.folder_labels.move([label.id for label in taken], place)

    @Slot(int, int)
    def _on_stepped(self, row: int, step: int) -> None:
        """Past the one before or behind in the same row; what lies in it goes along."""
        beside = self.model.siblings(row)
        place = beside.index(row) + step
        if not 0 <= place < len(beside):
            return
        other, taken = self.model.row(beside[place]).labels, self.model.row(row).labels
        ids = [label.id for label in taken]
        left = [label.id for label in self._session.labels if label.id not in ids]
        at = left.index(other[0].id) if step < 0 else left.index(other[-1].id) + 1
        self._session.folder_labels.move(ids, at)

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
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.model.row(index.row()).label is not None and not self._session.read_only:
            self._fill(menu, index)
        if self.model.nested:
            self._add_folding(menu)
        if menu.actions():
            menu.popup(self.view.viewport().mapToGlobal(at))

    def _add_folding(self, menu: QMenu) -> None:
        menu.addSeparator()
        for text, folded in ((self.tr("Fold all"), True), (self.tr("Unfold all"), False)):
            entry = menu.addAction(text)
            entry.triggered.connect(
                lambda _=False, folded=folded: self.model.fold_all(folded=folded)
            )

    def _fill(self, menu: QMenu, index: QModelIndex) -> None:
        """What can be done with the label of a row."""
        label = self.model.label(index.row())
        # The button that opens it has marked a row, but new objects get the label they got before.
        menu.aboutToHide.connect(self._show_active)
        menu.addAction(self.tr("Give to selected objects")).triggered.connect(
            lambda: self._session.set_label(self._session.selection, label.id)
        )
        menu.addSeparator()
        row, beside = index.row(), self.model.siblings(index.row())
        for text, step in ((self.tr("Up  (Alt+Up)"), -1), (self.tr("Down  (Alt+Down)"), 1)):
            entry = menu.addAction(text)
            entry.setEnabled(0 <= beside.index(row) + step < len(beside))
            entry.triggered.connect(lambda _=False, step=step: self._on_stepped(row, step))
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
        merge.setEnabled(len(self._session.labels) > 1)
        merge.triggered.connect(lambda: self.merge_wanted.emit(label.id))
        remove = menu.addAction(self.tr("Remove…"))
        remove.setEnabled(len(self._session.labels) > 1)
        remove.triggered.connect(lambda: self.remove_wanted.emit(label.id))

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
        found = asked_colour(label.color, self)
        if found is not None:
            self._session.folder_labels.recolour(label.id, found)
