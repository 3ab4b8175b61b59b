"""Maps as rows of channels, the pixels of a cell one after the other.

2 x 2 convolutions of stride 2 are plain matrix products there.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name


def by_cell(skip: Tensor) -> Tensor:
    """(N, K, 2h, 2w) -> (N, 4 h w, K), the four parts of a cell one after the other."""
    count, channels, rows, columns = skip.shape
    parts = skip.reshape(count, channels, rows // 2, 2, columns // 2, 2)
    return parts.permute(0, 2, 4, 3, 5, 1).reshape(count, -1, channels)


def patches(maps: Tensor) -> Tensor:
    """The four pixels of each 2 x 2 square as channels: (N, K, 2h, 2w) -> (N, 4 K, h, w)."""
    count = int(maps.shape[1])
    square = torch.eye(4, dtype=maps.dtype, device=maps.device).reshape(4, 1, 2, 2)
    return F.conv2d(maps, square.repeat(count, 1, 1, 1), stride=2, groups=count)


def on_channels(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """A 1 x 1 convolution of cells in rows of channels: (N, L, C) -> (N, L, K)."""
    return F.linear(x, layer.weight.flatten(1), layer.bias)


def quartered(x: Tensor, layer: nn.ConvTranspose2d) -> Tensor:
    """A 2 x 2 transposed convolution of stride 2: (N, L, C) -> (N, L, 4 K), part by part."""
    matrix = layer.weight.permute(0, 2, 3, 1).flatten(1)
    return F.linear(x, matrix.t(), cast(Tensor, layer.bias).repeat(4))
