"""A small picture laid over a part of the image: two masks compared, or masks being chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.core.mask import Bounds, Mask
from app.ui.canvas.overlay import premultiplied
from app.ui.canvas.viewport import Viewport

Bool = npt.NDArray[np.bool_]
Argb = npt.NDArray[np.uint32]
LONGEST = 1600
"""Pixels a side; a larger part of the image is shown coarser."""
OLD, NEW = "#ff9e3d", "#35b6ff"
"""Orange and blue are told apart by every kind of colour vision."""
BOTH = "#d8d8d8"


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """A picture over a box of the image.

    Attributes:
        pixels: (h, w) premultiplied ARGB; kept because the image below uses their memory.
        box: x0, y0, x1, y1 in image pixels that it covers.
    """

    pixels: Argb
    box: tuple[float, float, float, float]

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        """Scaled to where its box is on the screen."""
        height, width = self.pixels.shape
        form = QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(self.pixels.data, width, height, width * 4, form)
        x0, y0 = viewport.to_device(self.box[0], self.box[1])
        x1, y1 = viewport.to_device(self.box[2], self.box[3])
        place = QRectF(x0 / ratio, y0 / ratio, (x1 - x0) / ratio, (y1 - y0) / ratio)
        painter.drawImage(place, image)


def compared(old: Mask, new: Mask | None, opacity: float = 0.5) -> Veil | None:
    """What both cover in grey, what only the old mask has in orange, only the new one in blue.

    Args:
        old: the mask before.
        new: the mask now; None shows the old one alone.
        opacity: of the colours.
    """
    masks = [old] if new is None else [old, new]
    bounds = _around([each.bounds for each in masks if each.bounds is not None])
    if bounds is None:
        return None
    box, stride = _coarse(bounds, old.width, old.height)
    first = old.crop(box, stride)
    second = np.zeros_like(first) if new is None else new.crop(box, stride)
    pixels: Argb = np.zeros(first.shape, np.uint32)
    pixels[first & second] = premultiplied(BOTH, opacity * 0.6)
    pixels[first & ~second] = premultiplied(OLD, opacity)
    pixels[~first & second] = premultiplied(NEW, opacity)
    height, width = pixels.shape
    covered = box[0], box[1], box[0] + width * stride, box[1] + height * stride
    return Veil(pixels, covered)


def _around(boxes: Sequence[Bounds]) -> Bounds | None:
    if not boxes:
        return None
    x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return x0, y0, max(box[2] for box in boxes), max(box[3] for box in boxes)


def _coarse(box: Bounds, width: int, height: int) -> tuple[Bounds, int]:
    """The box, and the step at which it has at most ``LONGEST`` pixels a side."""
    x0, y0, x1, y1 = box
    stride = max(1, -(-max(x1 - x0, y1 - y0) // LONGEST))
    return (x0 - x0 % stride, y0 - y0 % stride, min(x1, width), min(y1, height)), stride
