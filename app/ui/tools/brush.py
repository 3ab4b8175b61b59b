"""Brush and eraser: the last pixels by hand, on the mask being made or on a selected object."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.ui.canvas.viewport import Viewport
from app.ui.tools.sketch import line_path, stroke_path, to_screen
from app.ui.tools.tool import Hint, Pointer, Tool, ToolContext

translate = QCoreApplication.translate

ADDED = QColor(255, 255, 255, 120)
TAKEN = QColor(20, 20, 20, 150)


class BrushTool(Tool):
    """Paints along the drag; the right button, or Ctrl, does the opposite. With Shift the stroke is
    straight, from where the one before ended on this image.

    Args:
        bench: what it works with.
        diameter: of the brush in image pixels, asked for whenever it matters.
        grow: makes it larger by so many steps, or smaller.
        erases: whether the left button takes away.
    """

    cursor = Qt.CursorShape.BlankCursor

    def __init__(
        self,
        context: ToolContext,
        diameter: Callable[[], float],
        grow: Callable[[int], None],
        *,
        erases: bool,
    ) -> None:
        super().__init__(context)
        self._diameter, self._grow = diameter, grow
        self._notches = 0.0
        self._last: tuple[float, float] | None = None
        self._straight = False
        self._erases = erases
        self._erasing = False
        self._track: list[tuple[float, float]] = []
        self._at: Pointer | None = None
        self._button = Qt.MouseButton.NoButton

    @property
    def name(self) -> str:  # type: ignore[override]
        return "eraser" if self._erases else "brush"

    @property
    def busy(self) -> bool:
        return bool(self._track)

    def hint(self) -> Hint:
        left, right = translate("Hint", "add pixels"), translate("Hint", "take away pixels")
        if self._erases:
            left, right = right, left
            if not self.context.mask_editor.active and len(self.context.session.selection) != 1:
                # Of which object? Nothing would happen, and nobody would know why.
                choose = translate("Hint", "first choose the object to erase from")
                return (("«tool-select»", choose), (translate("Hint", "Right drag"), right))
        return (
            (translate("Hint", "Drag"), left),
            (translate("Hint", "Right drag"), right),
            (
                translate("Hint", "«brush-smaller»  «brush-larger» or Ctrl+wheel"),
                translate("Hint", "size {0} px").format(round(self._diameter())),
            ),
            ("Shift", translate("Hint", "straight from the last stroke")),
            ("Enter", translate("Hint", "accept")),
        )

    def press(self, pointer: Pointer) -> None:
        if self._track:
            return
        take_selected(self.context)
        opposite = pointer.control or pointer.button is Qt.MouseButton.RightButton
        self._erasing = self._erases != opposite
        self._straight = pointer.shift
        self._track, self._button = [(pointer.x, pointer.y)], pointer.button
        if self._straight and self._last is not None:
            self._track.insert(0, self._last)
        self._at = pointer
        self.context.repaint()

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._track and self._straight:
            self._track[1:] = [(pointer.x, pointer.y)]
        elif self._track:
            self._track.append((pointer.x, pointer.y))
        self.context.repaint()

    def asks_menu(self, pointer: Pointer) -> bool:
        """Both buttons paint, and Ctrl turns them round."""
        return False

    def wheel(self, notches: float) -> bool:
        self._notches += notches
        steps = int(self._notches)
        self._notches -= steps
        if steps:
            self._grow(steps)
        return True

    def forget_image(self) -> None:
        self._last = None

    def release(self, pointer: Pointer) -> None:
        if pointer.button is self._button:
            self._end()

    def _end(self) -> None:
        track, self._track = self._track, []
        if track:
            self._last = track[-1]
            self.context.mask_editor.paint(track, self._diameter() / 2, self._erasing)
        self.context.repaint()

    def finish(self) -> bool:
        """What is accepted has the stroke under way in it."""
        self._end()
        return False

    def undo(self) -> bool:
        """The stroke under way is the newest."""
        return self.cancel()

    def leave(self) -> None:
        self._at = None
        self.context.repaint()

    def cancel(self) -> bool:
        busy = bool(self._track)
        self._track = []
        self.context.repaint()
        return busy

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self._diameter() * viewport.scale / ratio
        if self._at is not None and self._at.shift and self._last is not None and not self._track:
            painter.save()
            painter.setTransform(to_screen(viewport, ratio), True)
            aim = line_path([self._last, (self._at.x, self._at.y)])
            stroke_path(painter, aim, dashed=True)
            painter.restore()
        if self._track:
            path = QPainterPath()
            for number, (x, y) in enumerate(self._track):
                at_x, at_y = viewport.to_device(x, y)
                place = QPointF(at_x / ratio, at_y / ratio)
                if number:
                    path.lineTo(place)
                else:
                    path.moveTo(place)
                    path.lineTo(place + QPointF(0.01, 0))
            color = TAKEN if self._erasing else ADDED
            cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
            painter.strokePath(path, QPen(color, width, Qt.PenStyle.SolidLine, cap, join))
        if self._at is not None:
            at = QPointF(self._at.screen_x / ratio, self._at.screen_y / ratio)
            _paint_ring(painter, at, width / 2, self._erasing if self._track else self._erases)


def take_selected(context: ToolContext) -> None:
    """Where nothing is pending and one object is selected, hand tools work on that one."""
    if not context.mask_editor.active and len(context.session.selection) == 1:
        context.mask_editor.start_from(next(iter(context.session.selection)))


def _paint_ring(painter: QPainter, at: QPointF, radius: float, erasing: bool) -> None:
    """The brush's edge, and a plus or minus where it is too small to be seen."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 180), 3.0))
    painter.drawEllipse(at, radius, radius)
    pen = QPen(QColor(255, 255, 255), 1.4)
    if erasing:
        pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    painter.drawEllipse(at, radius, radius)
    arm = 3.0
    for color, thick in ((QColor(0, 0, 0, 180), 3.0), (QColor(255, 255, 255), 1.4)):
        painter.setPen(QPen(color, thick))
        painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0))
        if not erasing:
            painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm))
