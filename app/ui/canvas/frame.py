"""What was painted last, kept and moved, so that only what is new has to be painted again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from app.ui.canvas.viewport import Bounds, Viewport

Pixels = npt.NDArray[np.uint8]
Painter = Callable[[Viewport, Bounds], npt.NDArray[np.uint8] | npt.NDArray[np.uint32]]

MAX_DIRTY = 24
"""More boxes than this are painted as one."""


class Frame:
    """The canvas' pixels of one layer.

    Args:
        paint: gives the device pixels of a box: (h, w, 4) uint8 or (h, w) uint32.
        format: of the image; 32 bits a pixel.
    """

    def __init__(self, paint: Painter, format: QImage.Format) -> None:
        self._paint = paint
        self._format = format
        self._pixels: Pixels = np.zeros((0, 0, 4), np.uint8)
        self._viewport: Viewport | None = None
        self._dirty: list[Bounds] = []

    def invalidate(self, boxes: Iterable[Bounds] | None = None) -> None:
        """Paint these device pixels again before they are shown; all of them if None."""
        if boxes is None:
            self._viewport = None
            self._dirty.clear()
        else:
            self._dirty += [box for box in boxes if box[0] < box[2] and box[1] < box[3]]

    def image(self, viewport: Viewport, ratio: float) -> QImage:
        """The layer as it is now, valid until the next call."""
        if self._viewport is None or not _only_moved(self._viewport, viewport):
            self._pixels = np.zeros((viewport.height, viewport.width, 4), np.uint8)
            self._dirty = [(0, 0, viewport.width, viewport.height)]
        elif (self._viewport.x, self._viewport.y) != (viewport.x, viewport.y):
            self._scroll(viewport.x - self._viewport.x, viewport.y - self._viewport.y)
        self._viewport = viewport
        for box in _joined(self._dirty):
            self._fill(viewport, box)
        self._dirty = []
        height, width = self._pixels.shape[:2]
        image = QImage(self._pixels.data, width, height, width * 4, self._format)
        image.setDevicePixelRatio(ratio)
        return image

    def _fill(self, viewport: Viewport, box: Bounds) -> None:
        x0, y0 = max(box[0], 0), max(box[1], 0)
        x1, y1 = min(box[2], viewport.width), min(box[3], viewport.height)
        if x0 >= x1 or y0 >= y1:
            return
        part = self._paint(viewport, (x0, y0, x1, y1))
        if part.dtype == np.uint32:
            part = part.view(np.uint8).reshape(*part.shape, 4)
        self._pixels[y0:y1, x0:x1] = part

    def _scroll(self, dx: int, dy: int) -> None:
        height, width = self._pixels.shape[:2]
        if abs(dx) >= width or abs(dy) >= height:
            self._dirty = [(0, 0, width, height)]
            return
        moved = np.empty_like(self._pixels)
        to_x, to_y = max(dx, 0), max(dy, 0)
        from_x, from_y = max(-dx, 0), max(-dy, 0)
        w, h = width - abs(dx), height - abs(dy)
        moved[to_y : to_y + h, to_x : to_x + w] = self._pixels[
            from_y : from_y + h, from_x : from_x + w
        ]
        self._pixels = moved
        self._dirty = [(a + dx, b + dy, c + dx, d + dy) for a, b, c, d in self._dirty]
        if dx:
            self._dirty.append((0, 0, dx, height) if dx > 0 else (width + dx, 0, width, height))
        if dy:
            self._dirty.append((0, 0, width, dy) if dy > 0 else (0, height + dy, width, height))


def _only_moved(before: Viewport, now: Viewport) -> bool:
    return replace(before, x=now.x, y=now.y, fits=now.fits) == now


def _joined(boxes: list[Bounds]) -> list[Bounds]:
    if len(boxes) <= MAX_DIRTY:
        return boxes
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return [(min(x0), min(y0), max(x1), max(y1))]
