"""Choosing objects by clicking on them; a drag moves the picture."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

from app.core.describing import with_their_groups
from app.ui.tools.tool import Hint, Pointer, Tool

translate = QCoreApplication.translate


class SelectTool(Tool):
    """The smallest object under a click, with its group; Shift or Ctrl adds; twice corrects it."""

    name = "select"
    cursor = Qt.CursorShape.ArrowCursor

    def hint(self) -> Hint:
        if not self.bench.session.selection:
            return (
                (translate("Hint", "Click"), translate("Hint", "select an object")),
                (translate("Hint", "Shift+click"), translate("Hint", "several")),
            )
        return (
            (translate("Hint", "Double click or S"), translate("Hint", "correct it")),
            ("1 … 9", translate("Hint", "label")),
            ("Del", translate("Hint", "delete")),
            ("Esc", translate("Hint", "select nothing")),
        )

    def press(self, pointer: Pointer) -> None:
        if pointer.button is not Qt.MouseButton.LeftButton:
            return
        session = self.bench.session
        found = session.object_at(pointer.x, pointer.y)
        group = frozenset[int]()
        if found is not None and session.document is not None:
            group = with_their_groups(session.document, [found])
        if pointer.shift or pointer.control:
            chosen = session.selection
            session.select(chosen - group if found in chosen else chosen | group)
        elif found is not None and session.selection == group:
            # Again on one of a group means this one alone.
            session.select([found])
        else:
            session.select(group)

    def double_click(self, pointer: Pointer) -> None:
        found = self.bench.session.object_at(pointer.x, pointer.y)
        if found is not None:
            self.bench.session.select([found])
            self.bench.mask_editor.start_from(found)
