"""Polygons with holes in image pixels, and the masks they stand for.

A pixel belongs to a polygon if its centre does, and an outline runs along the edges of pixels; so
the outline of a mask, filled, is the mask again. Outlines through the centres of the border pixels,
as ``cv2.findContours`` gives them, lose half a pixel all around.

Where an outline runs through centres of pixels, which side they belong to is a matter of rule. The
rule here is that of COCO's own reader, so that both fill the same pixels: corners are rounded to
fifths of a pixel, halves up, and the lines between them go from point to point of that grid
(github.com/cocodataset/cocoapi, common/maskApi.c, ``rleFrPoly``; pycocotools is the judge in the
tests).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.mask import Mask
from model import rle
from model.messages import say

Ring = npt.NDArray[np.float64]

FARTHEST_PX = 1e9
"""Coordinates farther out than this are taken for damage."""
GRID = 5
"""Corners are rounded to this part of a pixel."""
SPARE_CROSSINGS = 1_000_000
"""Outlines may cross columns this often beyond the number of pixels; more is taken for damage."""


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """One part of an object: an outer ring and the rings of its holes.

    Attributes:
        shell: (N, 2) float64, read-only, (x, y) in image pixels, N >= 3, the first corner not
            repeated at the end.
        holes: rings of the same kind.

    Raises:
        ValueError: a ring of another shape, with fewer than three corners, or not finite.
    """

    shell: Ring
    holes: tuple[Ring, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "shell", checked_ring(self.shell))
        object.__setattr__(self, "holes", tuple(checked_ring(hole) for hole in self.holes))

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The shell and the holes."""
        return (self.shell, *self.holes)

    @property
    def area(self) -> float:
        """In square pixels, holes taken off."""
        return abs(signed_area(self.shell)) - sum(abs(signed_area(hole)) for hole in self.holes)


def checked_ring(points: npt.ArrayLike) -> Ring:
    """``points`` as a ring of a ``Polygon``: a pair for each corner, or x, y, x, y, ... as in COCO.

    Raises:
        ValueError: another shape, an odd number of coordinates, fewer than three corners, a
            coordinate that is not finite or farther out than any image.
    """
    try:
        values = np.array(points, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(say("an outline must be a list of (x, y) pairs of numbers")) from None
    if values.ndim == 1 and values.size % 2 == 0:
        values = values.reshape(-1, 2)
    if values.ndim != 2 or values.shape[1] != 2:
        raise ValueError(
            say("an outline must be a list of (x, y) pairs, given the shape {shape}", values.shape)
        )
    if not np.isfinite(values).all() or (np.abs(values) > FARTHEST_PX).any():
        raise ValueError(
            say("an outline has a coordinate that is not finite or far outside any image")
        )
    if len(values) > 1 and (values[0] == values[-1]).all():
        values = values[:-1]
    if len(values) < 3:
        raise ValueError(say("an outline needs at least three corners, given {count}", len(values)))
    values.setflags(write=False)
    return values


def signed_area(ring: Ring) -> float:
    """In square pixels; positive if the ring runs clockwise on the screen."""
    # Relative to the first corner, so that far from the origin no digits are lost.
    x, y = (ring - ring[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def filled(polygons: Iterable[Polygon], height: int, width: int) -> Mask:
    """The pixels in any of ``polygons``, by the rule above; exact for outlines along pixel edges.

    Raises:
        ValueError: the outlines cross the image more often than it has pixels.
    """
    return _covered([polygon.rings for polygon in polygons], height, width)


def from_rings(rings: Iterable[npt.ArrayLike], height: int, width: int) -> Mask:
    """The mask of any outlines, such as COCO's polygons or one drawn by hand: their union.

    Where an outline crosses itself, what it goes around an odd number of times is inside. Nothing
    is repaired first, so hostile outlines cost no more time than their length.

    Raises:
        ValueError: an outline is no ring (see ``checked_ring``), or they cross the image more often
            than it has pixels.
    """
    return _covered([(checked_ring(ring),) for ring in rings], height, width)


def _covered(shapes: Sequence[Sequence[Ring]], height: int, width: int) -> Mask:
    """Pixels whose centres lie, for any of ``shapes``, in an odd number of its rings."""
    rings = [ring for shape in shapes for ring in shape]
    if not rings or not height * width:
        return Mask.empty(height, width)
    corners = [sum(len(ring) for ring in shape) for shape in shapes]
    shape = np.repeat(np.arange(len(shapes)), corners)
    end = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    position, edge = _crossings(np.concatenate(rings), end, height, width)
    # Down each column a shape is entered and left in turn, and as often, its rings being closed.
    pitch = height * width + 1
    position = np.sort(shape[edge] * pitch + position) % pitch
    step = np.where(np.arange(position.size) % 2, -1, 1)
    order = np.argsort(position, kind="stable")
    position, inside = position[order], np.cumsum(step[order]) > 0
    changed = np.flatnonzero(np.diff(inside, prepend=False))
    runs = np.diff(position[changed], prepend=0, append=height * width)
    return Mask(height, width, rle.canonical(runs))


def _crossings(start: Ring, end: Ring, height: int, width: int) -> tuple[rle.Runs, rle.Runs]:
    """Where the edges cross the centre lines of columns, and the number of each one's edge.

    The places are column-major positions of the first pixel centre on or below the crossing.
    """
    return _between(_on_grid(start), _on_grid(end), height, width)


def _on_grid(points: Ring) -> rle.Runs:
    """Rounded to the grid: towards zero after a half was added, as a cast in C does."""
    return np.trunc(GRID * points + 0.5).astype(np.int64)


def _between(start: rle.Runs, end: rle.Runs, height: int, width: int) -> tuple[rle.Runs, rle.Runs]:
    """As ``_crossings``, of edges on the grid."""
    run, rise = np.abs(end - start).T
    flat = run >= rise
    # Each edge is walked along its longer side, from its smaller end.
    axis = np.where(flat, 0, 1)
    along = np.arange(len(start)), axis
    backwards = (start[along] > end[along])[:, None]
    first, last = np.where(backwards, end, start), np.where(backwards, start, end)
    left = np.minimum(start[:, 0], end[:, 0])
    # Between these two points of the grid lies the centre of a column, a half.
    lowest = np.clip(-((GRID // 2 - left) // GRID), 0, width)
    highest = np.clip((left + run - GRID // 2 - 1) // GRID + 1, 0, width)
    count = np.maximum(highest - lowest, 0)
    if int(count.sum()) > height * width + SPARE_CROSSINGS:
        raise ValueError(
            say("an outline crosses the image more often than it has pixels: it is damaged")
        )
    edge = np.repeat(np.arange(len(start)), count)
    column = lowest[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    before = column * GRID + GRID // 2
    y = np.empty(len(edge), np.int64)
    for chosen, found in ((flat[edge], _flat), (~flat[edge], _steep)):
        which = edge[chosen]
        y[chosen] = found(first[which], last[which], before[chosen])
    row = np.clip((y + GRID // 2) // GRID, 0, height)
    return column * height + row, edge


def _flat(first: rle.Runs, last: rle.Runs, before: rle.Runs) -> rle.Runs:
    """The upper y of edges that are wider than high, at the points ``before`` and after it.

    Args:
        first, last: (N, 2) ends on the grid, the left one first.
        before: (N,) x on the grid.
    """
    (x, y), run = first.T, last[:, 0] - first[:, 0]
    slope = (last[:, 1] - y) / run
    both = [np.trunc(y + slope * (at - x) + 0.5) for at in (before, before + 1)]
    return np.asarray(np.minimum(*both), np.int64)


def _steep(first: rle.Runs, last: rle.Runs, before: rle.Runs) -> rle.Runs:
    """As ``_flat``, of edges that are higher than wide, the upper end first."""
    (x, y), rise = first.T, last[:, 1] - first[:, 1]
    slope = (last[:, 0] - x) / rise

    def right(step: rle.Runs) -> npt.NDArray[np.bool_]:
        """Whether the edge is right of the line after so many steps down."""
        return np.asarray(x + slope * step + 0.5 >= before + 1)

    ends = right(rise)
    step = np.clip(np.ceil((before + 0.5 - x) / slope), 1, rise).astype(np.int64)
    # The division is rounded otherwise than the sum is: at most a step to either side.
    step = np.where((step < rise) & (right(step) != ends), step + 1, step)
    step = np.where((step > 1) & (right(step - 1) == ends), step - 1, step)
    return np.asarray(y + step - 1, np.int64)
