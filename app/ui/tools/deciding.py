"""The tool of a review that decides on a whole image: what is right, what is wrong, what lacks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

from app.ui.tools.smart import SmartTool, accepting
from app.ui.tools.tool import Hint, Pointer

translate = QCoreApplication.translate


class DecidingTool(SmartTool):
    """A left click on a proposal accepts it, a right click rejects it; all else is as with the
    smart tool.
    """

    name = "decide"

    def hint(self) -> Hint:
        editor = self.context.mask_editor
        if editor.active:
            return (
                (translate("Hint", "Left click"), translate("Hint", "add")),
                (translate("Hint", "Right click"), translate("Hint", "remove")),
                (accepting(editor), translate("Hint", "accept")),
                ("Esc", translate("Hint", "drop")),
                *self._settling(),
            )
        return (
            (translate("Hint", "Left click"), translate("Hint", "accept")),
            (translate("Hint", "Right click"), translate("Hint", "reject")),
            *self._settling(),
            (translate("Hint", "Drag"), translate("Hint", "box around what lacks")),
            ("«review-undo»", translate("Hint", "undo")),
            ("«review-whole»", translate("Hint", "one by one")),
        )

    def _settling(self) -> Hint:
        chosen = "«review-accept-selected»", translate("Hint", "accept selected only")
        return (
            *((chosen,) if self.context.session.selection else ()),
            ("«review-accept-rest»", translate("Hint", "accept the rest")),
            ("«review-reject-rest»", translate("Hint", "reject the rest")),
        )

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        if self._is_judged(pointer):
            # What a click asks ahead is not asked of one that decides.
            self.context.mask_editor.stretch_end()

    def release(self, pointer: Pointer) -> None:
        pressed = self._pressed
        mine = pressed is not None and pointer.button is pressed.button and not self._dragging
        if pressed is None or not mine or not self._is_judged(pressed):
            super().release(pointer)
            return
        self._pressed, self._grip = None, None
        right = not self._is_negative(pressed)
        self.context.review.decide_at(pressed.x, pressed.y, right=right)

    def _is_judged(self, pointer: Pointer) -> bool:
        """Whether a click here is about a proposal."""
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        if self.context.mask_editor.active or pointer.button not in buttons:
            return False
        return self.context.review.proposal_at(pointer.x, pointer.y) is not None
