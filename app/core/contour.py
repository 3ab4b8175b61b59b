"""The outlines of a mask along the edges of its pixels.

They are found from the run lengths alone, without decoding: the ends of the runs are horizontal
edges of pixels, those side by side join to one segment, and the ends of the segments on each
vertical line of the grid, taken from the top, pair up to the vertical edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.mask import Mask
from app.core.polygon import Polygon, filled, signed_area

Ints = npt.NDArray[np.int64]
Corner = tuple[int, int]


def outlines(mask: Mask) -> tuple[Polygon, ...]:
    """The parts of ``mask`` with their holes; ``filled`` makes exactly the mask of them again.

    A part hangs together by sides of pixels; two pixels that touch at a corner only are two parts.
    No ring touches itself, so each polygon is valid by the usual rules (OGC simple features).
    """
    if mask.bounds is None:
        return ()
    intervals = _Intervals.of(mask)
    segments = _Segments.of(intervals)
    rings = [ring for cycle in segments.cycles() for ring in _untouching(cycle)]
    return _nested([np.array(ring, np.int64) for ring in rings], intervals, segments)


def simplified_outlines(mask: Mask, tolerance_px: float) -> tuple[tuple[Polygon, ...], float]:
    """Outlines with fewer corners, and the IoU in [0, 1] of what they enclose with ``mask``."""
    from app.core.outlines import simplified

    polygons = simplified(outlines(mask), tolerance_px)
    return polygons, filled(polygons, mask.height, mask.width).iou(mask)


@dataclass(frozen=True, slots=True)
class _Intervals:
    """The runs of foreground cut at the ends of columns, in order: (N,) each.

    ``column`` is where they are, ``top`` their first row, ``bottom`` the row after the last, and
    ``pitch`` a number larger than any row, to make keys of pairs.
    """

    column: Ints
    top: Ints
    bottom: Ints
    pitch: int

    @classmethod
    def of(cls, mask: Mask) -> _Intervals:
        height = mask.height
        ends = np.cumsum(mask.runs)[1::2]
        starts = ends - mask.runs[1::2]
        first, top = np.divmod(starts, height)
        last, bottom = np.divmod(ends - 1, height)
        count = last - first + 1
        run = np.repeat(np.arange(starts.size), count)
        before = np.cumsum(count) - count
        column = first[run] + np.arange(run.size) - before[run]
        return cls(
            column,
            np.where(column == first[run], top[run], 0),
            np.where(column == last[run], bottom[run] + 1, height),
            height + 1,
        )


@dataclass(frozen=True, slots=True)
class _Segments:
    """Maximal horizontal edges, (S,) each, ordered by (above, y, x0).

    ``above`` tells whether the foreground is above the edge. An edge with the foreground below runs
    from x0 to x1, one with the foreground above from x1 to x0: the foreground is on its right hand.
    """

    above: Ints
    y: Ints
    x0: Ints
    x1: Ints

    @classmethod
    def of(cls, intervals: _Intervals) -> _Segments:
        above = np.repeat(np.array([0, 1]), intervals.column.size)
        y = np.concatenate((intervals.top, intervals.bottom))
        x = np.concatenate((intervals.column, intervals.column))
        order = np.lexsort((x, y, above))
        above, y, x = above[order], y[order], x[order]
        joined = (x[1:] == x[:-1] + 1) & (y[1:] == y[:-1]) & (above[1:] == above[:-1])
        first = np.flatnonzero(np.concatenate(([True], ~joined)))
        last = np.concatenate((first[1:], [x.size])) - 1
        return cls(above[first], y[first], x[first], x[last] + 1)

    def cycles(self) -> list[list[Corner]]:
        """The corners (x, y) of each closed outline, clockwise around foreground."""
        number = np.arange(self.y.size)
        x = np.concatenate((self.x0, self.x1))
        y, segment = np.tile(self.y, 2), np.tile(number, 2)
        below = np.tile(1 - self.above, 2)
        # Where two pixels touch at a corner, two ends share it. The one of the pixel above pairs
        # upwards, the one of the pixel below downwards: each outline turns around its own pixel.
        order = np.lexsort((below, y, x))
        upper, lower = order[0::2], order[1::2]
        is_head = np.concatenate((self.above == 1, self.above == 0))
        head = np.where(is_head[upper], upper, lower)
        tail = np.where(is_head[upper], lower, upper)
        follower = np.empty_like(number)
        follower[segment[head]] = segment[tail]
        begin = np.where(self.above == 1, self.x1, self.x0).tolist()
        end = np.where(self.above == 1, self.x0, self.x1).tolist()
        return _followed(follower.tolist(), begin, end, self.y.tolist())


def _followed(
    follower: list[int], begin: list[int], end: list[int], y: list[int]
) -> list[list[Corner]]:
    cycles: list[list[Corner]] = []
    for first, following in enumerate(follower):
        if following < 0:
            continue
        cycle: list[Corner] = []
        current = first
        while follower[current] >= 0:
            cycle.append((begin[current], y[current]))
            cycle.append((end[current], y[current]))
            follower[current], current = -1, follower[current]
        cycles.append(cycle)
    return cycles


def _untouching(cycle: list[Corner]) -> list[list[Corner]]:
    """``cycle`` cut into rings that visit no corner twice."""
    if len(set(cycle)) == len(cycle):
        return [cycle]
    rings: list[list[Corner]] = []
    path: list[Corner] = []
    place: dict[Corner, int] = {}
    for corner in cycle:
        if corner in place:
            start = place[corner]
            rings.append(path[start:])
            for left in path[start:]:
                del place[left]
            del path[start:]
        place[corner] = len(path)
        path.append(corner)
    rings.append(path)
    return rings


def _nested(rings: list[Ints], intervals: _Intervals, segments: _Segments) -> tuple[Polygon, ...]:
    """Polygons of ``rings``: each hole goes to the part whose pixels surround it."""
    is_hole = [signed_area(ring.astype(np.float64)) < 0 for ring in rings]
    holes: dict[int, list[Ints]] = {n: [] for n, hole in enumerate(is_hole) if not hole}
    if len(holes) < len(rings):
        above = _ring_above(rings, intervals)
        owner = list(range(len(rings)))
        # The ring above a hole begins higher than the hole, so it already knows its part.
        for number in sorted(range(len(rings)), key=lambda n: int(rings[n][:, 1].min())):
            if is_hole[number]:
                owner[number] = owner[above[number]]
                holes[owner[number]].append(rings[number])
    return tuple(
        Polygon(rings[shell].astype(np.float64), tuple(h.astype(np.float64) for h in inner))
        for shell, inner in holes.items()
    )


def _ring_above(rings: list[Ints], intervals: _Intervals) -> list[int]:
    """For each ring the one met first going up from its topmost edge through foreground.

    For a ring that is no hole the number means nothing.
    """
    corners = np.concatenate(rings)
    following = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    ring = np.repeat(np.arange(len(rings)), [len(each) for each in rings])
    flat = np.flatnonzero(corners[:, 1] == following[:, 1])
    x, y, ring = np.minimum(corners, following)[flat, 0], corners[flat, 1], ring[flat]
    is_top = following[flat, 0] > corners[flat, 0]
    topmost = np.full(len(rings), -1)
    order = np.lexsort((y, ring))
    topmost[ring[order[::-1]]] = order[::-1]
    pitch = intervals.pitch
    bottoms = intervals.column * pitch + intervals.bottom
    found = np.searchsorted(bottoms, x[topmost] * pitch + y[topmost])
    found = np.minimum(found, bottoms.size - 1)
    # The edge that covers a column at a row: the last one, by (y, x), that begins at or before it.
    tops = np.flatnonzero(is_top)
    span = int(intervals.column.max()) + 2
    keys = y[tops] * span + x[tops]
    by_key = np.argsort(keys)
    wanted = intervals.top[found] * span + intervals.column[found]
    edge = np.searchsorted(keys[by_key], wanted, side="right") - 1
    return [int(n) for n in ring[tops[by_key[edge]]]]
