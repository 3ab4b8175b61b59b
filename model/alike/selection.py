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
OVERLAP_IOU = 0.1
INSIDE = 0.6
"""Of two objects of one kind, neither lies in the other by more than this share of its area."""
PART_SCORE, PART_AREA, GROUP_AREA = 0.3, 0.7, 0.5
"""A mask is a group of objects if it holds two or more with this share of its own score, each at
most that share of its area and all together more than the last; measured on nuclei, food, facades
and bins (``tests/bench/find_like.py``)."""
HELD, APART = 0.8, 0.1
"""Shares of a part that lie in the group, and at the most in another part."""
GROUPED = 0.5
"""A group keeps this share of its score: its parts come before it."""


def ranked(hits: Sequence[Hit], scores: Rows) -> list[tuple[int, float]]:
    """Places of those that stay and their scores, the likeliest first: what overlaps a likelier one
    goes.

    Of those nearly as likely in one place the one stays of which the model is surest. A threshold
    cuts the list from below; no other choice is needed for it.
    """
    shapes = [each.shape for each in hits]
    places = Places(each.bounds for each in shapes)
    groups = [_is_group(place, shapes, scores, places) for place in range(len(hits))]
    scores = np.where(groups, GROUPED * scores, scores)
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
        # Another's place counts though what stands for it is not chosen yet: it may be its leader.
        others = [n for n in meeting if taken[n] or (leads[n] and n != leader)]
        if any(_same_place(shapes[best], shapes[n]) for n in others):
            best = leader
        taken[best] = True
        kept.append((best, float(scores[leader])))
    return kept


def _is_group(place: int, shapes: Sequence[Shape], scores: Rows, places: Places) -> bool:
    """Whether a mask holds two or more others that are about as likely, and little else."""
    whole = shapes[place]
    parts: list[Shape] = []
    near = [n for n in places.meeting(whole.bounds) if scores[n] >= PART_SCORE * scores[place]]
    for number in sorted(near, key=lambda each: -scores[each]):
        part = shapes[number]
        if number == place or part.area >= PART_AREA * whole.area:
            continue
        if part.shared(whole) <= HELD * part.area:
            continue
        if all(part.shared(other) < APART * min(part.area, other.area) for other in parts):
            parts.append(part)
    return len(parts) > 1 and sum(each.area for each in parts) > GROUP_AREA * whole.area


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
