"""The table of actions as Qt's actions: shared by menus, tool strip and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QWidget

from app.ui import icons
from app.ui.actions import ACTIONS, MENUS, Action
from app.ui.commands import Commands
from app.ui.describing_actions import DESCRIBING_ACTIONS
from app.ui.keymap import REVIEW, all_keys, command_keys, enter, filled, keys_text, lent_keys
from app.ui.review_actions import REVIEW_ACTIONS
from app.ui.theme import Shades
from app.ui.words import plain, translate

ALL_ACTIONS = (*ACTIONS, *DESCRIBING_ACTIONS, *REVIEW_ACTIONS)
for _row in ALL_ACTIONS:
    enter(_row.id, _row.keys, _row.text)
TOOL_STRIP = (
    ("tool-smart", "tool-box", "tool-brush", "tool-eraser", "tool-polygon", "tool-corners",
     "tool-cut", "tool-select"),
    ("undo", "redo"),
    ("accept", "drop", "refine"),
    ("review", "review-whole"),
    ("fit", "actual"),
)  # fmt: skip


class ActionSet(QObject):
    """Builds the actions for a window and keeps them as the session allows.

    Args:
        commands: what they act on.
        window: where their keys work.
    """

    def __init__(self, commands: Commands, window: QWidget) -> None:
        super().__init__(window)
        self._commands = commands
        self._rows = {row.id: row for row in ALL_ACTIONS}
        self._reviewing = False
        self._preferences = commands.context.preferences
        self._keys = all_keys(self._preferences.value)
        self._enabled: dict[str, bool] = {}
        self._named: dict[str, str] = {}
        self._group = QActionGroup(self)
        self._actions = {row.id: self._made(row, window) for row in ALL_ACTIONS}
        commands.changed.connect(self.refresh)
        self._preferences.changed.connect(self._on_preferences)
        self.refresh()

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    @Slot()
    def refresh(self) -> None:
        """Switch each on or off as is possible now."""
        self._share_keys(self._commands.reviewing)
        for action_id, row in self._rows.items():
            enabled = row.enabled(self._commands)
            # Asking Qt costs ten times as much as the answer; this runs with every click.
            if self._enabled.get(action_id) is not enabled:
                self._enabled[action_id] = enabled
                self._actions[action_id].setEnabled(enabled)
            if row.checked is not None:
                self._actions[action_id].setChecked(row.checked(self._commands))
        self._name_steps()
        self._name_digits()

    def retint(self, shades: Shades) -> None:
        """Icons in the colours of the theme."""
        for action_id, row in self._rows.items():
            if row.icon:
                self._actions[action_id].setIcon(icons.icon(row.icon, shades))

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """The menus, by their untranslated titles."""
        menus = {title: bar.addMenu(translate("Actions", title)) for title in MENUS}
        for row in ALL_ACTIONS:
            menus[row.menu].addAction(self._actions[row.id])
            if row.ends_group:
                menus[row.menu].addSeparator()
        return menus

    def fill_strip(self, bar: QToolBar) -> None:
        for number, group in enumerate(TOOL_STRIP):
            if number:
                bar.addSeparator()
            for action_id in group:
                bar.addAction(self._actions[action_id])

    def _made(self, row: Action, window: QWidget) -> QAction:
        action = QAction(translate("Actions", row.text), window)
        action.setObjectName(row.id)
        self._give_keys(action, self._keys[row.id])
        action.setAutoRepeat(row.id in REPEATING)
        action.setToolTip(self._tip(row))
        if row.checked is not None:
            action.setCheckable(True)
        if row.id.startswith("tool-"):
            self._group.addAction(action)
        action.triggered.connect(self._runner(row))
        window.addAction(action)
        return action

    def _runner(self, row: Action) -> Callable[[], None]:
        def run() -> None:
            row.run(self._commands)
            self.refresh()

        return run

    def keys(self, action_id: str) -> tuple[str, ...]:
        """Those it has, whether or not the review has lent itself some of them now."""
        return self._keys[action_id]

    @property
    def taken(self) -> frozenset[str]:
        """Keys that any command has."""
        return command_keys(self._preferences.value)

    def filled(self, text: str) -> str:
        """``text`` with the key of a command wherever its name stands in « and »."""
        return filled(text, self._preferences.value)

    @Slot()
    def _on_preferences(self) -> None:
        """Its keys were changed, perhaps in another window."""
        keys = all_keys(self._preferences.value)
        if keys == self._keys:
            return
        self._keys = keys
        for action_id, row in self._rows.items():
            self._actions[action_id].setToolTip(self._tip(row))
        self._set_keys()

    def _tip(self, row: Action) -> str:
        words, keys = plain(translate("Actions", row.text)), keys_text(self._keys[row.id])
        return f"{words}  ({keys})" if keys else words

    def _share_keys(self, reviewing: bool) -> None:
        """Letters of the review are its own while it goes on, and the others' before and after."""
        if reviewing != self._reviewing:
            self._reviewing = reviewing
            self._set_keys()

    def _set_keys(self) -> None:
        lent = lent_keys(self._preferences.value) if self._reviewing else frozenset()
        for action_id, action in self._actions.items():
            own = action_id.startswith(REVIEW)
            self._give_keys(action, [k for k in self._keys[action_id] if own or k not in lent])

    @staticmethod
    def _give_keys(action: QAction, keys: Iterable[str]) -> None:
        wanted = [QKeySequence(key) for key in keys]
        if action.shortcuts() != wanted:
            action.setShortcuts(wanted)

    def _name_steps(self) -> None:
        session, mask_editor = self._commands.session, self._commands.mask_editor
        undo, redo = translate("Actions", "&Undo"), translate("Actions", "&Redo")
        click = translate("Actions", "click") if mask_editor.active else None
        for action_id, verb, name in (
            ("undo", undo, click or session.undo_name),
            ("redo", redo, click or session.redo_name),
        ):
            noun = translate("Session", name) if name else ""
            self._name(action_id, f"{verb} {noun}".strip())

    def _name(self, action_id: str, text: str) -> None:
        if self._named.get(action_id) != text:
            self._named[action_id] = text
            self._actions[action_id].setText(text)

    def _name_digits(self) -> None:
        """As what they do now: a choice of answers goes before the labels."""
        labels, answers = self._commands.session.labels, self._commands.answers
        for number in range(1, 10):
            label = labels.by_key(number)
            if number <= answers:
                text = translate("Actions", "Answer {0}").format(number)
            elif label is None:
                text = translate("Actions", "(no label)")
            else:
                text = label.name.replace("&", "&&")
            self._name(f"digit-{number}", text)


REPEATING = frozenset(
    {"undo", "redo", "next-image", "previous-image", "brush-smaller", "brush-larger", "zoom-in",
     "zoom-out", "next-object", "previous-object", "fainter", "stronger", "grow", "shrink"}
)  # fmt: skip
"""Actions that go on while their key is held; of the others one press is one."""


def words_of(row: Action) -> str:
    """The words of a command for lists of all of them."""
    if row.id.startswith("digit-"):
        number = row.id.removeprefix("digit-")
        return translate("ActionSet", "Answer {0}, or label {0}").format(number)
    return plain(translate("Actions", row.text))
