"""Outlines rebuilt: simplified, or joined to one ring for formats that know no holes.

Apart from ``polygon`` because shapely is slow to import, and the start needs none of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from app.core.polygon import Polygon, Ring, checked_ring, signed_area
from model.messages import say


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
        raise ValueError(say("a tolerance is 0 or more pixels, given {given}", tolerance_px))
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


def joined(polygons: Sequence[Polygon]) -> Ring:
    """One ring for formats without holes and parts: each ``bridged``, and each part to the next.

    Filled by the even-odd or the non-zero rule it has the area of the polygons, which share none.
    ValueError if there are none.
    """
    parts = [bridged(polygon) for polygon in polygons]
    if not parts:
        raise ValueError(say("an outline needs at least one polygon"))
    chain = following = parts[-1]
    place = np.arange(len(chain))
    for part in reversed(parts[:-1]):
        at, start = _nearest(part, following)
        first = place[start]
        around = np.concatenate((chain[first:], chain[: first + 1]))
        chain, following = np.concatenate((part[: at + 1], around, part[at:])), part
        place = np.arange(len(part)) + np.where(np.arange(len(part)) > at, len(around) + 1, 0)
    return checked_ring(chain)


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
