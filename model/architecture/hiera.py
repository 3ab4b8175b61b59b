"""Hiera, the encoder of SAM 2: four stages of windowed attention and a feature pyramid.

sam2 ``modeling/backbones/hieradet.py``, ``backbones/utils.py`` and ``image_encoder.py``.
"""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import HieraConfig
from model.architecture.image_encoder import merge_windows, split_windows
from model.architecture.layers import MLPBlock

LEVELS = 4
STEM = 4
"""Pixels a side of a token of the first stage."""
KEPT_LEVEL = 2
"""The pyramid's level that is the embedding, at stride 16; the coarser one only helps to make it
(``scalp: 1`` of the published configurations)."""


class PatchEmbed(nn.Module):
    """(B, 3, S, S) -> (B, S / 4, S / 4, width), by overlapping patches."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, 7, stride=STEM, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.proj(x).permute(0, 2, 3, 1)
        return out


class MultiScaleAttention(nn.Module):
    """Self-attention over (B, h, w, C); queries are halved by maximum where ``pools``."""

    def __init__(self, width_in: int, width: int, heads: int, *, pools: bool) -> None:
        super().__init__()
        self.heads = heads
        self.pools = pools
        self.qkv = nn.Linear(width_in, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C_in) -> (B, h, w, C) or, pooled, (B, h / 2, w / 2, C)."""
        batch, h, w, _ = (int(size) for size in x.shape)
        made = self.qkv(x.to(self.qkv.weight.dtype))
        q, k, v = made.reshape(batch, h * w, 3, self.heads, -1).unbind(2)
        if self.pools:
            q = halved(q.reshape(batch, h, w, -1))
            h, w = h // 2, w // 2
            q = q.reshape(batch, h * w, self.heads, -1)
        mixed = F.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
        )
        out: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, h, w, -1))
        return out


class MultiScaleBlock(nn.Module):
    """A transformer block; the first of a stage widens, and halves the resolution.

    Args:
        window: tokens a side of the windows before any halving; 0 for everywhere.
    """

    def __init__(self, width_in: int, width: int, heads: int, window: int, *, pools: bool) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(width_in, eps=1e-6)
        self.attn = MultiScaleAttention(width_in, width, heads, pools=pools)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = MLPBlock(width, 4 * width)
        self.proj = nn.Linear(width_in, width) if width_in != width else None

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C_in) -> (B, h, w, C), or half the size."""
        normed = self.norm1(x)
        if self.proj is not None:
            x = halved(self.proj(normed.to(self.proj.weight.dtype)).to(x.dtype))
        h, w = (int(size) for size in x.shape[1:3])
        if self.window:
            # Padding is zero after the norm, and is attended to.
            told = self.attn(split_windows(normed, self.window))
            side = self.window // 2 if self.attn.pools else self.window
            told = merge_windows(told, side, h, w)
        else:
            told = self.attn(normed)
        x = x + told
        out: Tensor = x + self.mlp(self.norm2(x).to(self.mlp.lin1.weight.dtype))
        return out


def halved(x: Tensor) -> Tensor:
    """The maximum of each 2 x 2 tokens: (B, h, w, C) -> (B, h / 2, w / 2, C)."""
    return F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)


class Trunk(nn.Module):
    """(B, 3, S, S) -> the four stages' last features (B, h, w, C), the finest first."""

    def __init__(self, config: HieraConfig, input_size: int) -> None:
        super().__init__()
        width, window = config.width, config.windows[0]
        self.side = input_size // STEM
        self.patch_embed = PatchEmbed(width)
        self.pos_embed = nn.Parameter(torch.zeros(1, width, *config.background))
        self.pos_embed_window = nn.Parameter(torch.zeros(1, width, window, window))
        self.ends = [end - 1 for end in accumulate(config.depths)]
        self.blocks = nn.ModuleList(_blocks(config))

    def position(self) -> Tensor:
        """(1, S / 4, S / 4, C): a table stretched over the image, and one repeated by window."""
        stretched = F.interpolate(self.pos_embed, (self.side, self.side), mode="bicubic")
        times = -(-self.side // self.pos_embed_window.shape[-1])
        repeated = self.pos_embed_window.tile(1, 1, times, times)
        return (stretched + repeated[..., : self.side, : self.side]).permute(0, 2, 3, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.patch_embed(x) + self.position()
        found = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.ends:
                found.append(x)
        return found


def _blocks(config: HieraConfig) -> list[MultiScaleBlock]:
    blocks: list[MultiScaleBlock] = []
    width, heads = config.width, config.heads
    for stage, depth in enumerate(config.depths):
        for place in range(depth):
            widens = stage > 0 and place == 0
            # A stage's first block still has the windows of the stage before.
            window = config.windows[stage - 1 if widens else stage]
            width_in = width
            if widens:
                width, heads = 2 * width, 2 * heads
            everywhere = len(blocks) in config.global_blocks
            blocks.append(
                MultiScaleBlock(width_in, width, heads, 0 if everywhere else window, pools=widens)
            )
    return blocks


class Neck(nn.Module):
    """Brings all stages to the same channels, and adds the coarsest to those in ``top_down``."""

    def __init__(self, config: HieraConfig, out: int) -> None:
        super().__init__()
        widths = [config.width << stage for stage in range(LEVELS)]
        # The first belongs to the coarsest level.
        self.convs = nn.ModuleList(
            nn.ModuleDict({"conv": nn.Conv2d(width, out, 1)}) for width in reversed(widths)
        )
        self.top_down = config.top_down

    def level(self, features: list[Tensor], index: int) -> Tensor:
        """One level of the pyramid, (B, C, h, w)."""
        layer = self.convs[LEVELS - 1 - index]["conv"]  # type: ignore[index]  # a ModuleDict
        own: Tensor = layer(features[index].permute(0, 3, 1, 2).to(layer.weight.dtype))
        if index in self.top_down and index + 1 < LEVELS:
            above = self.level(features, index + 1)
            own = own + F.interpolate(above.float(), scale_factor=2.0, mode="nearest").to(own.dtype)
        return own


class HieraEncoder(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / 16, S / 16) and the pyramid's levels at
    strides 8 and 4.
    """

    def __init__(self, config: HieraConfig, input_size: int, out: int) -> None:
        super().__init__()
        self.trunk = Trunk(config, input_size)
        self.neck = Neck(config, out)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        features = self.trunk(x)
        embedding, *finer = (self.neck.level(features, index) for index in (KEPT_LEVEL, 1, 0))
        return embedding, tuple(finer)

    def lower(self, dtype: torch.dtype) -> None:
        """Computes the large matrix products in ``dtype``; what sums up stays in float32."""
        for layer in self.trunk.blocks.modules():
            if isinstance(layer, nn.Linear):
                layer.to(dtype)
