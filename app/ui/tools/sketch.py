"""Lines in image pixels on the screen, seen on every ground."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from app.core.mask import Mask
from app.ui.canvas.viewport import Viewport

SHADE, LINE = QColor(0, 0, 0, 170), QColor(255, 255, 255)


def to_screen(viewport: Viewport, ratio: float) -> QTransform:
    """Image pixels -> logical pixels of the canvas."""
    x, y = viewport.to_device(0, 0)
    scale = viewport.scale / ratio
    return QTransform(scale, 0, 0, scale, x / ratio, y / ratio)


def path_of(masks: Iterable[Mask]) -> QPainterPath:
    """The outlines of masks, in image pixels."""
    from app.core.contour import outlines

    path = QPainterPath()
    for mask in masks:
        for polygon in outlines(mask):
            for ring in polygon.rings:
                path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
                path.closeSubpath()
    return path


def stroke_path(painter: QPainter, path: QPainterPath, *, dashed: bool = False) -> None:
    """White on a dark line, of the same width at every zoom."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((SHADE, 3.2), (LINE, 1.5)):
        pen = QPen(color, width)
        pen.setCosmetic(True)
        if dashed and color is LINE:
            pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        painter.drawPath(path)


def line_path(track: Sequence[tuple[float, float]]) -> QPainterPath:
    """An open line through points (x, y)."""
    path = QPainterPath(QPointF(*track[0]))
    for x, y in track[1:]:
        path.lineTo(x, y)
    return path
