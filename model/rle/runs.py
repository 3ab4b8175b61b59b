"""Run lengths of a mask: what is a valid one, and what it tells without more.

The conventions are those of ``model.rle``.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from model.messages import BadValueError, say

Bool = npt.NDArray[np.bool_]
Runs = npt.NDArray[np.int64]
Bounds = tuple[int, int, int, int]

MAX_PIXELS = 1 << 30
"""Largest H * W of a mask; a 32,768 pixel square. Larger sizes in a file are taken for damage."""


def checked_size(height: int, width: int) -> tuple[int, int]:
    """The size of a mask as two ints.

    Raises:
        ValueError: negative, no whole number, or more than ``MAX_PIXELS`` in all.
    """
    try:
        rows, columns = index(height), index(width)
        whole = not isinstance(height, bool) and not isinstance(width, bool)
    except TypeError:
        whole = False
    if not whole:
        raise BadValueError(
            "a mask size is two whole numbers (height, width), given {height}, {width}",
            repr(height),
            repr(width),
        )
    if rows < 0 or columns < 0 or max(rows, columns, rows * columns) > MAX_PIXELS:
        raise BadValueError(
            "mask size out of range: {rows} x {columns}, allowed are 0 to {most} pixels",
            rows,
            columns,
            MAX_PIXELS,
        )
    return rows, columns


def checked_runs(runs: npt.ArrayLike, height: int, width: int) -> Runs:
    """``runs`` as (R,) int64 if they tile an image of ``height`` x ``width``; not made canonical.

    Raises:
        ValueError: not a flat list of whole numbers, a negative length, more runs than pixels
            allow, a wrong sum.
    """
    rows, columns = checked_size(height, width)
    pixels = rows * columns
    if isinstance(runs, Sequence) and len(runs) > pixels + 1:
        raise _too_many(len(runs), rows, columns)
    given = _whole_numbers(runs)
    if given.size > pixels + 1:
        raise _too_many(given.size, rows, columns)
    if given.size and (int(given.min()) < 0 or int(given.max()) > pixels):
        what = say(
            "a mask run is shorter than 0 or longer than the image's {pixels} pixels", pixels
        )
        raise ValueError(what)
    lengths = given.astype(np.int64)
    total = int(lengths.sum())
    if total != pixels:
        what = say(
            "mask runs cover {total} pixels, the image of {rows} x {columns} has {pixels}",
            total,
            rows,
            columns,
            pixels,
        )
        raise ValueError(what)
    return lengths


def _whole_numbers(runs: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        given = np.asarray(runs)
    except (OverflowError, ValueError, TypeError):
        raise BadValueError("mask runs must be a flat list of whole numbers") from None
    if given.ndim != 1 or (given.dtype.kind not in "iu" and given.size):
        what = say(
            "mask runs must be a flat list of whole numbers, given {dtype} of shape {shape}",
            given.dtype,
            given.shape,
        )
        raise ValueError(what)
    return given


def _too_many(count: int, rows: int, columns: int) -> ValueError:
    what = say(
        "{count} runs are too many for a mask of {rows} x {columns} pixels", count, rows, columns
    )
    return ValueError(what)


def canonical(runs: Runs) -> Runs:
    """The shortest form of ``runs``: no zero length but the first; ``[0]`` for no pixels."""
    if runs.size and (runs.size == 1 or runs[1:].all()):
        return runs
    kept = np.flatnonzero(runs)
    if not kept.size:
        return np.zeros(1, np.int64)
    value = kept & 1
    first = np.flatnonzero(np.concatenate(([True], value[1:] != value[:-1])))
    lengths = np.add.reduceat(runs[kept], first)
    return np.concatenate(([0], lengths)) if value[0] else lengths


def area(runs: Runs) -> int:
    """Number of foreground pixels."""
    return int(runs[1::2].sum())


def bounds(runs: Runs, height: int) -> Bounds | None:
    """(x0, y0, x1, y1) around the foreground, x1 and y1 exclusive; None if there is none."""
    lengths = runs[1::2]
    ends = np.cumsum(runs)[1::2]
    filled = lengths > 0
    if not filled.all():
        lengths, ends = lengths[filled], ends[filled]
    if not lengths.size:
        return None
    starts = ends - lengths
    x0, x1 = int(starts[0]) // height, (int(ends[-1]) - 1) // height + 1
    rows = starts % height
    bottom = int((rows + lengths).max())
    # A run over the end of a column touches the bottom row and the top row.
    return (x0, 0, x1, height) if bottom > height else (x0, int(rows.min()), x1, bottom)


def bbox(runs: Runs, height: int) -> tuple[int, int, int, int]:
    """COCO's box (x, y, width, height); zeros for an empty mask."""
    box = bounds(runs, height)
    return (0, 0, 0, 0) if box is None else (box[0], box[1], box[2] - box[0], box[3] - box[1])
