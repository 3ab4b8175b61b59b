"""The mask decoder rearranged for speed: the same weights, the same answers, a quarter of the work.

A click has 7 to 10 tokens, an image thousands of cells. So what depends on the image alone is
computed once per image (``memory``; ``drawn_on`` adds earlier logits and drawn clicks), and
elsewhere the projections of the cells move over to the tokens: ``(q W_q)(x W_k)^T`` is
``(q W_q W_k^T) x^T``, and ``(P x) W_v`` is ``P (x W_v)``. A key's bias adds the same to every
score of a query, so the softmax drops it. Heads are kept apart by zeros (a token is repeated for
each head, with the other heads' channels zero): one large matrix product is faster than eight
small ones. The transposed convolutions do not overlap and are plain matrix products; only the
finished logits are put in rows and columns.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.cells import by_cell, on_channels, patches, quartered
from model.layers import LayerNorm2d
from model.mask_decoder import CANDIDATES
from model.prompt_encoder import SURE
from model.sam import Sam
from model.transformer import Attention, TwoWayAttentionBlock


class Memory(NamedTuple):
    """What the decoder keeps of one image; L cells row by row, D the attention's inner width.

    The first axis is 1, or N where N prompts have dense prompts of their own; ``position`` always
    belongs to the image, and ``skip`` does unless the variant draws on it.

    Attributes:
        cells: (1, L, C) the embedding and the dense prompt.
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
        cells = embedding.flatten(2).transpose(1, 2).contiguous()
        if not self.prompt.click_maps:
            cells = cells + self.prompt.no_mask_embed.weight
        position = self.prompt.dense_pe().flatten(2).transpose(1, 2).contiguous()
        to_image = self.blocks[0].cross_attn_token_to_image
        to_tokens = self.blocks[0].cross_attn_image_to_token
        placed = cells + position
        keys, values = to_image.k_proj(placed), to_image.v_proj(cells)
        skip = by_cell(skips[0]) if skips else None
        return Memory(cells, position, keys, values, to_tokens.q_proj(placed), skip)

    def drawn_on(
        self,
        memory: Memory,
        coordinates: Tensor,
        labels: Tensor,
        logits: Tensor,
        has_logits: Tensor,
    ) -> Memory:
        """``memory`` with the dense prompts of N prompts.

        Needed where there are earlier logits, and always in variants with click maps. The dense
        prompt adds to each product what it contributes to it; its last layer is linear and has few
        inputs, so that is little work.

        Args:
            memory: of the image.
            coordinates: (N, P, 2) (x, y) in encoder pixels.
            labels: (N, P), see ``prompt_encoder``.
            logits: (N, 1, 4h, 4w) earlier low-res logits, or for none zeros (1, 1, 2, 2), which
                shrink to one cell that counts for all.
            has_logits: (1,) 1 where ``logits`` count, else 0.
        """
        discs = self.prompt.click_discs(coordinates, labels) if self.prompt.click_maps else None
        drawn, constant = self._drawn(discs, logits, has_logits)
        last = cast(nn.Conv2d, self.prompt.mask_downscaling[-1])
        matrix = last.weight.flatten(1).t()

        def added(product: Tensor, weight: Tensor) -> Tensor:
            return product + F.linear(drawn, weight @ matrix.t(), (constant @ weight.t())[0])

        to_image = self.blocks[0].cross_attn_token_to_image
        to_tokens = self.blocks[0].cross_attn_image_to_token
        return memory._replace(
            skip=self._drawn_skip(memory.skip, discs, logits * has_logits),
            cells=memory.cells + F.linear(drawn, matrix.t(), constant[0]),
            keys=added(memory.keys, to_image.k_proj.weight),
            values=added(memory.values, to_image.v_proj.weight),
            queries=added(memory.queries, to_tokens.q_proj.weight),
        )

    def _drawn_skip(
        self, skip: Tensor | None, discs: Tensor | None, logits: Tensor
    ) -> Tensor | None:
        """The skip feature and ``PromptEncoder.fine``, its few inputs put in order, not its many
        outputs."""
        layer = self.prompt.fine_maps
        if skip is None or discs is None or layer is None:
            return skip
        clicks = patches(discs)
        earlier = patches(torch.tanh(logits / SURE)) + torch.zeros_like(clicks[:, :4])
        inputs = by_cell(torch.cat([earlier, clicks], dim=1))
        return skip + F.linear(inputs, layer.weight.flatten(1), layer.bias)

    def _drawn(
        self, discs: Tensor | None, logits: Tensor, has_logits: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The dense prompt before its last layer (N, cells, inputs), and what that layer adds."""
        layers = list(self.prompt.mask_downscaling)
        first, middle, last = cast(nn.Conv2d, layers[0]), layers[1:-1], cast(nn.Conv2d, layers[-1])
        absent = self.prompt.no_mask_embed.weight
        if discs is not None:
            x = F.conv2d(logits * has_logits, first.weight[:, :1], stride=2)
            x = x + F.conv2d(discs, first.weight[:, 1:], first.bias, stride=2)
            absent = (1 - has_logits) * absent
        else:
            # ``memory`` has it where logits are not given.
            x, absent = first(logits), -absent
        for layer in middle:
            x = layer(x)
        return x.flatten(2).transpose(1, 2), cast(Tensor, last.bias) + absent

    def forward(self, memory: Memory, coordinates: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """All four masks of N prompts on one image.

        Args:
            memory: of the image, with the dense prompts if there are any.
            coordinates: (N, P, 2) (x, y) in encoder pixels.
            labels: (N, P), see ``prompt_encoder``.

        Returns:
            low-res logits (N, 4, 4h, 4w), index 0 the single mask, and predicted IoU (N, 4).
        """
        sparse = self.prompt.sparse(coordinates, labels)
        own = torch.cat([self.masks.iou_token.weight, self.masks.mask_tokens.weight])
        start = torch.cat([own.expand(sparse.shape[0], -1, -1), sparse], dim=1)
        tokens, cells = self._first_block(start, memory)
        for block in self.blocks[1:]:
            placed = cells + memory.position
            tokens = _self_attention(block, tokens, start)
            asked = _to_image(block.cross_attn_token_to_image, tokens + start, placed, cells)
            tokens = block.norm2(tokens + asked)
            tokens = block.norm3(tokens + block.mlp(tokens))
            told = _to_tokens(block.cross_attn_image_to_token, placed, tokens + start, tokens)
            cells = block.norm4(cells + told)
        last = self.masks.transformer
        placed = cells + memory.position
        # The prompt's own tokens have said what they had to say.
        tokens, start = tokens[:, : len(own)], start[:, : len(own)]
        asked = _to_image(last.final_attn_token_to_image, tokens + start, placed, cells)
        tokens = last.norm_final_attn(tokens + asked)
        predicted_iou = self.masks.iou_prediction_head(tokens[:, 0])
        return self._logits(tokens, cells, memory.skip), predicted_iou

    def _first_block(self, start: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """The block that meets the cells as the image left them: its products are in ``memory``."""
        block = self.blocks[0]
        to_image, to_tokens = block.cross_attn_token_to_image, block.cross_attn_image_to_token
        tokens = _self_attention(block, start, start)
        queries = _apart(to_image, to_image.q_proj(tokens + start))
        mixed = (queries @ memory.keys.transpose(1, 2)).softmax(dim=-1) @ memory.values
        tokens = block.norm2(tokens + to_image.out_proj(_together(to_image, mixed)))
        tokens = block.norm3(tokens + block.mlp(tokens))
        heads = _apart(to_tokens, to_tokens.k_proj(tokens + start))
        weights = _by_head(to_tokens, heads @ memory.queries.transpose(1, 2))
        return tokens, block.norm4(memory.cells + weights @ _told(to_tokens, tokens))

    def _refined(self, cells: Tensor) -> Tensor:
        refiner, side = self.masks.refiner, self.prompt.embedding_size
        if refiner is None:
            return cells
        inner = on_channels(refiner.enter, cells).transpose(1, 2)
        mixed = refiner.blocks(torch.unflatten(inner, 2, (side, side)))
        return cells + on_channels(refiner.leave, mixed.flatten(2).transpose(1, 2))

    def _logits(self, tokens: Tensor, cells: Tensor, skip: Tensor | None) -> Tensor:
        layers = list(self.masks.output_upscaling)
        first, second = cast(nn.ConvTranspose2d, layers[0]), cast(nn.ConvTranspose2d, layers[3])
        norm, act = cast(LayerNorm2d, layers[1]), layers[2]
        masks, side = CANDIDATES + 1, self.prompt.embedding_size
        half = quartered(self._refined(cells), first).reshape(-1, 4 * side**2, first.out_channels)
        half = act(F.layer_norm(half, norm.weight.shape, norm.weight, norm.bias, norm.eps))
        upscaled = act(quartered(half if skip is None else half + skip, second))
        upscaled = upscaled.reshape(-1, 16 * side**2, second.out_channels)
        heads = self.masks.output_hypernetworks_mlps
        kernels = torch.stack([mlp(tokens[:, 1 + i]) for i, mlp in enumerate(heads)], dim=1)
        products: Tensor = kernels @ upscaled.transpose(1, 2)
        parts = products.reshape(-1, masks, side, side, 2, 2, 2, 2)
        ordered: Tensor = parts.permute(0, 1, 2, 4, 6, 3, 5, 7)
        return ordered.reshape(-1, masks, 4 * side, 4 * side)


def _own(attention: Attention) -> Tensor:
    """(heads, 1, D), 1 at the channels of each head, 0 elsewhere."""
    width = attention.q_proj.out_features // attention.heads
    weight = attention.q_proj.weight
    own = torch.eye(attention.heads, dtype=weight.dtype, device=weight.device)
    return own.repeat_interleave(width, dim=1)[:, None]


def _scale(attention: Attention) -> float:
    return float((attention.q_proj.out_features / attention.heads) ** -0.5)


def _apart(attention: Attention, x: Tensor) -> Tensor:
    """Queries or keys of tokens, scaled: (N, T, D) -> (N, heads * T, D), zero outside its head."""
    return (x[:, None] * (_own(attention) * _scale(attention))).flatten(1, 2)


def _together(attention: Attention, x: Tensor) -> Tensor:
    """(N, heads * T, D) -> (N, T, D), each head's channels from its own rows."""
    return (torch.unflatten(x, 1, (attention.heads, -1)) * _own(attention)).sum(dim=1)


def _by_head(attention: Attention, scores: Tensor) -> Tensor:
    """Softmax over the tokens, for each head and cell: (N, heads * T, L) -> (N, L, heads * T).

    Written out: the runtimes' own is slow where it does not run along neighbours in memory.
    """
    split = torch.unflatten(scores, 1, (attention.heads, -1))
    powers = (split - split.amax(dim=2, keepdim=True)).exp()
    return (powers / powers.sum(dim=2, keepdim=True)).flatten(1, 2).transpose(1, 2)


def _told(attention: Attention, tokens: Tensor) -> Tensor:
    """What each token tells a cell that attends to it by one head: (N, heads * T, C).

    A cell's weights sum to 1 in each head, so each head brings its share of the bias.
    """
    values = (attention.v_proj(tokens)[:, None] * _own(attention)).flatten(1, 2)
    share = attention.out_proj.bias / attention.heads
    return F.linear(values, attention.out_proj.weight, share)


def _self_attention(block: TwoWayAttentionBlock, tokens: Tensor, start: Tensor) -> Tensor:
    attention = block.self_attn
    placed = tokens if block.skip_first_position else tokens + start
    queries = attention.q_proj(placed)[:, None] * (_own(attention) * _scale(attention))
    scores = queries @ attention.k_proj(placed)[:, None].transpose(-2, -1)
    mixed = scores.softmax(dim=-1) @ attention.v_proj(tokens)[:, None]
    attended = attention.out_proj((mixed * _own(attention)).sum(dim=1))
    out: Tensor = block.norm1(attended if block.skip_first_position else tokens + attended)
    return out


def _to_image(attention: Attention, asking: Tensor, placed: Tensor, cells: Tensor) -> Tensor:
    """Attention from (N, T, C) tokens to the cells, without projecting a cell."""
    queries = _apart(attention, attention.q_proj(asking)) @ attention.k_proj.weight
    mixed = (queries @ placed.transpose(1, 2)).softmax(dim=-1) @ cells
    values = _together(attention, attention.v_proj(mixed))
    out: Tensor = attention.out_proj(values)
    return out


def _to_tokens(attention: Attention, placed: Tensor, asked: Tensor, tokens: Tensor) -> Tensor:
    """Attention from (N, L, C) cells to the tokens, without projecting a cell."""
    keys = _apart(attention, attention.k_proj(asked))
    bias = keys @ attention.q_proj.bias
    scores = (keys @ attention.q_proj.weight) @ placed.transpose(1, 2) + bias[..., None]
    return _by_head(attention, scores) @ _told(attention, tokens)
