"""Where in a view something is like the examples, and what to ask the model there."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from model.alike.cells import Cells
from model.alike.examples import Likeness, unit
from model.boxes import nms
from model.interface import Float

LEVELS = (0.25, 0.4, 0.55, 0.7, 0.85)
"""Heights at which the maps are cut, 0 for what lies around the examples and 1 for them."""
SIZES = (0.6, 0.8, 1.0, 1.3, 1.7)
"""Lengths of the boxes that are tried around a peak, in those of the examples."""
SMALLEST, LARGEST = 0.2, 4.0
"""Areas of islands that are asked about, in those of the examples' boxes."""
LEAST_PEAK = 0.08
LEAST_CONTRAST = 6.0
"""Distance in L*a*b* from where on colour tells an example from what lies around it."""
SAME_BOX = 0.7

Boxes = npt.NDArray[np.float64]


def embedding_map(cells: Cells, likeness: Likeness) -> Float:
    """(r, c) float32, 1 where the embedding is as in the examples, 0 as around them."""
    directions = unit(cells.values - likeness.ground.mean)
    like, around = likeness.directions("like"), likeness.directions("around")
    base = float(np.mean(np.sum(like * around, axis=1)))
    found = (directions @ like.T).max(axis=2)
    unlike = likeness.directions("unlike")
    if len(unlike):
        # What is nearer to what it is not does not count.
        found = np.where((directions @ unlike.T).max(axis=2) > found, min(base, 0.0), found)
    return np.asarray((found - base) / max(1 - base, 0.05), np.float32)


def colour_map(cells: Cells, likeness: Likeness) -> Float | None:
    """The same by colour; None if that of the examples is that of what lies around them."""
    rows, columns = cells.values.shape[:2]
    size = (
        max(1, round(cells.lab.shape[1] / cells.step[0])),
        max(1, round(cells.lab.shape[0] / cells.step[1])),
    )
    lab = cv2.resize(cells.lab, size, interpolation=cv2.INTER_AREA)
    below, right = max(rows - size[1], 0), max(columns - size[0], 0)
    lab = cv2.copyMakeBorder(lab, 0, below, 0, right, cv2.BORDER_REPLICATE)[:rows, :columns]
    best: Float | None = None
    for each in likeness.like:
        towards = each.look.colour - each.look.ground
        distance = float(np.linalg.norm(towards))
        if distance < LEAST_CONTRAST:
            continue
        along = (lab - each.look.ground) @ towards / distance**2
        beside = (
            np.linalg.norm(lab - each.look.ground - along[..., None] * towards, axis=2) / distance
        )
        found = np.asarray(np.minimum(along, 2 - along) - beside, np.float32)
        found = np.where(along > 1, np.maximum(found, 1 - beside), found)
        best = found if best is None else np.maximum(best, found)
    return best


def places(cells: Cells, likeness: Likeness, most: int) -> tuple[Boxes, Boxes]:
    """What to ask: boxes (N, 4) and points (M, 2), in pixels of the crop, the likeliest first.

    Args:
        most: boxes at the most; points a third of that.
    """
    maps = [embedding_map(cells, likeness)]
    by_colour = colour_map(cells, likeness)
    if by_colour is not None:
        maps.append(by_colour)
    boxes, scores = [np.zeros((0, 4))], [np.zeros(0)]
    points, heights = [np.zeros((0, 2))], [np.zeros(0)]
    for heat in maps:
        found, sure = _islands(heat, cells, likeness)
        boxes.append(found)
        scores.append(sure)
        for found, sure in _peaks(heat, cells, likeness):
            boxes.append(found)
            scores.append(sure)
        around, height = _summits(heat, cells, likeness)
        points.append(around)
        heights.append(height)
    all_boxes, all_scores = np.concatenate(boxes), np.concatenate(scores)
    kept = nms(all_boxes, all_scores, SAME_BOX)[:most]
    all_points, all_heights = np.concatenate(points), np.concatenate(heights)
    order = np.argsort(-all_heights, kind="stable")[: most // 3]
    return all_boxes[kept], all_points[order]


def _islands(heat: Float, cells: Cells, likeness: Likeness) -> tuple[Boxes, Boxes]:
    """Boxes around what stands out at each level, and how high it stands."""
    width, height = likeness.box
    typical = width * height
    step = np.array([*cells.step, *cells.step])
    boxes, scores = [], []
    for level in LEVELS:
        above = (heat > level).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=4)
        for number in range(1, count):
            x, y, w, h, _ = stats[number].tolist()
            size = w * h * step[0] * step[1]
            if not SMALLEST * typical <= size <= LARGEST * typical:
                continue
            inside = labels[y : y + h, x : x + w] == number
            boxes.append(np.array([x, y, x + w, y + h]) * step)
            fit = abs(np.log(size / typical))
            scores.append(float(heat[y : y + h, x : x + w][inside].mean()) - 0.2 * fit)
    limit = [cells.lab.shape[1], cells.lab.shape[0]] * 2
    found = np.array(boxes, np.float64).reshape(-1, 4)
    return np.clip(found, 0, limit), np.array(scores, np.float64)


def _peaks(heat: Float, cells: Cells, likeness: Likeness) -> Iterator[tuple[Boxes, Boxes]]:
    """Boxes of the examples' size, and smaller and larger, where they stand out of what is around.

    At each peak of (mean inside the box) - (mean of a frame around it).
    """
    width, height = likeness.box
    shapes = [(width, height)]
    if max(width, height) > 1.3 * min(width, height):
        shapes.append((height, width))
    for w, h in shapes:
        for size in SIZES:
            a, b = size * w / cells.step[0], size * h / cells.step[1]
            inner, outer = _box_mean(heat, a, b), _box_mean(heat, 1.6 * a, 1.6 * b)
            stands_out = inner - (2.56 * outer - inner) / 1.56
            yield _boxes_at(stands_out, inner, (a, b), cells)


def _box_mean(heat: Float, width: float, height: float) -> Float:
    size = max(1, round(width)) | 1, max(1, round(height)) | 1
    return np.asarray(cv2.blur(heat, size, borderType=cv2.BORDER_REFLECT), np.float32)


def _boxes_at(
    stands_out: Float, inner: Float, size: tuple[float, float], cells: Cells
) -> tuple[Boxes, Boxes]:
    spacing = max(1, round(0.5 * size[0])) | 1, max(1, round(0.5 * size[1])) | 1
    highest = cv2.dilate(stands_out, np.ones((spacing[1], spacing[0]), np.uint8))
    y, x = np.nonzero((stands_out >= highest) & (stands_out > LEAST_PEAK) & (inner > LEAST_PEAK))
    half = np.array([size[0] / 2, size[1] / 2])
    middle = np.stack([x + 0.5, y + 0.5], axis=1)
    step = np.array([*cells.step, *cells.step])
    boxes = np.concatenate([middle - half, middle + half], axis=1) * step
    limit = [cells.lab.shape[1], cells.lab.shape[0]] * 2
    scores = 0.5 * (stands_out[y, x] + inner[y, x])
    return np.clip(boxes, 0, limit), np.asarray(scores, np.float64)


def _summits(heat: Float, cells: Cells, likeness: Likeness) -> tuple[Boxes, Boxes]:
    """Points where the map is highest within a third of an example's size."""
    width, height = likeness.box
    a, b = width / cells.step[0], height / cells.step[1]
    smooth = _box_mean(heat, a / 3, b / 3)
    spacing = max(1, round(a / 2)) | 1, max(1, round(b / 2)) | 1
    highest = cv2.dilate(smooth, np.ones((spacing[1], spacing[0]), np.uint8))
    y, x = np.nonzero((smooth >= highest) & (smooth > LEVELS[0]))
    points = np.stack([(x + 0.5) * cells.step[0], (y + 0.5) * cells.step[1]], axis=1)
    limit = [cells.lab.shape[1], cells.lab.shape[0]]
    return np.clip(points, 0, limit), np.asarray(smooth[y, x], np.float64)
