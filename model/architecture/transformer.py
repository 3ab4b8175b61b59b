"""The two-way transformer of the mask decoder (paper, appendix A; segment-anything,
``modeling/transformer.py``).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from model.architecture.layers import MLPBlock


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than its outer one.

    Plain matrix products: on a CPU, with few tokens on one side and small heads, they beat
    ``scaled_dot_product_attention``, above all in the backward pass.
    """

    def __init__(self, width: int, heads: int, downsample: int = 1) -> None:
        super().__init__()
        inner = width // downsample
        if inner % heads:
            raise ValueError(f"the inner width {inner} must be a multiple of the {heads} heads")
        self.heads = heads
        self.q_proj = nn.Linear(width, inner)
        self.k_proj = nn.Linear(width, inner)
        self.v_proj = nn.Linear(width, inner)
        self.out_proj = nn.Linear(inner, width)

    def _split(self, x: Tensor) -> Tensor:
        return torch.unflatten(x, -1, (self.heads, -1)).transpose(1, 2)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(B, Nq, C), (B, Nk, C), (B, Nk, C) -> (B, Nq, C)."""
        queries, keys, values = (
            self._split(self.q_proj(q)),
            self._split(self.k_proj(k)),
            self._split(self.v_proj(v)),
        )
        scale = 1 / math.sqrt(queries.shape[-1])
        # Rows of the many, whichever side they are on: a softmax over a few neighbours is slow.
        if queries.shape[-2] > keys.shape[-2]:
            scores = (keys * scale) @ queries.transpose(-2, -1)
            mixed = scores.softmax(dim=-2).transpose(-2, -1) @ values
        else:
            scores = (queries * scale) @ keys.transpose(-2, -1)
            mixed = scores.softmax(dim=-1) @ values
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out


class TwoWayAttentionBlock(nn.Module):
    """Self-attention of the tokens, tokens to image, MLP, image to tokens.

    Args:
        efficient: as EfficientSAM has it, see ``efficient_decoder`` of ``Variant``.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp: int,
        skip_first_position: bool,
        *,
        efficient: bool = False,
    ) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = Attention(width, heads, downsample=2)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = MLPBlock(width, mlp, nn.GELU if efficient else nn.ReLU)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = Attention(width, heads, downsample=2)
        self.skip_first_position = skip_first_position
        self.efficient = efficient

    def forward(
        self, tokens: Tensor, image: Tensor, token_pe: Tensor, image_pe: Tensor
    ) -> tuple[Tensor, Tensor]:
        if self.efficient:
            placed = tokens if self.skip_first_position else tokens + token_pe
            tokens = placed + self.self_attn(placed, placed, placed)
        elif self.skip_first_position:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + token_pe
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)

        placed_image = image + image_pe
        tokens = self.norm2(
            tokens + self.cross_attn_token_to_image(tokens + token_pe, placed_image, image)
        )
        tokens = self.norm3(tokens + self.mlp(tokens))
        image = self.norm4(
            image + self.cross_attn_image_to_token(placed_image, tokens + token_pe, tokens)
        )
        return tokens, image


class TwoWayTransformer(nn.Module):
    """``depth`` two-way blocks and a last attention from the tokens to the image."""

    def __init__(
        self, depth: int, width: int, heads: int, mlp: int, efficient: bool = False
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayAttentionBlock(
                width, heads, mlp, skip_first_position=index == 0, efficient=efficient
            )
            for index in range(depth)
        )
        self.final_attn_token_to_image = Attention(width, heads, downsample=2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, image: Tensor, image_pe: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """image (B, C, h, w), image_pe (1 or B, C, h, w), tokens (B, T, C) -> tokens (B, T, C),
        image (B, h*w, C).
        """
        flat = image.flatten(2).transpose(1, 2)
        flat_pe = image_pe.flatten(2).transpose(1, 2)
        queries = tokens
        for layer in self.layers:
            queries, flat = layer(queries, flat, tokens, flat_pe)
        attended = self.final_attn_token_to_image(queries + tokens, flat + flat_pe, flat)
        return self.norm_final_attn(queries + attended), flat
