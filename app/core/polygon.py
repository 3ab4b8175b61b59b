"""Polygons with holes in image pixels, and the masks they stand for.

A pixel belongs to a polygon if its centre does, and an outline runs along the edges of pixels; so
the outline of a mask, filled, is the mask again. Outlines through the centres of the border pixels,
as ``cv2.findContours`` gives them, lose half a pixel all around.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from app.core.mask import Mask
from model import rle

Ring = npt.NDArray[np.float64]

MARGIN_PX = 16.0
"""How far beyond the image a given outline is kept, so that clipping moves no corner inside it."""
FARTHEST_PX = 1e9
"""Coordinates farther out than this are taken for damage."""


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
        raise ValueError("an outline must be a list of (x, y) pairs of numbers") from None
    if values.ndim == 1 and values.size % 2 == 0:
        values = values.reshape(-1, 2)
    if values.ndim != 2 or values.shape[1] != 2:
        raise ValueError(
            f"an outline must be a list of (x, y) pairs, given the shape {values.shape}"
        )
    if not np.isfinite(values).all() or (np.abs(values) > FARTHEST_PX).any():
        raise ValueError("an outline has a coordinate that is not finite or far outside any image")
    if len(values) > 1 and (values[0] == values[-1]).all():
        values = values[:-1]
    if len(values) < 3:
        raise ValueError(f"an outline needs at least three corners, given {len(values)}")
    values.setflags(write=False)
    return values


def signed_area(ring: Ring) -> float:
    """In square pixels; positive if the ring runs clockwise on the screen."""
    # Relative to the first corner, so that far from the origin no digits are lost.
    x, y = (ring - ring[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def filled(polygons: Iterable[Polygon], height: int, width: int) -> Mask:
    """The pixels whose centres lie in an odd number of the rings of ``polygons``.

    Exact for outlines along pixel edges. Polygons must not overlap each other; ``repaired`` makes
    such ones of any outlines.
    """
    rings = [ring for polygon in polygons for ring in polygon.rings]
    if not rings or not height * width:
        return Mask.empty(height, width)
    start = np.concatenate(rings)
    end = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    toggles = np.sort(_crossings(start, end, height, width))
    # Runs go column by column and alternate where an outline crosses a column's centre line.
    runs = rle.canonical(np.diff(toggles, prepend=0, append=height * width))
    return Mask(height, width, runs)


def _crossings(start: Ring, end: Ring, height: int, width: int) -> rle.Runs:
    """Column-major positions of the first pixel centres on or below each crossed centre line."""
    backwards = start[:, 0] > end[:, 0]
    left = np.where(backwards[:, None], end, start)
    right = np.where(backwards[:, None], start, end)
    first = np.clip(np.ceil(left[:, 0] - 0.5), 0, width).astype(np.int64)
    last = np.clip(np.ceil(right[:, 0] - 0.5), 0, width).astype(np.int64)
    count = last - first
    edge = np.repeat(np.arange(len(start)), count)
    column = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    run, rise = right[edge, 0] - left[edge, 0], right[edge, 1] - left[edge, 1]
    y = left[edge, 1] + (column + 0.5 - left[edge, 0]) * rise / run
    row = np.clip(np.ceil(y - 0.5), 0, height).astype(np.int64)
    positions: rle.Runs = column * height + row
    return positions


def repaired(rings: Iterable[npt.ArrayLike], height: int, width: int) -> tuple[Polygon, ...]:
    """The union of any outlines as polygons that do not overlap, clipped a margin outside the
    image.

    An outline that crosses itself keeps all its parts. COCO's list of outlines for one object means
    their union, so an outline inside another one makes no hole.

    Raises:
        ValueError: an outline is no ring; see ``checked_ring``.
    """
    checked = [checked_ring(ring) for ring in rings]
    parts = [shapely.make_valid(shapely.Polygon(ring)) for ring in checked]
    whole = shapely.union_all(parts)
    if not _inside(whole.bounds, height, width):
        frame = shapely.box(-MARGIN_PX, -MARGIN_PX, width + MARGIN_PX, height + MARGIN_PX)
        whole = shapely.intersection(whole, frame)
    return from_geometry(whole)


def _inside(bounds: Sequence[float], height: int, width: int) -> bool:
    x0, y0, x1, y1 = bounds
    return (
        x0 >= -MARGIN_PX
        and y0 >= -MARGIN_PX
        and x1 <= width + MARGIN_PX
        and y1 <= height + MARGIN_PX
    )


def from_rings(rings: Iterable[npt.ArrayLike], height: int, width: int) -> Mask:
    """The mask of any outlines, such as COCO's polygons or one drawn by hand: their union.

    Raises:
        ValueError: an outline is no ring; see ``checked_ring``.
    """
    return filled(repaired(rings, height, width), height, width)


def to_geometry(polygons: Iterable[Polygon]) -> shapely.MultiPolygon:
    """``polygons`` as shapely has them."""
    return shapely.MultiPolygon([(p.shell, list(p.holes)) for p in polygons])


def from_geometry(geometry: shapely.Geometry) -> tuple[Polygon, ...]:
    """All areas of a shapely geometry; its points and lines are left out."""
    parts = [part for part in _parts(geometry) if part.area > 0]
    return tuple(
        Polygon(
            shapely.get_coordinates(part.exterior),
            tuple(shapely.get_coordinates(hole) for hole in part.interiors),
        )
        for part in parts
    )


def _parts(geometry: shapely.Geometry) -> list[shapely.Polygon]:
    if isinstance(geometry, shapely.Polygon):
        return [geometry]
    if isinstance(geometry, shapely.MultiPolygon | shapely.GeometryCollection):
        return [part for each in geometry.geoms for part in _parts(each)]
    return []


def simplified(polygons: Iterable[Polygon], tolerance_px: float) -> tuple[Polygon, ...]:
    """With fewer corners, none farther than ``tolerance_px`` from the outline it had.

    From about 0.75 pixels on the stairs of slanted pixel edges become straight. Parts and holes
    smaller than the tolerance may vanish; the IoU of the filled result tells what was lost.
    """
    if not tolerance_px >= 0:
        raise ValueError(f"a tolerance is 0 or more pixels, given {tolerance_px}")
    result: list[Polygon] = []
    for polygon in polygons:
        geometry = shapely.Polygon(polygon.shell, list(polygon.holes))
        result += from_geometry(shapely.simplify(geometry, tolerance_px, preserve_topology=True))
    return tuple(result)


def bridged(polygon: Polygon) -> Ring:
    """One ring for formats without holes: (N, 2), each hole joined to the outline by a double line.

    Filled by the even-odd or the non-zero rule it has the area of the polygon.
    """
    ring = _oriented(polygon.shell, clockwise=True)
    for hole in polygon.holes:
        inner = _oriented(hole, clockwise=False)
        at, start = _nearest(ring, inner)
        around = np.concatenate((np.roll(inner, -start, axis=0), inner[start : start + 1]))
        ring = np.concatenate((ring[: at + 1], around, ring[at:]))
    return checked_ring(ring)


def _oriented(ring: Ring, *, clockwise: bool) -> Ring:
    return ring if (signed_area(ring) > 0) == clockwise else ring[::-1]


def _nearest(ring: Ring, other: Ring) -> tuple[int, int]:
    """Indices of the two corners that are nearest to each other."""
    tree = shapely.STRtree(shapely.points(ring))
    pairs, distances = tree.query_nearest(
        shapely.points(other), return_distance=True, all_matches=False
    )
    best = int(np.argmin(distances))
    return int(pairs[1, best]), int(pairs[0, best])
