"""How like the examples a candidate is: one number from how it looks and what the model says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.alike.examples import Example, Likeness, unit

Rows = npt.NDArray[np.float64]
WEIGHTS = {
    "inside": 2.2,
    "surroundings": -0.4,
    "around": -0.6,
    "contrast": -0.6,
    "texture": -0.5,
    "ground": -0.2,
    "size": -1.3,
    "long": -0.7,
    "faint": -0.7,
    "predicted_iou": 1.5,
    "stability": 0.9,
}
"""Of each feature: a logistic regression on candidates of images (nuclei, food, facades), right
where they overlap an object of the example's kind by half; features whose sign came out against
sense were dropped (distance of colours, shape, share of the box). Measured on other images in
``tests/bench/find_like.py``."""
BIAS = 0.8
"""0.2 above that regression's: since what overlaps is left out, more can be shown."""
REFUSED = 0.5
"""What is more like a mask that was refused than like any example loses this share of the lead."""
FEW = 3
"""So many rejections count half: the first of them are often of a bad mask, not of another kind."""
REFERENCES = 24
"""A candidate is compared with so many examples at the most, the first; they are drawn by lot."""
LEAST_CONTRAST = 5.0
"""Distance in L*a*b*: with less, colour tells nothing."""


def scores(candidates: Sequence[Example], likeness: Likeness) -> Rows:
    """(N,) in 0 to 1: how sure it is that each is another one like the examples.

    Each is compared with the example it is most like. What was accepted counts as examples, too.
    Decisions change the order: the scores themselves are handed out anew in that order, for more
    examples make everything look a little likelier.
    """
    if not candidates:
        return np.zeros(0)
    first = _beside(candidates, likeness.like, likeness)
    if not (likeness.accepted or likeness.rejected or likeness.unlike):
        return _logistic(first)
    better = first
    if likeness.accepted:
        better = np.maximum(first, _beside(candidates, likeness.accepted, likeness))
    for refused, weight in ((likeness.unlike, 1.0), (likeness.rejected, _telling(likeness))):
        if refused:
            lead = _beside(candidates, refused, likeness) - better
            better = better - REFUSED * weight * np.maximum(lead, 0)
    result = np.empty(len(first))
    result[np.argsort(better, kind="stable")] = np.sort(first)
    return _logistic(result)


def _telling(likeness: Likeness) -> float:
    """How much rejections tell, in 0 to 1.

    Much of what is rejected is of the right kind and badly cut, or a double: then what was accepted
    is as like the rejected as like the examples, and to hold these against others costs right ones.
    Measured in ``tests/bench/find_like.py``.
    """
    rejected, accepted = likeness.rejected, likeness.accepted
    share = len(rejected) / (len(rejected) + FEW)
    if not rejected or not accepted:
        return share
    apart = _beside(accepted, likeness.like, likeness)
    if len(accepted) > 1:
        others = [
            _beside([each], [*accepted[:number], *accepted[number + 1 :]], likeness)[0]
            for number, each in enumerate(accepted[:REFERENCES])
        ]
        apart = np.maximum(apart[:REFERENCES], others)
    alike = _beside(accepted[:REFERENCES], rejected, likeness)
    return share * float(np.mean(apart[:REFERENCES] > alike))


def _beside(candidates: Sequence[Example], some: Sequence[Example], likeness: Likeness) -> Rows:
    """(N,) logits beside that of ``some`` which makes it likeliest."""
    found = features(candidates, some[:REFERENCES], likeness)
    worth = found @ np.array([*WEIGHTS.values()]) + BIAS
    return np.asarray(worth.max(axis=1), np.float64)


def features(
    candidates: Sequence[Example], references: Sequence[Example], likeness: Likeness
) -> Rows:
    """(N, M, 11) float64, see ``WEIGHTS``: each candidate beside each of the references."""
    one, other = _Looks(candidates, likeness), _Looks(references, likeness)
    inside = one.inside @ other.inside.T
    along = (one.own @ other.own.T) / ((other.own**2).sum(axis=1) + LEAST_CONTRAST**2)
    columns = [
        inside,
        np.broadcast_to((one.inside @ other.around.T).max(axis=1)[:, None], inside.shape),
        one.around @ other.inside.T,
        one.alike[:, None] - other.alike,
        np.log1p(np.linalg.norm(one.texture[:, None] - other.texture, axis=2) / 10),
        np.log1p(np.linalg.norm(one.ground[:, None] - other.ground, axis=2) / 10),
        np.abs(one.size[:, None] - other.size),
        np.abs(one.long[:, None] - other.long),
        np.clip(1 - along, 0, 1.5),
        one.predicted_iou[:, None] - other.predicted_iou,
        one.stability[:, None] - other.stability,
    ]
    return np.stack([np.asarray(each, np.float64) for each in columns], axis=2)


class _Looks:
    """Many looks, a row each."""

    def __init__(self, seen: Sequence[Example], likeness: Likeness) -> None:
        looks, mean = [each.look for each in seen], likeness.ground.mean
        self.inside = unit(np.array([each.inside for each in looks]) - mean)
        self.around = unit(np.array([each.around for each in looks]) - mean)
        self.alike = (self.inside * self.around).sum(axis=1)
        self.texture = np.array([each.texture for each in looks], np.float64)
        self.ground = np.array([each.ground for each in looks], np.float64)
        self.own = np.array([each.colour for each in looks], np.float64) - self.ground
        self.size = np.log([each.area for each in looks])
        self.long = np.log([each.sides[0] for each in looks])
        self.predicted_iou = np.array([each.predicted_iou for each in seen])
        self.stability = np.array([each.stability for each in seen])


def _logistic(values: Rows) -> Rows:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))), np.float64)
