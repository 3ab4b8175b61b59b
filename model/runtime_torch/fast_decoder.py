"""The mask decoder rearranged for speed: the same weights, the same answers, a fifth of the work.

A click has 7 to 10 tokens, an image thousands of cells. So what depends on the image alone is
computed once per image (``memory``; ``drawn_on`` adds earlier logits and drawn clicks), and
elsewhere the projections of the cells move over to the tokens: ``(q W_q)(x W_k)^T`` is
``(q W_q W_k^T) x^T``, and ``(P x) W_v`` is ``P (x W_v)``. A key's bias adds the same to every
score of a query, so the softmax drops it. The transposed convolutions do not overlap and are plain
matrix products, for every fourth row of the answer one, so that only whole rows are put in order.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.layers import MLP, LayerNorm2d
from model.architecture.mask_decoder import CANDIDATES
from model.architecture.prompt_encoder import SURE, Cells
from model.architecture.sam import Sam
from model.architecture.transformer import TwoWayAttentionBlock
from model.runtime_torch.cells import (
    added,
    beside,
    by_rows,
    centred,
    columns,
    normed,
    patches,
    quarter_of,
    rows_of,
    size_of,
)
from model.runtime_torch.fast_attention import (
    asking,
    by_head,
    next_block,
    self_attention,
    split,
    to_image,
    together,
    told,
)
from model.runtime_torch.fast_upscaling import Skips, upscaled


class Memory(NamedTuple):
    """What the decoder keeps of one image; L cells row by row, D the attention's inner width.

    The first axis is 1, or N where N prompts have dense prompts of their own; ``position`` always
    belongs to the image, and ``upper`` and ``lower`` do unless the variant draws on it.

    Attributes:
        cells: (1, L, C) the embedding and the dense prompt.
        position: (1, L, C) encoding of the cells' places.
        keys: (1, D, L) of the first attention from the tokens to the image.
        values: (1, D, L) of the same.
        queries: (1, D, L) of the first attention from the image to the tokens.
        upper: (1, 2 L, C / 4) the skip feature's rows in the upper halves of the cells, or None.
        lower: (1, 2 L, C / 4) the same of the lower halves.
        fine_0: (1, 4 L, C / 8) the finer skip feature's rows in the upper quarters of the cells, or
            None; ``fine_1`` to ``fine_3`` those of the other quarters.
        finer: (1, C / 8, 4h, 4w) that from which the finer mask is made, or None.
    """

    cells: Tensor
    position: Tensor
    keys: Tensor
    values: Tensor
    queries: Tensor
    upper: Tensor | None = None
    lower: Tensor | None = None
    fine_0: Tensor | None = None
    fine_1: Tensor | None = None
    fine_2: Tensor | None = None
    fine_3: Tensor | None = None
    finer: Tensor | None = None

    @property
    def skips(self) -> Skips:
        """Both halves, and all quarters."""
        fine = self.fine_0, self.fine_1, self.fine_2, self.fine_3
        return (self.upper, self.lower), fine


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
        maps = embedding.flatten(2)
        if not self.prompt.click_maps:
            maps = maps + self.prompt.no_mask_embed.weight[..., None]
        position = self.prompt.dense_pe(size_of(embedding)).flatten(2)
        to_image = self.blocks[0].cross_attn_token_to_image
        to_tokens = self.blocks[0].cross_attn_image_to_token
        placed = maps + position
        finer = None
        if self.masks.embedding_maskfeature is not None:
            *others, finer = skips
            skips = tuple(others)
        halves = [half + self._fine_bias() for half in by_rows(skips[0], 2)] if skips else []
        quarters = by_rows(skips[1], 4) if len(skips) > 1 else ()
        memory = Memory(
            rows_of(maps),
            rows_of(position),
            columns(to_image.k_proj, placed),
            columns(to_image.v_proj, maps),
            columns(to_tokens.q_proj, placed),
            *halves,
            *quarters,
        )
        return memory if finer is None else memory._replace(finer=finer)

    def _fine_bias(self) -> Tensor | float:
        layer = self.prompt.fine_maps
        return 0.0 if layer is None else cast(Tensor, layer.bias)

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
            logits: (N, 1, 4h, 4w) earlier low-res logits, or for none zeros (1, 1, 4h, 4w).
            has_logits: (1,) 1 where ``logits`` count, else 0.
        """
        drawing, cells = self.prompt.click_maps, quarter_of(logits)
        discs = self.prompt.click_discs(coordinates, labels, cells) if drawing else None
        drawn, matrix = self._drawn(discs, logits, has_logits)

        def product(base: Tensor, layer: nn.Linear) -> Tensor:
            return added(base, (layer.weight @ matrix.t())[None], drawn)

        to_image = self.blocks[0].cross_attn_token_to_image
        to_tokens = self.blocks[0].cross_attn_image_to_token
        upper, lower = self._drawn_skip(memory, discs, logits)
        return memory._replace(
            upper=upper,
            lower=lower,
            cells=added(memory.cells, drawn, matrix[None], turn_left=True),
            keys=product(memory.keys, to_image.k_proj),
            values=product(memory.values, to_image.v_proj),
            queries=product(memory.queries, to_tokens.q_proj),
        )

    def _drawn_skip(
        self, memory: Memory, discs: Tensor | None, logits: Tensor
    ) -> tuple[Tensor | None, Tensor | None]:
        """Both halves of the skip feature and ``PromptEncoder.fine``, but for its bias."""
        layer, upper, lower = self.prompt.fine_maps, memory.upper, memory.lower
        if upper is None or lower is None or discs is None or layer is None:
            return upper, lower
        first, second = patches(beside(torch.tanh(logits / SURE), discs))
        weight = layer.weight.flatten(1).t()[None]
        return added(upper, first, weight, turn_left=True), added(
            lower, second, weight, turn_left=True
        )

    def _drawn(
        self, discs: Tensor | None, logits: Tensor, has_logits: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The inputs of the dense prompt's last layer, and ones that stand for its bias and for
        the embedding of no logits: (N, inputs + 2, L); and the matrix (inputs + 2, C)."""
        layers = list(self.prompt.mask_downscaling)
        first, second = cast(nn.Conv2d, layers[0]), cast(nn.Conv2d, layers[3])
        last = cast(nn.Conv2d, layers[6])
        maps = logits if discs is None else beside(logits, discs)
        x = F.conv2d(maps, *centred(first), stride=2)
        x = layers[2](normed(x, cast(LayerNorm2d, layers[1])))
        x = F.conv2d(x, *centred(second), stride=2)
        x = layers[5](normed(x, cast(LayerNorm2d, layers[4]))).flatten(2)
        # ``memory`` has the embedding of no logits already in variants that may do without this.
        without = (1 if self.prompt.click_maps else 0) - has_logits
        ones = torch.ones_like(x[:, :1])
        bias = cast(Tensor, last.bias)[None]
        matrix = [last.weight.flatten(1).t(), bias, self.prompt.no_mask_embed.weight]
        return torch.cat([x, ones, ones * without], dim=1), torch.cat(matrix)

    def forward(
        self,
        memory: Memory,
        coordinates: Tensor,
        labels: Tensor,
        chosen: Tensor,
        size: Cells | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Some of the masks of N prompts on one image.

        Args:
            memory: of the image, with the dense prompts if there are any.
            coordinates: (N, P, 2) (x, y) in encoder pixels.
            labels: (N, P), see ``prompt_encoder``.
            chosen: (K,) which of the four masks; 0 is the single one; the finer one, 4, comes last
                where there is one.
            size: rows and columns of the embedding; those of the square input if None.

        Returns:
            low-res logits (N, K, 4h, 4w), predicted IoU (N, K), and object scores (N,), none where
            the variant has none.
        """
        size = size or (self.prompt.embedding_size, self.prompt.embedding_size)
        kernels, cells, predicted_iou, scores = self.attended(memory, coordinates, labels, chosen)
        maps = upscaled(self.masks, kernels, cells, size, memory.skips, memory.finer)
        return maps, predicted_iou, scores

    def attended(
        self, memory: Memory, coordinates: Tensor, labels: Tensor, chosen: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Everything but the upscaling, see ``forward``.

        Returns:
            what each mask looks for (N, K, C / 8), the cells as the tokens left them (N, L, C),
            predicted IoU (N, K), and object scores (N,) or none.
        """
        start = self._start(coordinates, labels)
        count, width = len(coordinates), int(start.shape[1])
        tokens, cells = self._first_block(start, memory, count)
        for block in self.blocks[1:]:
            tokens, cells = next_block(block, tokens, cells, start, memory.position)
        last = self.masks.transformer
        # The other tokens have said what they had to say.
        score_head = self.masks.pred_obj_score_head
        first = 0 if score_head is None else 1
        ahead = torch.arange(first + 1, device=chosen.device)
        needed = torch.cat([ahead, chosen + first + 1])
        tokens, start = (
            x.reshape(count, -1, width).index_select(1, needed).reshape(-1, width)
            for x in (tokens, start)
        )
        placed = cells + memory.position
        asked = to_image(last.final_attn_token_to_image, tokens + start, placed, cells)
        tokens = last.norm_final_attn(tokens + asked).reshape(count, -1, width)
        # The finer mask has no estimate of its own.
        rated = torch.minimum(chosen, torch.full_like(chosen, CANDIDATES))
        predicted_iou = self.masks.iou(tokens[:, first]).index_select(1, rated)
        scores = tokens[:0, 0, 0] if score_head is None else score_head(tokens[:, 0])[:, 0]
        return self._kernels(tokens[:, first + 1 :], chosen), cells, predicted_iou, scores

    def _start(self, coordinates: Tensor, labels: Tensor) -> Tensor:
        """The tokens of N prompts in rows: (N * T, C)."""
        sparse = self.prompt.sparse(coordinates, labels)
        own = self.masks.own_tokens()
        tokens = torch.cat([own.expand(len(sparse), -1, -1), sparse], dim=1)
        return tokens.reshape(-1, int(own.shape[1]))

    def _first_block(self, start: Tensor, memory: Memory, count: int) -> tuple[Tensor, Tensor]:
        """The block that meets the cells as the image left them: its products are in ``memory``."""
        block = self.blocks[0]
        first, second = block.cross_attn_token_to_image, block.cross_attn_image_to_token
        tokens = self_attention(block, start, start, count)
        keys, values = split(first, memory.keys), split(first, memory.values)
        scores = asking(first, first.q_proj, tokens + start, count) @ keys
        mixed = scores.softmax(dim=-1) @ values.transpose(2, 3)
        tokens = block.norm2(tokens + first.out_proj(together(mixed)))
        tokens = block.norm3(tokens + block.mlp(tokens))
        asked = asking(second, second.k_proj, tokens + start, count)
        weights = by_head(asked @ split(second, memory.queries))
        changed = added(memory.cells, weights, told(second, tokens, count), turn_left=True)
        return tokens, block.norm4(changed)

    def _kernels(self, tokens: Tensor, chosen: Tensor) -> Tensor:
        """What the networks of the ``chosen`` masks make of their tokens: (N, K, C / 8)."""
        networks = self.masks.kernels
        own = (torch.arange(len(networks), device=chosen.device)[:, None] == chosen).to(
            tokens.dtype
        )
        x = (own @ tokens).transpose(0, 1)
        depth = len(cast(nn.ModuleList, networks[0].layers))
        act = cast(MLP, networks[0]).act
        for index in range(depth):
            layers = [cast(nn.Linear, cast(nn.ModuleList, each.layers)[index]) for each in networks]
            weight = torch.stack([layer.weight.t() for layer in layers])
            x = x @ weight + torch.stack([layer.bias for layer in layers])[:, None]
            x = act(x) if index + 1 < depth else x
        return x.index_select(0, chosen).transpose(0, 1)
