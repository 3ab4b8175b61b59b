"""A mask that is being made keeps off the colour of what it lies on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.mask import Mask
from app.core.palette import PALETTE, distance

LEAST = 28.0
"""CIELAB distance below which a half-transparent colour is lost on its ground."""
SIDE = 48
"""So many pixels of a mask a side are looked at, at most."""


def ground_of(pixels: npt.NDArray[np.uint8], mask: Mask) -> str | None:
    """The middle colour of an image, (H, W, 3), under a mask, #rrggbb; None of an empty one."""
    if mask.bounds is None:
        return None
    x0, y0, x1, y1 = mask.bounds
    stride = max(1, -(-max(x1 - x0, y1 - y0) // SIDE))
    x0, y0 = x0 - x0 % stride, y0 - y0 % stride
    inside = mask.crop((x0, y0, x1, y1), stride)
    part = pixels[y0:y1:stride, x0:x1:stride, :3][: inside.shape[0], : inside.shape[1]]
    seen = part[inside[: part.shape[0], : part.shape[1]]]
    if not len(seen):
        return None
    red, green, blue = (int(value) for value in np.median(seen, axis=0))
    return f"#{red:02x}{green:02x}{blue:02x}"


def seen_on(color: str, grounds: list[str]) -> str:
    """``color``, or where it is lost on one of the grounds the palette's that is farthest off."""
    if all(distance(color, ground) >= LEAST for ground in grounds):
        return color
    return max(PALETTE, key=lambda each: min(distance(each, ground) for ground in grounds))
