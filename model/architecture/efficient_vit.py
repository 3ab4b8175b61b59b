"""EfficientViT, a convolutional encoder with linear attention, and EfficientViT-SAM's neck.

efficientvit ``models/efficientvit/backbone.py`` (``EfficientViTLargeBackbone``),
``models/nn/ops.py`` and ``models/efficientvit/sam.py`` (``SamNeck``); arXiv 2205.14756.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import EfficientViTConfig
from model.architecture.layers import LayerNorm2d

EPS = 1e-6
"""Of all norms (``sam_model_zoo.py``)."""
NO_DIVISION_BY_ZERO = 1e-15
CHANNELS = 32
"""Of a head."""
EXPANDS_FIRST = 4
"""A stage's first block has so many times the inner channels of the others."""


class ConvNorm(nn.Module):
    """A convolution, a norm of its channels if asked for, and GELU by its tanh if asked for.

    One that has no norm has a bias.
    """

    def __init__(
        self,
        given: int,
        out: int,
        side: int = 1,
        stride: int = 1,
        groups: int = 1,
        *,
        norm: bool = True,
        act: bool = False,
        bias: bool | None = None,
    ) -> None:
        super().__init__()
        has_bias = not norm if bias is None else bias
        self.conv = nn.Conv2d(given, out, side, stride, side // 2, groups=groups, bias=has_bias)
        self.norm = nn.BatchNorm2d(out, eps=EPS) if norm else None
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        if self.norm is not None:
            out = self.norm(out)
        return F.gelu(out, approximate="tanh") if self.act else out


class Plain(nn.Module):
    """Two 3 x 3 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(width, width, 3, act=True)
        self.conv2 = ConvNorm(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv2(self.conv1(x))
        return out


class Fused(nn.Module):
    """A 3 x 3 convolution that widens, and one that narrows again."""

    def __init__(self, given: int, out: int, inner: int, stride: int, *, norm: bool = True) -> None:
        super().__init__()
        self.spatial_conv = ConvNorm(given, inner, 3, stride, norm=norm, act=True)
        self.point_conv = ConvNorm(inner, out)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.point_conv(self.spatial_conv(x))
        return out


class Inverted(nn.Module):
    """MobileNetV2's block: widens, filters each channel, narrows again."""

    def __init__(self, given: int, out: int, inner: int, stride: int, *, norm: bool) -> None:
        super().__init__()
        self.inverted_conv = ConvNorm(given, inner, norm=norm, act=True)
        self.depth_conv = ConvNorm(inner, inner, 3, stride, inner, norm=norm, act=True)
        self.point_conv = ConvNorm(inner, out)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.point_conv(self.depth_conv(self.inverted_conv(x)))
        return out


class LinearAttention(nn.Module):
    """Attention by the products of rectified queries and keys, at two scales."""

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        inner = width // CHANNELS * CHANNELS
        self.qkv = ConvNorm(width, 3 * inner, norm=False, bias=False)
        around = nn.Conv2d(
            3 * inner, 3 * inner, side, padding=side // 2, groups=3 * inner, bias=False
        )
        mixing = nn.Conv2d(3 * inner, 3 * inner, 1, groups=3 * inner // CHANNELS, bias=False)
        self.aggreg = nn.ModuleList([nn.Sequential(around, mixing)])
        self.proj = ConvNorm(2 * inner, width)

    def forward(self, x: Tensor) -> Tensor:
        (around,) = self.aggreg
        near: Tensor = self.qkv(x)
        both = torch.cat([near, around(near)], dim=1)
        batch, _, h, w = (int(size) for size in both.shape)
        q, k, v = both.reshape(batch, -1, 3, CHANNELS, h * w).unbind(2)
        q, k = F.relu(q), F.relu(k)
        # What a query takes is a product with a small matrix, whatever the number of places.
        told = (v @ k.transpose(-1, -2)) @ q
        total = k.sum(dim=-1, keepdim=True).transpose(-1, -2) @ q
        out: Tensor = self.proj((told / (total + NO_DIVISION_BY_ZERO)).reshape(batch, -1, h, w))
        return out


class Added(nn.Module):
    """What a network makes of its input, added to it."""

    def __init__(self, main: nn.Module) -> None:
        super().__init__()
        self.main = main

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.main(x) + x
        return out


class First(nn.Module):
    """A stage's first block, which halves the resolution."""

    def __init__(self, main: nn.Module) -> None:
        super().__init__()
        self.main = main

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.main(x)
        return out


class Attending(nn.Module):
    """Linear attention, then a block of convolutions."""

    def __init__(self, width: int, expansion: int, side: int) -> None:
        super().__init__()
        self.context_module = Added(LinearAttention(width, side))
        self.local_module = Added(Inverted(width, width, expansion * width, 1, norm=False))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.local_module(self.context_module(x))
        return out


class OpList(nn.Module):
    """One after the other, under the published name."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.op_list = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        for part in self.op_list:
            x = part(x)
        return x


class Backbone(nn.Module):
    """(B, 3, S, S) -> the stages' features, the finest first, at strides 2, 4 and so on."""

    def __init__(self, config: EfficientViTConfig) -> None:
        super().__init__()
        width = config.widths[0]
        blocks = [Added(Plain(width)) for _ in range(config.depths[0])]
        stages = [OpList(ConvNorm(3, width, 3, 2, act=True), *blocks)]
        stages += [_stage(config, index) for index in range(1, len(config.widths))]
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found


def _stage(config: EfficientViTConfig, index: int) -> OpList:
    given, width = config.widths[index - 1 : index + 1]
    kind, expansion = config.blocks[index], config.expansions[index]
    norm = index not in config.fewer_norms
    inner = EXPANDS_FIRST * expansion * given
    first: nn.Module
    if kind == "fused":
        first = Fused(given, width, inner, 2, norm=norm)
    else:
        first = Inverted(given, width, inner, 2, norm=norm)
    blocks: list[nn.Module] = [First(first)]
    for _ in range(config.depths[index]):
        if kind == "attention":
            blocks.append(Attending(width, expansion, config.around))
        elif kind == "fused":
            blocks.append(Added(Fused(width, width, expansion * width, 1, norm=norm)))
        else:
            blocks.append(Added(Inverted(width, width, expansion * width, 1, norm=norm)))
    return OpList(*blocks)


class Enlarged(nn.Module):
    """Brings features to the size of the embedding, bicubically."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        if int(x.shape[2]) == int(x.shape[3]) == self.side:
            return x
        return F.interpolate(x, (self.side, self.side), mode="bicubic")


class Neck(nn.Module):
    """The last three stages' sum, and blocks on it: (B, ``out``, ``side``, ``side``)."""

    def __init__(self, config: EfficientViTConfig, side: int, out: int) -> None:
        super().__init__()
        width = config.neck_width
        self.input_ops = nn.ModuleList(
            OpList(ConvNorm(given, width), Enlarged(side)) for given in config.widths[:-4:-1]
        )
        inner = config.neck_expansion * width
        self.middle = OpList(
            *(Added(Fused(width, width, inner, 1)) for _ in range(config.neck_depth))
        )
        last = ConvNorm(width, out, norm=False)
        self.output_ops = nn.ModuleList([OpList(last)])

    def forward(self, features: list[Tensor]) -> Tensor:
        (last,) = self.output_ops
        parts = [op(x) for op, x in zip(self.input_ops, reversed(features[-3:]), strict=True)]
        out: Tensor = last(self.middle(parts[0] + parts[1] + parts[2]))
        return out


class EfficientViT(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, ``side``, ``side``)."""

    def __init__(self, config: EfficientViTConfig, side: int, out: int) -> None:
        super().__init__()
        self.backbone = Backbone(config)
        self.neck = Neck(config, side, out)
        self.norm = LayerNorm2d(out, eps=EPS)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return self.norm(self.neck(self.backbone(x))), ()
