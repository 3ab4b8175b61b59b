"""Repairs of a mask by its shape; each gives the mask itself back if there is nothing to repair.

They decode no more than the mask's box. Foreground hangs together over corners as well as sides of
pixels (8 neighbours), so background does over sides only (4): a hole is background that reaches the
edge of the image by no path of sides.
"""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from app.core.mask import Bounds, Mask

Bool = npt.NDArray[np.bool_]

SPECK_PX = 100
"""Parts and holes below this many pixels are taken for noise (paper, appendix B)."""


def fill_holes(mask: Mask, below_px: int | None = None) -> Mask:
    """With the holes of fewer than ``below_px`` pixels filled; all of them if None."""
    if mask.bounds is None:
        return mask
    pixels = mask.crop(mask.bounds)
    # Around the box lies background, or the edge of the image, which a hole may not touch either.
    around = np.pad(~pixels.T, 1, constant_values=True).T
    labels, areas = _components(around, connectivity=4)
    small = areas < below_px if below_px is not None else np.ones(areas.shape, np.bool_)
    small[0] = small[labels[0, 0]] = False
    if not small.any():
        return mask
    return _replaced(mask, pixels | small[labels[1:-1, 1:-1]], mask.bounds)


def remove_specks(mask: Mask, below_px: int = SPECK_PX) -> Mask:
    """Without the parts of fewer than ``below_px`` pixels; the largest part always stays."""
    if mask.bounds is None:
        return mask
    labels, areas = _components(mask.crop(mask.bounds), connectivity=8)
    kept = areas >= below_px
    kept[0] = False
    if len(areas) > 1:
        kept[1 + int(np.argmax(areas[1:]))] = True
    return mask if kept[1:].all() else _replaced(mask, kept[labels], mask.bounds)


def keep_largest(mask: Mask) -> Mask:
    """The largest part alone; of equally large ones one."""
    return remove_specks(mask, below_px=mask.area + 1)


def grow(mask: Mask, radius_px: float) -> Mask:
    """With every pixel whose centre is within ``radius_px`` of the centre of one of its own."""
    _require_radius(radius_px)
    if mask.bounds is None or radius_px < 1:
        return mask
    box = _widened(mask.bounds, ceil(radius_px), mask)
    return _replaced(mask, _distance(~mask.crop(box)) <= radius_px + 1e-4, box)


def shrink(mask: Mask, radius_px: float) -> Mask:
    """Without the pixels whose centre is within ``radius_px`` of the centre of one of background.

    The edge of the image counts as foreground: an object that goes on outside keeps its pixels
    there.
    The result may be empty.
    """
    _require_radius(radius_px)
    if mask.bounds is None or radius_px < 1:
        return mask
    box = _widened(mask.bounds, 1, mask)
    pixels = mask.crop(box)
    if pixels.all():
        return mask
    return _replaced(mask, _distance(pixels) > radius_px + 1e-4, box)


def smooth(mask: Mask, radius_px: float) -> Mask:
    """With a smoother outline: a pixel is foreground if most of those around it are.

    They count by a Gaussian of standard deviation ``radius_px``. Straight edges stay where they
    are, corners get round, and what is thinner than the radius goes; the result may be empty.
    Beyond the edge of the image it goes on as at the edge.
    """
    _require_radius(radius_px)
    if mask.bounds is None or not radius_px:
        return mask
    box = _widened(mask.bounds, ceil(4 * radius_px), mask)
    image = np.ascontiguousarray(mask.crop(box).T).view(np.uint8) * np.float32(1)
    # The transpose is even in both directions: so is the Gaussian.
    blurred = cv2.GaussianBlur(image, (0, 0), radius_px, borderType=cv2.BORDER_REPLICATE)
    return _replaced(mask, blurred.T > 0.5 + 1e-4, box)


def _require_radius(radius_px: float) -> None:
    if not 0 <= radius_px <= 10_000:
        raise ValueError(f"a radius is 0 to 10000 pixels, given {radius_px}")


def _widened(box: Bounds, by: int, mask: Mask) -> Bounds:
    x0, y0, x1, y1 = box
    return max(x0 - by, 0), max(y0 - by, 0), min(x1 + by, mask.width), min(y1 + by, mask.height)


def _components(
    pixels: Bool, connectivity: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """(H, W) number of each pixel's part, 0 for none, and the area of each number."""
    # The codec's arrays are column-major, so their transposes need no copy for OpenCV.
    image = np.ascontiguousarray(pixels.T).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        image, connectivity=connectivity, ltype=cv2.CV_32S
    )
    return labels.astype(np.int32, copy=False).T, stats[:, cv2.CC_STAT_AREA].astype(np.int64)


def _distance(pixels: Bool) -> npt.NDArray[np.float32]:
    """(H, W) distance in pixels from each centre to the nearest one that is background."""
    image = np.ascontiguousarray(pixels.T).view(np.uint8)
    distance = cv2.distanceTransform(image, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance.astype(np.float32, copy=False).T


def _replaced(mask: Mask, pixels: Bool, box: Bounds) -> Mask:
    changed = Mask.from_window(pixels, box[0], box[1], mask.height, mask.width)
    return mask if changed == mask else changed
