"""The plain vision transformer that makes the embedding.

segment-anything, ``modeling/image_encoder.py``; ViTDet, arXiv 2203.16527.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import ViTConfig
from model.architecture.image_attention import fastest, relative_position
from model.architecture.layers import LayerNorm2d, MLPBlock

ROWS_AT_ONCE = 1024
"""Tokens that a CPU takes through a linear layer at a time."""


class PatchEmbed(nn.Module):
    """(B, 3, S, S) -> (B, S / patch, S / patch, width)."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.proj(x).permute(0, 2, 3, 1)
        return out


class Attention(nn.Module):
    """Self-attention over a square of tokens with decomposed relative position (MViTv2, eq. 4)."""

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, width // heads))

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) -> (B, h, w, C)."""
        batch, h, w, _ = (int(size) for size in x.shape)
        qkv = (
            self.qkv(x.to(self.qkv.weight.dtype))
            .reshape(batch, h * w, 3, self.heads, -1)
            .permute(2, 0, 3, 1, 4)
        )
        q, k, v = qkv.flatten(1, 2).unbind(0)
        mixed = self._mixed(q, k, v, (h, w), self.rel_pos_h.dtype)
        merged = mixed.reshape(batch, self.heads, h * w, -1).transpose(1, 2)
        out: Tensor = self.proj(merged.reshape(batch, h, w, -1))
        return out

    def _mixed(
        self, q: Tensor, k: Tensor, v: Tensor, size: tuple[int, int], dtype: torch.dtype
    ) -> Tensor:
        """What each query of (B * heads, h * w, d) takes from all values, by ``dtype``."""
        grid = torch.unflatten(q, 1, size).to(dtype)
        rows = relative_position(size[0], self.rel_pos_h.to(dtype))
        columns = relative_position(size[1], self.rel_pos_w.to(dtype))
        by_row = torch.einsum("bhwc,hkc->bhwk", grid, rows)
        by_column = torch.einsum("bhwc,wkc->bhwk", grid, columns)
        return fastest(q)(q * self.scale, k, v, by_row, by_column)

    def add_everywhere(self, x: Tensor, norm: nn.LayerNorm) -> None:
        """Adds to (h, w, C) what attending to all of it tells, some rows at a time."""
        h, w, width = (int(size) for size in x.shape)
        dtype = self.qkv.weight.dtype
        parts = torch.split(x.view(h * w, width), ROWS_AT_ONCE)
        qkv = x.new_empty((3, self.heads, h * w, width // self.heads), dtype=dtype)
        for part, place in zip(parts, torch.split(qkv, ROWS_AT_ONCE, dim=2), strict=True):
            made = self.qkv(norm(part).to(dtype))
            place.copy_(made.view(len(part), 3, self.heads, -1).permute(1, 2, 0, 3))
        mixed = self._mixed(qkv[0], qkv[1], qkv[2], (h, w), dtype)
        for part, told in zip(parts, torch.split(mixed, ROWS_AT_ONCE, dim=1), strict=True):
            part += self.proj(told.transpose(0, 1).reshape(len(part), width))

    def add_in_windows(self, x: Tensor, norm: nn.LayerNorm, side: int) -> None:
        """Adds to (h, w, C) what attending inside windows tells, a row of windows at a time.

        The padding is zero, so its queries, keys and values are the bias.
        """
        w, width = (int(size) for size in x.shape[1:])
        dtype, bias = self.qkv.weight.dtype, self.qkv.bias
        columns = -(-w // side)
        for band in torch.split(x, side):
            h = len(band)
            qkv = x.new_empty((side, columns * side, 3 * width), dtype=dtype)
            qkv[:h, :w] = self.qkv(norm(band).to(dtype))
            qkv[h:], qkv[:, w:] = bias, bias
            cut = qkv.view(side, columns, side, 3, self.heads, -1).permute(3, 1, 4, 0, 2, 5)
            q, k, v = cut.flatten(1, 2).flatten(2, 3).unbind(0)
            mixed = self._mixed(q, k, v, (side, side), dtype)
            told = mixed.reshape(columns, self.heads, side, side, -1).permute(2, 0, 3, 1, 4)
            seen = told.reshape(side, columns * side, width)[:h, :w]
            band += self.proj(seen.reshape(h * w, width)).view(band.shape)


class Block(nn.Module):
    """A transformer block; attends inside windows of ``window`` tokens a side, everywhere if 0."""

    def __init__(self, width: int, heads: int, window: int, side: int, mlp: int = 0) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads, window or side)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = MLPBlock(width, mlp or 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) -> (B, h, w, C); in the memory of ``x`` where ``in_parts`` allows it."""
        if in_parts(x):
            self._add_in_parts(x)
            return x
        x = x + self._attend(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x).to(self.mlp.lin1.weight.dtype))
        return out

    def _add_in_parts(self, x: Tensor) -> None:
        """What ``forward`` does, but what lies between two layers never leaves the cache."""
        for image in x:
            if self.window:
                self.attn.add_in_windows(image, self.norm1, self.window)
            else:
                self.attn.add_everywhere(image, self.norm1)
        for part in torch.split(x.view(-1, x.shape[-1]), ROWS_AT_ONCE):
            part += self.mlp(self.norm2(part).to(self.mlp.lin1.weight.dtype))

    def _attend(self, x: Tensor) -> Tensor:
        if self.window == 0:
            out: Tensor = self.attn(x)
            return out
        h, w = (int(size) for size in x.shape[1:3])
        return merge_windows(self.attn(split_windows(x, self.window)), self.window, h, w)


def in_parts(x: Tensor) -> bool:
    """Whether a block may change ``x``, a part at a time.

    On a CPU large temporaries cost as much as the arithmetic; a GPU wants everything at once, and
    gradients and the export need what this overwrites.
    """
    untraced = not torch.is_grad_enabled() and not torch.onnx.is_in_onnx_export()
    return untraced and x.device.type == "cpu"


def split_windows(x: Tensor, side: int) -> Tensor:
    """(B, h, w, C) -> (B * windows, side, side, C), zero-padded at the right and bottom."""
    h, w = (int(size) for size in x.shape[1:3])
    x = F.pad(x, (0, 0, 0, -w % side, 0, -h % side))
    rows, columns = -(-h // side), -(-w // side)
    cut = x.reshape(-1, rows, side, columns, side, x.shape[-1]).transpose(2, 3)
    return cut.flatten(0, 2)


def merge_windows(windows: Tensor, side: int, h: int, w: int) -> Tensor:
    """The inverse of ``split_windows``, padding removed."""
    rows, columns = -(-h // side), -(-w // side)
    x = torch.unflatten(windows, 0, (-1, rows, columns)).transpose(2, 3)
    return x.flatten(3, 4).flatten(1, 2)[:, :h, :w].contiguous()


class ImageEncoderViT(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / patch, S / patch)."""

    def __init__(
        self, config: ViTConfig, input_size: int, out: int, *, gives_early: bool = False
    ) -> None:
        super().__init__()
        side = input_size // config.patch
        # That of the first block which attends everywhere (sam-hq ``image_encoder.py``).
        self.early_block = min(config.global_blocks, default=-1) if gives_early else -1
        self.patch_embed = PatchEmbed(config.patch, config.width)
        self.pos_embed = nn.Parameter(torch.zeros(1, side, side, config.width))
        self.blocks = nn.ModuleList(
            Block(
                config.width,
                config.heads,
                0 if i in config.global_blocks else config.window,
                side,
                config.mlp,
            )
            for i in range(config.depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(config.width, out, 1, bias=False),
            LayerNorm2d(out),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            LayerNorm2d(out),
        )

    def lower(self, dtype: torch.dtype) -> None:
        """Computes the large matrix products in ``dtype``; what sums up stays in float32.

        The norms, the sum that runs through all blocks, and the neck take little time, and most of
        what rounding does to the embedding happens in them.
        """
        for layer in self.blocks.modules():
            if isinstance(layer, nn.Linear):
                layer.to(dtype)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        # A convolution may leave the channels outermost in memory; all that follows reads tokens.
        x = (self.patch_embed(x) + self.pos_embed).contiguous()
        early: tuple[Tensor, ...] = ()
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index == self.early_block:
                # Blocks may work in the memory of what they are given.
                early = (x.permute(0, 3, 1, 2).clone(),)
        return self.neck(x.permute(0, 3, 1, 2)), early
