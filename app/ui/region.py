"""Drawing a rectangle on the canvas that is no prompt: the part of the image something is for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.core.mask import Bounds
from app.ui.canvas.view import Canvas

LEAST_PX = 8


class _Frame(QWidget):
    """Dashes that show on light and dark, and hide nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = self.rect().adjusted(0, 0, -1, -1)
        painter.setPen(QColor("black"))
        painter.drawRect(edge)
        painter.setPen(QPen(QColor("white"), 1, Qt.PenStyle.DashLine))
        painter.drawRect(edge)
        painter.end()


class RegionPicker(QObject):
    """Drags on the canvas draw the region, each in the place of the one before.

    The tool in hand does not see them. What was drawn stays in sight, also while one moves about.

    ``picked``: x0, y0, x1, y1 in image pixels, inside the image. ``pointing``: whether the mouse
    draws regions.
    """

    picked = Signal(object)
    pointing = Signal(bool)

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._frame = _Frame(canvas)
        self._first: QPoint | None = None
        self._active = False
        self.region: Bounds | None = None
        canvas.view_changed.connect(self._follow)

    @property
    def active(self) -> bool:
        return self._active

    def start(self) -> None:
        if not self._active:
            self._active = True
            self._canvas.installEventFilter(self)
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
            self._canvas.setFocus()
            self.pointing.emit(True)

    def rest(self) -> None:
        """Draw no more; what was drawn stays."""
        if self._active:
            self._active = False
            self._first = None
            self._canvas.removeEventFilter(self)
            self.pointing.emit(False)
        self._follow()

    def stop(self) -> None:
        """Draw no more, and forget what was drawn."""
        self.region = None
        self.rest()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or not self._active:
            return False
        at = event.position().toPoint()
        if event.type() is QEvent.Type.MouseButtonPress:
            if event.button() is not Qt.MouseButton.LeftButton:
                return False
            self._first = at
        elif event.type() is QEvent.Type.MouseMove:
            if self._first is None and event.buttons():
                # Another button moves the image.
                return False
            if self._first is not None:
                self._put(QRect(self._first, at).normalized())
        elif event.type() is QEvent.Type.MouseButtonRelease and self._first is not None:
            drawn, self._first = self._drawn(self._first, at), None
            self.region = drawn or self.region
            self._follow()
            if drawn is not None:
                self.picked.emit(drawn)
        else:
            return False
        return True

    def _put(self, place: QRect) -> None:
        self._frame.setGeometry(place)
        self._frame.show()

    @Slot()
    def _follow(self) -> None:
        """The frame lies where the region is now."""
        if self.region is None:
            self._frame.hide()
            return
        ratio = self._canvas.ratio
        x0, y0, x1, y1 = self._canvas.viewport.device_box(*self.region)
        left, top = round(x0 / ratio), round(y0 / ratio)
        self._put(QRect(left, top, round(x1 / ratio) - left, round(y1 / ratio) - top))

    def _drawn(self, first: QPoint, last: QPoint) -> Bounds | None:
        view, ratio = self._canvas.viewport, self._canvas.ratio
        ax, ay = view.to_image(first.x() * ratio, first.y() * ratio)
        bx, by = view.to_image(last.x() * ratio, last.y() * ratio)
        x0, x1 = (round(min(max(x, 0), view.image_width)) for x in sorted((ax, bx)))
        y0, y1 = (round(min(max(y, 0), view.image_height)) for y in sorted((ay, by)))
        return (x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= LEAST_PX else None
