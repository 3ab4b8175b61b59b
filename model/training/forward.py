"""The decoder's function in an order of memory that trains faster on a CPU.

2x2 convolutions of stride 2 are plain matrix products when the pixels lie cell by cell (quad-tree
order), so prompt and upscaling need no transposed copies; only the four logits maps are put in
rows at the end.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.mask_decoder import CANDIDATES
from model.architecture.prompt_encoder import SURE
from model.architecture.sam import Sam
from model.runtime_torch.cells import size_of

LAYER_NORM_EPS = 1e-6
"""Of ``LayerNorm2d``."""


def to_quads(x: Tensor, levels: int) -> Tensor:
    """(N, C, H, W) -> (N, cells, 4, ..., 4, C) with ``levels`` axes of 4, coarsest first; a cell
    has side 2**levels."""
    count, channels, height, width = x.shape
    side = 2**levels
    split = x.reshape(count, channels, height // side, *[2] * levels, width // side, *[2] * levels)
    order = [0, 2, 3 + levels]
    for level in range(levels):
        order += [3 + level, 4 + levels + level]
    split = split.permute(*order, 1)
    return split.reshape(count, (height // side) * (width // side), *[4] * levels, channels)


def from_quads(x: Tensor, rows: int) -> Tensor:
    """(N, C, cells, 4, 4), cells in ``rows`` rows -> (N, C, 4 * rows, 4 * columns)."""
    count, channels, cells = x.shape[:3]
    columns = cells // rows
    split = x.reshape(count, channels, rows, columns, 2, 2, 2, 2)
    return split.permute(0, 1, 2, 4, 6, 3, 5, 7).reshape(count, channels, rows * 4, columns * 4)


class CellDecoder(nn.Module):
    """Prompt encoder and mask decoder of ``sam`` with shared parameters; equal to ``Sam.decode``
    up to rounding."""

    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.prompt = sam.prompt_encoder
        self.mask = sam.mask_decoder

    def forward(
        self,
        embedding: Tensor,
        skip: Tensor | None,
        tokens: Tensor,
        image_pe: Tensor,
        maps: Tensor | None,
        has_logits: bool,
        owner: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Logits (N, 4, 4h, 4w) and predicted IoU (N, 4).

        Args:
            embedding: (B, C, h, w).
            skip: (B, C/4, 2h, 2w) or None.
            tokens: (N, P, C) prompt tokens.
            image_pe: (1, C, h, w).
            maps: (N, 1 or 3, 4h, 4w) dense input, None if there are neither logits nor click maps.
            has_logits: whether the prompts have earlier logits.
            owner: (N,) image of each prompt.
        """
        rows, columns = embedding.shape[-2:]
        image = embedding.flatten(2).transpose(1, 2).contiguous()[owner] + self._dense(
            maps, has_logits
        )
        image = image.transpose(1, 2).reshape(*image.shape[::2], rows, columns)
        own = torch.cat([self.mask.iou_token.weight, self.mask.mask_tokens.weight])
        tokens = torch.cat([own.expand(tokens.shape[0], -1, -1), tokens], dim=1)
        hidden, flat = self.mask.transformer(image, image_pe, tokens)
        fine = None if skip is None else self._fine(skip, maps, owner)
        upscaled = self._upscale(self._refined(flat, rows), fine)
        heads = [mlp(hidden[:, 1 + i]) for i, mlp in enumerate(self.mask.output_hypernetworks_mlps)]
        kernels = torch.stack(heads[: CANDIDATES + 1], dim=1)
        logits = kernels @ upscaled.flatten(1, 3).transpose(1, 2)
        return from_quads(
            logits.reshape(*logits.shape[:2], -1, 4, 4), rows
        ), self.mask.iou_prediction_head(hidden[:, 0])

    def _dense(self, maps: Tensor | None, has_logits: bool) -> Tensor:
        absent = self.prompt.no_mask_embed.weight
        if maps is None:
            return absent
        first, norm1, act, second, norm2, _, last = self.prompt.mask_downscaling
        x = act(_normed(norm1, _gathered(first, to_quads(maps, 2))))
        x = act(_normed(norm2, _gathered(second, x)))
        weight, bias = _weights(last)
        x = F.linear(x, weight.flatten(1), bias)
        return x if has_logits else x + absent

    def _fine(self, skip: Tensor, maps: Tensor | None, owner: Tensor) -> Tensor:
        fine = to_quads(skip, 1)[owner]
        if maps is None or self.prompt.fine_maps is None:
            return fine
        squashed = torch.cat([torch.tanh(maps[:, :1] / SURE), maps[:, 1:]], dim=1)
        quads = to_quads(squashed, 2)
        return fine + _gathered(self.prompt.fine_maps, quads)

    def _refined(self, flat: Tensor, rows: int) -> Tensor:
        refiner = self.mask.refiner
        if refiner is None:
            return flat
        weight, bias = _weights(refiner.enter)
        inner = torch.unflatten(F.linear(flat, weight.flatten(1), bias), 1, (rows, -1))
        # Rows of channels are this layout already; nothing is copied.
        mixed = refiner.blocks(inner.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(1, 2)
        weight, bias = _weights(refiner.leave)
        return flat + F.linear(mixed, weight.flatten(1), bias)

    def _upscale(self, flat: Tensor, skip: Tensor | None) -> Tensor:
        first, norm, act, second, last_act = self.mask.output_upscaling
        half = act(_normed(norm, _spread(first, flat)))
        if skip is not None:
            half = half + skip
        out: Tensor = last_act(_spread(second, half))
        return out


def _weights(layer: nn.Module) -> tuple[Tensor, Tensor]:
    # Under functional_call these are tensors, not parameters.
    holder: Any = layer
    return holder.weight, holder.bias


def _gathered(conv: nn.Module, x: Tensor) -> Tensor:
    """A 2x2 convolution of stride 2 on (..., 4, C) -> (..., O)."""
    weight, bias = _weights(conv)
    return F.linear(x.flatten(-2), weight.permute(0, 2, 3, 1).flatten(1), bias)


def _spread(conv: nn.Module, x: Tensor) -> Tensor:
    """A transposed 2x2 convolution of stride 2 on (..., C) -> (..., 4, O)."""
    weight, bias = _weights(conv)
    out = F.linear(x, weight.permute(2, 3, 1, 0).flatten(0, 2), bias.repeat(4))
    return out.reshape(*x.shape[:-1], 4, bias.shape[0])


def _normed(norm: nn.Module, x: Tensor) -> Tensor:
    weight, bias = _weights(norm)
    return F.layer_norm(x, x.shape[-1:], weight, bias, LAYER_NORM_EPS)


class Rounds:
    """One training step's encoder output, decoded as often as the interaction asks.

    Parameters stay float32; the products run in ``dtype`` on copies, through which the gradients
    flow back.
    """

    def __init__(
        self, sam: Sam, images: Tensor, owner: Tensor, dtype: torch.dtype = torch.float32
    ) -> None:
        self.dtype, self.owner, self.prompt = dtype, owner, sam.prompt_encoder
        self.cells = CellDecoder(sam)
        with torch.autocast(images.device.type, dtype, enabled=dtype != torch.float32):
            embedding, skips = sam.encode(images)
        self.embedding = embedding.to(dtype)
        self.skip = skips[0].to(dtype) if skips else None

    @property
    def cell(self) -> float:
        """Encoder pixels per pixel of the low-res logits."""
        return self.prompt.input_size / (4 * self.prompt.embedding_size)

    def decode(
        self, coordinates: Tensor, labels: Tensor, logits: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Prompts (N, P, 2), (N, P), earlier logits (N, 1, 4h, 4w) or None -> float32 logits and
        predicted IoU."""
        tokens = self.prompt.sparse(coordinates, labels).to(self.dtype)
        image_pe = self.prompt.dense_pe(size_of(self.embedding)).to(self.dtype)
        maps = self._maps(coordinates, labels, logits)
        cast = {k: p.to(self.dtype) for k, p in self.cells.named_parameters()}
        arguments = (
            self.embedding,
            self.skip,
            tokens,
            image_pe,
            maps,
            logits is not None,
            self.owner,
        )
        out, iou = functional_call(self.cells, cast, arguments)
        return out.float(), iou.float()

    def _maps(self, coordinates: Tensor, labels: Tensor, logits: Tensor | None) -> Tensor | None:
        if not self.prompt.click_maps:
            return None if logits is None else logits.to(self.dtype)
        discs = self.prompt.click_discs(coordinates, labels, size_of(self.embedding))
        before = torch.zeros_like(discs[:, :1]) if logits is None else logits
        return torch.cat([before, discs], dim=1).to(self.dtype)


def set_input_size(sam: Sam, side: int) -> None:
    """Let ``sam`` work on inputs of another side (a multiple of 32 for the small encoder)."""
    stride: int = sam.variant.stride
    sam.prompt_encoder.input_size = side
    sam.prompt_encoder.embedding_size = side // stride
