"""What a view of the image looks like, by cells and by pixels, and a mask's share of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.everything.grid import Box, Crop
from model.interface import Bool, Embedding, Float

FINER = 2
"""The embedding's cells are halved along both axes, so that small masks cover some."""
AROUND = 0.3
"""A mask's surroundings reach this share of its box's sides beyond the box."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A view: the embedding's cells, and the colours of its pixels.

    Attributes:
        crop: the part of the image.
        values: (r, c, C) float32, the embedding, resampled to cells of half its side.
        step: image pixels per cell along x and y.
        lab: (h, w, 3) float32, the crop's pixels in CIE L*a*b*, 0..255 each.
    """

    crop: Crop
    values: Float
    step: tuple[float, float]
    lab: Float

    def centres(self, axis: int) -> npt.NDArray[np.float64]:
        """Where the cells' middles lie along x (0) or y (1), in pixels of the crop."""
        count = self.values.shape[1 - axis]
        return np.asarray((np.arange(count) + 0.5) * self.step[axis], np.float64)


def cells_of(embedding: Embedding, image: npt.NDArray[np.uint8], crop: Crop) -> Cells:
    """The cells of ``crop`` of ``image`` (H, W, 3), whose own embedding is given."""
    features = np.asarray(embedding.features["embedding"], np.float32)
    count = max(features.shape[1:])
    rows, columns = embedding.transform.valid((count, count))
    seen = np.ascontiguousarray(features[:, :rows, :columns].transpose(1, 2, 0))
    size = columns * FINER, rows * FINER
    # OpenCV scales up to 512 channels in one go, models have fewer or more.
    layers = [
        cv2.resize(seen[..., first : first + 256], size, interpolation=cv2.INTER_LINEAR)
        for first in range(0, seen.shape[2], 256)
    ]
    values = np.concatenate([each.reshape(size[1], size[0], -1) for each in layers], axis=2)
    (height, width), (h, w) = embedding.transform.image_size, embedding.transform.resized
    side = embedding.transform.input_size / count / FINER
    x0, y0, x1, y1 = crop.box
    pixels = np.ascontiguousarray(image[y0:y1, x0:x1])
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    return Cells(crop, values, (width / w * side, height / h * side), lab)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a mask covers, and what lies around it.

    Attributes:
        inside, around: (C,) float32 means of the embedding.
        colour, texture: (3,) float32 mean and deviation of L*a*b* inside.
        ground: (3,) float32 mean of L*a*b* around.
        area: pixels of the mask.
        sides: the mask's long and short extent along its own axes, image pixels.
        fill: share of its box that it covers.
        bounds: x0, y0, x1, y1 in image pixels.
    """

    inside: Float
    around: Float
    colour: Float
    texture: Float
    ground: Float
    area: int
    sides: tuple[float, float]
    fill: float
    bounds: Box


def look_of(cells: Cells, pixels: Bool, bounds: Box) -> Look:
    """How a mask looks: its ``pixels`` (h, w) lie at ``bounds`` of the image.

    Raises:
        ValueError: the mask has no pixel in the view.
    """
    left, top = cells.crop.box[:2]
    height, width = cells.lab.shape[:2]
    x0, y0, x1, y1 = bounds[0] - left, bounds[1] - top, bounds[2] - left, bounds[3] - top
    room = int(np.ceil(AROUND * max(x1 - x0, y1 - y0))) + 1
    a0, b0, a1, b1 = (
        max(x0 - room, 0),
        max(y0 - room, 0),
        min(x1 + room, width),
        min(y1 + room, height),
    )
    mask = np.zeros((b1 - b0, a1 - a0), np.bool_)
    cut = pixels[max(-y0, 0) : max(-y0, 0) + height, max(-x0, 0) : max(-x0, 0) + width]
    u, v = max(x0, 0) - a0, max(y0, 0) - b0
    cut = cut[: mask.shape[0] - v, : mask.shape[1] - u]
    mask[v : v + cut.shape[0], u : u + cut.shape[1]] = cut
    area = int(np.count_nonzero(mask))
    if not area:
        raise ValueError("a mask without pixels in the view looks like nothing")
    lab = cells.lab[b0:b1, a0:a1]
    on, off = lab[mask], lab[~mask]
    colour, texture = on.mean(axis=0), on.std(axis=0)
    ground = off.mean(axis=0) if len(off) else colour
    inside, around = _pooled(cells, mask, (a0, b0, a1, b1))
    whole = int(np.count_nonzero(pixels))
    box_area = max((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]), 1)
    return Look(
        inside, around, colour, texture, ground, whole, _sides(mask), whole / box_area, bounds
    )


def _pooled(cells: Cells, mask: Bool, box: Box) -> tuple[Float, Float]:
    """Means of the cells whose middles lie on the mask, and of those in ``box`` off it."""
    x, y = cells.centres(0), cells.centres(1)
    columns = np.flatnonzero((x >= box[0]) & (x < box[2]))
    rows = np.flatnonzero((y >= box[1]) & (y < box[3]))
    if not len(columns) or not len(rows):
        columns = np.array([np.abs(x - (box[0] + box[2]) / 2).argmin()])
        rows = np.array([np.abs(y - (box[1] + box[3]) / 2).argmin()])
    across = np.clip(x[columns].astype(np.intp) - box[0], 0, mask.shape[1] - 1)
    down = np.clip(y[rows].astype(np.intp) - box[1], 0, mask.shape[0] - 1)
    on = mask[np.ix_(down, across)]
    part = cells.values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if not on.any():
        # Smaller than a cell: the one nearest to its middle.
        places = np.argwhere(mask).mean(axis=0)
        row = np.abs(down - places[0]).argmin()
        column = np.abs(across - places[1]).argmin()
        on = np.zeros_like(on)
        on[row, column] = True
    inside = part[on].mean(axis=0)
    around = part[~on].mean(axis=0) if not on.all() else inside
    return np.asarray(inside, np.float32), np.asarray(around, np.float32)


def _sides(mask: Bool) -> tuple[float, float]:
    """Extent along the mask's own axes, from its second moments."""
    y, x = np.nonzero(mask)
    if len(x) < 3:
        return float(max(len(x), 1)), 1.0
    spread = np.cov(np.stack([x, y]).astype(np.float64)) + np.eye(2) / 12
    short, long = np.linalg.eigvalsh(spread)
    return float(np.sqrt(12 * long)), float(np.sqrt(12 * max(short, 1 / 12)))
