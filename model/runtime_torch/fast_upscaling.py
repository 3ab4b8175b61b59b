"""From the cells of an image to low-res logits, by plain matrix products.

The transposed convolutions do not overlap and are products, for every fourth row of the answer one,
so that only whole rows are put in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.layers import LayerNorm2d
from model.architecture.mask_decoder import MaskDecoder
from model.architecture.prompt_encoder import Cells
from model.architecture.refiner import Refiner
from model.runtime_torch.cells import added

Skips = tuple[tuple[Tensor | None, ...], tuple[Tensor | None, ...]]
"""Skip features by halves and by quarters of the cells, see ``Memory``."""


def upscaled(
    masks: MaskDecoder,
    kernels: Tensor,
    cells: Tensor,
    size: Cells,
    skips: Skips,
    finer: Tensor | None = None,
) -> Tensor:
    """Low-res logits (N, K, 4h, 4w) of N prompts.

    Without a refiner every cell stands for itself, so a rectangle of cells has the logits it has
    among the others.

    Args:
        masks: the network.
        kernels: (N, K, C / 8) what each mask looks for.
        cells: (N, h * w, C) as the tokens left them.
        size: (h, w).
        skips: of the image, as far as there are any.
        finer: (1, C / 8, 4h, 4w), see ``Memory``; then the last mask is made from it.
    """
    rows, columns = size
    found = _refined(masks.refiner, cells, size) if masks.refiner is not None else None
    lines, maps = [], []
    halves, quarters = skips
    raised = (_half(masks, half, cells, found, skip) for half, skip in enumerate(halves))
    for half, x in enumerate(_normed(masks, raised, halves)):
        for quarter in range(2):
            fine = _quarter(masks, quarter, x, quarters[2 * half + quarter])
            maps.append(fine.reshape(len(fine), rows, 1, 4 * columns, -1))
            products = kernels @ fine.transpose(1, 2)
            lines.append(products.reshape(len(products), -1, rows, 1, 4 * columns))
    together = torch.cat(lines, dim=3)
    logits = together.reshape(len(together), -1, 4 * rows, 4 * columns)
    if finer is None:
        return logits
    whole = torch.cat(maps, dim=2).flatten(1, 2).permute(0, 3, 1, 2)
    return torch.cat([logits[:, :-1], _finer(masks, kernels[:, -1], whole, finer)], dim=1)


def _finer(masks: MaskDecoder, kernel: Tensor, maps: Tensor, finer: Tensor) -> Tensor:
    """Logits (N, 1, h, w) of SAM-HQ's own token.

    The last convolution is linear, so that the token is asked first: one channel instead of all.

    Args:
        masks: the network.
        kernel: (N, K) what the mask looks for.
        maps: (N, K, h, w) the upscaled cells.
        finer: (1, K, h, w) of the image.
    """
    layers = list(cast(nn.Sequential, masks.embedding_maskfeature))
    last = cast(nn.Conv2d, layers[3])
    hidden = layers[2](layers[1](layers[0](maps)))
    count, _, height, width = hidden.shape
    # Pixel by pixel what each place of the filter would add; then the nine are shifted and summed.
    weight = (kernel @ last.weight.flatten(1)).reshape(count, -1, 9)
    parts = (weight.transpose(1, 2) @ hidden.flatten(2)).reshape(count, 9, height, width)
    made = _summed(parts)
    own = (kernel @ finer.flatten(2)[0]).reshape(count, 1, height, width)
    return made + own + (kernel @ cast(Tensor, last.bias)).reshape(count, 1, 1, 1)


def _summed(parts: Tensor) -> Tensor:
    """(N, 9, h, w) what a pixel adds to its neighbours -> (N, 1, h, w)."""
    height, width = parts.shape[-2:]
    padded = F.pad(parts, (1, 1, 1, 1))
    places = [(place // 3, place % 3) for place in range(9)]
    shifted = [
        padded[:, place, y : y + height, x : x + width] for place, (y, x) in enumerate(places)
    ]
    return torch.stack(shifted).sum(dim=0)[:, None]


def _half(
    masks: MaskDecoder, half: int, cells: Tensor, found: Tensor | None, skip: Tensor | None
) -> Tensor:
    """What the first upscaling makes of the upper or lower halves of the cells, before its norm.

    Args:
        masks: the network.
        half: 0 for the upper ones.
        cells: (N, L, C).
        found: (N, L, K) by the refiner, if there is one.
        skip: (1 or N, 2 L, C / 4) to add, if there is one.

    Returns:
        (N, 2 L, C / 4).
    """
    first, refiner = cast(nn.ConvTranspose2d, masks.output_upscaling[0]), masks.refiner
    matrix, bias = _row(first, half)
    if refiner is not None:
        bias = bias + cast(Tensor, refiner.leave.bias) @ matrix
    x = added(bias[None, None], cells, matrix[None])
    if refiner is not None and found is not None:
        x = added(x, found, (refiner.leave.weight.flatten(1).t() @ matrix)[None])
    x = x.reshape(-1, 2 * cells.shape[1], first.out_channels)
    return x + skip if skip is not None and masks.adds_before_norm else x


def _normed(
    masks: MaskDecoder, halves: Iterable[Tensor], skips: Sequence[Tensor | None]
) -> Iterator[Tensor]:
    """The halves (N, 2 L, C / 4) after norm and activation, one after the other; and their skips if
    they belong there."""
    _, norm, act, *_ = masks.output_upscaling
    if isinstance(norm, nn.GroupNorm):
        together = torch.stack(list(halves), dim=1)
        apart = together - together.mean(dim=(1, 2, 3), keepdim=True)
        spread = (apart.square().mean(dim=(1, 2, 3), keepdim=True) + norm.eps).sqrt()
        yield from act(apart / spread * norm.weight + norm.bias).unbind(1)
        return
    each = cast(LayerNorm2d, norm)
    for x, skip in zip(halves, skips, strict=True):
        out: Tensor = act(F.layer_norm(x, each.weight.shape, each.weight, each.bias, each.eps))
        yield out if skip is None or masks.adds_before_norm else out + skip


def _quarter(masks: MaskDecoder, quarter: int, x: Tensor, skip: Tensor | None) -> Tensor:
    """What the second upscaling makes of a half: (N, 2 L, C / 4) -> (N, 4 L, C / 8)."""
    layers = list(masks.output_upscaling)
    second = cast(nn.ConvTranspose2d, layers[3])
    matrix, bias = _row(second, quarter)
    fine = added(bias[None, None], x, matrix[None])
    fine = fine.reshape(-1, 2 * x.shape[1], second.out_channels)
    out: Tensor = layers[4](fine if skip is None else fine + skip)
    return out


def _row(layer: nn.ConvTranspose2d, row: int) -> tuple[Tensor, Tensor]:
    """Matrix (C, 2 K) and bias of one row of a 2 x 2 transposed convolution of stride 2."""
    matrix = layer.weight[:, :, row].transpose(1, 2).flatten(1)
    return matrix, cast(Tensor, layer.bias).repeat(2)


def _refined(refiner: Refiner, cells: Tensor, size: Cells) -> Tensor:
    """What the refiner finds, before it leaves: (N, L, C) -> (N, L, K)."""
    maps = cells.reshape(len(cells), *size, -1).permute(0, 3, 1, 2)
    found: Tensor = refiner.blocks(refiner.enter(maps)).permute(0, 2, 3, 1)
    return found.flatten(1, 2)
