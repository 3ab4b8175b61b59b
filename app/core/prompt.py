"""What the annotator points at: clicks and a box, in image pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite
from struct import pack

from model.messages import say

REACH_PX, REACH = 2.0, 0.01
"""So far beyond the image, in pixels or as a share of its longer side if that is more, a point
still means the image's edge: files count pixels from 1, from their centres or their corners."""


SAME_OBJECT_IOU = 0.3
"""Two boxes that share more are the same object's: the second is the first, drawn better."""

_A_POINT, _A_BOX = say("a point"), say("a box")


def _require_finite(what: str, *values: float) -> None:
    if not all(isfinite(value) for value in values):
        raise ValueError(
            say("{what} needs finite coordinates in image pixels, given {given}", what, values)
        )


def _single(value: float) -> bytes:
    """As a number of single precision."""
    return pack("f", value)


@dataclass(frozen=True, slots=True)
class Point:
    """A click.

    Attributes:
        x, y: image pixels, finite; may lie outside the image.
        positive: whether it is on the object, or on what does not belong to it.
    """

    x: float
    y: float
    positive: bool = True

    def __post_init__(self) -> None:
        _require_finite(_A_POINT, self.x, self.y)

    def clipped(self, height: int, width: int) -> Point | None:
        """Inside an image of that size; None for one that lies further outside than ``REACH``."""
        x, y = min(max(self.x, 0), width), min(max(self.y, 0), height)
        if max(abs(x - self.x), abs(y - self.y)) > max(REACH_PX, REACH * max(height, width)):
            return None
        return self if (x, y) == (self.x, self.y) else replace(self, x=x, y=y)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle around the object: x0 < x1 and y0 < y1, in image pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        _require_finite(_A_BOX, self.x0, self.y0, self.x1, self.y1)
        if self.x0 >= self.x1 or self.y0 >= self.y1:
            raise ValueError(
                say(
                    "a box needs x0 < x1 and y0 < y1, given {given}: order its corners, and drag "
                    "further than one pixel",
                    (self.x0, self.y0, self.x1, self.y1),
                )
            )

    @classmethod
    def between(cls, x: float, y: float, other_x: float, other_y: float) -> Box:
        """The box with these two opposite corners, in any order; ValueError if it has no area."""
        return cls(min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y))

    @property
    def xywh(self) -> tuple[float, float, float, float]:
        """(x, y, width, height), COCO's order."""
        return self.x0, self.y0, self.x1 - self.x0, self.y1 - self.y0

    def clipped(self, height: int, width: int) -> Box | None:
        """The part inside an image of that size; None if there is none that a model, which counts
        in single precision, could tell from a line."""
        x0, y0 = max(self.x0, 0), max(self.y0, 0)
        x1, y1 = min(self.x1, width), min(self.y1, height)
        if x0 >= x1 or y0 >= y1 or _single(x0) == _single(x1) or _single(y0) == _single(y1):
            return None
        return (
            self
            if (x0, y0, x1, y1) == (self.x0, self.y0, self.x1, self.y1)
            else Box(x0, y0, x1, y1)
        )

    def holds(self, point: Point) -> bool:
        return self.x0 <= point.x <= self.x1 and self.y0 <= point.y <= self.y1

    def encloses(self, other: Box) -> bool:
        return (
            self.x0 <= other.x0 and self.y0 <= other.y0
            and self.x1 >= other.x1 and self.y1 >= other.y1
        )  # fmt: skip

    def iou(self, other: Box) -> float:
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        shared = max(width, 0.0) * max(height, 0.0)
        areas = (each.xywh[2] * each.xywh[3] for each in (self, other))
        return shared / (sum(areas) - shared)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Points in the order they were clicked and at most one box; both may be missing."""

    points: tuple[Point, ...] = ()
    box: Box | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.points, tuple):
            object.__setattr__(self, "points", tuple(self.points))

    @classmethod
    def of(cls, *points: Point, box: Box | None = None) -> Prompt:
        return cls(points, box)

    @property
    def is_empty(self) -> bool:
        return not self.points and self.box is None

    @property
    def clicks(self) -> int:
        """Gestures that made it: each point, and the box, is one."""
        return len(self.points) + (self.box is not None)

    def with_point(self, point: Point) -> Prompt:
        return replace(self, points=(*self.points, point))

    def with_box(self, box: Box | None) -> Prompt:
        """With this box instead of the one it has; None takes it away."""
        return self if box == self.box else replace(self, box=box)

    def with_point_moved(self, index: int, x: float, y: float) -> Prompt:
        """With point ``index`` at (x, y); IndexError if there is none."""
        moved = replace(self.points[index], x=x, y=y)
        return self._with_point_at(index, (moved,)) if moved != self.points[index] else self

    def with_point_flipped(self, index: int) -> Prompt:
        """With point ``index`` positive if it was negative and the other way round."""
        point = self.points[index]
        return self._with_point_at(index, (replace(point, positive=not point.positive),))

    def without_point(self, index: int) -> Prompt:
        """Without point ``index``; IndexError if there is none."""
        return self._with_point_at(index, ())

    def clipped(self, height: int, width: int) -> Prompt:
        """What of it can be asked of an image of that size; empty if nothing can.

        A box loses what lies outside. A point a little outside moves to the edge, one further off
        says nothing of the image and is left out.
        """
        box = None if self.box is None else self.box.clipped(height, width)
        moved = (point.clipped(height, width) for point in self.points)
        points = tuple(point for point in moved if point is not None)
        return self if (points, box) == (self.points, self.box) else Prompt(points, box)

    def is_elsewhere(self, box: Box) -> bool:
        """Whether ``box`` is drawn around another object than the one this prompt points at.

        A box that holds one of the clicks on the object is about it. So is one drawn anew: much the
        same as the box there is, or around all of that.
        """
        clicked = [point for point in self.points if point.positive]
        if any(box.holds(point) for point in clicked):
            return False
        if self.box is None:
            return bool(clicked)
        return not box.encloses(self.box) and self.box.iou(box) < SAME_OBJECT_IOU

    def extends(self, other: Prompt) -> bool:
        """Whether it is ``other`` or adds to it, so that the logits of ``other`` still hold for it.

        Points may be added behind the others', and a box where there was none.
        """
        return self.points[: len(other.points)] == other.points and (
            other.box is None or other.box == self.box
        )

    def _with_point_at(self, index: int, points: Iterable[Point]) -> Prompt:
        place = range(len(self.points))[index]
        return replace(self, points=(*self.points[:place], *points, *self.points[place + 1 :]))


@dataclass(frozen=True, slots=True)
class Step:
    """One question to the model on the way to a mask.

    Attributes:
        prompt: the whole prompt at that moment.
        time_s: seconds since work on the object began.
        candidate: which of the answers was shown; None for the only one.
        refined: whether the question was asked again with the previous logits and nothing new.
        window: the part of the image the model was shown, x0, y0, x1, y1; None for the whole.
    """

    prompt: Prompt
    time_s: float = 0.0
    candidate: int | None = None
    refined: bool = False
    window: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if not isfinite(self.time_s) or self.time_s < 0:
            raise ValueError(say("a step's time is seconds from 0 on, given {given}", self.time_s))
        if self.candidate is not None and self.candidate < 0:
            raise ValueError(say("a candidate is counted from 0, given {given}", self.candidate))
        if self.window is not None:
            x0, y0, x1, y1 = self.window
            if not (0 <= x0 < x1 and 0 <= y0 < y1):
                raise ValueError(say("a window is x0 < x1 and y0 < y1, given {given}", self.window))
