"""The numbers after the class in a line of YOLO's labels, and what they may mean.

By Ultralytics' formats (docs.ultralytics.com/datasets: detect, segment, pose, obb), and what its
``save_txt`` adds at the end of predictions: a confidence, then the number of a track.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.messages import BadValueError

Values = npt.NDArray[np.float64]

SLACK = 0.01
"""Fractions may lie this far outside 0 to 1; they are clipped. More is no fraction."""
BOX, QUAD, LEAST_RING = 4, 8, 6
KEY_POINTS, TRACKS, TURNS = "key points", "track numbers", "turns of boxes"
"""What a line may hold that is not taken over."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the lines of a data set hold.

    Attributes:
        key_points: how many of them each object has, and numbers for each of them, by
            ``kpt_shape`` of ``data.yaml``; None if there are none.
        tracked: whether the last number is that of a track.
        oriented: whether four corners are a box that may be turned.
        posed: counts of numbers that mean key points in some line, though nothing declares any.
    """

    key_points: tuple[int, int] | None = None
    tracked: bool = False
    oriented: bool = False
    posed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """A line.

    Attributes:
        shape: (4,), the centre, width and height of a box, or (N, 2), the corners of a polygon; as
            fractions of the image.
        score: the confidence, or None.
        lost: what else the line holds that is not taken over.
    """

    shape: Values
    score: float | None = None
    lost: tuple[str, ...] = ()


def layout_of(
    lines: Iterable[Values], key_points: tuple[int, int] | None, *, tracked: bool = False
) -> Layout:
    """What lines of a data set tell of all of them."""
    if key_points is not None:
        return Layout(key_points, tracked)
    posed: set[int] = set()
    corners: set[int] = set()
    turned = False
    for values in lines:
        count = len(values)
        tracked |= count > BOX and _is_track(values[-1]) and _inside(values[: min(count - 2, BOX)])
        if _has_visibilities(values) and (values[6::3] == 2).any():
            posed.add(count)
        elif count >= LEAST_RING:
            corners.add(count // 2)
            turned |= count in (QUAD, QUAD + 1) and _is_turned(values[:QUAD])
    return Layout(None, tracked and not posed, turned and corners == {QUAD // 2}, frozenset(posed))


def parse(values: Values, layout: Layout) -> Parsed:
    """What the numbers of a line mean.

    Raises:
        ValueError: they fit no layout, or more than one; or are no fractions.
    """
    count = len(values)
    if layout.key_points is not None and count > BOX:
        points, numbers = layout.key_points
        rest = values[BOX + points * numbers :]
        if count < BOX + points * numbers or len(rest) > 2:
            raise BadValueError(
                "a line with {points} key points needs {needed} values: {count} values given",
                points,
                1 + BOX + points * numbers,
                count + 1,
            )
        score, lost = _ending(rest, layout)
        return Parsed(_checked(values[:BOX]), score, (KEY_POINTS, *lost))
    if count in layout.posed or (count % 2 and _has_visibilities(values)):
        raise BadValueError(
            "its {count} values look like a box with key points: name their number in "
            "data.yaml (kpt_shape)",
            count + 1,
        )
    shape, score, lost = _split(values, layout)
    if len(shape) == BOX:
        return Parsed(_checked(shape), score, lost)
    ring = _checked(shape).reshape(-1, 2)
    if layout.oriented and len(shape) == QUAD:
        around = np.concatenate(((ring.min(0) + ring.max(0)) / 2, np.ptp(ring, axis=0)))
        return Parsed(around, score, (*lost, TURNS))
    return Parsed(ring, score, lost)


def _split(values: Values, layout: Layout) -> tuple[Values, float | None, tuple[str, ...]]:
    """The shape, the confidence, and what else there is."""
    count = len(values)
    if count < BOX:
        raise BadValueError(
            "a line needs a class and four numbers, or at least three corners: {count} "
            "values given",
            count + 1,
        )
    if count <= BOX + 1:
        return (values[:BOX], *_ending(values[BOX:], layout))
    ends = _is_track(values[-1]) or (layout.tracked and values[-1] == 1)
    if count % 2:
        return (values[:-1], *_ending(values[-1:], layout))
    if ends:
        return (values[:-2], *_ending(values[-2:], layout))
    if count == LEAST_RING and values[-1] == 1 and _is_box(values[:BOX]):
        raise BadValueError(
            "it may be three corners, or a box with a confidence and a track number"
        )
    return values, None, ()


def _ending(rest: Values, layout: Layout) -> tuple[float | None, tuple[str, ...]]:
    """Confidence and lost things of up to two numbers at the end of a line."""
    score: float | None = None
    lost: tuple[str, ...] = ()
    for place, value in enumerate(rest):
        last = place == len(rest) - 1
        if last and (_is_track(value) or (layout.tracked and value == 1) or place == 1):
            if value != int(value) or value < 0:
                raise BadValueError("the number of a track must be a whole number")
            lost = (TRACKS,)
        elif 0 <= value <= 1:
            score = float(value)
        else:
            raise BadValueError("a confidence must be from 0 to 1")
    return score, lost


def _is_track(value: float) -> bool:
    """Whether it is the number of a track for sure; 0 and 1 may be fractions as well."""
    return bool(value > 1) and value == int(value)


def _inside(values: Values) -> bool:
    return bool(((values >= -SLACK) & (values <= 1 + SLACK)).all())


def _checked(values: Values) -> Values:
    if not _inside(values):
        raise BadValueError("coordinates must be fractions of the image, from 0 to 1")
    return values


def _is_box(values: Values) -> bool:
    x, y, width, height = values
    return _inside(np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2]))


def _has_visibilities(values: Values) -> bool:
    """Whether they may be a box and points with a visibility of 0, 1 or 2 each."""
    if len(values) < 7 or (len(values) - BOX) % 3 or not _is_box(values[:BOX]):
        return False
    return bool(np.isin(values[6::3], (0, 1, 2)).all())


def _is_turned(values: Values) -> bool:
    """Whether four corners are those of a box whose sides lie aslant."""
    ring = values.reshape(-1, 2)
    sides = np.roll(ring, -1, axis=0) - ring
    aslant = bool((np.abs(sides) > 2e-3).all())
    return aslant and bool(np.abs(sides[0] + sides[2]).max() < 2e-3)
