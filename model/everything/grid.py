"""Crops of the image, and the points asked in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from model.everything.settings import Grid

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of the image that is embedded by itself.

    Attributes:
        box: x0, y0, x1, y1 in image pixels, x1 and y1 exclusive.
        layer: 0 for the whole image.
    """

    box: Box
    layer: int

    @property
    def area(self) -> int:
        x0, y0, x1, y1 = self.box
        return (x1 - x0) * (y1 - y0)


def crops(image_size: tuple[int, int], grid: Grid, region: Box | None = None) -> list[Crop]:
    """All crops, the smallest first, the whole image last.

    Crops lie inside ``region`` if there is one. Sizes and places as in segment-anything,
    ``utils/amg.py``, ``generate_crop_boxes``.
    """
    height, width = image_size
    left, top, right, bottom = region or (0, 0, width, height)
    found = []
    for layer in range(grid.crop_layers, 0, -1):
        for x0, x1 in _spans(right - left, bottom - top, grid, layer):
            for y0, y1 in _spans(bottom - top, right - left, grid, layer):
                found.append(Crop((left + x0, top + y0, left + x1, top + y1), layer))
    found.sort(key=lambda crop: crop.area)
    return [*found, Crop((0, 0, width, height), 0)]


def _spans(length: int, other: int, grid: Grid, layer: int) -> Iterator[tuple[int, int]]:
    count = 2**layer
    overlap = int(grid.crop_overlap * min(length, other) * (2 / count))
    side = ceil((overlap * (count - 1) + length) / count)
    for index in range(count):
        start = (side - overlap) * index
        if start < length:
            yield start, min(start + side, length)


def points(per_side: int, box: Box) -> npt.NDArray[np.float32]:
    """The centres of ``per_side`` x ``per_side`` equal parts of ``box``: (N, 2), row by row."""
    x0, y0, x1, y1 = box
    steps = (np.arange(per_side) + 0.5) / per_side
    across, down = np.meshgrid(x0 + steps * (x1 - x0), y0 + steps * (y1 - y0))
    return np.stack([across.ravel(), down.ravel()], axis=-1).astype(np.float32)


def spread(places: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The points of a grid, every other one of every other row first, then those between them."""
    per_side = round(len(places) ** 0.5)
    rows, columns = np.divmod(np.arange(len(places)), per_side)
    turn = np.array([[0, 2], [3, 1]])[rows % 2, columns % 2]
    return places[np.argsort(turn, kind="stable")]
