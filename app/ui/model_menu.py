"""Models that were in use, to switch among in one gesture: in the menu and on the status bar."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.ui.words import said

BUILTIN = Choice().source


class ModelMenu(QObject):
    """Numbered entries at the head of menus, filled anew each time one opens.

    Args:
        parts: of the session.
        menus: where they go, before what is in them already, which must be something.
    """

    def __init__(self, context: AppContext, *menus: QMenu) -> None:
        super().__init__(menus[0])
        self._context = context
        self._entries: dict[QMenu, list[QAction]] = {}
        for menu in menus:
            self._entries[menu] = []
            menu.aboutToShow.connect(self._on_open)
            self._fill(menu)

    @Slot()
    def _on_open(self) -> None:
        menu = self.sender()
        if isinstance(menu, QMenu):
            self._fill(menu)

    def _fill(self, menu: QMenu) -> None:
        for old in self._entries[menu]:
            menu.removeAction(old)
            old.deleteLater()
        rest = menu.actions()[0]
        group = QActionGroup(menu)
        made = [self._entry(choice, number, menu, group)
                for number, choice in enumerate(self._there(), 1)]  # fmt: skip
        line = QAction(menu)
        line.setSeparator(True)
        made.append(line)
        menu.insertActions(rest, made)
        self._entries[menu] = made

    def _there(self) -> list[Choice]:
        recent = self._context.models.recent
        return [each for each in recent if each.source == BUILTIN or Path(each.source).exists()]

    def _entry(self, choice: Choice, number: int, menu: QMenu, group: QActionGroup) -> QAction:
        title = said(choice.title).replace("&", "&&")
        entry = QAction(f"&{number}  {title}", menu)
        entry.setCheckable(True)
        entry.setChecked(choice.source == self._context.host.choice.source)
        group.addAction(entry)
        entry.triggered.connect(lambda: self._use(choice))
        return entry

    def _use(self, choice: Choice) -> None:
        if choice.source != self._context.host.choice.source:
            self._context.models.use(choice)
