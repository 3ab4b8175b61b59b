"""The encoder of SAM 3: a vision transformer that turns queries and keys by their places.

transformers ``models/sam3/modeling_sam3.py`` (``Sam3ViTModel``, ``Sam3VisionNeck``).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import Sam3ViTConfig
from model.architecture.image_encoder import merge_windows, split_windows
from model.architecture.layers import MLPBlock

THETA = 10000.0
Turn = tuple[Tensor, Tensor]
"""Cosine and sine of the angle by which each channel of each place is turned: (L, d) each."""


def turn_of(side: int, window: int, width: int, like: Tensor) -> Turn:
    """For ``side`` x ``side`` places of heads of ``width`` channels.

    The first half of the channels turns with x, the second with y; a square of any side spans the
    same angles as a window.
    """
    index = torch.arange(0, width // 2, 2, device=like.device, dtype=torch.float32)
    speeds = 1.0 / THETA ** (index / (width // 2))
    places = torch.arange(side, device=like.device, dtype=torch.float32) * (window / side)
    angles = places[:, None] * speeds
    across = angles[None].expand(side, -1, -1)
    down = angles[:, None].expand(-1, side, -1)
    both = torch.cat([across, down], dim=-1).flatten(0, 1).repeat_interleave(2, dim=-1)
    return both.cos(), both.sin()


def turned(x: Tensor, turn: Turn) -> Tensor:
    """(B, heads, L, d), each pair of neighbouring channels turned."""
    cos, sin = turn
    first, second = torch.unflatten(x.float(), -1, (-1, 2)).unbind(-1)
    across = torch.stack([-second, first], dim=-1).flatten(-2)
    return (x.float() * cos + across * sin).to(x.dtype)


class TurningAttention(nn.Module):
    """Self-attention over (B, h, w, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.o_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, turn: Turn) -> Tensor:
        batch, h, w, width = (int(size) for size in x.shape)
        rows = x.to(self.q_proj.weight.dtype).reshape(batch, h * w, width)
        q, k, v = (
            torch.unflatten(layer(rows), -1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        mixed = F.scaled_dot_product_attention(turned(q, turn), turned(k, turn), v)
        out: Tensor = self.o_proj(mixed.transpose(1, 2).reshape(batch, h, w, width))
        return out


class TurningBlock(nn.Module):
    """A transformer block; attends inside windows of ``window`` tokens a side, everywhere if 0."""

    def __init__(self, config: Sam3ViTConfig, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(config.width, eps=1e-6)
        self.attn = TurningAttention(config.width, config.heads)
        self.norm2 = nn.LayerNorm(config.width, eps=1e-6)
        self.mlp = MLPBlock(config.width, config.mlp)

    def forward(self, x: Tensor, turn: Turn) -> Tensor:
        """(B, h, w, C) -> (B, h, w, C)."""
        normed = self.norm1(x)
        if self.window:
            h, w = (int(size) for size in x.shape[1:3])
            told = self.attn(split_windows(normed, self.window), turn)
            told = merge_windows(told, self.window, h, w)
        else:
            told = self.attn(normed, turn)
        x = x + told
        out: Tensor = x + self.mlp(self.norm2(x).to(self.mlp.lin1.weight.dtype))
        return out


class Level(nn.Module):
    """One level of the pyramid, ``doublings`` times finer than the tokens."""

    def __init__(self, width: int, out: int, doublings: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(doublings):
            layers += [nn.ConvTranspose2d(width, width // 2, 2, stride=2), nn.GELU()]
            width //= 2
        # No activation after the last one.
        self.scale_layers = nn.ModuleList(layers[:-1])
        self.proj1 = nn.Conv2d(width, out, 1)
        self.proj2 = nn.Conv2d(out, out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.scale_layers:
            x = layer(x)
        out: Tensor = self.proj2(self.proj1(x))
        return out


class Sam3Encoder(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / patch, S / patch) and levels two and
    four times finer.
    """

    def __init__(self, config: Sam3ViTConfig, input_size: int, out: int) -> None:
        super().__init__()
        self.config = config
        self.side = input_size // config.patch
        self.projection = nn.Conv2d(3, config.width, config.patch, stride=config.patch, bias=False)
        self.pos_embed = nn.Parameter(torch.zeros(1, config.table**2, config.width))
        self.norm = nn.LayerNorm(config.width, eps=1e-6)
        self.blocks = nn.ModuleList(
            TurningBlock(config, 0 if i in config.global_blocks else config.window)
            for i in range(config.depth)
        )
        self.levels = nn.ModuleList(Level(config.width, out, finer) for finer in (2, 1, 0))

    def position(self) -> Tensor:
        """(1, side, side, C): the table, repeated."""
        table = self.pos_embed.reshape(1, self.config.table, self.config.table, -1)
        times = -(-self.side // self.config.table)
        return table.tile(1, times, times, 1)[:, : self.side, : self.side]

    def lower(self, dtype: torch.dtype) -> None:
        """Computes the large matrix products in ``dtype``; what sums up stays in float32."""
        for layer in self.blocks.modules():
            if isinstance(layer, nn.Linear):
                layer.to(dtype)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        config = self.config
        x = self.norm(self.projection(x).permute(0, 2, 3, 1) + self.position())
        head = config.width // config.heads
        everywhere = turn_of(self.side, config.window, head, x)
        inside = turn_of(config.window, config.window, head, x)
        for block in self.blocks:
            x = block(x, inside if block.window else everywhere)
        maps = x.permute(0, 3, 1, 2)
        finest, finer, embedding = (level(maps) for level in self.levels)
        return embedding, (finer, finest)
