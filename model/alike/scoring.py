"""How like the examples a candidate is: one number from how it looks and what the model says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.alike.examples import Example, Likeness, unit

Rows = npt.NDArray[np.float64]
WEIGHTS = {
    "inside": 2.2,
    "unlike": -0.4,
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
"""Of each feature: a logistic regression on candidates of 46 images (nuclei, food, facades), right
where they overlap an object of the example's kind by half; features whose sign came out against
sense were dropped (distance of colours, shape, share of the box). Measured on other images in
``tests/bench/find_like.py``."""
BIAS = 0.6
SHARPER = 2.0
"""What is more like a mask that was refused than like any example loses so many times that lead."""
LEAST_CONTRAST = 5.0
"""Distance in L*a*b*: with less, colour tells nothing."""


def scores(candidates: Sequence[Example], likeness: Likeness) -> Rows:
    """(N,) in 0 to 1: how sure it is that each is another one like the examples."""
    if not candidates:
        return np.zeros(0)
    raw = _raw(candidates, likeness, likeness.like)
    if likeness.unlike:
        refused = _raw(candidates, likeness, likeness.unlike)
        raw = raw - SHARPER * np.maximum(refused - raw, 0)
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -60, 60))))


def _raw(candidates: Sequence[Example], likeness: Likeness, beside: Sequence[Example]) -> Rows:
    found = features(candidates, likeness, beside)
    return np.asarray(found @ np.array([*WEIGHTS.values()]) + BIAS, np.float64)


def features(candidates: Sequence[Example], likeness: Likeness, beside: Sequence[Example]) -> Rows:
    """(N, 11) float64, see ``WEIGHTS``: each candidate against the one of ``beside`` whose
    embedding is nearest."""
    mean = likeness.ground.mean
    inside = unit(np.array([each.look.inside for each in candidates]) - mean)
    around = unit(np.array([each.look.around for each in candidates]) - mean)
    like = unit(np.array([each.look.inside for each in beside]) - mean)
    near = unit(np.array([each.look.around for each in beside]) - mean)
    nearest = (inside @ like.T).argmax(axis=1)
    ones = [beside[place] for place in nearest]
    own, theirs = (inside * around).sum(axis=1), (like * near).sum(axis=1)[nearest]
    columns = [
        (inside * like[nearest]).sum(axis=1),
        (inside @ near.T).max(axis=1),
        (around * like[nearest]).sum(axis=1),
        own - theirs,
        *_differences(candidates, ones),
        [a.predicted_iou - b.predicted_iou for a, b in zip(candidates, ones, strict=True)],
        [a.stability - b.stability for a, b in zip(candidates, ones, strict=True)],
    ]
    return np.stack([np.asarray(each, np.float64) for each in columns], axis=1)


def _differences(candidates: Sequence[Example], ones: Sequence[Example]) -> list[Rows]:
    """In texture, colour around, size and length, and how much less it stands out."""
    a, b = [each.look for each in candidates], [each.look for each in ones]
    texture = np.array([x.texture - y.texture for x, y in zip(a, b, strict=True)], np.float64)
    ground = np.array([x.ground - y.ground for x, y in zip(a, b, strict=True)], np.float64)
    sizes = [np.log(x.area / y.area) for x, y in zip(a, b, strict=True)]
    lengths = [np.log(x.sides[0] / y.sides[0]) for x, y in zip(a, b, strict=True)]
    own = np.array([each.colour - each.ground for each in a], np.float64)
    theirs = np.array([each.colour - each.ground for each in b], np.float64)
    along = (own * theirs).sum(axis=1) / ((theirs**2).sum(axis=1) + LEAST_CONTRAST**2)
    return [
        np.log1p(np.linalg.norm(texture, axis=1) / 10),
        np.log1p(np.linalg.norm(ground, axis=1) / 10),
        np.abs(sizes),
        np.abs(lengths),
        np.clip(1 - along, 0, 1.5),
    ]
