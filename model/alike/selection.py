"""Which of the candidates are shown: the likeliest first, none of them twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.alike.asking import Hit
from model.alike.shapes import Shape
from model.boxes import Places

Rows = npt.NDArray[np.float64]
NEARLY, SAME_OBJECT = 0.7, 0.4
"""Of candidates that overlap by this IoU, those with this share of the highest score may stand for
it."""
OVERLAP_IOU = 0.3
INSIDE = 0.6
"""Of two objects of one kind, neither lies in the other by more than this share of its area."""


def ranked(hits: Sequence[Hit], scores: Rows) -> list[tuple[int, float]]:
    """Places of those that stay and their scores, the likeliest first: what overlaps a likelier one
    goes.

    Of those nearly as likely in one place the one stays of which the model is surest. A threshold
    cuts the list from below; no other choice is needed for it.
    """
    shapes = [each.shape for each in hits]
    places = Places(each.bounds for each in shapes)
    leads, taken = np.zeros(len(hits), np.bool_), np.zeros(len(hits), np.bool_)
    leaders: list[int] = []
    for place in np.argsort(-scores, kind="stable").tolist():
        meeting = places.meeting(shapes[place].bounds)
        if not any(leads[n] and _same_place(shapes[place], shapes[n]) for n in meeting):
            leads[place] = True
            leaders.append(place)
    kept: list[tuple[int, float]] = []
    for leader in leaders:
        best = _surest(leader, hits, scores, places)
        meeting = places.meeting(shapes[best].bounds)
        if any(taken[n] and _same_place(shapes[best], shapes[n]) for n in meeting):
            best = leader
        taken[best] = True
        kept.append((best, float(scores[leader])))
    return kept


def _surest(leader: int, hits: Sequence[Hit], scores: Rows, places: Places) -> int:
    """The best mask of the object that ``leader`` is one of."""
    shape = hits[leader].shape
    near = [
        place
        for place in places.meeting(shape.bounds)
        if scores[place] >= NEARLY * scores[leader] and hits[place].shape.iou(shape) >= SAME_OBJECT
    ]

    def worth(place: int) -> float:
        seen = hits[place].seen
        return seen.predicted_iou + seen.stability + float(scores[place])

    return max(near, key=worth, default=leader)


def _same_place(shape: Shape, other: Shape) -> bool:
    shared = shape.shared(other)
    union = shape.area + other.area - shared
    return shared > OVERLAP_IOU * union or shared > INSIDE * min(shape.area, other.area)
