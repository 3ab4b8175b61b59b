"""Masks as pixels in their box: what they share is quickly counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model import rle
from model.everything.grid import Box
from model.interface import Bool


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A mask of the image: ``pixels`` (h, w) bool inside ``bounds``, x0, y0, x1, y1."""

    pixels: Bool
    bounds: Box
    area: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "area", int(np.count_nonzero(self.pixels)))

    def shared(self, other: Shape) -> int:
        """Pixels of both."""
        x0, y0 = max(self.bounds[0], other.bounds[0]), max(self.bounds[1], other.bounds[1])
        x1, y1 = min(self.bounds[2], other.bounds[2]), min(self.bounds[3], other.bounds[3])
        if x0 >= x1 or y0 >= y1:
            return 0
        return int(np.count_nonzero(self._cut(x0, y0, x1, y1) & other._cut(x0, y0, x1, y1)))

    def iou(self, other: Shape) -> float:
        """Intersection over union."""
        shared = self.shared(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def inside(self, box: Box) -> int:
        """Pixels that lie in ``box``."""
        x0, y0 = max(self.bounds[0], box[0]), max(self.bounds[1], box[1])
        x1, y1 = min(self.bounds[2], box[2]), min(self.bounds[3], box[3])
        return int(np.count_nonzero(self._cut(x0, y0, x1, y1))) if x0 < x1 and y0 < y1 else 0

    def runs(self, size: tuple[int, int]) -> rle.Runs:
        """Run lengths of the mask of the image of ``size`` (H, W), see ``model.rle``."""
        return rle.encode_window(self.pixels, *self.bounds[:2], *size)

    def _cut(self, x0: int, y0: int, x1: int, y1: int) -> Bool:
        left, top = self.bounds[:2]
        return self.pixels[y0 - top : y1 - top, x0 - left : x1 - left]
