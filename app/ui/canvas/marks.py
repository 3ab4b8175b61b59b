"""The prompt on the screen: clicks told apart by shape as well as colour, and the box."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.core.prompt import Point, Prompt
from app.ui.canvas.viewport import Viewport

POSITIVE = QColor("#0a9e5c")
NEGATIVE = QColor("#d8383c")
RIM = QColor("#ffffff")
SHADE = QColor(0, 0, 0, 150)
RADIUS = 8.0
ROOM = 13
"""Logical pixels around its middle that a mark never leaves, held or not."""
REACH = RADIUS
"""Logical pixels around a mark within which it can be taken hold of: as far as it is drawn, so that
a click close beside a mark is a click."""


@dataclass(frozen=True, slots=True)
class Grip:
    """A part of the prompt under the mouse.

    Attributes:
        point: index of a click, or None.
        corner: which corner of the box, 0 to 3 clockwise from the top left, or None.
    """

    point: int | None = None
    corner: int | None = None


def corners(prompt: Prompt) -> tuple[tuple[float, float], ...]:
    """The box's corners, clockwise from the top left; none without a box."""
    box = prompt.box
    if box is None:
        return ()
    return (box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)


def grip_at(prompt: Prompt, viewport: Viewport, x: float, y: float, ratio: float) -> Grip | None:
    """What can be taken hold of at a place of the screen (device pixels), the newest first."""
    reach = (REACH * ratio) ** 2

    def near(image_x: float, image_y: float) -> bool:
        at_x, at_y = viewport.to_device(image_x, image_y)
        return (at_x - x) ** 2 + (at_y - y) ** 2 <= reach

    for index in reversed(range(len(prompt.points))):
        if near(prompt.points[index].x, prompt.points[index].y):
            return Grip(point=index)
    for number, corner in enumerate(corners(prompt)):
        if near(*corner):
            return Grip(corner=number)
    return None


def paint_prompt(
    painter: QPainter, prompt: Prompt, viewport: Viewport, ratio: float, grip: Grip | None = None
) -> None:
    """Box and clicks; the one under the mouse a little larger."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if prompt.box is not None:
        paint_box(painter, logical_box(viewport, ratio, corners(prompt)[0], corners(prompt)[2]))
        for number, corner in enumerate(corners(prompt)):
            held = grip is not None and grip.corner == number
            _paint_handle(painter, _at(viewport, ratio, *corner), 5.0 if held else 3.5)
    for index, point in enumerate(prompt.points):
        held = grip is not None and grip.point == index
        _paint_point(painter, point, _at(viewport, ratio, point.x, point.y), held)


def room_of(prompt: Prompt, viewport: Viewport, ratio: float) -> QRect:
    """Logical pixels outside of which nothing of the prompt is painted."""
    room = QRect()
    for x, y in (*corners(prompt), *((point.x, point.y) for point in prompt.points)):
        at = _at(viewport, ratio, x, y).toPoint()
        room |= QRect(at, at).adjusted(-ROOM, -ROOM, ROOM, ROOM)
    return room


def logical_box(
    viewport: Viewport, ratio: float, first: tuple[float, float], other: tuple[float, float]
) -> QRectF:
    """The rectangle between two points of the image on the screen, in logical pixels."""
    return QRectF(_at(viewport, ratio, *first), _at(viewport, ratio, *other)).normalized()


def paint_box(painter: QPainter, box: QRectF) -> None:
    """White dashes on a dark line: seen on every ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(SHADE, 3.0))
    painter.drawRect(box)
    pen = QPen(RIM, 1.5)
    pen.setDashPattern([5.0, 3.0])
    painter.setPen(pen)
    painter.drawRect(box)


def _at(viewport: Viewport, ratio: float, x: float, y: float) -> QPointF:
    device_x, device_y = viewport.to_device(x, y)
    return QPointF(device_x / ratio, device_y / ratio)


def _paint_handle(painter: QPainter, at: QPointF, half: float) -> None:
    painter.setPen(QPen(SHADE, 1.0))
    painter.setBrush(RIM)
    painter.drawRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half))


def _paint_point(painter: QPainter, point: Point, at: QPointF, held: bool) -> None:
    """A round plus for the object, a square minus for what is not of it."""
    r = RADIUS * (1.25 if held else 1.0)
    painter.setPen(QPen(SHADE, 1.0))
    painter.setBrush(RIM)
    outer = QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r)
    inner = outer.adjusted(2, 2, -2, -2)
    sign = QPen(RIM, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    arm = r * 0.42
    if point.positive:
        painter.drawEllipse(outer)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(POSITIVE)
        painter.drawEllipse(inner)
        painter.setPen(sign)
        painter.drawLine(QPointF(at.x(), at.y() - arm), QPointF(at.x(), at.y() + arm))
    else:
        painter.drawRoundedRect(outer, 3, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(NEGATIVE)
        painter.drawRoundedRect(inner, 1.5, 1.5)
        painter.setPen(sign)
    painter.drawLine(QPointF(at.x() - arm, at.y()), QPointF(at.x() + arm, at.y()))
