"""A plain vision transformer that knows places by a stretched table alone, without relative ones.

EfficientTAM ``modeling/backbones/vitdet.py``; EfficientSAM ``efficient_sam_encoder.py``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import PlainViTConfig
from model.architecture.image_encoder import PatchEmbed, merge_windows, split_windows
from model.architecture.layers import LayerNorm2d, MLPBlock


class PlainAttention(nn.Module):
    """Self-attention over (B, h, w, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, h, w, width = (int(size) for size in x.shape)
        made = self.qkv(x.to(self.qkv.weight.dtype)).reshape(batch, h * w, 3, self.heads, -1)
        q, k, v = made.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v)
        out: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, h, w, width))
        return out


class PlainBlock(nn.Module):
    """A transformer block; attends inside windows of ``window`` tokens a side, everywhere if 0."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = PlainAttention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = MLPBlock(width, 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) -> (B, h, w, C)."""
        normed = self.norm1(x)
        if self.window:
            h, w = (int(size) for size in x.shape[1:3])
            # Padding is zero after the norm, and is attended to.
            told = self.attn(split_windows(normed, self.window))
            told = merge_windows(told, self.window, h, w)
        else:
            told = self.attn(normed)
        x = x + told
        out: Tensor = x + self.mlp(self.norm2(x).to(self.mlp.lin1.weight.dtype))
        return out


class PlainViT(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / patch, S / patch)."""

    def __init__(self, config: PlainViTConfig, input_size: int, out: int) -> None:
        super().__init__()
        self.side = input_size // config.patch
        self.table = config.table
        self.patch_embed = PatchEmbed(config.patch, config.width)
        # The first entry belonged to a token for the whole image, which is not used.
        self.pos_embed = nn.Parameter(torch.zeros(1, config.table**2 + 1, config.width))
        self.blocks = nn.ModuleList(
            PlainBlock(config.width, config.heads, config.window if i in config.windowed else 0)
            for i in range(config.depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(config.width, out, 1, bias=False),
            LayerNorm2d(out),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            LayerNorm2d(out),
        )

    def position(self) -> Tensor:
        """(1, S / patch, S / patch, C): the table, stretched over the image."""
        table = self.pos_embed[:, 1:].reshape(1, self.table, self.table, -1).permute(0, 3, 1, 2)
        if self.side != self.table:
            table = F.interpolate(table, (self.side, self.side), mode="bicubic")
        return table.permute(0, 2, 3, 1)

    def lower(self, dtype: torch.dtype) -> None:
        """Computes the large matrix products in ``dtype``; what sums up stays in float32."""
        for layer in self.blocks.modules():
            if isinstance(layer, nn.Linear):
                layer.to(dtype)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        x = self.patch_embed(x) + self.position()
        for block in self.blocks:
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2)), ()
