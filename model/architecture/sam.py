"""The assembled network. It knows no current image: encode once, decode per prompt."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from model.architecture.config import (
    ConvConfig,
    EfficientViTConfig,
    HieraConfig,
    PlainViTConfig,
    RepViTConfig,
    Sam3ViTConfig,
    TinyViTConfig,
    Variant,
    ViTConfig,
)
from model.architecture.image_encoder import ImageEncoderViT
from model.architecture.mask_decoder import MaskDecoder
from model.architecture.prompt_encoder import PromptEncoder

_FOR_IMAGES = (
    "image_encoder.",
    "no_mem_embed",
    "mask_decoder.conv_s0.",
    "mask_decoder.conv_s1.",
    "mask_decoder.compress_vit_feat.",
    "mask_decoder.embedding_encoder.",
)


def is_for_images(name: str) -> bool:
    """Whether the tensor of that name changes what ``Sam.encode`` makes of an image.

    Some of these lie in the mask decoder: they make its finer features, once for an image.
    """
    return name.startswith(_FOR_IMAGES)


class Sam(nn.Module):
    """Image encoder, prompt encoder and mask decoder of one variant."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.variant = variant
        self.image_encoder = build_encoder(variant)
        self.prompt_encoder = PromptEncoder(
            variant.width,
            variant.input_size,
            variant.grid,
            variant.click_maps,
            fine=variant.drawn_on_skip,
            placed_padding=bool(variant.tokens),
        )
        self.mask_decoder = MaskDecoder(
            variant.width,
            variant.decoder_depth,
            variant.decoder_heads,
            variant.decoder_mlp,
            variant.iou_head_hidden,
            variant.iou_head_depth,
            variant.skip_channels,
            variant.refiner,
            object_score=variant.object_score,
            early=variant.early,
            efficient=variant.efficient_decoder,
            upscaling=variant.upscaling,
        )
        # What video tracking would add from memory; an image has none (sam2
        # ``sam2_image_predictor.py``, ``set_image``).
        self.no_mem_embed = (
            nn.Parameter(torch.zeros(1, 1, variant.width)) if variant.object_score else None
        )

    def encode(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Normalised input (B, 3, H, W) -> embedding (B, C, h, w) and skip features."""
        embedding, maps = self.image_encoder(x)
        if self.no_mem_embed is not None:
            embedding = embedding + self.no_mem_embed.reshape(1, -1, 1, 1)
        return embedding, self.mask_decoder.finer(embedding, maps)

    def decode(
        self,
        embedding: Tensor,
        skips: Sequence[Tensor],
        coordinates: Tensor,
        labels: Tensor,
        logits: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """N prompts of equal shape -> low-res logits (N, M, 4h, 4w) and predicted IoU (N, 4); see
        MaskDecoder.

        Args:
            embedding: (1 or N, C, h, w).
            skips: as ``encode`` gave them, for 1 or N images.
            coordinates: (N, P, 2) (x, y) in encoder pixels.
            labels: (N, P), see ``prompt_encoder``.
            logits: (N, 1, 4h, 4w) earlier low-res logits, or None.
        """
        cells = int(embedding.shape[2]), int(embedding.shape[3])
        sparse, dense = self.prompt_encoder(coordinates, labels, logits, cells)
        if self.variant.drawn_on_skip:
            skips = [skips[0] + self.prompt_encoder.fine(coordinates, labels, logits, cells)]
        out: tuple[Tensor, Tensor] = self.mask_decoder(
            embedding, self.prompt_encoder.dense_pe(cells), sparse, dense, skips
        )
        return out


def build_encoder(variant: Variant) -> nn.Module:
    """The image encoder its configuration describes."""
    match variant.encoder:
        case ViTConfig():
            return ImageEncoderViT(
                variant.encoder,
                variant.input_size,
                variant.width,
                gives_early=bool(variant.early),
            )
        case TinyViTConfig():
            from model.architecture.tiny_vit import TinyViT

            return TinyViT(variant.encoder, variant.width, gives_early=bool(variant.early))
        case ConvConfig():
            from model.architecture.small_encoder import SmallEncoder

            return SmallEncoder(variant.encoder, variant.width, variant.skip_channels)
        case PlainViTConfig():
            from model.architecture.plain_vit import PlainViT

            return PlainViT(variant.encoder, variant.input_size, variant.width)
        case Sam3ViTConfig():
            from model.architecture.sam3_vit import Sam3Encoder

            return Sam3Encoder(variant.encoder, variant.input_size, variant.width)
        case EfficientViTConfig():
            from model.architecture.efficient_vit import EfficientViT

            return EfficientViT(variant.encoder, variant.grid, variant.width)
        case RepViTConfig():
            from model.architecture.rep_vit import RepViT, RepViTPyramid

            kind = RepViTPyramid if variant.encoder.top_down else RepViT
            return kind(variant.encoder, variant.width)
        case HieraConfig():
            from model.architecture.hiera import HieraEncoder

            return HieraEncoder(variant.encoder, variant.input_size, variant.width)
