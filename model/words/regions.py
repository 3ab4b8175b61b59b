"""Features of regions, as SAM 3 pools them for its example boxes, without torchvision."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def roi_align(features: Tensor, boxes: Sequence[Tensor], output_size: int) -> Tensor:
    """What ``torchvision.ops.roi_align`` gives with its usual arguments.

    A box is parted into cells; each is the mean of points set evenly in it, one or more a side,
    between the features beside them. Both directions can be done one after the other.

    Args:
        features: (B, C, H, W).
        boxes: for each of the batch (N, 4), x0, y0, x1, y1 in units of the features.
        output_size: cells a side.

    Returns:
        (all boxes, C, output_size, output_size).
    """
    height, width = features.shape[-2:]
    pooled = []
    for values, some in zip(features, boxes, strict=True):
        for x0, y0, x1, y1 in some.tolist():
            down = _weights(y0, y1, height, output_size).to(values)
            across = _weights(x0, x1, width, output_size).to(values)
            pooled.append(down @ values @ across.T)
    if not pooled:
        return features.new_zeros((0, features.shape[1], output_size, output_size))
    return torch.stack(pooled)


def _weights(start: float, end: float, length: int, cells: int) -> Tensor:
    """(cells, length): the share of each feature in each cell, along one direction."""
    size = max(end - start, 1.0)
    points = max(1, -int(-size // cells))
    steps = (torch.arange(cells * points, dtype=torch.float64) + 0.5) / points
    places = start + steps * size / cells
    inside = (places >= -1) & (places <= length)
    places = places.clamp(0, length - 1)
    low = places.floor().long()
    high = (low + 1).clamp(max=length - 1)
    share = places - low
    rows = torch.zeros((cells * points, length), dtype=torch.float64)
    each = torch.arange(cells * points)
    rows[each, low] += 1 - share
    rows[each, high] += share
    rows *= inside[:, None]
    return rows.reshape(cells, points, length).mean(dim=1)
