"""The canvas from the ground up: picture, objects, the mask being made, the one under the mouse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.core.mask import Bounds, Mask
from app.inference.questions import HoverPreview
from app.ui.canvas import overlay, sprite
from app.ui.canvas.frame import Frame
from app.ui.canvas.pyramid import SHARP_FROM
from app.ui.canvas.scene import Scene
from app.ui.canvas.sprite import Sprite, SpriteStyle
from app.ui.canvas.viewport import Viewport

GRID_FROM = 12.0
"""Device pixels per image pixel from which on the pixel grid is drawn."""
HOVER_COLOR = "#bfe6ff"


@dataclass(slots=True)
class _Kept:
    """A sprite with what it was made from."""

    source: Mask | HoverPreview | None = None
    viewport: Viewport | None = None
    style: SpriteStyle | None = None
    sprite: Sprite | None = None


class Layers:
    """Paints a scene; keeps what did not change.

    Attributes:
        masks_hidden: whether the picture is shown without objects and the mask being made.
        surround: colour around the image.
        sharp_from: scale from which on pixels are shown as squares.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.masks_hidden = False
        self.surround = (24, 26, 29)
        self.sharp_from = SHARP_FROM
        self._picture = Frame(self._render_picture, QImage.Format.Format_RGB32)
        self._objects = Frame(self._render_objects, QImage.Format.Format_ARGB32_Premultiplied)
        self._mask_editor = _Kept()
        self._hover = _Kept()
        self._thickness = 1

    def forget_picture(self) -> None:
        self._picture.invalidate()

    def forget_objects(self, viewport: Viewport, boxes: Iterable[Bounds] | None) -> list[Bounds]:
        """Paint objects again in these image boxes; the device boxes to be shown again."""
        if boxes is None:
            self._objects.invalidate()
            return [(0, 0, viewport.width, viewport.height)]
        places = [_grown(viewport.device_box(*box), self._thickness + 1) for box in boxes]
        self._objects.invalidate(places)
        return places

    def pending_boxes(self, viewport: Viewport, ratio: float) -> list[Bounds]:
        """Where the mask being made was and where it is now."""
        both = self._mask_editor.sprite, self._pending_sprite(viewport, ratio)
        return [each.box for each in both if each is not None]

    def hover_boxes(self, viewport: Viewport, ratio: float) -> list[Bounds]:
        """Where the mask under the mouse was and where it is now."""
        both = self._hover.sprite, self._hover_sprite(viewport, ratio)
        return [each.box for each in both if each is not None]

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        thickness = max(1, round(ratio))
        if thickness != self._thickness:
            self._thickness = thickness
            self._objects.invalidate()
        painter.drawImage(QPointF(0, 0), self._picture.image(viewport, ratio))
        if viewport.scale >= GRID_FROM * ratio:
            _paint_grid(painter, viewport, ratio)
        if self.masks_hidden:
            return
        if self._scene.objects is not None:
            painter.drawImage(QPointF(0, 0), self._objects.image(viewport, ratio))
        if self._scene.veil is not None:
            self._scene.veil.paint(painter, viewport, ratio)
        for part in (self._hover_sprite(viewport, ratio), self._pending_sprite(viewport, ratio)):
            if part is not None:
                _paint_sprite(painter, part, ratio)

    def _render_picture(self, viewport: Viewport, box: Bounds) -> npt.NDArray[np.uint8]:
        pyramid = self._scene.pyramid
        if pyramid is None:
            return np.zeros((box[3] - box[1], box[2] - box[0], 4), np.uint8)
        pixels = pyramid.render(viewport, box, self.surround, self.sharp_from)
        adjustment = self._scene.adjustment
        if adjustment.is_neutral:
            return pixels
        x0, y0, x1, y1 = viewport.device_box(0, 0, viewport.image_width, viewport.image_height)
        rows = slice(max(y0 - box[1], 0), max(y1 - box[1], 0))
        columns = slice(max(x0 - box[0], 0), max(x1 - box[0], 0))
        pixels[rows, columns, :3] = adjustment.table[pixels[rows, columns, :3]]
        return pixels

    def _render_objects(self, viewport: Viewport, box: Bounds) -> overlay.Argb:
        objects, colors = self._scene.objects, self._scene.colors
        if objects is None or colors is None:
            return np.zeros((box[3] - box[1], box[2] - box[0]), np.uint32)
        return overlay.render(objects, colors, viewport, box, self._thickness)

    def _pending_sprite(self, viewport: Viewport, ratio: float) -> Sprite | None:
        mask = self._scene.pending_mask
        width = max(1, round(ratio))
        style = SpriteStyle(
            self._scene.pending_color, opacity=self._scene.style.opacity, rim=2 * width, halo=width
        )
        kept = self._mask_editor
        if (kept.source, kept.viewport, kept.style) != (mask, viewport, style):
            made = None if mask is None else sprite.of_mask(mask, viewport, style)
            self._mask_editor = _Kept(mask, viewport, style, made)
        return self._mask_editor.sprite

    def _hover_sprite(self, viewport: Viewport, ratio: float) -> Sprite | None:
        found = self._scene.hover
        style = SpriteStyle(HOVER_COLOR, opacity=0.42, rim=0, halo=0)
        if self._scene.pointed is not None and found is self._scene.pointed.mask:
            # Its edge is seen on any ground, and whatever overlaps it.
            width = max(1, round(ratio))
            style = SpriteStyle(HOVER_COLOR, opacity=0.3, rim=2 * width, halo=width)
        kept = self._hover
        if kept.source is not found or (kept.viewport, kept.style) != (viewport, style):
            made = None
            if isinstance(found, Mask):
                made = sprite.of_mask(found, viewport, style)
            elif found is not None and found.pixels.size:
                step = (found.x1 - found.x0) / found.pixels.shape[1]
                place = found.x0, found.y0, step
                made = sprite.of_pixels(found.pixels, place, viewport, style)
            self._hover = _Kept(found, viewport, style, made)
        return self._hover.sprite


def _grown(box: Bounds, by: int) -> Bounds:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _paint_sprite(painter: QPainter, part: Sprite, ratio: float) -> None:
    height, width = part.pixels.shape
    pixels = np.ascontiguousarray(part.pixels)
    premultiplied = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(pixels.data, width, height, width * 4, premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(part.x / ratio, part.y / ratio), image)


def _paint_grid(painter: QPainter, viewport: Viewport, ratio: float) -> None:
    """A line between any two pixels, faint enough to look through."""
    x0, y0, x1, y1 = viewport.visible_box
    left, top = viewport.to_device(x0, y0)
    right, bottom = viewport.to_device(x1, y1)
    lines = []
    for column in range(x0, x1 + 1):
        at = round(viewport.to_device(column, 0)[0]) / ratio
        lines.append(QLineF(at, top / ratio, at, bottom / ratio))
    for row in range(y0, y1 + 1):
        at = round(viewport.to_device(0, row)[1]) / ratio
        lines.append(QLineF(left / ratio, at, right / ratio, at))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(128, 128, 128, 110), 0, Qt.PenStyle.SolidLine))
    painter.drawLines(lines)
