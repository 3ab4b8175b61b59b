"""The sheet of keys and gestures, to be searched."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.labels import LabelSet
from app.ui.action_set import ALL_ACTIONS, ActionSet, words_of
from app.ui.actions import MENUS, REVIEW
from app.ui.keymap import keys_text
from app.ui.label_keys import AFTER_T, key_text, pressed_alone
from app.ui.panels.objects import swatch
from app.ui.words import marked, plain, translate

GESTURES = (
    (marked("Gestures", "Left click"), marked("Gestures", "pick the object, or add to it")),
    (marked("Gestures", "Right click, or Shift + left click"),
     marked("Gestures", "take away what is not part of it")),
    (marked("Gestures", "Left drag"), marked("Gestures", "box around the object")),
    (marked("Gestures", "Drag a mark"), marked("Gestures", "move a click or a corner of the box")),
    (marked("Gestures", "«skip-next» with the mouse over a mark"),
     marked("Gestures", "delete the mark")),
    (marked("Gestures", "Right click on a mark"), marked("Gestures", "menu of the mark")),
    (marked("Gestures", "Mouse wheel"), marked("Gestures", "zoom at the mouse")),
    (marked("Gestures", "Middle drag, or left drag while Space is held"),
     marked("Gestures", "move the image (pan)")),
    (marked("Gestures", "Alt + left drag, Alt + click on a mark"),
     marked("Gestures", "pan, delete (many desktops keep Alt)")),
    (marked("Gestures", "Shift + mouse wheel"), marked("Gestures", "pan sideways")),
    (marked("Gestures", "Click with the select tool on one of a group"),
     marked("Gestures", "select the group; again, that object alone")),
    (marked("Gestures", "Double click with the select tool"),
     marked("Gestures", "correct that object")),
    (marked("Gestures", "Ctrl + click"),
     marked("Gestures", "correct here and leave everything else")),
    (marked("Gestures", "Drag with the select tool"),
     marked("Gestures", "move what is selected, or select all in a rectangle")),
    (marked("Gestures", "Ctrl or Shift + click in the list of images"),
     marked("Gestures", "select several; its menu marks and finds on all of them")),
    (marked("Gestures", "Shift + arrow keys in the list of images"),
     marked("Gestures", "select several, Ctrl + Space one more, Esc none")),
    (marked("Gestures", "Left and right arrow in the list of labels"),
     marked("Gestures", "fold and unfold labels such as vehicle/car")),
    (marked("Gestures", "Arrow keys, with Alt in a review"),
     marked("Gestures", "move what is selected by a pixel, with Shift by 10")),
    (marked("Gestures", "Arrow keys while nothing is selected, or after «caret»"),
     marked("Gestures", "a mark clicks by keys: «caret-click», «caret-remove», «caret-drag»")),
    (marked("Gestures", "Right click with the select tool, Ctrl + right click"),
     marked("Gestures", "menu of the object")),
    (marked("Gestures", "Shift with brush and eraser"),
     marked("Gestures", "straight from where the last stroke ended")),
    (marked("Gestures", "Ctrl with brush and eraser"),
     marked("Gestures", "take away instead of add, and the other way round")),
    (marked("Gestures", "Ctrl + mouse wheel with brush and eraser"),
     marked("Gestures", "size of the brush")),
)  # fmt: skip

ROW = QSize(0, 26)
LEAST_WIDTH, MOST_WIDTH = 560, 900
AROUND = 130
"""Pixels beside the words: pictures, margins and the scroll bar."""
ENGLISH = Qt.ItemDataRole.UserRole
"""The words as the source has them: much that is written on the program is in English."""


class ShortcutSheet(QDialog):
    """All that can be done, keys or not, in groups as in the menus; typing narrows them."""

    def __init__(self, actions: ActionSet, labels: LabelSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys and gestures"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search for an action or a key"))
        self.search.setAccessibleName(self.tr("Search for an action or a key"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.search.installEventFilter(self)
        self.tree = QTreeWidget(self)
        self.tree.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.tree.setRootIsDecorated(False)
        self.tree.setAlternatingRowColors(True)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.tree.setAccessibleName(self.tr("Keys and gestures"))
        change = QPushButton(self.tr("Change keys…"), self)
        change.setAutoDefault(False)
        change.clicked.connect(actions["edit-shortcuts"].trigger)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.tree)
        layout.addWidget(change, 0, Qt.AlignmentFlag.AlignRight)
        self._fill(actions)
        self._add_labels(labels, actions.taken)
        self.tree.expandAll()
        self.resize(self._wanted_width(), 640)

    def _wanted_width(self) -> int:
        """For all words, within reason; tips tell what is cut all the same."""
        metrics, most = self.fontMetrics(), [0, 0]
        groups = (self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount()))
        for group in (each for each in groups if each is not None):
            items = (group.child(place) for place in range(group.childCount()))
            for item in (each for each in items if each is not None):
                for column in range(2):
                    text = item.text(column)
                    item.setToolTip(column, text)
                    most[column] = max(most[column], metrics.horizontalAdvance(text))
        return min(max(sum(most) + AROUND, LEAST_WIDTH), MOST_WIDTH)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the field move in the list."""
        downwards = (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
        pressed = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in downwards:
            self.tree.setFocus()
            return True
        return False

    def _fill(self, actions: ActionSet) -> None:
        mouse = self._group(self.tr("Mouse"))
        for gesture, effect in GESTURES:
            words = (
                actions.filled(translate("Gestures", effect)),
                actions.filled(translate("Gestures", gesture)),
            )
            item = QTreeWidgetItem(mouse, list(words))
            item.setSizeHint(0, ROW)
            item.setData(0, ENGLISH, f"{effect} {gesture}")
        for title in MENUS:
            name = plain(translate("Actions", title))
            if title == REVIEW:
                name = self.tr("Review (what these keys mean while it goes on)")
            group = self._group(name)
            for row in ALL_ACTIONS:
                if row.menu != title:
                    continue
                keys = keys_text(actions.keys(row.id)) or self.tr("in the menu")
                item = QTreeWidgetItem(group, [words_of(row), keys])
                item.setData(0, ENGLISH, f"{plain(title)} {plain(row.text)}")
                item.setIcon(0, actions[row.id].icon())
                item.setSizeHint(0, ROW)

    def _add_labels(self, labels: LabelSet, taken: Container[str]) -> None:
        """Those that have a key of their own which is no digit."""
        after_t = [(label, label.key) for label in labels if label.key in AFTER_T]
        found = [*pressed_alone(labels, taken), *after_t]
        if not found:
            return
        group = self._group(self.tr("Keys of labels in this folder"))
        for label, key in found:
            item = QTreeWidgetItem(group, [label.name, key_text(key)])
            item.setIcon(0, swatch(label.color))
            item.setData(0, ENGLISH, "label")
            item.setSizeHint(0, ROW)

    def _group(self, title: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self.tree, [title])
        font = QFont(self.font())
        font.setBold(True)
        group.setFont(0, font)
        group.setFirstColumnSpanned(True)
        group.setSizeHint(0, QSize(0, 34))
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return group

    @Slot(str)
    def _on_search(self, words: str) -> None:
        wanted = words.casefold().split()
        for number in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(number)
            if group is None:
                continue
            shown = 0
            for place in range(group.childCount()):
                item = group.child(place)
                if item is None:
                    continue
                text = f"{group.text(0)} {item.text(0)} {item.text(1)} {item.data(0, ENGLISH)}"
                text = text.casefold()
                fits = all(word in text for word in wanted)
                item.setHidden(not fits)
                shown += fits
            group.setHidden(shown == 0)
