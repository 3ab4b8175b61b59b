"""Convolutions between the two-way transformer and the upscaling, for variants that ask for them.

In the transformer the cells of the image meet the tokens only, never one another, so what a click
says about one cell reaches its neighbours by their likeness alone. Here it spreads through space:
filters per channel carry it, the image's own features stop it at edges. Not part of the published
models.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

KERNEL = 7
"""Side of the filters in cells."""


class RefinerBlock(nn.Module):
    """One filter per channel, then a mixture of the channels, added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.filter = nn.Conv2d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.mix(F.gelu(self.filter(x)))
        return x + mixed


class Refiner(nn.Module):
    """(N, C, h, w) -> the same shape; at first the identity, so that trained weights can grow it.

    Args:
        width: channels C of the cells.
        inner: channels inside.
        depth: number of blocks.
    """

    def __init__(self, width: int, inner: int, depth: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(width, inner, 1)
        self.blocks = nn.Sequential(*(RefinerBlock(inner) for _ in range(depth)))
        self.leave = nn.Conv2d(inner, width, 1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.leave(self.blocks(self.enter(x)))
        return x + found
