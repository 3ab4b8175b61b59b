"""The tool of a review that decides on a whole image: what is right, what is wrong, what lacks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

from app.ui.tools.smart import SmartTool, accepting
from app.ui.tools.tool import Hint, Pointer

translate = QCoreApplication.translate


class DecidingTool(SmartTool):
    """A left click on a proposal accepts it, a right click rejects it; all else is as with the
    smart tool.

    The proposal that a click would be about is seen under the mouse, as many may overlap there.
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
            (translate("Hint", "Left, right click"), translate("Hint", "accept, reject")),
            (translate("Hint", "Drag"), translate("Hint", "box what lacks")),
            *self._settling(),
            ("«review-undo»", translate("Hint", "undo")),
            ("«review-whole»", translate("Hint", "one by one")),
        )

    def _settling(self) -> Hint:
        chosen = "«review-accept-selected»", translate("Hint", "selected only")
        return (
            *((chosen,) if self.context.review.selected else ()),
            ("«review-accept-rest», «review-reject-rest»", translate("Hint", "the rest")),
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
        self._point_at(pointer)

    def move(self, pointer: Pointer) -> None:
        super().move(pointer)
        if self._dragging:
            self.context.point_at(None)

    def leave(self) -> None:
        super().leave()
        self.context.point_at(None)

    def put_down(self) -> None:
        super().put_down()
        self.context.point_at(None)

    def _hover(self, pointer: Pointer) -> None:
        super()._hover(pointer)
        self._point_at(pointer)

    def _point_at(self, pointer: Pointer) -> None:
        """Show what a click here would accept or reject."""
        found = self.context.review.proposal_at(pointer.x, pointer.y)
        self.context.point_at(None if found is None else found.id)

    def _is_judged(self, pointer: Pointer) -> bool:
        """Whether a click here is about a proposal."""
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        if self.context.mask_editor.active or pointer.button not in buttons:
            return False
        return self.context.review.proposal_at(pointer.x, pointer.y) is not None
