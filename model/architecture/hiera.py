"""Hiera, the encoder of SAM 2: four stages of windowed attention and a feature pyramid.

sam2 ``modeling/backbones/hieradet.py``, ``backbones/utils.py`` and ``image_encoder.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import HieraConfig
from model.architecture.image_encoder import in_parts, merge_windows, split_windows
from model.architecture.layers import MLPBlock

LEVELS = 4
STEM = 4
"""Pixels a side of a token of the first stage."""
KEPT_LEVEL = 2
"""The pyramid's level that is the embedding, at stride 16; the coarser one only helps to make it
(``scalp: 1`` of the published configurations)."""
ROWS_AT_ONCE = 1024
"""Tokens that a CPU takes through the layers at a time, if windows allow it."""


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

    def add_everywhere(self, x: Tensor, norm: nn.LayerNorm) -> None:
        """Adds to (h, w, C) what attending to all of it tells, some rows at a time."""
        rows, dtype = x.view(-1, x.shape[-1]), self.qkv.weight.dtype
        parts = torch.split(rows, ROWS_AT_ONCE)
        qkv = x.new_empty((3, self.heads, len(rows), rows.shape[1] // self.heads), dtype=dtype)
        for part, place in zip(parts, torch.split(qkv, ROWS_AT_ONCE, dim=2), strict=True):
            made = self.qkv(norm(part).to(dtype))
            place.copy_(made.view(len(part), 3, self.heads, -1).permute(1, 2, 0, 3))
        q, k, v = qkv[:, None].unbind()
        mixed = F.scaled_dot_product_attention(q, k, v)[0]
        for part, told in zip(parts, torch.split(mixed, ROWS_AT_ONCE, dim=1), strict=True):
            part += self.proj(told.transpose(0, 1).reshape(part.shape))

    def add_in_windows(self, out: Tensor, normed: Tensor, side: int) -> None:
        """Adds to ``out`` what attending inside windows tells.

        Args:
            out: (h, w, C) or, pooled, (h / 2, w / 2, C).
            normed: (h, w, C_in): rows of whole windows, or one row of windows whose right and lower
                parts may be missing. These are zero and are attended to, so that their queries,
                keys and values are the bias; no product is computed for them.
            side: tokens a side of a window before it is pooled.
        """
        h, w = (int(size) for size in normed.shape[:2])
        if h % side or w % side:
            told = self._in_windows(self._filled_up(self.qkv(normed), side))
            # (columns, side, side, C) -> rows of tokens, without what was missing.
            seen = told.transpose(0, 1).flatten(1, 2)[: out.shape[0], : out.shape[1]]
            out += self.proj(seen.contiguous())
            return
        # A linear layer of anything but plain rows is a product of many small matrices.
        windows = split_windows(normed[None], side).reshape(h * w, -1)
        told = self._in_windows(self.qkv(windows).view(-1, side, side, len(self.qkv.bias)))
        side = int(told.shape[1])
        by_window = out.view(out.shape[0] // side, side, out.shape[1] // side, side, -1)
        by_window.transpose(1, 2).add_(self.proj(told).view_as(by_window.transpose(1, 2)))

    def _filled_up(self, qkv: Tensor, side: int) -> Tensor:
        """One row of windows (h, w, 3 C) whose rest is the bias: (columns, side, side, 3 C)."""
        h, w, width = (int(size) for size in qkv.shape)
        whole = w // side
        windows = qkv.new_empty((-(-w // side), side, side, width))
        by_row = windows.transpose(0, 1)
        by_row[:h, :whole] = qkv[:, : whole * side].reshape(h, whole, side, width)
        by_row[h:] = self.qkv.bias
        if w > whole * side:
            by_row[:h, whole, : w - whole * side] = qkv[:, whole * side :]
            by_row[:h, whole, w - whole * side :] = self.qkv.bias
        return windows

    def _in_windows(self, qkv: Tensor) -> Tensor:
        """(W, side, side, 3 C) of W windows -> (W, side, side, C), or half the sides."""
        count, side = (int(size) for size in qkv.shape[:2])
        q, k, v = torch.unflatten(qkv, -1, (3, -1)).unbind(-2)
        if self.pools:
            q, side = halved(q), side // 2
        q, k, v = (
            torch.unflatten(x, -1, (self.heads, -1)).flatten(1, 2).transpose(1, 2)
            for x in (q, k, v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v)
        return mixed.transpose(1, 2).reshape(count, side, side, -1)


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
        """(B, h, w, C_in) -> (B, h, w, C), or half the size; in the memory of ``x`` where
        ``in_parts`` allows it and the size stays."""
        if in_parts(x) and self._may_be_cut(x):
            return self._made_in_parts(x)
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

    def _may_be_cut(self, x: Tensor) -> bool:
        """Whether parts of ``x`` can be made one by one, in place if their size stays."""
        if self.attn.pools:
            return self.proj is not None and self.window > 0
        return self.proj is None and x.is_contiguous()

    def _made_in_parts(self, x: Tensor) -> Tensor:
        """What ``forward`` does, but what lies between two layers never leaves the cache."""
        out = x
        if self.proj is not None:
            batch, h, w, _ = x.shape
            out = x.new_empty((batch, h // 2, w // 2, self.proj.out_features))
        for image, made in zip(x, out, strict=True):
            if self.window:
                self._attend_in_bands(image, made)
            else:
                self.attn.add_everywhere(made, self.norm1)
        for part in torch.split(out.view(-1, out.shape[-1]), ROWS_AT_ONCE):
            part += self.mlp(self.norm2(part).to(self.mlp.lin1.weight.dtype))
        return out

    def _attend_in_bands(self, x: Tensor, out: Tensor) -> None:
        """(h, w, C_in) attended to in windows: a row of windows at a time, or where all are whole,
        a few of one row."""
        h, w, _ = (int(size) for size in x.shape)
        side, shrink = self.window, 1 if self.proj is None else 2
        whole = h % side == 0 and w % side == 0
        columns = side * max(1, ROWS_AT_ONCE // side**2) if whole else w
        for band, told in zip(torch.split(x, side), torch.split(out, side // shrink), strict=True):
            for part, made in zip(
                torch.split(band, columns, dim=1),
                torch.split(told, columns // shrink, dim=1),
                strict=True,
            ):
                normed = self.norm1(part).to(self.attn.qkv.weight.dtype)
                if self.proj is not None:
                    made.copy_(halved(self.proj(normed)[None])[0])
                self.attn.add_in_windows(made, normed, side)


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
        # A convolution may leave the channels outermost in memory; all that follows reads tokens.
        x = self.patch_embed(x).contiguous()
        x = self._placed(x) if in_parts(x) else x + self.position()
        found = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.ends:
                # Blocks may work in the memory of what they are given; the next one halves it.
                found.append(x)
        return found

    def _placed(self, x: Tensor) -> Tensor:
        """(B, S / 4, S / 4, C) with ``position``, in its own memory.

        Stretching is a product along each side: the bicubic weights are what one-hot rows become.
        """
        table = self.pos_embed[0].permute(1, 2, 0)
        down, across = (
            F.interpolate(
                torch.eye(count, dtype=x.dtype)[None, :, :, None], (self.side, 1), mode="bicubic"
            )[0, :, :, 0].t()
            for count in table.shape[:2]
        )
        stretched = torch.einsum("yr,rcd->ycd", down, table)
        window = self.pos_embed_window[0].permute(1, 2, 0)
        times = -(-self.side // len(window))
        repeated = window.repeat(1, times, 1)[:, : self.side]
        for image in x:
            bands = torch.split(image, len(window)), torch.split(stretched, len(window))
            for band, rows in zip(*bands, strict=True):
                band.add_(repeated[: len(band)])
                band.baddbmm_(across.expand(len(band), -1, -1), rows)
        return x


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
    """Brings all stages to the same channels, and adds the coarser to those in ``top_down``.

    Args:
        widths: channels of the stages, the finest first.
    """

    def __init__(self, widths: Sequence[int], top_down: Sequence[int], out: int) -> None:
        super().__init__()
        # The first belongs to the coarsest level.
        self.convs = nn.ModuleList(
            nn.ModuleDict({"conv": nn.Conv2d(width, out, 1)}) for width in reversed(widths)
        )
        self.top_down = top_down

    def layer(self, index: int) -> nn.Conv2d:
        """The convolution of a level."""
        return cast(nn.Conv2d, cast(nn.ModuleDict, self.convs[LEVELS - 1 - index])["conv"])

    def adds_coarser(self, index: int) -> bool:
        """Whether a level holds the one below, too."""
        return index in self.top_down and index + 1 < LEVELS

    def level(self, features: list[Tensor], index: int) -> Tensor:
        """One level of the pyramid, (B, C, h, w)."""
        layer = self.layer(index)
        own: Tensor = layer(features[index].permute(0, 3, 1, 2).to(layer.weight.dtype))
        if self.adds_coarser(index):
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
        widths = [config.width << stage for stage in range(LEVELS)]
        self.neck = Neck(widths, config.top_down, out)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        features = self.trunk(x)
        embedding, *finer = (self.neck.level(features, index) for index in (KEPT_LEVEL, 1, 0))
        return embedding, tuple(finer)

    def lower(self, dtype: torch.dtype) -> None:
        """Computes the large matrix products in ``dtype``; what sums up stays in float32."""
        for layer in self.trunk.blocks.modules():
            if isinstance(layer, nn.Linear):
                layer.to(dtype)
