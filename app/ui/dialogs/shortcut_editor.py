"""Keys of the user's own for any command."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.session.preferences import Preferences
from app.session.session import Session
from app.ui.action_set import ALL_ACTIONS, ActionSet, words_of
from app.ui.actions import MENUS
from app.ui.attribute_mode import FLAGS as FLAG_KEYS
from app.ui.keymap import (
    FIXED,
    RESERVED,
    REVIEW,
    all_keys,
    default_keys,
    holders,
    keys_text,
    lent_keys,
    with_keys,
    without_changes,
)
from app.ui.panels.describing import named
from app.ui.words import plain, translate

ROW = QSize(0, 26)
ID = Qt.ItemDataRole.UserRole
ENGLISH = Qt.ItemDataRole.UserRole + 1
WHY = Qt.ItemDataRole.UserRole + 2
"""Why the keys of a row cannot be changed."""


class ShortcutEditor(QDialog):
    """Every command with its keys; what is changed here holds at once, everywhere.

    Args:
        actions: for their pictures.
        preferences: hold the keys.
        session: its labels may have letters of their own, which a command takes over.
    """

    def __init__(
        self,
        actions: ActionSet,
        preferences: Preferences,
        session: Session,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._session = preferences, session
        self.setWindowTitle(self.tr("Change keys"))
        self.resize(620, 600)
        self.search, self.tree = QLineEdit(self), QTreeWidget(self)
        self.field = QKeySequenceEdit(self)
        self.use = QPushButton(self.tr("Use it"), self)
        self.add = QPushButton(self.tr("Use it, too"), self)
        self.none = QPushButton(self.tr("No key"), self)
        self.back = QPushButton(self.tr("As it was"), self)
        self.told = QLabel(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.all_back = self.buttons.addButton(
            self.tr("All as they were"), QDialogButtonBox.ButtonRole.ResetRole
        )
        self._prepare()
        self._lay_out()
        self._fill(actions)
        self._connect()
        self._show()

    @property
    def _key(self) -> str:
        """The key in the field, in Qt's portable form; empty if there is none."""
        return self.field.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    @property
    def chosen(self) -> str:
        """The command that is selected; empty if none is."""
        item = self.tree.currentItem()
        return "" if item is None else item.data(0, ID) or ""

    def choose(self, action_id: str) -> None:
        """Select a command."""
        self.tree.setCurrentItem(self._items[action_id])

    def _prepare(self) -> None:
        self.search.setPlaceholderText(self.tr("Search for an action or a key"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.tree.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.tree.setRootIsDecorated(False)
        self.tree.setAlternatingRowColors(True)
        self.tree.setAccessibleName(self.windowTitle())
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.field.setMaximumSequenceLength(1)
        self.field.setAccessibleName(self.tr("New key"))
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        for button in (self.use, self.add, self.none, self.back, self.all_back):
            button.setAutoDefault(False)
        close = self.buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        asked = QLabel(self.tr("Press the new key here:"), self)
        asked.setBuddy(self.field)
        row.addWidget(asked)
        row.addWidget(self.field, 1)
        for button in (self.use, self.add):
            row.addWidget(button)
        below = QHBoxLayout()
        below.addStretch(1)
        for button in (self.none, self.back):
            below.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        layout.addLayout(row)
        layout.addWidget(self.told)
        layout.addLayout(below)
        layout.addWidget(self.buttons)

    def _fill(self, actions: ActionSet) -> None:
        self._items: dict[str, QTreeWidgetItem] = {}
        bold = QFont(self.font())
        bold.setBold(True)
        for title in MENUS:
            group = QTreeWidgetItem(self.tree, [plain(translate("Actions", title))])
            group.setFont(0, bold)
            group.setSizeHint(0, ROW)
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for row in ALL_ACTIONS:
                if row.menu == title:
                    item = QTreeWidgetItem(group, [words_of(row)])
                    item.setIcon(0, actions[row.id].icon())
                    item.setSizeHint(0, ROW)
                    item.setData(0, ID, row.id)
                    item.setData(0, ENGLISH, f"{plain(title)} {plain(row.text)}")
                    self._items[row.id] = item
        self._fill_fixed(bold)
        self.tree.expandAll()

    def _fill_fixed(self, bold: QFont) -> None:
        """Keys that are no command's own: those of attribute mode, told so that nobody looks for
        them in vain."""
        group = QTreeWidgetItem(self.tree, [self.tr("In attribute mode")])
        group.setFont(0, bold)
        group.setSizeHint(0, ROW)
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        stay = self.tr("This key stays as it is; an attribute that has the letter goes before it.")
        walk = self.tr("These keys stay as they are while attribute mode lasts.")
        own = self.tr(
            "Each attribute has a key of its own, which is chosen where the attribute is: "
            "“Labels and attributes…” in the menu Label. Without one it has its number."
        )
        rows = [(self.tr("Change the value of an attribute"), self.tr("its own, or 1 to 9"), own)]
        rows += [(named((flag,))[0], key, stay) for key, flag in FLAG_KEYS.items()]
        rows += [(self.tr("Note"), "N", stay), (self.tr("Group"), "G", stay)]
        rows += [(self.tr("Next, previous object"), "→, ←, Tab", walk)]
        rows += [(self.tr("Leave attribute mode"), "Esc", walk)]
        self._fixed = []
        for words, keys, why in rows:
            item = QTreeWidgetItem(group, [words, keys])
            item.setSizeHint(0, ROW)
            item.setData(0, WHY, why)
            self._fixed.append(item)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search)
        self.tree.currentItemChanged.connect(self._on_chosen)
        self.field.keySequenceChanged.connect(self._show)
        self.use.clicked.connect(lambda: self._put((self._key,)))
        self.add.clicked.connect(lambda: self._put((*self._keys, self._key)))
        self.none.clicked.connect(lambda: self._put(()))
        self.back.clicked.connect(lambda: self._reset(self.chosen))
        self.all_back.clicked.connect(lambda: self._reset(None))
        self.buttons.rejected.connect(self.reject)
        self._preferences.changed.connect(self._show)

    @property
    def _keys(self) -> tuple[str, ...]:
        return all_keys(self._preferences.value).get(self.chosen, ())

    def _put(self, keys: tuple[str, ...]) -> None:
        distinct = tuple(dict.fromkeys(keys))
        self._preferences.put(with_keys(self.chosen, distinct, self._preferences.value))
        self.field.clear()

    def _reset(self, action_id: str | None) -> None:
        self._preferences.put(without_changes(action_id, self._preferences.value))
        self.field.clear()

    @Slot()
    def _on_chosen(self) -> None:
        self.field.clear()
        self._show()

    @Slot()
    def _show(self) -> None:
        """Keys as they are, what can be done, and what it would do."""
        value = self._preferences.value
        keys, defaults = all_keys(value), default_keys()
        changed = QFont(self.font())
        changed.setBold(True)
        for action_id, item in self._items.items():
            item.setText(1, keys_text(keys[action_id]) or self.tr("none"))
            item.setFont(1, changed if keys[action_id] != defaults[action_id] else self.font())
        chosen, key = self.chosen, self._key
        free = bool(chosen) and chosen not in FIXED
        usable = free and bool(key) and key not in RESERVED
        self.field.setEnabled(free)
        self.use.setEnabled(usable)
        self.add.setEnabled(usable and bool(self._keys) and key not in self._keys)
        self.none.setEnabled(free and bool(self._keys))
        self.back.setEnabled(free and self._keys != defaults[chosen])
        self.all_back.setEnabled(any(keys[each] != defaults[each] for each in keys))
        self.told.setText(self._telling(chosen, key))

    def _telling(self, chosen: str, key: str) -> str:
        if not chosen:
            item = self.tree.currentItem()
            why: str = "" if item is None else item.data(0, WHY) or ""
            return why or self.tr("Select a command, then press its new key.")
        if chosen in FIXED:
            return self.tr(
                "These keys stay as they are: Enter, Space, Esc and Tab end or change the mask at "
                "hand, and digits, alone or after T, are labels."
            )
        if not key:
            lent = self.tr("While a review goes on, its letters go before those of other commands.")
            return lent if chosen.startswith(REVIEW) else self._lent(self._keys)
        named = keys_text((key,))
        if key in RESERVED:
            return self.tr("{0} cannot be given to another command.").format(named)
        value = self._preferences.value
        others = [words_of(row) for row in ALL_ACTIONS if row.id in holders(key, chosen, value)]
        if others:
            lost = self.tr("{0} is the key of “{1}”, which would lose it.")
            return lost.format(named, others[0])
        label = next((each for each in self._session.labels if each.key == key), None)
        if label is not None:
            return self.tr("The label “{0}” has {1} here; the command would go before it.").format(
                label.name, named
            )
        free = self.tr("{0} is free.").format(named)
        return f"{free} {self._lent((key,))}" if not chosen.startswith(REVIEW) else free

    def _lent(self, keys: tuple[str, ...]) -> str:
        lent = [key for key in keys if key in lent_keys(self._preferences.value)]
        if not lent:
            return ""
        return self.tr("While a review goes on, {0} is the review's.").format(keys_text((*lent,)))

    @Slot(str)
    def _on_search(self, words: str) -> None:
        wanted = words.casefold().split()
        for item in (*self._items.values(), *self._fixed):
            text = f"{item.text(0)} {item.text(1)} {item.data(0, ENGLISH) or ''}".casefold()
            item.setHidden(not all(word in text for word in wanted))
        for number in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(number)
            if group is not None:
                inside = [group.child(place) for place in range(group.childCount())]
                group.setHidden(all(item.isHidden() for item in inside if item is not None))
