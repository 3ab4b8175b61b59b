"""The pixels under a round brush drawn along a line."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from app.core.mask import Bounds, Mask
from app.core.prompt import Point

Bool = npt.NDArray[np.bool_]
Track = Sequence[tuple[float, float]]

MIN_DIAMETER = 1.0
MAX_DIAMETER = 2000.0


def stroke(track: Track, diameter: float, height: int, width: int) -> Mask:
    """The pixels a round brush touches on its way along ``track``: paint them, or erase them.

    A pixel is touched if its centre is within half the diameter of the line, or if a corner of the
    track lies in it, so that the thinnest brush leaves no gap.

    Args:
        track: (x, y) in image pixels, one or more; parts outside the image paint nothing.
        diameter: of the brush in image pixels, 1 to 2000.
        height, width: of the image.

    Raises:
        ValueError: no point, a coordinate that is not finite, or a diameter out of range.
    """
    pixels, (x0, y0, _, _) = stroke_window(track, diameter, height, width)
    return Mask.from_window(pixels, x0, y0, height, width)


def stroke_window(track: Track, diameter: float, height: int, width: int) -> tuple[Bool, Bounds]:
    """The same as bool pixels (y1 - y0, x1 - x0) of a box (x0, y0, x1, y1) inside the image."""
    if not track:
        raise ValueError("a brush stroke needs at least one point")
    if not MIN_DIAMETER <= diameter <= MAX_DIAMETER:
        raise ValueError(f"a brush is 1 to 2000 pixels wide, given {diameter}")
    points = [Point(x, y) for x, y in track]
    radius = diameter / 2
    box = _clipped(points, radius, height, width)
    x0, y0, x1, y1 = box
    pixels = np.zeros((y1 - y0, x1 - x0), np.bool_)
    for start, end in zip(points, points[1:] or points, strict=False):
        _paint(pixels, box, start, end, radius)
    for point in points:
        if x0 <= point.x < x1 and y0 <= point.y < y1:
            pixels[floor(point.y) - y0, floor(point.x) - x0] = True
    return pixels, box


def _clipped(points: Sequence[Point], radius: float, height: int, width: int) -> Bounds:
    """The box of all pixels that may be touched; its corners are in order even if it is empty."""
    xs, ys = [point.x for point in points], [point.y for point in points]
    x0 = floor(min(max(min(xs) - radius, 0), width))
    y0 = floor(min(max(min(ys) - radius, 0), height))
    x1 = ceil(min(max(max(xs) + radius, x0), width))
    y1 = ceil(min(max(max(ys) + radius, y0), height))
    return x0, y0, x1, y1


def _paint(pixels: Bool, box: Bounds, start: Point, end: Point, radius: float) -> None:
    """Set the pixels of ``box`` whose centre is within ``radius`` of the line from start to end."""
    height, width = box[1] + pixels.shape[0], box[0] + pixels.shape[1]
    x0, y0, x1, y1 = _clipped((start, end), radius, height, width)
    x0, y0 = max(x0, box[0]), max(y0, box[1])
    if x0 >= x1 or y0 >= y1:
        return
    x = np.arange(x0, x1) + (0.5 - start.x)
    y = (np.arange(y0, y1) + (0.5 - start.y))[:, None]
    dx, dy = end.x - start.x, end.y - start.y
    length = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / length, 0, 1) if length else np.zeros(())
    near = (x - along * dx) ** 2 + (y - along * dy) ** 2 <= radius * radius
    pixels[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]] |= near
