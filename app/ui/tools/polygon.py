"""An outline by corners or by a free line, added to the mask or cut out of it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.ui.canvas.viewport import Viewport
from app.ui.tools.brush import take_selected
from app.ui.tools.tool import DRAG_FROM, Hint, Pointer, Tool, ToolContext

translate = QCoreApplication.translate

CLOSE_REACH = 9.0


class PolygonTool(Tool):
    """Clicks set corners, a drag draws freely; begun with the right button it cuts away."""

    name = "polygon"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._corners: list[tuple[float, float]] = []
        self._erasing = False
        self._at: Pointer | None = None
        self._held = False

    @property
    def busy(self) -> bool:
        return bool(self._corners)

    def hint(self) -> Hint:
        if not self._corners:
            return (
                (translate("Hint", "Left click or drag"), translate("Hint", "outline to add")),
                (translate("Hint", "Right click"), translate("Hint", "outline to cut away")),
                ("Enter", translate("Hint", "accept")),
            )
        return (
            (translate("Hint", "Click"), translate("Hint", "next corner")),
            (translate("Hint", "First corner or Enter"), translate("Hint", "close")),
            ("«undo»", translate("Hint", "last corner back")),
            ("Esc", translate("Hint", "drop")),
        )

    def press(self, pointer: Pointer) -> None:
        if not self._corners:
            take_selected(self.context)
            self._erasing = pointer.shift or pointer.button is Qt.MouseButton.RightButton
        elif self._closes(pointer):
            self.finish()
            return
        self._corners.append((pointer.x, pointer.y))
        self._at, self._held = pointer, True
        self.context.repaint()

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._held and self._corners:
            viewport, ratio = self.context.viewport()
            x, y = viewport.to_device(*self._corners[-1])
            far = max(abs(pointer.screen_x - x), abs(pointer.screen_y - y))
            if far > DRAG_FROM * ratio:
                self._corners.append((pointer.x, pointer.y))
        self.context.repaint()

    def release(self, pointer: Pointer) -> None:
        self._held = False
        if len(self._corners) > 8 and self._closes(pointer):
            self.finish()

    def double_click(self, pointer: Pointer) -> None:
        if len(self._corners) < 3 or not self.finish():
            self.press(pointer)

    def leave(self) -> None:
        self._at = None
        self.context.repaint()

    def cancel(self) -> bool:
        busy = bool(self._corners)
        self._corners, self._held = [], False
        self.context.repaint()
        return busy

    def finish(self) -> bool:
        corners = self._corners
        if not corners:
            return False
        self._corners, self._held = [], False
        self.context.mask_editor.polygon(corners, self._erasing)
        self.context.repaint()
        return True

    def undo(self) -> bool:
        if not self._corners:
            return False
        self._corners.pop()
        self.context.repaint()
        return True

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        if not self._corners:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = [self._logical(viewport, ratio, corner) for corner in self._corners]
        line = list(places)
        if self._at is not None:
            line.append(QPointF(self._at.screen_x / ratio, self._at.screen_y / ratio))
        fill = QColor(20, 20, 20, 90) if self._erasing else QColor(255, 255, 255, 60)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 160), 3.2), (QColor(255, 255, 255), 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(QPolygonF(line))
        painter.setPen(QPen(QColor(0, 0, 0, 180), 1.0))
        painter.setBrush(QColor(255, 255, 255))
        closes = self._at is not None and self._closes(self._at)
        first = 6.0 if closes else 4.5
        painter.drawEllipse(places[0], first, first)

    def _closes(self, pointer: Pointer) -> bool:
        if len(self._corners) < 3:
            return False
        viewport, ratio = self.context.viewport()
        x, y = viewport.to_device(*self._corners[0])
        near = max(abs(pointer.screen_x - x), abs(pointer.screen_y - y))
        return near <= CLOSE_REACH * ratio

    @staticmethod
    def _logical(viewport: Viewport, ratio: float, corner: tuple[float, float]) -> QPointF:
        x, y = viewport.to_device(*corner)
        return QPointF(x / ratio, y / ratio)
