"""The mask decoder rearranged for speed: the same weights, the same answers, a quarter of the work.

A click has 7 to 10 tokens, an image thousands of cells. So what depends on the image alone is
computed once per image (``memory``), and elsewhere the projections of the cells move over to the
tokens: ``(q W_q)(x W_k)^T`` is ``(q W_q W_k^T) x^T``, and ``(P x) W_v`` is ``P (x W_v)``. A key's
bias adds the same to every score of a query, so the softmax drops it. The transposed convolutions
do not overlap and are plain matrix products; only the finished logits are put in rows and columns.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.layers import LayerNorm2d
from model.mask_decoder import CANDIDATES
from model.sam import Sam
from model.transformer import Attention, TwoWayAttentionBlock


class Memory(NamedTuple):
    """What the decoder keeps of one image; L cells row by row, D the attention's inner width.

    Attributes:
        cells: (1, L, C) the embedding.
        position: (1, L, C) encoding of the cells' places.
        keys: (1, L, D) of the first attention from the tokens to the image.
        values: (1, L, D) of the same.
        queries: (1, L, D) of the first attention from the image to the tokens.
        skip: (1, 4 L, C / 4) the skip feature, the four parts of a cell together, or None.
    """

    cells: Tensor
    position: Tensor
    keys: Tensor
    values: Tensor
    queries: Tensor
    skip: Tensor | None = None


class FastDecoder(nn.Module):
    """Prompt encoder and mask decoder of ``sam``, sharing its weights."""

    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.prompt = sam.prompt_encoder
        self.masks = sam.mask_decoder
        self.blocks = [
            block
            for block in sam.mask_decoder.transformer.layers
            if isinstance(block, TwoWayAttentionBlock)
        ]

    def memory(self, embedding: Tensor, skips: tuple[Tensor, ...] = ()) -> Memory:
        """Everything about one image that no prompt changes: (1, C, h, w) and its skip features."""
        cells = embedding.flatten(2).transpose(1, 2)
        position = self.prompt.dense_pe().flatten(2).transpose(1, 2)
        to_image = self.blocks[0].cross_attn_token_to_image
        to_tokens = self.blocks[0].cross_attn_image_to_token
        placed = cells + position
        keys, values = to_image.k_proj(placed), to_image.v_proj(cells)
        skip = _by_cell(skips[0]) if skips else None
        return Memory(cells, position, keys, values, to_tokens.q_proj(placed), skip)

    def no_logits(self) -> tuple[int, int]:
        """Rows and columns of the zeros that stand for earlier logits where there are none.

        They shrink to one cell, whose value then counts for all cells.
        """
        side = 2 if self.prompt.click_maps else 4
        return side, side

    def forward(
        self,
        memory: Memory,
        coordinates: Tensor,
        labels: Tensor,
        logits: Tensor,
        has_logits: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """All four masks of N prompts on one image.

        Args:
            memory: of the image.
            coordinates: (N, P, 2) (x, y) in encoder pixels.
            labels: (N, P), see ``prompt_encoder``.
            logits: (N, 1, 4h, 4w) earlier low-res logits, or zeros (1, 1, *``no_logits()``).
            has_logits: (1,) 1 where ``logits`` count, else 0.

        Returns:
            low-res logits (N, 4, 4h, 4w), index 0 the single mask, and predicted IoU (N, 4).
        """
        sparse = self.prompt.sparse(coordinates, labels)
        own = torch.cat([self.masks.iou_token.weight, self.masks.mask_tokens.weight])
        start = torch.cat([own.expand(sparse.shape[0], -1, -1), sparse], dim=1)
        drawn = self._drawn(coordinates, labels, logits, has_logits)
        tokens, cells = self._first_block(start, memory, drawn, has_logits)
        for block in self.blocks[1:]:
            tokens, cells = _block(block, tokens, start, cells, memory.position)
        final = self.masks.transformer
        asked = _to_image(
            final.final_attn_token_to_image, tokens + start, cells + memory.position, cells
        )
        tokens = final.norm_final_attn(tokens + asked)
        return self._logits(tokens, cells, memory.skip), self.masks.iou_prediction_head(
            tokens[:, 0]
        )

    def _drawn(
        self, coordinates: Tensor, labels: Tensor, logits: Tensor, has_logits: Tensor
    ) -> Tensor:
        """Earlier logits and clicks before the last, linear layer: (N or 1, L or 1, 16)."""
        layers = list(self.prompt.mask_downscaling)
        first, middle = cast(nn.Conv2d, layers[0]), layers[1:-1]
        used = logits * has_logits
        if self.prompt.click_maps:
            discs = self.prompt.click_discs(coordinates, labels)
            x = F.conv2d(used, first.weight[:, :1], stride=2)
            x = x + F.conv2d(discs, first.weight[:, 1:], first.bias, stride=2)
        else:
            x = first(used)
        for layer in middle:
            x = layer(x)
        return x.flatten(2).transpose(1, 2)

    def _first_block(
        self, start: Tensor, memory: Memory, drawn: Tensor, has_logits: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The block that meets the cells as the image left them: its products are in ``memory``.

        The dense prompt adds to each product what it would have contributed to it.
        """
        block = self.blocks[0]
        to_image, to_tokens = block.cross_attn_token_to_image, block.cross_attn_image_to_token
        last = cast(nn.Conv2d, self.prompt.mask_downscaling[-1])
        bias, matrix = cast(Tensor, last.bias), last.weight.flatten(1).t()
        absent = (1 - has_logits) * self.prompt.no_mask_embed.weight
        if self.prompt.click_maps:
            constant = bias + absent
        else:
            constant = has_logits * bias + absent
            drawn = drawn * has_logits

        def added(product: Tensor, weight: Tensor) -> Tensor:
            return product + (drawn @ (matrix @ weight.t()) + constant @ weight.t())

        keys = added(memory.keys, to_image.k_proj.weight)
        values = added(memory.values, to_image.v_proj.weight)
        queries = added(memory.queries, to_tokens.q_proj.weight)
        cells = memory.cells + (drawn @ matrix + constant)

        tokens = _self_attention(block, start, start)
        mixed = _attend(_heads(to_image, to_image.q_proj(tokens + start)), keys, values, to_image)
        tokens = block.norm2(tokens + to_image.out_proj(mixed))
        tokens = block.norm3(tokens + block.mlp(tokens))
        scores = _heads(to_tokens, queries) @ _heads(
            to_tokens, to_tokens.k_proj(tokens + start)
        ).transpose(-2, -1)
        weights = (scores / math.sqrt(_head_width(to_tokens))).softmax(dim=-1)
        spread = weights.transpose(1, 2).flatten(2) @ _told(to_tokens, tokens)
        return tokens, block.norm4(cells + (spread + to_tokens.out_proj.bias))

    def _logits(self, tokens: Tensor, cells: Tensor, skip: Tensor | None) -> Tensor:
        layers = list(self.masks.output_upscaling)
        first, second = cast(nn.ConvTranspose2d, layers[0]), cast(nn.ConvTranspose2d, layers[3])
        norm, act = cast(LayerNorm2d, layers[1]), layers[2]
        half = F.layer_norm(
            _quartered(cells, first), norm.weight.shape, norm.weight, norm.bias, norm.eps
        )
        half = act(half) if skip is None else act(half) + skip
        upscaled: Tensor = act(_quartered(half, second))
        kernels = torch.stack(
            [
                mlp(tokens[:, 1 + index])
                for index, mlp in enumerate(self.masks.output_hypernetworks_mlps)
            ],
            dim=1,
        )
        side = self.prompt.embedding_size
        parts = (kernels @ upscaled.transpose(1, 2)).reshape(
            -1, CANDIDATES + 1, side, side, 2, 2, 2, 2
        )
        ordered = parts.permute(0, 1, 2, 4, 6, 3, 5, 7)
        return ordered.reshape(-1, CANDIDATES + 1, 4 * side, 4 * side)


def _by_cell(skip: Tensor) -> Tensor:
    """(1, K, 2h, 2w) -> (1, 4 h w, K), the four parts of a cell one after the other."""
    _, channels, rows, columns = skip.shape
    parts = skip.reshape(1, channels, rows // 2, 2, columns // 2, 2)
    return parts.permute(0, 2, 4, 3, 5, 1).reshape(1, -1, channels)


def _quartered(x: Tensor, layer: nn.ConvTranspose2d) -> Tensor:
    """A 2 x 2 transposed convolution of stride 2: (N, L, C) -> (N, 4 L, K), see ``_by_cell``."""
    out = layer.out_channels
    matrix = layer.weight.permute(0, 2, 3, 1).flatten(1)
    parts = torch.unflatten(x @ matrix, -1, (4, out)).flatten(1, 2)
    return parts if layer.bias is None else parts + layer.bias


def _head_width(attention: Attention) -> int:
    return attention.q_proj.out_features // attention.heads


def _heads(attention: Attention, x: Tensor) -> Tensor:
    """(N, T, D) -> (N, heads, T, D / heads)."""
    return torch.unflatten(x, -1, (attention.heads, -1)).transpose(1, 2)


def _attend(queries: Tensor, keys: Tensor, values: Tensor, attention: Attention) -> Tensor:
    """Queries (N, heads, T, d), keys and values (N, L, D) -> (N, T, D)."""
    scores = queries @ _heads(attention, keys).transpose(-2, -1)
    weights = (scores / math.sqrt(_head_width(attention))).softmax(dim=-1)
    return (weights @ _heads(attention, values)).transpose(1, 2).flatten(2)


def _self_attention(block: TwoWayAttentionBlock, tokens: Tensor, start: Tensor) -> Tensor:
    if block.skip_first_position:
        attended: Tensor = block.norm1(block.self_attn(tokens, tokens, tokens))
        return attended
    placed = tokens + start
    attended = block.norm1(tokens + block.self_attn(placed, placed, tokens))
    return attended


def _to_image(attention: Attention, asking: Tensor, placed: Tensor, cells: Tensor) -> Tensor:
    """Attention from (N, T, C) tokens to the cells, without projecting a cell."""
    heads, d = attention.heads, _head_width(attention)
    queries = _heads(attention, attention.q_proj(asking)) / math.sqrt(d)
    keyed = (queries @ torch.unflatten(attention.k_proj.weight, 0, (heads, d))).flatten(1, 2)
    weights = (keyed @ placed.transpose(1, 2)).softmax(dim=-1)
    mixed = torch.unflatten(weights @ cells, 1, (heads, -1))
    values = mixed @ torch.unflatten(attention.v_proj.weight, 0, (heads, d)).transpose(-2, -1)
    out: Tensor = attention.out_proj(values.transpose(1, 2).flatten(2) + attention.v_proj.bias)
    return out


def _told(attention: Attention, tokens: Tensor) -> Tensor:
    """What each token tells a cell that attends to it by one head: (N, heads * T, C)."""
    heads, d = attention.heads, _head_width(attention)
    values = _heads(attention, attention.v_proj(tokens))
    outward = torch.unflatten(attention.out_proj.weight.t(), 0, (heads, d))
    return (values @ outward).flatten(1, 2)


def _to_tokens(attention: Attention, placed: Tensor, asked: Tensor, tokens: Tensor) -> Tensor:
    """Attention from (N, L, C) cells to the tokens, without projecting a cell."""
    heads, d = attention.heads, _head_width(attention)
    keys = _heads(attention, attention.k_proj(asked)) / math.sqrt(d)
    keyed = (keys @ torch.unflatten(attention.q_proj.weight, 0, (heads, d))).flatten(1, 2)
    bias = (keys @ torch.unflatten(attention.q_proj.bias, 0, (heads, d))[..., None]).flatten(1)
    scores = placed @ keyed.transpose(1, 2) + bias[:, None]
    weights = torch.unflatten(scores, -1, (heads, -1)).softmax(dim=-1).flatten(2)
    return weights @ _told(attention, tokens) + attention.out_proj.bias


def _block(
    block: TwoWayAttentionBlock, tokens: Tensor, start: Tensor, cells: Tensor, position: Tensor
) -> tuple[Tensor, Tensor]:
    tokens = _self_attention(block, tokens, start)
    placed = cells + position
    tokens = block.norm2(
        tokens + _to_image(block.cross_attn_token_to_image, tokens + start, placed, cells)
    )
    tokens = block.norm3(tokens + block.mlp(tokens))
    told = _to_tokens(block.cross_attn_image_to_token, placed, tokens + start, tokens)
    return tokens, block.norm4(cells + told)
