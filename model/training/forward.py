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
from model.architecture.prompt_encoder import BOX_FIRST, NOT_A_POINT, SURE
from model.architecture.sam import Sam
from model.runtime_torch.cells import size_of

LAYER_NORM_EPS = 1e-6
"""Of ``LayerNorm2d``."""
FILTERS = "mask.refiner.blocks."
"""Names of the refiner's filters begin so."""


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
    up to rounding.

    Args:
        dtype: of the products, in which all parameters are given by ``cast``.
        device: on a CPU the refiner's filters run in float32: in bfloat16 their gradient takes
            almost three times as long.
    """

    def __init__(self, sam: Sam, dtype: torch.dtype, device: torch.device) -> None:
        super().__init__()
        self.prompt = sam.prompt_encoder
        self.mask = sam.mask_decoder
        self.dtype = dtype
        self.filtered = torch.float32 if device.type == "cpu" else dtype

    def cast(self) -> dict[str, Tensor]:
        """The parameters in the dtypes that they are used in, by name; gradients flow back."""
        return {
            name: each.to(self.filtered if name.startswith(FILTERS) else self.dtype)
            for name, each in self.named_parameters()
        }

    def forward(
        self,
        embedding: Tensor,
        skips: tuple[Tensor, ...],
        tokens: Tensor,
        image_pe: Tensor,
        maps: Tensor | None,
        has_logits: bool,
        owner: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Logits (N, 4, 4h, 4w), a fifth those of the finer mask where there is one, and predicted
        IoU (N, 4).

        Args:
            embedding: (B, C, h, w).
            skips: finer features (B, C/4, 2h, 2w) and (B, C/8, 4h, 4w), as far as there are any; or
                only the latter, of the finer mask.
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
        own, networks = self.mask.own_tokens(), self.mask.kernels
        first = len(own) - len(networks)
        tokens = torch.cat([own.expand(tokens.shape[0], -1, -1), tokens], dim=1)
        hidden, flat = self.mask.transformer(image, image_pe, tokens)
        heads = [mlp(hidden[:, first + place]) for place, mlp in enumerate(networks)]
        kernels, refined = torch.stack(heads, dim=1), self._refined(flat, rows)
        iou = self.mask.iou(hidden[:, first - 1])
        if self.mask.embedding_maskfeature is not None:
            return self._with_finer(kernels, refined, rows, skips[0][owner]), iou
        upscaled = self._upscale(refined, self._finer(skips, maps, owner))
        return _masks(kernels, upscaled, rows), iou

    def _with_finer(self, kernels: Tensor, refined: Tensor, rows: int, fine: Tensor) -> Tensor:
        """Four masks and the finer one, which looks at more detailed features."""
        upscaled = self._upscale(refined, ())
        plain = _masks(kernels[:, :-1], upscaled, rows)
        last = kernels[:, -1:] @ (self._detailed(upscaled, rows) + fine).flatten(2)
        return torch.cat([plain, last.reshape(-1, 1, *plain.shape[2:])], dim=1)

    def _detailed(self, upscaled: Tensor, rows: int) -> Tensor:
        layers: Any = self.mask.embedding_maskfeature
        out: Tensor = layers(from_quads(upscaled.movedim(-1, 1), rows))
        return out

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

    def _finer(
        self, skips: tuple[Tensor, ...], maps: Tensor | None, owner: Tensor
    ) -> tuple[Tensor, ...]:
        """The skip features of each prompt's image, cell by cell."""
        if not skips:
            return ()
        finest = (to_quads(skip, 2)[owner] for skip in skips[1:])
        return self._fine(skips[0], maps, owner), *finest

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
        mixed = refiner.blocks(inner.to(self.filtered).permute(0, 3, 1, 2))
        mixed = mixed.permute(0, 2, 3, 1).flatten(1, 2).to(flat.dtype)
        weight, bias = _weights(refiner.leave)
        return flat + F.linear(mixed, weight.flatten(1), bias)

    def _upscale(self, flat: Tensor, skips: tuple[Tensor, ...]) -> Tensor:
        first, norm, act, second, last_act = self.mask.output_upscaling
        half, before = _spread(first, flat), self.mask.adds_before_norm
        if skips and before:
            half = half + skips[0]
        half = act(_normed(norm, half))
        if skips and not before:
            half = half + skips[0]
        whole = _spread(second, half)
        if len(skips) > 1:
            whole = whole + skips[1]
        out: Tensor = last_act(whole)
        return out


def _masks(kernels: Tensor, upscaled: Tensor, rows: int) -> Tensor:
    """(N, K, C) at (N, cells, 4, 4, C) -> logits (N, K, 4h, 4w)."""
    logits = kernels @ upscaled.flatten(1, 3).transpose(1, 2)
    return from_quads(logits.reshape(*logits.shape[:2], -1, 4, 4), rows)


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


Encoded = tuple[Tensor, tuple[Tensor, ...]]
"""What ``Sam.encode`` gives: embeddings (B, C, h, w) and finer features."""


class Rounds:
    """One training step's encoder output, decoded as often as the interaction asks.

    Parameters stay float32; the products run in ``dtype`` on copies, through which the gradients
    flow back.

    Args:
        images: (B, 3, h, w), see ``Sam.encode``.
        owner: (N,) image of each prompt.
        encoded: what the encoder makes of the images, if that is known already.

    Attributes:
        plain: logits (N, 4, 4h, 4w) of the last prompts without the finer mask, where there is one;
            else None.
    """

    def __init__(
        self,
        sam: Sam,
        images: Tensor,
        owner: Tensor,
        dtype: torch.dtype = torch.float32,
        encoded: Encoded | None = None,
    ) -> None:
        self.dtype, self.owner, self.prompt = dtype, owner, sam.prompt_encoder
        self.cells = CellDecoder(sam, dtype, images.device)
        self.conventions = sam.variant.conventions
        self.plain: Tensor | None = None
        if encoded is None:
            with torch.autocast(images.device.type, dtype, enabled=dtype != torch.float32):
                encoded = sam.encode(images)
        embedding, skips = encoded
        self.embedding = embedding.to(dtype)
        self.skips = tuple(skip.to(dtype) for skip in skips)

    @property
    def cell(self) -> float:
        """Encoder pixels per pixel of the low-res logits."""
        return self.prompt.input_size / (4 * self.prompt.embedding_size)

    def decode(
        self, coordinates: Tensor, labels: Tensor, logits: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Prompts (N, P, 2), (N, P), earlier logits (N, 1, 4h, 4w) or None -> float32 logits
        (N, 4, 4h, 4w) and predicted IoU (N, 4).

        Where there is a finer mask, each of the four is its sum with that, as answers are.
        """
        limit = self.conventions.logits_limit
        if limit and logits is not None:
            logits = logits.clamp(-limit, limit)
        boxed = (labels == BOX_FIRST).any(dim=1)
        groups = [torch.arange(len(labels), device=labels.device)]
        if self.conventions.box_first:
            # A box has padding, too, so that those with one have a token more.
            groups = [rows for each in (boxed, ~boxed) if len(rows := each.nonzero()[:, 0])]
        found = [self._answers(rows, coordinates, labels, logits) for rows in groups]
        order = torch.cat(groups).argsort()
        out, iou = (torch.cat(parts)[order].float() for parts in zip(*found, strict=True))
        self.plain = None
        if out.shape[1] > CANDIDATES + 1:
            self.plain = out[:, :-1]
            out = self.plain + out[:, -1:]
        return out, iou

    def _answers(
        self, rows: Tensor, coordinates: Tensor, labels: Tensor, logits: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """The decoder's answers to some of the prompts, all with a box or all without."""
        coordinates, labels = coordinates[rows], labels[rows]
        if self.conventions.box_first and bool((labels[0] == BOX_FIRST).any()):
            coordinates = F.pad(coordinates, (0, 0, 0, 1))
            labels = F.pad(labels, (0, 1), value=NOT_A_POINT)
        logits = None if logits is None else logits[rows]
        tokens = self.prompt.sparse(coordinates, labels).to(self.dtype)
        image_pe = self.prompt.dense_pe(size_of(self.embedding)).to(self.dtype)
        maps = self._maps(coordinates, labels, logits)
        arguments = (
            self.embedding,
            self.skips,
            tokens,
            image_pe,
            maps,
            logits is not None,
            self.owner[rows],
        )
        out, iou = functional_call(self.cells, self.cells.cast(), arguments)
        return out, iou

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
