"""A corner of an object's outline moved, added or removed, and the mask that comes of it.

The corners shown are those of a simplified outline, so the mask is not made of them anew: only the
pixels around the edges that changed follow the corners, by the rule by which all outlines are
filled; everything else stays as it is to the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from app.core.brush import stroke
from app.core.mask import Mask
from app.core.polygon import Polygon, filled, from_rings

T = TypeVar("T")
Corner = tuple[float, float]
Rings = tuple[tuple[tuple[Corner, ...], ...], ...]
ROOM_PX = 1.5
"""How far beside an edge, more than the tolerance, pixels follow it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A corner, or the edge from it to the next.

    Attributes:
        polygon, ring, corner: which one; ring 0 is the outer one, the others are holes.
    """

    polygon: int
    ring: int
    corner: int


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The corners of a mask's outlines, to be edited.

    Attributes:
        mask: whose outlines they are.
        rings: corners (x, y) in image pixels by polygon and ring; the first ring of each polygon is
            the outer one, the others are its holes.
        tolerance_px: how far the mask's own edge may lie from them.
    """

    mask: Mask
    rings: Rings
    tolerance_px: float

    @classmethod
    def of(cls, mask: Mask, tolerance_px: float) -> Outline:
        """With no more corners than it takes to stay within ``tolerance_px`` of the edge."""
        # With what the start of the window does without.
        from app.core.contour import outlines
        from app.core.outlines import simplified

        found = simplified(outlines(mask), tolerance_px)
        rings = tuple(
            tuple(tuple((x, y) for x, y in ring.tolist()) for ring in polygon.rings)
            for polygon in found
        )
        return cls(mask, rings, tolerance_px)

    def ring(self, place: Place) -> tuple[Corner, ...]:
        return self.rings[place.polygon][place.ring]

    def corner(self, place: Place) -> Corner:
        return self.ring(place)[place.corner]

    def rings_with(self, place: Place, to: Corner) -> Rings:
        """As they are with a corner elsewhere, for the screen alone: that takes no time."""
        polygon = self.rings[place.polygon]
        ring = _put(polygon[place.ring], place.corner, to)
        return _put(self.rings, place.polygon, _put(polygon, place.ring, ring))

    def moved(self, place: Place, to: Corner) -> Outline:
        """With a corner elsewhere."""
        ring = self.ring(place)
        before, here, after = _around(ring, place.corner)
        changed = [[before, here, after], [before, to, after]]
        return self._following(self.rings_with(place, to), changed)

    def added(self, place: Place, at: Corner) -> Outline:
        """With a corner on the edge that begins at ``place``; it becomes the one after it."""
        ring = self.ring(place)
        first, last = ring[place.corner], ring[(place.corner + 1) % len(ring)]
        new = (*ring[: place.corner + 1], at, *ring[place.corner + 1 :])
        return self._with(place, new, [[first, at, last], [first, last]])

    def removed(self, place: Place) -> Outline:
        """Without a corner; without its ring, if only two corners would be left.

        The result may be empty.
        """
        ring = self.ring(place)
        if len(ring) > 3:
            new = (*ring[: place.corner], *ring[place.corner + 1 :])
            before, here, after = _around(ring, place.corner)
            return self._with(place, new, [[before, here, after], [before, after]])
        gone = self.rings[place.polygon] if place.ring == 0 else (ring,)
        polygon = self.rings[place.polygon]
        left = () if place.ring == 0 else (*polygon[: place.ring], *polygon[place.ring + 1 :])
        rings = (*self.rings[: place.polygon], left, *self.rings[place.polygon + 1 :])
        left_over = tuple(each for each in rings if each)
        return self._following(left_over, [[*each, each[0]] for each in gone])

    def _with(
        self, place: Place, ring: tuple[Corner, ...], changed: Sequence[Sequence[Corner]]
    ) -> Outline:
        polygon = _put(self.rings[place.polygon], place.ring, ring)
        return self._following(_put(self.rings, place.polygon, polygon), changed)

    def _following(
        self,
        rings: Rings,
        changed: Sequence[Sequence[Corner]],
    ) -> Outline:
        """With other corners; the pixels along and within the lines ``changed`` follow them."""
        height, width = self.mask.size
        areas = [np.array(line) for line in changed if len(line) > 2]
        reach = from_rings(areas, height, width)
        for line in changed:
            thickness = 2 * (self.tolerance_px + ROOM_PX)
            reach = reach.union(stroke(line, thickness, height, width))
        whole = filled(
            [Polygon(np.array(shell), tuple(map(np.array, holes))) for shell, *holes in rings],
            height,
            width,
        )
        inside = whole.subtract(whole.subtract(reach))
        return Outline(self.mask.subtract(reach).union(inside), rings, self.tolerance_px)


def _around(ring: Sequence[Corner], corner: int) -> tuple[Corner, Corner, Corner]:
    return ring[corner - 1], ring[corner], ring[(corner + 1) % len(ring)]


def _put(values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])
