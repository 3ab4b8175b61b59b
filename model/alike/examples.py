"""What is looked for: how the examples look, those it is not, and their surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from model.alike.cells import Cells, Look
from model.interface import Float


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One mask that is like what is looked for, or not.

    Attributes:
        look: how it looks.
        predicted_iou, stability: what the model says of its own answer to the mask's box.
    """

    look: Look
    predicted_iou: float
    stability: float


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Mean of the cells of the views that the examples were seen in; sums, so they can be added.

    Attributes:
        total: (C,) float64 sum of the cells.
        count: of cells.
    """

    total: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    count: int

    @classmethod
    def of(cls, cells: Cells) -> Ground:
        values = cells.values.reshape(-1, cells.values.shape[2])
        return cls(values.sum(axis=0, dtype=np.float64), len(values))

    def __add__(self, other: Ground) -> Ground:
        return Ground(self.total + other.total, self.count + other.count)

    @property
    def mean(self) -> Float:
        return np.asarray(self.total / max(self.count, 1), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What one image teaches: examples on it, of both kinds, and its ground."""

    like: tuple[Example, ...]
    unlike: tuple[Example, ...]
    ground: Ground


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """All that is known of what is looked for; immutable, so it may cross threads.

    Attributes:
        like: examples of it, at least one.
        unlike: examples of what it is not.
        accepted, rejected: decisions on what was found by them, examples that came later.
        ground: of the views they were seen in.
        model: identity of the model whose embeddings they are of.

    Raises:
        ValueError: there is no example.
    """

    like: tuple[Example, ...]
    unlike: tuple[Example, ...]
    ground: Ground
    model: str
    accepted: tuple[Example, ...] = ()
    rejected: tuple[Example, ...] = ()
    _cache: dict[str, Float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.like:
            raise ValueError("nothing is like no example: give one mask or more")

    @classmethod
    def of(cls, lessons: Sequence[Lesson], model: str) -> Likeness:
        """What several images teach. Raises: ValueError: none has an example."""
        like = tuple(each for lesson in lessons for each in lesson.like)
        unlike = tuple(each for lesson in lessons for each in lesson.unlike)
        if not like:
            raise ValueError("nothing is like no example: give one mask or more")
        grounds = [lesson.ground for lesson in lessons]
        return cls(like, unlike, sum(grounds[1:], grounds[0]), model)

    @property
    def side(self) -> float:
        """Of a square with the area of the middle one of the examples, image pixels."""
        return float(np.sqrt(np.median([each.look.area for each in self.like])))

    @property
    def box(self) -> tuple[float, float]:
        """Width and height of the examples' boxes, the middle ones, image pixels."""
        bounds = np.array([each.look.bounds for each in self.like], np.float64)
        width, height = np.median(bounds[:, 2:] - bounds[:, :2], axis=0)
        return float(width), float(height)

    @property
    def longest(self) -> float:
        return max(self.box)

    def with_decisions(self, accepted: Sequence[Example], rejected: Sequence[Example]) -> Likeness:
        """With more decisions."""
        return replace(
            self,
            accepted=(*self.accepted, *accepted),
            rejected=(*self.rejected, *rejected),
            _cache={},
        )

    def directions(self, which: str) -> Float:
        """(N, C) float32 unit vectors of the examples' insides (``like``, ``unlike``), or of what
        lies around those that are like (``around``), the ground's mean taken off."""
        if which not in self._cache:
            looks = [each.look for each in (self.unlike if which == "unlike" else self.like)]
            rows = [each.around if which == "around" else each.inside for each in looks]
            self._cache[which] = unit(
                np.array(rows, np.float32).reshape(len(rows), -1) - self.ground.mean
                if rows
                else np.zeros((0, len(self.ground.total)), np.float32)
            )
        return self._cache[which]


def unit(rows: Float) -> Float:
    """Each row with length 1."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), np.float32)
