"""Boxes that overlap: their IoU, and non-maximum suppression."""

from __future__ import annotations

from collections.abc import Iterable

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


class Places:
    """Boxes of pixels that are added one by one, and which of them meet another: of ten thousand in
    a blink, where comparing each with each takes a minute."""

    def __init__(self, boxes: Iterable[tuple[int, int, int, int]] = ()) -> None:
        given = np.array([*boxes], np.int32).reshape(-1, 4)
        self._count = len(given)
        # A row for each side: what is compared lies together.
        self._sides = np.concatenate([given, np.zeros((16, 4), np.int32)]).T.copy()

    def add(self, box: tuple[int, int, int, int]) -> None:
        """One more, behind the others."""
        if self._count == self._sides.shape[1]:
            self._sides = np.concatenate([self._sides, np.zeros_like(self._sides)], axis=1)
        self._sides[:, self._count] = box
        self._count += 1

    def put(self, number: int, box: tuple[int, int, int, int]) -> None:
        """Another box in the place of that one."""
        self._sides[:, number] = box

    def meeting(self, box: tuple[int, int, int, int]) -> list[int]:
        """Numbers of those that share a pixel with it, ascending; see ``boxes_meet``."""
        left, top, right, bottom = self._sides[:, : self._count]
        met = left < box[2]
        met &= right > box[0]
        met &= top < box[3]
        met &= bottom > box[1]
        found: list[int] = met.nonzero()[0].tolist()
        return found
