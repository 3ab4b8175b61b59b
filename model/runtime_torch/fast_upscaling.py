"""From the cells of an image to low-res logits, by plain matrix products.

The transposed convolutions do not overlap and are products, for every fourth row of the answer one,
so that only whole rows are put in order.
"""

from __future__ import annotations

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
    """
    layers = list(masks.output_upscaling)
    second, (rows, columns) = cast(nn.ConvTranspose2d, layers[3]), size
    found = _refined(masks.refiner, cells, size) if masks.refiner is not None else None
    lines = []
    halves, quarters = skips
    for half, skip in enumerate(halves):
        x = _half(masks, half, cells, found, skip)
        for quarter in range(2):
            matrix, bias = _row(second, quarter)
            fine = added(bias[None, None], x, matrix[None])
            fine = fine.reshape(-1, 4 * rows * columns, second.out_channels)
            finer = quarters[2 * half + quarter]
            fine = layers[4](fine if finer is None else fine + finer)
            products = kernels @ fine.transpose(1, 2)
            lines.append(products.reshape(len(products), -1, rows, 1, 4 * columns))
    together = torch.cat(lines, dim=3)
    return together.reshape(len(together), -1, 4 * rows, 4 * columns)


def _half(
    masks: MaskDecoder, half: int, cells: Tensor, found: Tensor | None, skip: Tensor | None
) -> Tensor:
    """What the first upscaling makes of the upper or the lower halves of the cells.

    Args:
        masks: the network.
        half: 0 for the upper ones.
        cells: (N, L, C).
        found: (N, L, K) by the refiner, if there is one.
        skip: (1 or N, 2 L, C / 4) to add, if there is one.

    Returns:
        (N, 2 L, C / 4).
    """
    layers, refiner = list(masks.output_upscaling), masks.refiner
    first, norm = cast(nn.ConvTranspose2d, layers[0]), cast(LayerNorm2d, layers[1])
    matrix, bias = _row(first, half)
    if refiner is not None:
        bias = bias + cast(Tensor, refiner.leave.bias) @ matrix
    x = added(bias[None, None], cells, matrix[None])
    if refiner is not None and found is not None:
        x = added(x, found, (refiner.leave.weight.flatten(1).t() @ matrix)[None])
    x = x.reshape(-1, 2 * cells.shape[1], first.out_channels)
    if skip is not None and masks.adds_before_norm:
        x = x + skip
    out: Tensor = layers[2](F.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, norm.eps))
    return out if skip is None or masks.adds_before_norm else out + skip


def _row(layer: nn.ConvTranspose2d, row: int) -> tuple[Tensor, Tensor]:
    """Matrix (C, 2 K) and bias of one row of a 2 x 2 transposed convolution of stride 2."""
    matrix = layer.weight[:, :, row].transpose(1, 2).flatten(1)
    return matrix, cast(Tensor, layer.bias).repeat(2)


def _refined(refiner: Refiner, cells: Tensor, size: Cells) -> Tensor:
    """What the refiner finds, before it leaves: (N, L, C) -> (N, L, K)."""
    maps = cells.reshape(len(cells), *size, -1).permute(0, 3, 1, 2)
    found: Tensor = refiner.blocks(refiner.enter(maps)).permute(0, 2, 3, 1)
    return found.flatten(1, 2)
