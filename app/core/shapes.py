"""Masks taken apart, cut and moved: what is done to the shape of objects as wholes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, isfinite

import cv2
import numpy as np
import numpy.typing as npt

from app.core.brush import stroke
from app.core.mask import Bounds, Mask

Labels = npt.NDArray[np.int32]
STEP_PX = 64
"""A long line is drawn in pieces: the time of each goes by the area of its box."""
CUT_PX = 2.0
"""So thick a line has no gap over corners: what it parts does not hang together any more."""


def parts(mask: Mask) -> tuple[Mask, ...]:
    """The parts of ``mask``, the largest first; one alone is the mask itself.

    Parts hang together over corners as well as sides of pixels.
    """
    if mask.bounds is None:
        return ()
    labels, areas, boxes = _components(mask.crop(mask.bounds))
    if len(areas) == 1:
        return (mask,)
    order = np.argsort(-areas, kind="stable")
    return tuple(_part(labels, int(number), boxes[number], mask) for number in order)


def cutting_line(track: Sequence[tuple[float, float]], height: int, width: int) -> Mask:
    """The pixels under a line along which objects are cut.

    Args:
        track: (x, y) of the line's corners in image pixels, two or more.
        height, width: of the image.

    Raises:
        ValueError: fewer than two corners, or one that is not finite.
    """
    if len(track) < 2:
        raise ValueError(f"a cut needs a line of two points, given {len(track)}")
    if not all(isfinite(value) for point in track for value in point):
        raise ValueError("a cut needs finite coordinates in image pixels")
    steps = [
        (x0 + (x1 - x0) * n / count, y0 + (y1 - y0) * n / count)
        for (x0, y0), (x1, y1) in pairwise(track)
        for count in [max(1, ceil(max(abs(x1 - x0), abs(y1 - y0)) / STEP_PX))]
        for n in range(count)
    ]
    return stroke([*steps, track[-1]], CUT_PX, height, width)


def cut(mask: Mask, line: Mask) -> tuple[Mask, ...]:
    """What a line through ``mask`` makes of it, the largest first; itself where it parts nothing.

    No pixel is lost: those under the line go to the piece that is nearest to them. Parts that the
    line does not divide stay with the largest piece.
    """
    if not mask.overlaps(line):
        return (mask,)
    pieces = [piece for part in parts(mask) for piece in _divided(part, line)]
    whole = [each for each in pieces if len(each) == 1]
    new = [piece for each in pieces if len(each) > 1 for piece in each]
    if not new:
        return (mask,)
    new.sort(key=lambda each: -each.area)
    first = new[0]
    for (each,) in whole:
        first = first.union(each)
    return (first, *new[1:])


def _divided(part: Mask, line: Mask) -> list[tuple[Mask, ...]]:
    """One connected part by the line: in a list, the pieces."""
    if part.bounds is None or not part.overlaps(line):
        return [(part,)]
    pixels = part.crop(part.bounds)
    under = pixels & line.crop(part.bounds)
    labels, areas, _ = _components(pixels & ~under)
    if len(areas) < 2:
        return [(part,)]
    # Each pixel under the line gets the number of the nearest one that is not.
    _, nearest = cv2.distanceTransformWithLabels(
        np.ascontiguousarray(labels == 0).view(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    of_nearest = np.zeros(int(nearest.max()) + 1, np.int32)
    known = labels > 0
    of_nearest[nearest[known]] = labels[known]
    labels = np.where(under, of_nearest[nearest], labels)
    x0, y0, _, _ = part.bounds
    return [
        tuple(
            Mask.from_window(labels == number, x0, y0, part.height, part.width)
            for number in range(1, len(areas) + 1)
        )
    ]


def moved(mask: Mask, dx: int, dy: int) -> Mask:
    """``mask`` so many columns to the right and rows down; what leaves the image is gone."""
    if mask.bounds is None or not (dx or dy):
        return mask
    x0, y0, x1, y1 = mask.bounds
    left, top = max(x0 + dx, 0), max(y0 + dy, 0)
    right, bottom = min(x1 + dx, mask.width), min(y1 + dy, mask.height)
    if left >= right or top >= bottom:
        return Mask.empty(mask.height, mask.width)
    pixels = mask.crop((left - dx, top - dy, right - dx, bottom - dy))
    return Mask.from_window(pixels, left, top, mask.height, mask.width)


def share_in(mask: Mask, box: Bounds) -> float:
    """Which share of its pixels lies in ``box``, x0, y0, x1, y1; 0 for an empty mask."""
    if mask.bounds is None:
        return 0.0
    x0, y0 = max(mask.bounds[0], box[0]), max(mask.bounds[1], box[1])
    x1, y1 = min(mask.bounds[2], box[2]), min(mask.bounds[3], box[3])
    if x0 >= x1 or y0 >= y1:
        return 0.0
    if (x0, y0, x1, y1) == mask.bounds:
        return 1.0
    return float(np.count_nonzero(mask.crop((x0, y0, x1, y1)))) / mask.area


def _components(
    pixels: npt.NDArray[np.bool_],
) -> tuple[Labels, npt.NDArray[np.int64], list[Bounds]]:
    """(H, W) number of each pixel's part from 1 on, the parts' areas and boxes in that order."""
    image = np.ascontiguousarray(pixels.T).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(image, connectivity=8, ltype=cv2.CV_32S)
    boxes = [
        (int(y), int(x), int(y + h), int(x + w))
        for x, y, w, h in stats[1:, : cv2.CC_STAT_AREA].tolist()
    ]
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.int64)
    return labels.astype(np.int32, copy=False).T, areas, boxes


def _part(labels: Labels, number: int, box: Bounds, mask: Mask) -> Mask:
    x0, y0, x1, y1 = box
    left, top = mask.bounds[:2] if mask.bounds else (0, 0)
    pixels = np.asfortranarray(labels[y0:y1, x0:x1] == number + 1)
    return Mask.from_window(pixels, left + x0, top + y0, mask.height, mask.width)
