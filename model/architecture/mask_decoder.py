"""From embedding and prompt to low-res logits and predicted IoU (segment-anything,
``modeling/mask_decoder.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from model.architecture.layers import MLP, LayerNorm2d
from model.architecture.refiner import Refiner
from model.architecture.transformer import TwoWayTransformer

CANDIDATES = 3
"""Masks for one ambiguous prompt: whole, part, subpart (paper, section 3); token 0 is the single
mask.
"""


class MaskDecoder(nn.Module):
    """Four mask tokens and an IoU token ask the image through a two-way transformer.

    Args:
        width: channels C of embedding and tokens.
        skip_channels: channels of features at twice the embedding's resolution that are added
            after the first
            upscaling; either empty or (C // 4,).
        refiner: channels and number of its blocks, or empty for none.
    """

    def __init__(
        self,
        width: int,
        depth: int,
        heads: int,
        mlp: int,
        iou_hidden: int,
        iou_depth: int,
        skip_channels: Sequence[int] = (),
        refiner: Sequence[int] = (),
    ) -> None:
        super().__init__()
        if tuple(skip_channels) not in ((), (width // 4,)):
            raise ValueError(
                f"skip features must have {width // 4} channels, given {tuple(skip_channels)}"
            )
        tokens = CANDIDATES + 1
        self.transformer = TwoWayTransformer(depth, width, heads, mlp)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(tokens, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, 2, stride=2),
            LayerNorm2d(width // 4),
            nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, 2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP(width, width, width // 8, 3) for _ in range(tokens)
        )
        self.iou_prediction_head = MLP(width, iou_hidden, tokens, iou_depth)
        self.refiner = Refiner(width, *refiner) if refiner else None

    def upscale(self, image: Tensor, skips: Sequence[Tensor]) -> Tensor:
        """(N, C, h, w) -> (N, C/8, 4h, 4w), refined, with the skip feature (1 or N, C/4, 2h,
        2w) added half way.
        """
        first, norm, act, second, last_act = self.output_upscaling
        refined = image if self.refiner is None else self.refiner(image)
        half = act(norm(first(refined)))
        if skips:
            half = half + skips[0]
        out: Tensor = last_act(second(half))
        return out

    def forward(
        self,
        embedding: Tensor,
        image_pe: Tensor,
        sparse: Tensor,
        dense: Tensor,
        skips: Sequence[Tensor] = (),
    ) -> tuple[Tensor, Tensor]:
        """All four masks of every prompt.

        Args:
            embedding: (1 or N, C, h, w).
            image_pe: (1, C, h, w) positional encoding of the cells.
            sparse: (N, P, C) prompt tokens.
            dense: (N, C, h, w) dense prompt.
            skips: higher-resolution features, (1 or N, C/4, 2h, 2w), for variants that have them.

        Returns:
            low-res logits (N, 4, 4h, 4w), index 0 the single mask, and predicted IoU (N, 4).
        """
        count, tokens_out = sparse.shape[0], CANDIDATES + 1
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([own.expand(count, -1, -1), sparse], dim=1)
        image = embedding + dense
        _, channels, rows, columns = image.shape
        hidden, flat = self.transformer(image, image_pe, tokens)
        upscaled = self.upscale(flat.transpose(1, 2).reshape(-1, channels, rows, columns), skips)
        heads = [mlp(hidden[:, 1 + i]) for i, mlp in enumerate(self.output_hypernetworks_mlps)]
        kernels = torch.stack(heads, dim=1)
        logits = (kernels @ upscaled.flatten(2)).reshape(count, tokens_out, *upscaled.shape[-2:])
        return logits, self.iou_prediction_head(hidden[:, 0])


def chosen(multimask: bool) -> slice:
    """Which of the four masks belong to the answer: the three candidates, or the single mask."""
    return slice(1, None) if multimask else slice(0, 1)
