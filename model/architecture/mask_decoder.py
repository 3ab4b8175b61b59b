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


EXTRAS = (
    "obj_score_token",
    "pred_obj_score_head",
    "conv_s1",
    "conv_s0",
    "hf_token",
    "hf_mlp",
    "compress_vit_feat",
    "embedding_encoder",
    "embedding_maskfeature",
)
"""Parts that not all variants have."""


class MaskDecoder(nn.Module):
    """Four mask tokens and an IoU token ask the image through a two-way transformer.

    Args:
        width: channels C of embedding and tokens.
        skip_channels: channels of features that are added after the first upscaling, at twice the
            embedding's resolution, and after the second; empty, (C // 4,) or (C // 4, C // 8).
        object_score: see ``Variant``. With it the features are made here from maps of C channels,
            by ``finer``, and the first is added before the norm.
        refiner: channels and number of its blocks, or empty for none.
        early: channels of the encoder's early feature, or 0 for none. With it a fifth token makes a
            mask of finer features (sam-hq ``modeling/mask_decoder_hq.py``).
        efficient: see ``efficient_decoder`` of ``Variant``.
        upscaling: see ``Variant``.
    """

    obj_score_token: nn.Embedding | None
    pred_obj_score_head: MLP | None
    conv_s1: nn.Conv2d | None
    conv_s0: nn.Conv2d | None
    hf_token: nn.Embedding | None
    hf_mlp: MLP | None
    compress_vit_feat: nn.Sequential | None
    embedding_encoder: nn.Sequential | None
    embedding_maskfeature: nn.Sequential | None

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
        *,
        object_score: bool = False,
        early: int = 0,
        efficient: bool = False,
        upscaling: Sequence[int] = (),
    ) -> None:
        super().__init__()
        _check_skips(width, skip_channels)
        tokens = CANDIDATES + 1
        self.transformer = TwoWayTransformer(depth, width, heads, mlp, efficient)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(tokens, width)
        half, quarter = upscaling or (width // 4, width // 8)
        self.output_upscaling = _four_times_finer(width, half, quarter).append(nn.GELU())
        if efficient:
            self.output_upscaling[1] = nn.GroupNorm(1, half)
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP(width, width, quarter, 3, gelu=efficient) for _ in range(tokens)
        )
        self.iou_prediction_head = MLP(width, iou_hidden, tokens, iou_depth, gelu=efficient)
        self.refiner = Refiner(width, *refiner) if refiner else None
        self.adds_before_norm = object_score
        for name in EXTRAS:
            self.register_module(name, None)
        if object_score:
            self._add_object_score(width, bool(skip_channels))
        if early:
            self._add_finer_mask(width, early)

    def _add_object_score(self, width: int, finer: bool) -> None:
        self.obj_score_token = nn.Embedding(1, width)
        self.pred_obj_score_head = MLP(width, width, 1, 3)
        if not finer:
            return
        self.conv_s1 = nn.Conv2d(width, width // 4, 1)
        self.conv_s0 = nn.Conv2d(width, width // 8, 1)

    def _add_finer_mask(self, width: int, early: int) -> None:
        self.hf_token = nn.Embedding(1, width)
        self.hf_mlp = MLP(width, width, width // 8, 3)
        self.compress_vit_feat = _four_times_finer(early, width, width // 8)
        self.embedding_encoder = _four_times_finer(width, width // 4, width // 8)
        self.embedding_maskfeature = nn.Sequential(
            nn.Conv2d(width // 8, width // 4, 3, padding=1),
            LayerNorm2d(width // 4),
            nn.GELU(),
            nn.Conv2d(width // 4, width // 8, 3, padding=1),
        )

    def own_tokens(self) -> Tensor:
        """The tokens that go before those of a prompt, (T, C): what is asked of the object if
        anything, the IoU's, the masks', the finer mask's."""
        own = [self.iou_token.weight, self.mask_tokens.weight]
        if self.hf_token is not None:
            own.append(self.hf_token.weight)
        if self.obj_score_token is not None:
            own.insert(0, self.obj_score_token.weight)
        return torch.cat(own)

    @property
    def kernels(self) -> list[nn.Module]:
        """What makes of each mask's token what its mask looks for."""
        own = list(self.output_hypernetworks_mlps)
        return own if self.hf_mlp is None else [*own, self.hf_mlp]

    def finer(self, embedding: Tensor, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The finer features of an image, from its embedding and the encoder's other maps."""
        if self.compress_vit_feat is not None and self.embedding_encoder is not None:
            return (self.embedding_encoder(embedding) + self.compress_vit_feat(maps[0]),)
        if self.conv_s0 is None or self.conv_s1 is None:
            return tuple(maps)
        return self.conv_s1(maps[0]), self.conv_s0(maps[1])

    def iou(self, token: Tensor) -> Tensor:
        """Predicted IoU (N, 4) from its token (N, C)."""
        found: Tensor = self.iou_prediction_head(token)
        return found if self.obj_score_token is None else found.sigmoid()

    def upscale(self, image: Tensor, skips: Sequence[Tensor]) -> Tensor:
        """(N, C, h, w) -> (N, C/8, 4h, 4w), refined, with the skip features added on the way."""
        first, norm, act, second, last_act = self.output_upscaling
        refined = image if self.refiner is None else self.refiner(image)
        half = first(refined)
        if skips and self.adds_before_norm:
            half = half + skips[0]
        half = act(norm(half))
        if skips and not self.adds_before_norm:
            half = half + skips[0]
        whole = second(half)
        if len(skips) > 1:
            whole = whole + skips[1]
        out: Tensor = last_act(whole)
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
            skips: finer features, as ``finer`` gives them, for 1 or N images.

        Returns:
            low-res logits (N, 4, 4h, 4w), index 0 the single mask, a fifth the finer one where
            there is one, and predicted IoU (N, 4).
        """
        networks = self.kernels
        count, tokens_out = sparse.shape[0], len(networks)
        own = self.own_tokens()
        first = len(own) - tokens_out
        tokens = torch.cat([own.expand(count, -1, -1), sparse], dim=1)
        image = embedding + dense
        _, channels, rows, columns = image.shape
        hidden, flat = self.transformer(image, image_pe, tokens)
        coarse = flat.transpose(1, 2).reshape(-1, channels, rows, columns)
        upscaled = self.upscale(coarse, () if self.embedding_maskfeature is not None else skips)
        heads = [mlp(hidden[:, first + i]) for i, mlp in enumerate(networks)]
        kernels = torch.stack(heads, dim=1)
        logits = kernels @ upscaled.flatten(2)
        if self.embedding_maskfeature is not None:
            fine = self.embedding_maskfeature(upscaled) + skips[0]
            logits = torch.cat([logits[:, :-1], kernels[:, -1:] @ fine.flatten(2)], dim=1)
        shaped = logits.reshape(count, tokens_out, *upscaled.shape[-2:])
        return shaped, self.iou(hidden[:, first - 1])


def _check_skips(width: int, channels: Sequence[int]) -> None:
    needed = width // 4, width // 8
    if tuple(channels) != needed[: len(channels)]:
        raise ValueError(
            f"skip features must have {needed[0]} and {needed[1]} channels, given {tuple(channels)}"
        )


def _four_times_finer(given: int, inner: int, out: int) -> nn.Sequential:
    """Two upscalings by 2: (N, given, h, w) -> (N, out, 4h, 4w)."""
    return nn.Sequential(
        nn.ConvTranspose2d(given, inner, 2, stride=2),
        LayerNorm2d(inner),
        nn.GELU(),
        nn.ConvTranspose2d(inner, out, 2, stride=2),
    )


def chosen(multimask: bool) -> slice:
    """Which of the four masks belong to the answer: the three candidates, or the single mask."""
    return slice(1, None) if multimask else slice(0, 1)
