"""A mark on the canvas that arrow keys move: the mouse of who has only a keyboard."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.canvas.viewport import Viewport
from app.ui.tools.tool import Pointer, Tool

STEP_PX = 4
FAR_PX = 40
"""Logical pixels of the screen; an image pixel at the least."""
ARM_PX, GAP_PX = 13.0, 4.0
EDGE_PX = 40
"""What lies nearer to the canvas' edge is moved towards its middle."""


class Surface(Protocol):
    """What the caret needs of the canvas that it is on."""

    @property
    def viewport(self) -> Viewport: ...
    @property
    def ratio(self) -> float: ...
    @property
    def under_mouse(self) -> tuple[float, float] | None: ...
    @property
    def tool(self) -> Tool | None: ...
    @property
    def has_picture(self) -> bool: ...
    def set_viewport(self, viewport: Viewport) -> None: ...
    def point_at(self, pointer: Pointer) -> None: ...
    def on_screen(self, at: QPointF) -> QPoint: ...
    def ask_menu(self, pointer: Pointer) -> None: ...
    def show_caret(self) -> None: ...


class Caret:
    """Does what the mouse does, at its place: hover, click, drag, for any tool.

    Attributes:
        shown: whether it is on the image. It goes when the mouse moves.
        takes_arrows: whether arrows move it also while objects are selected.
    """

    def __init__(self, canvas: Surface) -> None:
        self._canvas = canvas
        self._x = self._y = 0.0
        self._held = False
        self.shown = False
        self.takes_arrows = False

    @property
    def place(self) -> tuple[float, float]:
        """Image pixels."""
        return self._x, self._y

    @property
    def on_screen(self) -> QPointF:
        """Logical pixels of the canvas."""
        canvas = self._canvas
        x, y = canvas.viewport.to_device(self._x, self._y)
        return QPointF(x / canvas.ratio, y / canvas.ratio)

    def show(self) -> None:
        """At the mouse where that is over the canvas, else in the middle of what is seen."""
        if self.shown:
            return
        view, seen = self._canvas.viewport, self._canvas.viewport.visible_box
        middle = (seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2
        x, y = self._canvas.under_mouse or middle
        self._x, self._y = _within(x, view.image_width), _within(y, view.image_height)
        self.shown = True
        self._follow()

    def hide(self) -> None:
        """The mouse is back, or the image is gone."""
        self._held = False
        if self.shown:
            self.shown = False
            self._canvas.show_caret()

    def toggle(self) -> None:
        """Have all arrows for it, or give them back and go."""
        self.takes_arrows = not self.takes_arrows
        if self.takes_arrows:
            self.show()
        else:
            self.let_go()
            self.hide()
        self._canvas.show_caret()

    def move(self, columns: int, rows: int, *, far: bool = False) -> None:
        """By so many steps; from nowhere it only comes into sight."""
        if not self.shown:
            self.show()
            return
        view = self._canvas.viewport
        pixels = (FAR_PX if far else STEP_PX) * self._canvas.ratio / view.scale
        step = max(1, round(pixels))
        self._x = _within(self._x + columns * step, view.image_width)
        self._y = _within(self._y + rows * step, view.image_height)
        self._bring_into_sight()
        self._follow()

    def click(self, button: Qt.MouseButton) -> None:
        """As with that button of the mouse."""
        canvas, tool = self._canvas, self._canvas.tool
        if tool is None or not self._is_ready():
            return
        self.let_go()
        pointer = self._pointer(button, button)
        if tool.asks_menu(pointer):
            canvas.ask_menu(pointer)
            return
        tool.press(pointer)
        tool.release(self._pointer(button))
        canvas.show_caret()

    def hold(self) -> None:
        """The left button down, or up again: a drag from there to here."""
        tool = self._canvas.tool
        if tool is None or not self._is_ready():
            return
        if self._held:
            self.let_go()
            return
        self._held = True
        left = Qt.MouseButton.LeftButton
        tool.press(self._pointer(left, left))
        self._canvas.show_caret()

    def let_go(self) -> None:
        """End the drag, if there is one."""
        if self._held and self._canvas.tool is not None:
            self._held = False
            self._canvas.tool.release(self._pointer(Qt.MouseButton.LeftButton))
            self._canvas.show_caret()

    def forget_hold(self) -> None:
        """Another tool is in hand, and the one before gave up its gesture."""
        self._held = False

    def on_new_image(self) -> None:
        """What was held is over; the place stays, as far as the image reaches."""
        self._held = False
        view = self._canvas.viewport
        self._x, self._y = _within(self._x, view.image_width), _within(self._y, view.image_height)

    def paint(self, painter: QPainter) -> None:
        """White on black, so that it is seen on any image."""
        if not self.shown:
            return
        at = self.on_screen
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 210), 4.0), (QColor(255, 255, 255), 1.6)):
            pen = QPen(color, width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                way = QPointF(dx, dy)
                painter.drawLine(at + way * GAP_PX, at + way * ARM_PX)
            if self._held:
                painter.drawEllipse(QRectF(at.x() - 6, at.y() - 6, 12, 12))
            painter.drawPoint(at)

    def _is_ready(self) -> bool:
        """Whether it is in sight; a click where nobody saw it would be a surprise."""
        if not self._canvas.has_picture:
            return False
        if not self.shown:
            self.show()
            return False
        return True

    def _follow(self) -> None:
        """Tell what would be told of the mouse."""
        none = Qt.MouseButton.NoButton
        held = Qt.MouseButton.LeftButton if self._held else none
        self._canvas.point_at(self._pointer(none, held))

    def _pointer(
        self, button: Qt.MouseButton, buttons: Qt.MouseButton = Qt.MouseButton.NoButton
    ) -> Pointer:
        canvas = self._canvas
        x, y = canvas.viewport.to_device(self._x, self._y)
        at = canvas.on_screen(self.on_screen)
        none = Qt.KeyboardModifier.NoModifier
        return Pointer(self._x, self._y, x, y, button, buttons, none, at)

    def _bring_into_sight(self) -> None:
        canvas = self._canvas
        view, edge = canvas.viewport, EDGE_PX * canvas.ratio
        x, y = view.to_device(self._x, self._y)
        whole_x = view.x >= 0 and view.x + view.image_width * view.scale <= view.width
        whole_y = view.y >= 0 and view.y + view.image_height * view.scale <= view.height
        dx = 0 if whole_x else _inward(x, edge, view.width)
        dy = 0 if whole_y else _inward(y, edge, view.height)
        if dx or dy:
            canvas.set_viewport(view.panned(dx, dy))


def _within(value: float, size: int) -> float:
    """The middle of a pixel of the image."""
    return min(max(int(value), 0), max(size - 1, 0)) + 0.5


def _inward(at: float, edge: float, size: int) -> int:
    """How far to move the image so that the place is no nearer to the edge; 0 where it is not."""
    if size < 3 * edge or edge <= at <= size - edge:
        return 0
    return round(edge - at if at < edge else size - edge - at)
