"""The small image encoder: MobileNetV2's inverted residual blocks, merged to stride 8, and a skip
feature at stride 4.

Blocks as in MobileNetV2 (arXiv 1801.04381, table 2); pyramid pooling as in PSPNet (arXiv
1612.01105) at stride 32.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import ConvConfig


class ConvNorm(nn.Module):
    """Convolution, BatchNorm, optional ReLU6; at stride 2 padded at the right and bottom as the
    backbone was trained.

    Args:
        kernel: side of the kernel, 1 or 3.
        groups: 1, or the number of channels for a depthwise convolution.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        act: bool = True,
    ) -> None:
        super().__init__()
        self.asymmetric = stride == 2 and kernel == 3
        padding = 0 if self.asymmetric else kernel // 2
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        if self.asymmetric:
            x = F.pad(x, (0, 1, 0, 1))
        out: Tensor = self.norm(self.conv(x))
        return F.relu6(out) if self.act else out


class InvertedResidual(nn.Module):
    """Expand, filter per channel, project; added to its input where the shapes allow."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers = [] if expansion == 1 else [ConvNorm(inputs, hidden, 1)]
        layers += [
            ConvNorm(hidden, hidden, 3, stride, groups=hidden),
            ConvNorm(hidden, outputs, 1, act=False),
        ]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return x + out if self.residual else out


class PyramidPooling(nn.Module):
    """The features beside their means over the whole, halves and quarters of the input.

    (B, I, h, w) -> (B, O, h, w).
    """

    def __init__(self, inputs: int, outputs: int, divisions: Sequence[int] = (1, 2, 4)) -> None:
        super().__init__()
        part = outputs // 2
        self.divisions = tuple(divisions)
        self.own = ConvNorm(inputs, outputs, 1)
        # Without a norm: the mean over the whole is one value per image, too few for statistics.
        self.pooled = nn.ModuleList(nn.Conv2d(inputs, part, 1) for _ in self.divisions)
        self.mix = ConvNorm(outputs + part * len(self.divisions), outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        rows, columns = x.shape[-2:]
        found = [self.own(x)]
        for division, conv in zip(self.divisions, self.pooled, strict=True):
            down, across = (part_means(side, division, x) for side in (rows, columns))
            mean = F.relu(conv(down @ x @ across.t()))
            found.append(F.interpolate(mean, (rows, columns), mode="bilinear", align_corners=False))
        out: Tensor = self.mix(torch.cat(found, dim=1))
        return out


def part_means(side: int, parts: int, like: Tensor) -> Tensor:
    """(parts, side): the weights of the means over equal parts of ``side`` cells, which may end
    inside a cell."""
    long = side / parts
    first = torch.arange(parts, device=like.device)[:, None] * long
    cell = torch.arange(side, device=like.device)[None]
    covered = torch.minimum(first + long, cell + 1.0) - torch.maximum(first, cell * 1.0)
    return (covered.clamp(min=0) / long).to(like.dtype)


class Merge(nn.Module):
    """Coarse features, doubled in size, added to finer ones."""

    def __init__(self, fine: int, width: int) -> None:
        super().__init__()
        self.lateral = ConvNorm(fine, width, 1, act=False)
        self.smooth = ConvNorm(width, width, 3)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        out: Tensor = self.smooth(F.relu(self.lateral(fine) + doubled(coarse)))
        return out


def doubled(x: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, C, 2h, 2w), bilinear."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class SmallEncoder(nn.Module):
    """Normalised input (B, 3, H, W), sides multiples of 32 -> embedding (B, width, H/8, W/8) and
    one skip feature (B, C0, H/4, W/4).

    Args:
        config: stages of inverted residual blocks; strides must reach 32.
        width: channels of the embedding.
        skip_channels: channels of the skip feature, one value, or empty for none.
    """

    def __init__(self, config: ConvConfig, width: int, skip_channels: Sequence[int]) -> None:
        super().__init__()
        self.stem = ConvNorm(3, config.stem, 3, stride=2)
        groups, channels = _stages(config)
        self.stages = nn.ModuleList(groups)
        at4, at8, at16, at32 = channels
        self.pool = PyramidPooling(at32, config.merge)
        self.merge16 = Merge(at16, config.merge)
        self.merge8 = Merge(at8, config.merge)
        self.neck = nn.Conv2d(config.merge, width, 1)
        self.skip_near = nn.ModuleList(ConvNorm(at4, c, 3, act=False) for c in skip_channels)
        self.skip_far = nn.ModuleList(nn.Conv2d(config.merge, c, 1) for c in skip_channels)
        self.skip_out = nn.ModuleList(nn.Conv2d(c, c, 1) for c in skip_channels)

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        x = self.stem(x)
        pyramid = []
        for stage in self.stages:
            x = stage(x)
            pyramid.append(x)
        at4, at8, at16, at32 = pyramid
        merged = self.merge8(self.merge16(self.pool(at32), at16), at8)
        skips = tuple(
            out(F.relu(near(at4) + doubled(far(merged))))
            for near, far, out in zip(self.skip_near, self.skip_far, self.skip_out, strict=True)
        )
        return self.neck(merged), skips


def _stages(config: ConvConfig) -> tuple[list[nn.Module], list[int]]:
    """The blocks grouped so that the groups end at strides 4, 8, 16 and 32, and the channels they
    end with."""
    inputs, stride = config.stem, 2
    groups: dict[int, list[nn.Module]] = {}
    channels: dict[int, int] = {}
    for expansion, outputs, repeats, first in config.stages:
        stride *= first
        for index in range(repeats):
            block = InvertedResidual(inputs, outputs, first if index == 0 else 1, expansion)
            groups.setdefault(max(stride, 4), []).append(block)
            inputs = outputs
        channels[max(stride, 4)] = outputs
    if sorted(groups) != [4, 8, 16, 32]:
        raise ValueError(
            f"the encoder's stages must reach the strides 4, 8, 16 and 32, given {sorted(groups)}"
        )
    return [nn.Sequential(*groups[s]) for s in (4, 8, 16, 32)], [
        channels[s] for s in (4, 8, 16, 32)
    ]
