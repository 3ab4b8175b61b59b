"""Simulated annotators: first prompts, and clicks in the error region (paper, appendix A)."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
BOX_NOISE = 0.1
"""Standard deviation of a box corner, as a share of the box's side."""
BOX_NOISE_MOST = 20.0
"""Most encoder pixels a box corner moves."""


def depth(region: Bool) -> npt.NDArray[np.float32]:
    """Distance of each pixel of (H, W) ``region`` to its outside, the image's border counting as
    outside."""
    padded = np.pad(region.view(np.uint8), 1)
    found = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(found, np.float32)[1:-1, 1:-1]


def deepest(region: Bool) -> tuple[int, int, float]:
    """(x, y) of the pixel farthest from the boundary of ``region`` and that distance; 0 if it is
    empty."""
    if not region.any():
        return 0, 0, 0.0
    distance = depth(region)
    y, x = divmod(int(distance.argmax()), region.shape[1])
    return x, y, float(distance[y, x])


def any_pixel(region: Bool, rng: np.random.Generator) -> tuple[int, int]:
    """(x, y) drawn uniformly from a non-empty ``region``."""
    inside = np.flatnonzero(region)
    y, x = divmod(int(inside[rng.integers(len(inside))]), region.shape[1])
    return x, y


def first_click(mask: Bool, central: float, rng: np.random.Generator) -> tuple[int, int]:
    """A click on the object: with the chance ``central`` the deepest pixel, otherwise any."""
    if rng.random() < central:
        return deepest(mask)[:2]
    return any_pixel(mask, rng)


def next_click(
    mask: Bool, found: Bool, central: float, rng: np.random.Generator
) -> tuple[int, int, bool]:
    """(x, y, foreground) in the error between ``mask`` and ``found``; on the object if there is no
    error."""
    missing, extra = mask & ~found, found & ~mask
    if rng.random() < central:
        a, b = deepest(missing), deepest(extra)
        if max(a[2], b[2]) > 0:
            return (*a[:2], True) if a[2] >= b[2] else (*b[:2], False)
    wrong = missing | extra
    if not wrong.any():
        return (*any_pixel(mask, rng), True)
    x, y = any_pixel(wrong, rng)
    return x, y, bool(mask[y, x])


def noisy_box(mask: Bool, scale: float, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """x0, y0, x1, y1 in encoder pixels around a non-empty mask whose pixels are ``scale`` encoder
    pixels wide."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64) * scale
    sides = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    noise = np.clip(rng.normal(0, BOX_NOISE * sides), -BOX_NOISE_MOST, BOX_NOISE_MOST)
    x0, y0, x1, y1 = np.clip(box + noise, 0, np.array(mask.shape[::-1] * 2) * scale)
    least = scale
    return np.array([min(x0, x1 - least), min(y0, y1 - least), x1, y1], np.float32)


def filled(mask: Bool) -> float:
    """The share of its bounding box that a non-empty mask fills, 0 to 1."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    area = (columns[-1] + 1 - columns[0]) * (rows[-1] + 1 - rows[0])
    return float(np.count_nonzero(mask) / area)
