"""MobileSAM's image encoder: TinyViT (arXiv 2207.10666) whose last stage keeps the resolution.

Names and shapes follow MobileSAM, ``modeling/tiny_vit_sam.py``; ``norm_head`` and ``head`` are in
its checkpoint, left from classification, and are not used.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import TinyViTConfig
from model.architecture.image_encoder import merge_windows, split_windows
from model.architecture.layers import LayerNorm2d

CLASSES = 1000
"""Of the unused classification head."""


class ConvNorm(nn.Sequential):
    """A convolution without bias and its BatchNorm, named ``c`` and ``bn``."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.add_module("c", conv)
        self.add_module("bn", nn.BatchNorm2d(outputs))


class PatchEmbed(nn.Module):
    """(B, 3, S, S) -> (B, width, S / 4, S / 4)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(
            ConvNorm(3, width // 2, 3, 2), nn.GELU(), ConvNorm(width // 2, width, 3, 2)
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.seq(x)
        return out


class MBConv(nn.Module):
    """An inverted residual block: expand, filter per channel, project."""

    def __init__(self, width: int, expansion: int = 4) -> None:
        super().__init__()
        hidden = width * expansion
        self.conv1 = ConvNorm(width, hidden)
        self.conv2 = ConvNorm(hidden, hidden, 3, groups=hidden)
        self.conv3 = ConvNorm(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.gelu(self.conv2(F.gelu(self.conv1(x))))
        return F.gelu(x + self.conv3(hidden))


class PatchMerging(nn.Module):
    """Between stages: (B, C, h, w) -> (B, outputs, h / stride, w / stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs)
        self.conv2 = ConvNorm(outputs, outputs, 3, stride, groups=outputs)
        self.conv3 = ConvNorm(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))
        return out


class Attention(nn.Module):
    """Self-attention in a window, with one learned bias per head and distance (|dy|, |dx|)."""

    attention_bias_idxs: Tensor

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        # Not part of a checkpoint, so it must exist even where the parameters are only shapes.
        place = torch.arange(window * window, device="cpu")
        row, column = place // window, place % window
        down = (row[:, None] - row[None, :]).abs()
        across = (column[:, None] - column[None, :]).abs()
        self.register_buffer("attention_bias_idxs", down * window + across, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C), N the places of a window row by row."""
        # Queries, keys and values lie side by side within each head.
        qkv = torch.unflatten(self.qkv(self.norm(x)), -1, (self.heads, -1)).transpose(1, 2)
        q, k, v = qkv.chunk(3, dim=-1)
        bias = self.attention_biases[:, self.attention_bias_idxs]
        mixed = ((q * self.scale) @ k.transpose(-2, -1) + bias).softmax(dim=-1) @ v
        out: Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return out


class Mlp(nn.Module):
    """Norm, two linear layers with GELU between them: (..., C) -> (..., C)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(F.gelu(self.fc1(self.norm(x))))
        return out


class TinyViTBlock(nn.Module):
    """Window attention, a convolution per channel, an MLP: (B, C, h, w) -> (B, C, h, w)."""

    def __init__(self, width: int, heads: int, window: int, mlp_ratio: float) -> None:
        super().__init__()
        self.window = window
        self.attn = Attention(width, heads, window)
        self.local_conv = ConvNorm(width, width, 3, groups=width)
        self.mlp = Mlp(width, int(width * mlp_ratio))

    def forward(self, x: Tensor) -> Tensor:
        h, w = (int(size) for size in x.shape[-2:])
        windows = split_windows(x.permute(0, 2, 3, 1), self.window)
        attended = self.attn(windows.flatten(1, 2)).reshape(windows.shape)
        x = x + merge_windows(attended, self.window, h, w).permute(0, 3, 1, 2)
        x = self.local_conv(x)
        mixed: Tensor = self.mlp(x.permute(0, 2, 3, 1))
        return x + mixed.permute(0, 3, 1, 2)


class Stage(nn.Module):
    """Blocks of one width, then the step to the next stage's width (not after the last)."""

    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        if self.downsample is not None:
            x = self.downsample(x)
        return x


class TinyViT(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / 16, S / 16)."""

    def __init__(self, config: TinyViTConfig, out: int, *, gives_early: bool = False) -> None:
        super().__init__()
        # Of sam-hq ``tiny_vit_sam.py``: what the second stage hands on.
        self.early_stage = 1 if gives_early else -1
        self.patch_embed = PatchEmbed(config.widths[0])
        self.layers = nn.ModuleList(_stage(config, index) for index in range(len(config.widths)))
        last = config.widths[-1]
        self.norm_head = nn.LayerNorm(last)
        self.head = nn.Linear(last, CLASSES)
        self.neck = nn.Sequential(
            nn.Conv2d(last, out, 1, bias=False),
            LayerNorm2d(out),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            LayerNorm2d(out),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        x = self.patch_embed(x)
        early: tuple[Tensor, ...] = ()
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index == self.early_stage:
                early = (x,)
        return self.neck(x), early


def _stage(config: TinyViTConfig, index: int) -> Stage:
    width, depth = config.widths[index], config.depths[index]
    blocks: list[nn.Module] = []
    for _ in range(depth):
        if index == 0:
            blocks.append(MBConv(width))
        else:
            heads, window = config.heads[index], config.windows[index]
            blocks.append(TinyViTBlock(width, heads, window, config.mlp_ratio))
    if index == len(config.widths) - 1:
        return Stage(blocks, None)
    # The embedding stays at stride 16: the last step widens without shrinking.
    stride = 1 if index == len(config.widths) - 2 else 2
    return Stage(blocks, PatchMerging(width, config.widths[index + 1], stride))
