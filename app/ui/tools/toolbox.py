"""The tools in a row, one of them in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.core.brush import MAX_DIAMETER, MIN_DIAMETER
from app.core.cleanup import SPECK_PX
from app.ui.tools.brush import BrushTool
from app.ui.tools.corners import CornersTool
from app.ui.tools.cut import CutTool
from app.ui.tools.deciding import DecidingTool
from app.ui.tools.polygon import PolygonTool
from app.ui.tools.select import SelectTool
from app.ui.tools.smart import BoxTool, SmartTool
from app.ui.tools.tool import Tool, ToolContext

BRUSH_STEP = 1.2


class Toolbox(QObject):
    """Attributes:
    tools: by name: smart, box, brush, eraser, polygon, corners, cut, select, decide.
    speck_px: parts of fewer pixels are specks.
    """

    changed = Signal()
    brush_changed = Signal()
    busy_changed = Signal()
    """A gesture began or ended, or the mouse came upon a mark or left it."""

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._repaint = context.repaint
        context = replace(context, repaint=self._on_repaint)
        self._diameter = 20.0
        self.speck_px = SPECK_PX
        self._state = False, False
        made: tuple[Tool, ...] = (
            SmartTool(context),
            BoxTool(context),
            BrushTool(context, lambda: self._diameter, self.grow_brush, erases=False),
            BrushTool(context, lambda: self._diameter, self.grow_brush, erases=True),
            PolygonTool(context),
            CornersTool(context),
            CutTool(context),
            SelectTool(context),
            DecidingTool(context),
        )
        self.tools: Mapping[str, Tool] = {tool.name: tool for tool in made}
        self._current = made[0]
        self._swapping = False
        context.session.image_swapped.connect(self._on_image_swapped)
        context.session.image_opened.connect(self._on_image_opened)
        context.mask_editor.changed.connect(self._on_pending)

    @Slot()
    def cancel(self) -> None:
        """Give up the gesture under way, if there is one."""
        self._current.cancel()

    @Slot()
    def _on_image_swapped(self) -> None:
        """A gesture belongs to the image it was begun on."""
        self._swapping = True
        self._current.cancel()
        for tool in self.tools.values():
            tool.forget_image()

    @Slot()
    def _on_image_opened(self) -> None:
        self._swapping = False
        self._tell()

    @Slot()
    def _on_pending(self) -> None:
        self._current.prompt_changed()

    @property
    def current(self) -> Tool:
        return self._current

    @property
    def brush_diameter(self) -> float:
        """In image pixels."""
        return self._diameter

    def take(self, name: str) -> None:
        """Have another tool in hand; the mask being made stays."""
        tool = self.tools[name]
        if tool is not self._current:
            self._current.put_down()
            self._current = tool
            self.changed.emit()

    def set_brush_diameter(self, diameter: float) -> None:
        limited = min(max(diameter, MIN_DIAMETER), MAX_DIAMETER)
        if limited != self._diameter:
            self._diameter = limited
            self.brush_changed.emit()

    def grow_brush(self, steps: int) -> None:
        """Larger by so many steps, smaller if negative; at least a pixel each."""
        wanted = round(self._diameter * BRUSH_STEP**steps)
        if wanted == round(self._diameter):
            wanted += 1 if steps > 0 else -1
        self.set_brush_diameter(wanted)

    def _on_repaint(self) -> None:
        self._repaint()
        if not self._swapping:
            self._tell()

    def _tell(self) -> None:
        state = self._current.busy, self._current.near_mark
        if state != self._state:
            self._state = state
            self.busy_changed.emit()
