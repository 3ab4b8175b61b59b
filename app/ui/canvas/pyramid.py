"""The picture at halved sizes, and any part of it on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log2

import cv2
import numpy as np
import numpy.typing as npt

from app.ui.canvas.viewport import Bounds, Viewport

Pixels = npt.NDArray[np.uint8]
Color = tuple[int, int, int]

SMALLEST = 256
SHARP_FROM = 2.0
"""From this many device pixels per image pixel on, pixels are shown as squares."""
ALWAYS_SHARP_FROM = 1.0
"""The same where smoothing is not wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """A picture and its reductions.

    Attributes:
        levels: (H, W, 3) uint8 RGB arrays; the first is the picture itself, not a copy, each
            further one half as large.
    """

    levels: tuple[Pixels, ...]

    @classmethod
    def base(cls, pixels: Pixels) -> Pyramid:
        """The picture alone: there at once, coarse where it is shown small."""
        return cls((pixels,))

    @classmethod
    def of(cls, pixels: Pixels) -> Pyramid:
        """All levels down to the size of a thumbnail; 10 ms for 12 megapixels."""
        levels = [pixels]
        while max(levels[-1].shape[:2]) > SMALLEST:
            height, width = levels[-1].shape[:2]
            size = max(1, width // 2), max(1, height // 2)
            levels.append(np.asarray(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA)))
        return cls(tuple(levels))

    def render(
        self, viewport: Viewport, box: Bounds, around: Color, sharp_from: float = SHARP_FROM
    ) -> Pixels:
        """The device pixels of ``box``, (h, w, 4) uint8 B, G, R, 255; outside it is ``around``.

        Costs the pixels of ``box``, whatever the size of the image.
        """
        x0, y0, x1, y1 = box
        inner = _inside(viewport, box)
        if inner == box:
            return _opaque(self._sampled(viewport, box, viewport.scale >= sharp_from))
        target = np.empty((max(y1 - y0, 0), max(x1 - x0, 0), 4), np.uint8)
        target[:] = (around[2], around[1], around[0], 255)
        if inner is not None:
            left, top, right, bottom = inner
            part = _opaque(self._sampled(viewport, inner, viewport.scale >= sharp_from))
            target[top - y0 : bottom - y0, left - x0 : right - x0] = part
        return target

    def _level(self, scale: float) -> int:
        wanted = floor(log2(1 / scale)) if scale < 1 else 0
        return min(wanted, len(self.levels) - 1)

    def _sampled(self, viewport: Viewport, box: Bounds, sharp: bool) -> Pixels:
        """(h, w, 3) RGB of device pixels that all lie inside the image."""
        level = self.levels[self._level(viewport.scale)]
        step_x = level.shape[1] / viewport.image_width / viewport.scale
        step_y = level.shape[0] / viewport.image_height / viewport.scale
        if sharp:
            return _squares(self.levels[0], viewport, box)
        crop, origin_x, origin_y = _crop(level, viewport, box, step_x, step_y)
        # Pixel centres: device (d + 0.5) shows sample ((d + 0.5 - x) * step) - 0.5.
        matrix = np.array(
            [
                [step_x, 0, (box[0] + 0.5 - viewport.x) * step_x - 0.5 - origin_x],
                [0, step_y, (box[1] + 0.5 - viewport.y) * step_y - 0.5 - origin_y],
            ]
        )
        size = box[2] - box[0], box[3] - box[1]
        return np.asarray(
            cv2.warpAffine(
                crop,
                matrix,
                size,
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )


def _opaque(rgb: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), np.uint8)


def _squares(pixels: Pixels, viewport: Viewport, box: Bounds) -> Pixels:
    """At each device pixel the image pixel under its centre, exactly."""
    x0, y0, x1, y1 = box
    columns = np.floor((np.arange(x0, x1) + (0.5 - viewport.x)) / viewport.scale).astype(np.intp)
    rows = np.floor((np.arange(y0, y1) + (0.5 - viewport.y)) / viewport.scale).astype(np.intp)
    columns = np.clip(columns, 0, pixels.shape[1] - 1)
    rows = np.clip(rows, 0, pixels.shape[0] - 1)
    # Columns of the few rows there are first: the rest is copying whole lines.
    lines = np.take(pixels[rows[0] : rows[-1] + 1], columns, axis=1)
    squares: Pixels = np.take(lines, rows - rows[0], axis=0)
    return squares


def _inside(viewport: Viewport, box: Bounds) -> Bounds | None:
    """The part of ``box`` whose pixel centres lie on the image."""
    x0 = max(box[0], ceil(viewport.x - 0.5))
    y0 = max(box[1], ceil(viewport.y - 0.5))
    x1 = min(box[2], ceil(viewport.x + viewport.image_width * viewport.scale - 0.5))
    y1 = min(box[3], ceil(viewport.y + viewport.image_height * viewport.scale - 0.5))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _crop(
    level: Pixels, viewport: Viewport, box: Bounds, step_x: float, step_y: float
) -> tuple[Pixels, int, int]:
    """The samples ``box`` needs, with two around them, and their corner in the level."""
    x0 = max(0, floor((box[0] - viewport.x) * step_x) - 2)
    y0 = max(0, floor((box[1] - viewport.y) * step_y) - 2)
    x1 = min(level.shape[1], ceil((box[2] - viewport.x) * step_x) + 2)
    y1 = min(level.shape[0], ceil((box[3] - viewport.y) * step_y) + 2)
    return level[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)], x0, y0
