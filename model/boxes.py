"""Boxes that overlap: their IoU, and non-maximum suppression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def box_iou(one: Float, other: Float) -> npt.NDArray[np.float64]:
    """IoU (N, M) of every box of ``one`` (N, 4) with all of ``other`` (M, 4), as x0, y0, x1, y1."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=-1) for boxes in (one, other)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-12), np.float64)


def nms(
    boxes: Float,
    scores: Float,
    overlap: float,
    classes: Ints | None = None,
    most: int | None = None,
) -> Ints:
    """Indices of the boxes that stay, the surest first: greedy non-maximum suppression.

    Args:
        boxes: (N, 4) x0, y0, x1, y1.
        scores: (N,); of equal ones the earlier wins.
        overlap: a box goes if its IoU with a surer one of its class is above this.
        classes: (N,); None if all compete with all.
        most: so many are enough, which bounds the time to this times N; None for all.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order) and (most is None or len(kept) < most):
        first, rest = int(order[0]), order[1:]
        kept.append(first)
        gone = box_iou(boxes[first : first + 1], boxes[rest])[0] > overlap
        if classes is not None:
            gone &= classes[rest] == classes[first]
        order = rest[~gone]
    return np.array(kept, np.int64)


def boxes_meet(first: tuple[int, int, int, int], second: tuple[int, int, int, int]) -> bool:
    """Whether two boxes, x0, y0, x1, y1 with the ends excluded, share a pixel."""
    return (
        first[0] < second[2]
        and second[0] < first[2]
        and first[1] < second[3]
        and second[1] < first[3]
    )
