"""SAM of 2023: plain vision transformers of any size, and MobileSAM.

Layouts: segment-anything's own, and transformers' ``SamModel``, in which SlimSAM comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.architecture.config import (
    MOBILE_SAM,
    VIT_B,
    VIT_H,
    VIT_L,
    Variant,
    ViTConfig,
)
from model.families.family import Family, Recognised, Tensors, count, side
from model.families.transformers_names import PLAIN_ENCODER, published_names

PATCH = "image_encoder.patch_embed.proj.weight"
SLIM_50 = replace(VIT_B, name="slimsam_50", encoder=ViTConfig(384, 12, 12, (2, 5, 8, 11), mlp=1536))
SLIM_77 = replace(VIT_B, name="slimsam_77", encoder=ViTConfig(168, 12, 12, (2, 5, 8, 11), mlp=696))
KNOWN = (VIT_B, VIT_L, VIT_H, SLIM_50, SLIM_77)
NORMALISATION = ("pixel_mean", "pixel_std")
"""Constants that some files carry along; they are the same for all."""
_BLOCK = r"image_encoder\.blocks\.(\d+)\."


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``."""
    found = in_published_names(tensors)
    if PATCH in found and "image_encoder.pos_embed" in found:
        return Recognised(plain_variant(found), found)
    if "image_encoder.layers.0.0.conv1.c.weight" in found or any(
        name.startswith("image_encoder.patch_embed.seq.") for name in found
    ):
        return Recognised(MOBILE_SAM, found)
    return None


def in_published_names(tensors: Tensors) -> Tensors:
    """A file of either layout under the published names, without constants."""
    if any(name.startswith("vision_encoder.") for name in tensors):
        tensors = published_names(tensors, PLAIN_ENCODER)
    return {name: tensor for name, tensor in tensors.items() if name not in NORMALISATION}


def plain_variant(tensors: Tensors) -> Variant:
    """The variant of a plain transformer, from its shapes alone.

    What is odd about them becomes a difference when all tensors are compared with it.
    """
    width, depth = side(tensors, PATCH), count(tensors, _BLOCK)
    grid = side(tensors, "image_encoder.pos_embed", 1)
    patch = side(tensors, PATCH, 2) or 16
    spans = [side(tensors, f"image_encoder.blocks.{i}.attn.rel_pos_h") for i in range(depth)]
    everywhere = tuple(i for i, span in enumerate(spans) if span == 2 * grid - 1)
    head = side(tensors, "image_encoder.blocks.0.attn.rel_pos_h", 1) or 1
    mlp = side(tensors, "image_encoder.blocks.0.mlp.lin1.weight")
    windows = {span // 2 + 1 for i, span in enumerate(spans) if i not in everywhere}
    encoder = ViTConfig(
        width,
        depth,
        max(1, width // head),
        everywhere,
        min(windows, default=14),
        patch,
        mlp=0 if mlp == 4 * width else mlp,
    )
    plain = replace(VIT_B, name="vit", encoder=encoder, input_size=grid * patch)
    variant = sized(plain, tensors)
    for known in KNOWN:
        if replace(known, name="vit") == variant:
            return known
    nearest = next((known for known in KNOWN if _width(known) == width), None)
    # A damaged file of a known size is compared with that size.
    return nearest or variant


def _width(variant: Variant) -> int:
    return variant.encoder.width if isinstance(variant.encoder, ViTConfig) else 0


def sized(variant: Variant, tensors: Tensors) -> Variant:
    """``variant`` with those sizes of its prompt side that shapes tell."""
    layers = count(tensors, r"mask_decoder\.transformer\.layers\.(\d+)\.")
    mlp = side(tensors, "mask_decoder.transformer.layers.0.mlp.lin1.weight")
    head = "mask_decoder.iou_prediction_head.layers"
    return replace(
        variant,
        width=side(tensors, "mask_decoder.iou_token.weight", 1) or variant.width,
        decoder_depth=layers or variant.decoder_depth,
        decoder_mlp=mlp or variant.decoder_mlp,
        iou_head_hidden=side(tensors, f"{head}.0.weight") or variant.iou_head_hidden,
        iou_head_depth=count(tensors, rf"{head}\.(\d+)\.") or variant.iou_head_depth,
    )


FAMILY = Family("sam", "Segment Anything", recognise, (*KNOWN, MOBILE_SAM))
