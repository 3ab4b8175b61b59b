"""Maps as rows of channels, where 2 x 2 convolutions of stride 2 are plain matrix products."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.layers import LayerNorm2d


def added(
    base: Tensor, left: Tensor, right: Tensor, *, turn_left: bool = False, turn_right: bool = False
) -> Tensor:
    """``base + left @ right`` of (1 or N, rows, columns), each turned before if asked for.

    In one step where there is one product only.
    """
    if left.shape[0] == right.shape[0] == base.shape[0] == 1:
        # Flattened rather than squeezed: one step of an exported graph, whatever its sizes.
        flat, a, b = (x.flatten(0, 1) for x in (base, left, right))
        found = torch.addmm(flat, a.t() if turn_left else a, b.t() if turn_right else b)
        return found.unsqueeze(0)
    a, b = left.transpose(1, 2) if turn_left else left, right
    return base + a @ (b.transpose(1, 2) if turn_right else b)


def size_of(maps: Tensor) -> tuple[int, int]:
    """Rows and columns of (N, C, h, w)."""
    return maps.shape[2], maps.shape[3]


def quarter_of(logits: Tensor) -> tuple[int, int]:
    """Rows and columns of the cells under low-res logits (N, 1, 4h, 4w)."""
    return logits.shape[2] // 4, logits.shape[3] // 4


def rows_of(maps: Tensor) -> Tensor:
    """(N, C, L) -> (N, L, C)."""
    return maps.transpose(1, 2).contiguous()


def columns(layer: nn.Linear, maps: Tensor) -> Tensor:
    """A linear layer of (1, C, L) maps: (1, D, L)."""
    return added(layer.bias[None, :, None], layer.weight[None], maps)


def by_rows(skip: Tensor, finer: int) -> tuple[Tensor, ...]:
    """(1, K, f h, f w) -> the first rows of all cells, (1, f h w, K), the second, to the f-th."""
    count, channels, rows, width = skip.shape
    parts = skip.permute(0, 2, 3, 1).reshape(count, rows // finer, finer, width, channels)
    return tuple(parts[:, :, row].reshape(count, -1, channels) for row in range(finer))


def patches(maps: Tensor) -> tuple[Tensor, Tensor]:
    """The pixels of each 2 x 2 square as channels: (N, K, 4h, 4w) -> twice (N, 4 K, 2 h w), in the
    order of ``by_rows``."""
    count = int(maps.shape[1])
    ones = torch.eye(8 * count, dtype=maps.dtype, device=maps.device)
    squares = ones.reshape(count, 2, 4, count, 4, 2)
    upper, lower = (
        F.conv2d(maps, squares[:, half].reshape(-1, count, 4, 2), stride=(4, 2)).flatten(2)
        for half in range(2)
    )
    return upper, lower


def normed(x: Tensor, norm: LayerNorm2d) -> Tensor:
    """``norm`` of (N, C, h, w) whose channels have the mean 0; without putting channels last."""
    count = int(x.shape[1])
    flat = x.reshape(len(x), count, -1)
    mean = torch.full((1, count), 1 / count, dtype=x.dtype, device=x.device)
    spread = (mean @ flat.square() + norm.eps).sqrt()
    return (flat / spread * norm.weight[:, None] + norm.bias[:, None]).reshape(x.shape)


def centred(layer: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Weight and bias such that the channels' mean is 0, see ``normed``."""
    bias = cast(Tensor, layer.bias)
    return layer.weight - layer.weight.mean(dim=0, keepdim=True), bias - bias.mean()


def beside(logits: Tensor, discs: Tensor) -> Tensor:
    """Both as one map: (1 or N, 1, h, w), (N, 2, h, w) -> (N, 3, h, w)."""
    if len(logits) != len(discs):
        logits = logits.expand(len(discs), -1, -1, -1)
    return torch.cat([logits, discs], dim=1)
