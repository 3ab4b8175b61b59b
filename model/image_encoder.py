"""The plain vision transformer that makes the embedding.

segment-anything, ``modeling/image_encoder.py``; ViTDet, arXiv 2203.16527.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.config import ViTConfig
from model.layers import LayerNorm2d, MLPBlock

SCORES_AT_ONCE = 1 << 20
"""Attention scores held at a time."""


class PatchEmbed(nn.Module):
    """(B, 3, S, S) -> (B, S / patch, S / patch, width)."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.proj(x).permute(0, 2, 3, 1)
        return out


def relative_position(size: int, table: Tensor) -> Tensor:
    """The row of ``table`` (2 * size - 1, d) for each query and key position: (size, size, d)."""
    index = torch.arange(size, device=table.device)
    return table[index[:, None] - index[None, :] + size - 1]


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
        grid = torch.unflatten(q, 1, (h, w)).to(self.rel_pos_h.dtype)
        by_row = torch.einsum("bhwc,hkc->bhwk", grid, relative_position(h, self.rel_pos_h))
        by_column = torch.einsum("bhwc,wkc->bhwk", grid, relative_position(w, self.rel_pos_w))
        mixed = _attention(q)(q * self.scale, k, v, by_row, by_column)
        merged = mixed.reshape(batch, self.heads, h * w, -1).transpose(1, 2)
        out: Tensor = self.proj(merged.reshape(batch, h, w, -1))
        return out


Attend = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def _attention(x: Tensor) -> Attend:
    """The way that is fastest where ``x`` is."""
    if x.device.type != "cpu":
        return attend
    if x.dtype == torch.float32:
        return attend_in_tiles
    return attend if torch.cpu.get_capabilities().get("amx_tile") else attend_plainly


def attend(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """Softmax of q k^T plus what each query gives to rows and to columns of keys, times v.

    The rows and columns become further channels: a key's are 1 at its own row and column. So the
    scores of all pairs never exist at once, and the fused kernels of a GPU and of a CPU with matrix
    units can do it all.

    Args:
        q: (B, h * w, d), already scaled.
        k: (B, h * w, d).
        v: (B, h * w, d).
        by_row: (B, h, w, h) of each query for each row.
        by_column: (B, h, w, w) of each query for each column.
    """
    h, w, d = by_row.shape[1], by_row.shape[2], q.shape[-1]
    at_row = torch.eye(h, dtype=q.dtype, device=q.device).repeat_interleave(w, dim=0)
    at_column = torch.eye(w, dtype=q.dtype, device=q.device).repeat(h, 1)
    place = torch.cat([at_row, at_column], dim=-1).expand(len(k), -1, -1)
    given = [part.flatten(1, 2).to(q.dtype) for part in (by_row, by_column)]
    queries = torch.cat([q, *given], dim=-1)
    keys = torch.cat([k, place], dim=-1)
    mixed = F.scaled_dot_product_attention(
        queries[None], keys[None], F.pad(v, (0, h + w))[None], scale=1.0
    )
    return mixed[0, ..., :d]


def attend_in_tiles(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """As ``attend``; without matrix units the further channels would cost more than they save."""
    h, w = by_row.shape[1:3]
    queries = torch.unflatten(q, 1, (h, w))
    mixed = []
    for items, rows in tiles(len(q), int(h), int(w * h * w)):
        bias = by_row[items, rows, :, :, None] + by_column[items, rows, :, None, :]
        part = F.scaled_dot_product_attention(
            queries[items, rows].flatten(1, 2)[None],
            k[items][None],
            v[items][None],
            attn_mask=bias.flatten(3).flatten(1, 2)[None],
            scale=1.0,
        )
        mixed.append(part.flatten(0, 2))
    return torch.unflatten(torch.cat(mixed), 0, (len(q), h * w))


def attend_plainly(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """As ``attend_in_tiles`` for 16 bits on a CPU, whose fused kernel is slower than its products.

    Scores are rounded once, before rows and columns are added; sums and softmax are in float32.
    """
    h, w = by_row.shape[1:3]
    queries = torch.unflatten(q, 1, (h, w))
    keys, values = k.transpose(1, 2).contiguous(), v.contiguous()
    mixed = torch.empty_like(queries)
    for items, rows in tiles(len(q), int(h), int(w * h * w)):
        products = torch.bmm(queries[items, rows].flatten(1, 2), keys[items])
        scores = products.float().reshape(len(products), -1, w, h, w)
        scores += by_row[items, rows, :, :, None]
        scores += by_column[items, rows, :, None, :]
        weights = scores.flatten(3).softmax(dim=-1).flatten(1, 2).to(q.dtype)
        mixed[items, rows] = torch.unflatten(torch.bmm(weights, values[items]), 1, (-1, w))
    return mixed.flatten(1, 2)


def tiles(items: int, rows: int, scores_per_row: int) -> Iterator[tuple[slice, slice]]:
    """Cuts the queries of ``items`` attentions into parts whose scores stay in the cache.

    Large temporaries would cost more in page faults than the arithmetic takes. Either whole items
    or some rows of one item, in the order of the joined result.
    """
    rows_at_once = max(1, SCORES_AT_ONCE // scores_per_row)
    if rows_at_once < rows:
        for item in range(items):
            for row in range(0, rows, rows_at_once):
                yield slice(item, item + 1), slice(row, row + rows_at_once)
        return
    items_at_once = rows_at_once // rows
    for item in range(0, items, items_at_once):
        yield slice(item, item + items_at_once), slice(0, rows)


class Block(nn.Module):
    """A transformer block; attends inside windows of ``window`` tokens a side, everywhere if 0."""

    def __init__(self, width: int, heads: int, window: int, side: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads, window or side)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = MLPBlock(width, 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x).to(self.mlp.lin1.weight.dtype))
        return out

    def _attend(self, x: Tensor) -> Tensor:
        if self.window == 0:
            out: Tensor = self.attn(x)
            return out
        h, w = (int(size) for size in x.shape[1:3])
        return merge_windows(self.attn(split_windows(x, self.window)), self.window, h, w)


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

    def __init__(self, config: ViTConfig, input_size: int, out: int) -> None:
        super().__init__()
        side = input_size // config.patch
        self.patch_embed = PatchEmbed(config.patch, config.width)
        self.pos_embed = nn.Parameter(torch.zeros(1, side, side, config.width))
        self.blocks = nn.ModuleList(
            Block(
                config.width, config.heads, 0 if i in config.global_blocks else config.window, side
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
        x = self.patch_embed(x) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2)), ()
