"""RepViT, a convolutional encoder in the shape of a transformer.

EdgeSAM ``edge_sam/modeling/rep_vit.py``; RepViT ``sam/repvit_sam/modeling/repvit.py``; timm
``models/repvit.py``, which EdgeTAM uses.
"""

from __future__ import annotations

from itertools import accumulate

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import RepViTConfig
from model.architecture.hiera import KEPT_LEVEL, Neck
from model.architecture.layers import LayerNorm2d


class ConvNorm(nn.Sequential):
    """A convolution and the norm of its channels."""

    def __init__(self, given: int, out: int, side: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        conv = nn.Conv2d(given, out, side, stride, side // 2, groups=groups, bias=False)
        self.add_module("c", conv)
        self.add_module("bn", nn.BatchNorm2d(out))


class Squeeze(nn.Module):
    """Weighs the channels by what their means tell (arXiv 1709.01507)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = _rounded(width / 4)
        self.fc1 = nn.Conv2d(width, inner, 1)
        self.fc2 = nn.Conv2d(inner, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean((2, 3), keepdim=True)
        out: Tensor = x * self.fc2(F.relu(self.fc1(means))).sigmoid()
        return out


def _rounded(channels: float) -> int:
    """To a multiple of 8, not by more than a tenth downwards (timm ``make_divisible``)."""
    found = max(8, int(channels + 4) // 8 * 8)
    return found + 8 if found < 0.9 * channels else found


class Branches(nn.Module):
    """A depthwise 3 x 3, a depthwise 1 x 1 and the input itself, summed."""

    def __init__(self, width: int, *, norm_after: bool) -> None:
        super().__init__()
        # Before the convolutions: it belongs to their sum and must not be merged into the last.
        self.bn = nn.BatchNorm2d(width) if norm_after else None
        self.conv = ConvNorm(width, width, 3, groups=width)
        self.conv1 = (
            nn.Conv2d(width, width, 1, groups=width)
            if norm_after
            else ConvNorm(width, width, 1, groups=width)
        )

    def forward(self, x: Tensor) -> Tensor:
        summed: Tensor = self.conv(x) + self.conv1(x) + x
        return summed if self.bn is None else self.bn(summed)


class Added(nn.Module):
    """What a network makes of its input, added to it."""

    def __init__(self, m: nn.Module) -> None:
        super().__init__()
        self.m = m

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.m(x)
        return out


class Block(nn.Module):
    """Mixes places, then channels.

    Args:
        stride: 0 for a block that changes neither width nor resolution.
    """

    def __init__(
        self, given: int, width: int, stride: int, *, squeezes: bool, norm_after: bool
    ) -> None:
        super().__init__()
        squeeze = Squeeze(given) if squeezes else nn.Identity()
        mixers: list[nn.Module] = [Branches(given, norm_after=norm_after), squeeze]
        if stride:
            spread = ConvNorm(given, given, 3, stride, groups=given)
            mixers = [spread, squeeze, ConvNorm(given, width, 1)]
        self.token_mixer = nn.Sequential(*mixers)
        self.channel_mixer = Added(
            nn.Sequential(ConvNorm(width, 2 * width, 1), nn.GELU(), ConvNorm(2 * width, width, 1))
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.channel_mixer(self.token_mixer(x))
        return out


class RepViT(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / 16, S / 16)."""

    def __init__(self, config: RepViTConfig, out: int) -> None:
        super().__init__()
        self.features = nn.ModuleList([_stem(config.widths[0]), *_blocks(config)])
        self.before_last = 1 + sum(config.depths[:-1])
        last = config.widths[-1]
        self.fuse_stage2: nn.Conv2d | None = None
        self.fuse_stage3: nn.ModuleDict | None = None
        if config.fused:
            self.fuse_stage2 = nn.Conv2d(config.widths[-2], out, 1, bias=False)
            self.fuse_stage3 = nn.ModuleDict(
                {"op_list": nn.ModuleList([nn.Conv2d(last, out, 1, bias=False)])}
            )
        self.neck = nn.Sequential(
            nn.Conv2d(out if config.fused else last, out, 1, bias=False),
            LayerNorm2d(out),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            LayerNorm2d(out),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        for block in self.features[: self.before_last]:
            x = block(x)
        fine = x
        for block in self.features[self.before_last :]:
            x = block(x)
        if self.fuse_stage2 is not None and self.fuse_stage3 is not None:
            (narrow,) = self.fuse_stage3["op_list"].children()
            enlarged = F.interpolate(narrow(x), scale_factor=2.0, mode="bicubic")
            x = self.fuse_stage2(fine) + enlarged
        return self.neck(x), ()


class RepViTPyramid(nn.Module):
    """(B, 3, S, S) normalised -> embedding (B, ``out``, S / 16, S / 16) and a pyramid's levels at
    strides 8 and 4 (EdgeTAM ``modeling/backbones/timm.py`` and ``image_encoder.py``).
    """

    def __init__(self, config: RepViTConfig, out: int) -> None:
        super().__init__()
        self.features = nn.ModuleList([_stem(config.widths[0]), *_blocks(config)])
        self.neck = Neck(config.widths, config.top_down, out)
        ends = list(accumulate(config.depths))
        # A stage's last block prepares the next one, so that a level is what comes before it.
        self.ends = (*(end - 1 for end in ends[:-1]), ends[-1])

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        found = []
        for index, block in enumerate(self.features):
            x = block(x)
            if index in self.ends:
                found.append(x.permute(0, 2, 3, 1))
        embedding, *finer = (self.neck.level(found, index) for index in (KEPT_LEVEL, 1, 0))
        return embedding, tuple(finer)


def _stem(width: int) -> nn.Sequential:
    return nn.Sequential(
        ConvNorm(3, width // 2, 3, 2), nn.GELU(), ConvNorm(width // 2, width, 3, 2)
    )


def _blocks(config: RepViTConfig) -> list[Block]:
    blocks = []
    given = config.widths[0]
    for stage, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
        for place in range(depth):
            keeps = stage == len(config.widths) - 1 and not (config.fused or config.top_down)
            stride = 0 if stage == 0 or place else 1 if keeps else 2
            squeezes = place in config.squeezes[stage]
            blocks.append(
                Block(given, width, stride, squeezes=squeezes, norm_after=config.norm_after)
            )
            given = width
    return blocks
