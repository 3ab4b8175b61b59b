"""Which of the candidates are shown: the likeliest first, none of them twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.alike.asking import Hit
from model.alike.shapes import Shape
from model.boxes import boxes_meet

OVERLAP_IOU = 0.3
INSIDE = 0.6
"""Of two objects of one kind, neither lies in the other by more than this share of its area."""


def ranked(hits: Sequence[Hit], scores: npt.NDArray[np.float64]) -> list[int]:
    """Places of those that stay, the likeliest first: what overlaps a likelier one goes.

    A threshold cuts the list from below; no other choice is needed for it.
    """
    kept: list[int] = []
    for place in np.argsort(-scores, kind="stable").tolist():
        shape = hits[place].shape
        if not any(_same_place(shape, hits[other].shape) for other in kept):
            kept.append(place)
    return kept


def _same_place(shape: Shape, other: Shape) -> bool:
    if not boxes_meet(shape.bounds, other.bounds):
        return False
    shared = shape.shared(other)
    union = shape.area + other.area - shared
    return shared > OVERLAP_IOU * union or shared > INSIDE * min(shape.area, other.area)
