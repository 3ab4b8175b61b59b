"""Set operations on run lengths, without decoding.

Two masks cut each other into pieces on which neither changes; all else is a table over the pieces.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from model.rle.runs import Bool, Runs, area


def union(first: Runs, second: Runs) -> Runs:
    """Foreground of either."""
    return _combined(first, second, np.array([False, True, True, True]))


def intersection(first: Runs, second: Runs) -> Runs:
    """Foreground of both."""
    return _combined(first, second, np.array([False, False, False, True]))


def difference(first: Runs, second: Runs) -> Runs:
    """Foreground of the first that is not of the second."""
    return _combined(first, second, np.array([False, False, True, False]))


def symmetric_difference(first: Runs, second: Runs) -> Runs:
    """Foreground of exactly one of the two."""
    return _combined(first, second, np.array([False, True, True, False]))


def union_of(many: Iterable[Runs], height: int, width: int) -> Runs:
    """Foreground of any; empty if there are none."""
    result = np.array([height * width], np.int64)
    for runs in many:
        result = union(result, runs)
    return result


def _segments(first: Runs, second: Runs) -> tuple[Runs, Runs]:
    """Pieces on which neither mask changes: their lengths, and 2 * first + second there."""
    ends_1, ends_2 = np.cumsum(first), np.cumsum(second)
    size_1, size_2 = (int(ends[-1]) if ends.size else 0 for ends in (ends_1, ends_2))
    if size_1 != size_2:
        raise ValueError(f"masks of {size_1} and {size_2} pixels cannot be combined")
    ends = np.sort(np.concatenate((ends_1, ends_2)), kind="stable")
    lengths = np.diff(ends, prepend=0)
    starts = ends - lengths
    value_1 = np.searchsorted(ends_1, starts, side="right") & 1
    value_2 = np.searchsorted(ends_2, starts, side="right") & 1
    return lengths, 2 * value_1 + value_2


def _combined(first: Runs, second: Runs, table: Bool) -> Runs:
    lengths, pair = _segments(first, second)
    kept = lengths > 0
    lengths, value = lengths[kept], table[pair[kept]]
    if not lengths.size:
        return np.zeros(1, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], value[1:] != value[:-1])))
    merged = np.add.reduceat(lengths, starts)
    return np.concatenate(([0], merged)) if value[0] else merged


def intersection_area(first: Runs, second: Runs) -> int:
    """Number of pixels that are foreground in both."""
    lengths, pair = _segments(first, second)
    return int(lengths[pair == 3].sum())


def iou(first: Runs, second: Runs) -> float:
    """Intersection over union; 0.0 if both are empty, as pycocotools has it."""
    shared = intersection_area(first, second)
    joined = area(first) + area(second) - shared
    return shared / joined if joined else 0.0
