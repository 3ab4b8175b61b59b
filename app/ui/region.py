"""Drawing a rectangle on the canvas that is no prompt: the part of the image something is for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QRubberBand

from app.core.mask import Bounds
from app.ui.canvas.view import Canvas

LEAST_PX = 8


class RegionPicker(QObject):
    """The next drag on the canvas is the region; the tool in hand does not see it."""

    picked = Signal(object)
    """x0, y0, x1, y1 in image pixels, inside the image."""

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, canvas)
        self._first: QPoint | None = None
        self._active = False

    @property
    def active(self) -> bool:
        return self._active

    def start(self) -> None:
        if not self._active:
            self._active = True
            self._canvas.installEventFilter(self)
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
            self._canvas.setFocus()

    def stop(self) -> None:
        if self._active:
            self._active = False
            self._first = None
            self._canvas.removeEventFilter(self)
            self._band.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or not self._active:
            return False
        at = event.position().toPoint()
        if event.type() is QEvent.Type.MouseButtonPress:
            if event.button() is not Qt.MouseButton.LeftButton:
                return False
            self._first = at
        elif event.type() is QEvent.Type.MouseMove and self._first is not None:
            self._band.setGeometry(QRect(self._first, at).normalized())
            self._band.show()
        elif event.type() is QEvent.Type.MouseButtonRelease and self._first is not None:
            region = self._region(self._first, at)
            self.stop()
            if region is not None:
                self.picked.emit(region)
        else:
            return False
        return True

    def _region(self, first: QPoint, last: QPoint) -> Bounds | None:
        view, ratio = self._canvas.viewport, self._canvas.ratio
        ax, ay = view.to_image(first.x() * ratio, first.y() * ratio)
        bx, by = view.to_image(last.x() * ratio, last.y() * ratio)
        x0, x1 = (round(min(max(x, 0), view.image_width)) for x in sorted((ax, bx)))
        y0, y1 = (round(min(max(y, 0), view.image_height)) for y in sorted((ay, by)))
        return (x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= LEAST_PX else None
