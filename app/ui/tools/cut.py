"""A line that cuts objects in pieces."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPainter

from app.core.document import State
from app.core.shapes import cut, cutting_line
from app.ui.canvas.viewport import Viewport
from app.ui.tools.sketch import line_path, stroke_path, to_screen
from app.ui.tools.tool import DRAG_FROM, Hint, Pointer, Tool, ToolContext

translate = QCoreApplication.translate


class CutTool(Tool):
    """Cuts along the drag: the selected objects, or the smallest one that the line parts."""

    name = "cut"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._track: list[tuple[float, float]] = []
        self._far = False

    @property
    def busy(self) -> bool:
        return bool(self._track)

    def hint(self) -> Hint:
        return (
            (translate("Hint", "Drag"), translate("Hint", "a line from edge to edge cuts")),
            (translate("Hint", "Shift+drag"), translate("Hint", "a straight one")),
            ("Esc", translate("Hint", "drop")),
        )

    def press(self, pointer: Pointer) -> None:
        if pointer.button is not Qt.MouseButton.LeftButton or self._track:
            return
        if self.context.mask_editor.active:
            self.context.tell(
                translate("Hint", "A mask is begun: accept it with Enter before objects are cut.")
            )
            return
        self._track, self._far = [(pointer.x, pointer.y)], False

    def move(self, pointer: Pointer) -> None:
        if not self._track:
            return
        here = pointer.x, pointer.y
        self._track = [self._track[0], here] if pointer.shift else [*self._track, here]
        viewport, ratio = self.context.viewport()
        x, y = viewport.to_device(*self._track[0])
        far = max(abs(pointer.screen_x - x), abs(pointer.screen_y - y)) > DRAG_FROM * ratio
        self._far = self._far or far
        self.context.repaint()

    def release(self, pointer: Pointer) -> None:
        track, self._track = self._track, []
        self.context.repaint()
        if track and self._far:
            self._cut(track)

    def cancel(self) -> bool:
        busy, self._track = bool(self._track), []
        self.context.repaint()
        return busy

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        if len(self._track) < 2:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setTransform(to_screen(viewport, ratio), True)
        stroke_path(painter, line_path(self._track), dashed=True)
        painter.restore()

    def _cut(self, track: list[tuple[float, float]]) -> None:
        session = self.context.session
        ids = session.selection or self._parted(track)
        if session.read_only is None and not self.context.reshaping.cut(ids, track):
            self.context.tell(
                translate("Hint", "The line parts no object: draw it from edge to edge.")
            )

    def _parted(self, track: list[tuple[float, float]]) -> list[int]:
        session = self.context.session
        document = session.document
        if document is None:
            return []
        line = cutting_line(track, document.height, document.width)
        shown = (a for a in document if a.id not in session.hidden and not a.locked)
        seen = (a for a in shown if a.state is not State.REJECTED)
        for each in sorted(seen, key=lambda a: a.mask.area):
            if len(cut(each.mask, line)) > 1:
                return [each.id]
        return []
