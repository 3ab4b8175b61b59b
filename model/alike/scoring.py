"""How like the examples a candidate is: one number from how it looks and what the model says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.alike.examples import Example, Likeness, unit
from model.interface import Float

Rows = npt.NDArray[np.float64]
NAMES = (
    "inside", "unlike", "around", "contrast", "colour", "texture", "ground", "size", "long",
    "shape", "fill", "predicted_iou", "stability",
)  # fmt: skip


def features(candidates: Sequence[Example], likeness: Likeness) -> Rows:
    """(N, 13) float64, see ``NAMES``: each candidate beside the example it is most like."""
    if not candidates:
        return np.zeros((0, len(NAMES)))
    mean = likeness.ground.mean
    inside = unit(np.array([each.look.inside for each in candidates]) - mean)
    around = unit(np.array([each.look.around for each in candidates]) - mean)
    like = likeness.directions("like")
    beside = inside @ like.T
    nearest = beside.argmax(axis=1)
    ones = [likeness.like[place] for place in nearest]
    unlike = np.concatenate([likeness.directions("unlike"), likeness.directions("around")])
    own = (inside * around).sum(axis=1)
    theirs = (like * likeness.directions("around")).sum(axis=1)[nearest]
    columns = [
        beside.max(axis=1),
        (inside @ unlike.T).max(axis=1),
        (around * like[nearest]).sum(axis=1),
        own - theirs,
        *_differences(candidates, ones),
        [a.predicted_iou - b.predicted_iou for a, b in zip(candidates, ones, strict=True)],
        [a.stability - b.stability for a, b in zip(candidates, ones, strict=True)],
    ]
    return np.stack([np.asarray(each, np.float64) for each in columns], axis=1)


def _differences(candidates: Sequence[Example], ones: Sequence[Example]) -> list[Rows]:
    """In colour, texture, colour around, size, length, shape and fill."""
    a, b = [each.look for each in candidates], [each.look for each in ones]

    def of(looks: Sequence[object], name: str) -> Float:
        return np.array([getattr(each, name) for each in looks], np.float64)

    colour = np.linalg.norm(of(a, "colour") - of(b, "colour"), axis=1)
    texture = np.linalg.norm(of(a, "texture") - of(b, "texture"), axis=1)
    ground = np.linalg.norm(of(a, "ground") - of(b, "ground"), axis=1)
    size = np.abs(np.log(of(a, "area") / of(b, "area")))
    sides, others = of(a, "sides"), of(b, "sides")
    long = np.log(sides[:, 0] / others[:, 0])
    shape = np.log((sides[:, 0] / sides[:, 1]) / (others[:, 0] / others[:, 1]))
    fill = of(a, "fill") - of(b, "fill")
    return [
        np.log1p(colour / 10), np.log1p(texture / 10), np.log1p(ground / 10),
        size, np.abs(long), np.abs(shape), np.abs(fill),
    ]  # fmt: skip


WEIGHTS = np.array([3.0, -1.0, -0.5, -0.5, -1.0, -0.5, -0.2, -1.0, -0.3, -0.5, -1.0, 2.0, 1.0])
BIAS = 0.0


def scores(candidates: Sequence[Example], likeness: Likeness) -> Rows:
    """(N,) in 0 to 1: how sure it is that each is another one like the examples."""
    raw = features(candidates, likeness) @ WEIGHTS + BIAS
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -60, 60))))
