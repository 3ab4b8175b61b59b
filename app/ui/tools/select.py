"""Choosing objects by clicks or by a rectangle, and moving what is chosen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPainter, QPainterPath

from app.core.describing import with_their_groups
from app.core.document import State
from app.core.shapes import share_in
from app.ui.canvas.marks import logical_box, paint_box
from app.ui.canvas.viewport import Viewport
from app.ui.tools.sketch import path_of, stroke_path, to_screen
from app.ui.tools.tool import DRAG_FROM, Hint, Pointer, Tool, ToolContext

translate = QCoreApplication.translate

MEANT_SHARE = 0.5
"""A rectangle means the objects of which it holds at least this share of the pixels."""
MOST_OUTLINES = 200
"""Of more objects than that only a rectangle is seen while they are dragged."""


class SelectTool(Tool):
    """The smallest object under a click, with its group; Shift or Ctrl adds; twice corrects it.

    A drag that begins on what is selected moves it, any other draws a rectangle that selects.
    """

    name = "select"
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._pressed: Pointer | None = None
        self._at: Pointer | None = None
        self._on: int | None = None
        self._again = self._moves = self._dragging = False
        self._ghost: QPainterPath | None = None

    @property
    def busy(self) -> bool:
        return self._dragging

    def hint(self) -> Hint:
        if not self.context.session.selection:
            return (
                (translate("Hint", "Click"), translate("Hint", "select an object")),
                (translate("Hint", "Shift+click"), translate("Hint", "several")),
                (translate("Hint", "Drag"), translate("Hint", "all in a rectangle")),
                (translate("Hint", "Right click"), translate("Hint", "its menu")),
            )
        return (
            (translate("Hint", "Double click or S"), translate("Hint", "correct it")),
            (translate("Hint", "Drag or arrows"), translate("Hint", "move it")),
            (translate("Hint", "Right click"), translate("Hint", "its menu")),
            ("1 … 9", translate("Hint", "label")),
            ("Del", translate("Hint", "delete")),
            ("Esc", translate("Hint", "select nothing")),
        )

    def asks_menu(self, pointer: Pointer) -> bool:
        return pointer.button is Qt.MouseButton.RightButton and not self.busy

    def press(self, pointer: Pointer) -> None:
        if pointer.button is not Qt.MouseButton.LeftButton:
            return
        session = self.context.session
        found = session.object_at(pointer.x, pointer.y)
        group = frozenset[int]()
        if found is not None and session.document is not None:
            group = with_their_groups(session.document, [found])
        self._pressed, self._at, self._on = pointer, pointer, found
        self._dragging = self._moves = self._again = False
        if pointer.shift or pointer.control:
            chosen = session.selection
            session.select(chosen - group if found in chosen else chosen | group)
        elif found is not None and found in session.selection:
            # Of several the others stay selected until it is known whether they are dragged; a
            # click on one of them means this one alone.
            self._again, self._moves = True, not self.context.mask_editor.active
        else:
            session.select(group)

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._pressed is None:
            return
        if not self._dragging:
            _, ratio = self.context.viewport()
            across = abs(pointer.screen_x - self._pressed.screen_x)
            down = abs(pointer.screen_y - self._pressed.screen_y)
            self._dragging = max(across, down) > DRAG_FROM * ratio
        if self._dragging:
            self.context.repaint()

    def release(self, pointer: Pointer) -> None:
        pressed, dragging, moves = self._pressed, self._dragging, self._moves
        alone = self._on if self._again else None
        if pressed is None or pointer.button is not pressed.button:
            return
        self.cancel()
        if not dragging:
            if alone is not None:
                self.context.session.select([alone])
        elif moves:
            self._move_by(*self._distance(pressed, pointer))
        else:
            self._select_in(pressed, pointer, pointer.shift or pointer.control)

    def double_click(self, pointer: Pointer) -> None:
        found = self.context.session.object_at(pointer.x, pointer.y)
        if found is not None:
            self.context.session.select([found])
            self.context.mask_editor.start_from(found)

    def cancel(self) -> bool:
        busy = self._dragging
        self._pressed = self._ghost = None
        self._dragging = self._moves = self._again = False
        self.context.repaint()
        return busy

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        if not self._dragging or self._pressed is None or self._at is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._moves:
            first, other = (self._pressed.x, self._pressed.y), (self._at.x, self._at.y)
            paint_box(painter, logical_box(viewport, ratio, first, other))
            return
        if self._ghost is None:
            self._ghost = self._outlines()
        painter.save()
        painter.setTransform(to_screen(viewport, ratio), True)
        painter.translate(*self._distance(self._pressed, self._at))
        stroke_path(painter, self._ghost, dashed=True)
        painter.restore()

    @staticmethod
    def _distance(first: Pointer, last: Pointer) -> tuple[int, int]:
        """In whole pixels of the image: masks move by no less."""
        return round(last.x - first.x), round(last.y - first.y)

    def _outlines(self) -> QPainterPath:
        session = self.context.session
        document, chosen = session.document, set(session.unlocked(session.selection))
        masks = [a.mask for a in document or () if a.id in chosen]
        if len(masks) <= MOST_OUTLINES:
            return path_of(masks)
        path = QPainterPath()
        for bounds in (mask.bounds for mask in masks):
            if bounds is not None:
                x0, y0, x1, y1 = bounds
                path.addRect(x0, y0, x1 - x0, y1 - y0)
        return path

    def _move_by(self, dx: int, dy: int) -> None:
        session = self.context.session
        if not session.unlocked(session.selection):
            self.context.tell(translate("Hint", "Locked objects stay where they are."))
        elif dx or dy:
            self.context.reshaping.move(session.selection, dx, dy)

    def _select_in(self, first: Pointer, last: Pointer, also: bool) -> None:
        """What the rectangle holds, beside what was selected if ``also``."""
        session = self.context.session
        x0, x1 = sorted((round(first.x), round(last.x)))
        y0, y1 = sorted((round(first.y), round(last.y)))
        found = {
            a.id
            for a in session.document or ()
            if a.state is not State.REJECTED and a.id not in session.hidden
            if share_in(a.mask, (x0, y0, x1, y1)) >= MEANT_SHARE
        }
        session.select(session.selection | found if also else found)
