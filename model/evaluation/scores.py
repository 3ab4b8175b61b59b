"""From the courses of many objects to the numbers that are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

REPORTED_CLICKS = (1, 2, 3, 5, 9)
EDGE_CLICKS = (1, 5)
THRESHOLDS = (0.85, 0.90)
LOSS = 0.05
"""IoU that a click must not cost."""
SPARSE = 0.35
"""Objects that fill less of their box are hard to tell from their ground by a box."""
SIZES = (("under 0.5 %", 0.005), ("0.5 to 2 %", 0.02), ("2 to 10 %", 0.1), ("over 10 %", 1.01))
"""Size bins by the object's share of the image, upper bounds exclusive."""


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """One object's result.

    Attributes:
        image: file name. index: of the mask in the image. share: object's area / image's area.
        ious, oracle, box, seconds, obeyed, edges, box_edge: see ``protocol.Clicked``.
        labels: of each click, 1 foreground, 0 background. fill: share of its box that the object
            fills.
    """

    image: str
    index: int
    share: float
    ious: tuple[float, ...]
    oracle: float
    box: float
    seconds: tuple[float, ...]
    obeyed: tuple[bool, ...] = ()
    edges: tuple[float, ...] = ()
    box_edge: float = 0.0
    labels: tuple[int, ...] = ()
    fill: float = 1.0

    def iou_at(self, click: int) -> float:
        """IoU after ``click`` clicks; the last one if the course ended before, as the mask was
        then right."""
        return self.ious[min(click, len(self.ious)) - 1]

    def edge_at(self, click: int) -> float:
        """Boundary F after ``click`` clicks, as ``iou_at``; 0 where it was not measured."""
        return self.edges[min(click, len(self.edges)) - 1] if self.edges else 0.0

    def clicks_to(self, threshold: float, most: int) -> int:
        """Clicks until the IoU is at least ``threshold``; ``most`` if it never is."""
        reached = [number for number, iou in enumerate(self.ious, 1) if iou >= threshold]
        return reached[0] if reached else most


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over objects.

    Attributes:
        miou: by number of clicks. noc: mean clicks by threshold in percent. failed: share of
            objects that never reach the threshold. click_ms: median milliseconds per click in the
            model. obeyed: share of all clicks whose pixel came out as it said. edges: boundary F by
            number of clicks. box_edge: that of the boxes' answers.
    """

    objects: int
    miou: dict[int, float]
    oracle: float
    box: float
    noc: dict[int, float]
    failed: dict[int, float]
    click_ms: float
    obeyed: float
    edges: dict[int, float]
    box_edge: float

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; keys of those by clicks or threshold become text."""
        plain = ("objects", "oracle", "box", "click_ms", "obeyed", "box_edge")
        named = {name: getattr(self, name) for name in plain}
        for name in ("miou", "noc", "failed", "edges"):
            named[name] = {str(key): value for key, value in getattr(self, name).items()}
        return named


def summarise(scores: Sequence[ObjectScore], most: int = 20) -> Summary:
    """Raises: ValueError: there are no scores."""
    if not scores:
        raise ValueError("there are no objects to summarise")
    per_cent = {round(100 * t): t for t in THRESHOLDS}
    clicks = {p: [s.clicks_to(t, most) for s in scores] for p, t in per_cent.items()}
    return Summary(
        len(scores),
        {n: float(np.mean([s.iou_at(n) for s in scores])) for n in REPORTED_CLICKS},
        float(np.mean([s.oracle for s in scores])),
        float(np.mean([s.box for s in scores])),
        {p: float(np.mean(found)) for p, found in clicks.items()},
        {p: float(np.mean([max(s.ious) < t for s in scores])) for p, t in per_cent.items()},
        float(np.median([second for s in scores for second in s.seconds]) * 1000),
        float(np.mean([kept for s in scores for kept in s.obeyed] or [True])),
        {n: float(np.mean([s.edge_at(n) for s in scores])) for n in EDGE_CLICKS},
        float(np.mean([s.box_edge for s in scores])),
    )


@dataclass(frozen=True, slots=True)
class SecondClick:
    """What second clicks of one kind did. A corrective click that costs IoU is worse than none.

    Attributes:
        objects: that got one. gain: mean IoU after it less that before. losing: share of them that
            lost more than ``LOSS``.
    """

    objects: int
    gain: float
    losing: float


def second_clicks(scores: Sequence[ObjectScore]) -> dict[str, SecondClick]:
    """By kind of the second click, positive and negative, as far as there are such."""
    found: dict[str, SecondClick] = {}
    for name, label in (("positive", 1), ("negative", 0)):
        gains = np.array(
            [
                s.ious[1] - s.ious[0]
                for s in scores
                if min(len(s.ious), len(s.labels)) > 1 and s.labels[1] == label
            ]
        )
        if len(gains):
            found[name] = SecondClick(
                len(gains), float(gains.mean()), float((gains < -LOSS).mean())
            )
    return found


def sparse_boxes(scores: Sequence[ObjectScore]) -> tuple[int, float]:
    """How many objects fill less than ``SPARSE`` of their box, and the mean IoU of the boxes'
    answers; 0 where there are none."""
    found = [s.box for s in scores if s.fill < SPARSE]
    return len(found), float(np.mean(found)) if found else 0.0


def by_size(scores: Sequence[ObjectScore], most: int = 20) -> dict[str, Summary]:
    """A summary for each size bin that has objects, in the order of ``SIZES``."""
    found: dict[str, Summary] = {}
    lower = 0.0
    for name, upper in SIZES:
        inside = [s for s in scores if lower <= s.share < upper]
        if inside:
            found[name] = summarise(inside, most)
        lower = upper
    return found
