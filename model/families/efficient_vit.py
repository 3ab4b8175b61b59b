"""EfficientViT-SAM: SAM's prompt side behind a convolutional encoder with linear attention.

efficientvit ``models/efficientvit/sam.py`` and ``sam_model_zoo.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.architecture.config import MOBILE_SAM, EfficientViTConfig, Variant
from model.families.family import Family, Recognised, Tensors, count

_BACKBONE = "image_encoder.backbone.stages."
_MIDDLE = r"image_encoder\.neck\.middle\.op_list\.(\d+)\."
SMALLER = 512
"""Side of the images that the smaller ones see, while prompts count in pixels of 1024."""


def variant_of(name: str, encoder: EfficientViTConfig, image_side: int = 0) -> Variant:
    """SAM behind an EfficientViT."""
    return replace(MOBILE_SAM, name=name, encoder=encoder, image_side=image_side)


def _smaller(name: str, depths: tuple[int, ...], neck_depth: int) -> Variant:
    encoder = EfficientViTConfig(
        widths=(32, 64, 128, 256, 512),
        depths=depths,
        blocks=("plain", "fused", "fused", "inverted", "attention"),
        expansions=(1, 4, 4, 4, 6),
        fewer_norms=(3, 4),
        around=5,
        neck_depth=neck_depth,
        neck_expansion=1,
    )
    return variant_of(f"efficientvit_sam_{name}", encoder, SMALLER)


def _larger(name: str, depths: tuple[int, ...], neck_depth: int) -> Variant:
    encoder = EfficientViTConfig(
        widths=(32, 64, 128, 256, 512, 1024),
        depths=depths,
        blocks=("plain", "fused", "fused", "fused", "attention", "attention"),
        expansions=(1, 4, 4, 4, 4, 6),
        fewer_norms=(4, 5),
        around=3,
        neck_depth=neck_depth,
        neck_expansion=4,
    )
    return variant_of(f"efficientvit_sam_{name}", encoder)


KNOWN = (
    _smaller("l0", (1, 1, 1, 4, 4), 4),
    _smaller("l1", (1, 1, 1, 6, 6), 8),
    _smaller("l2", (1, 2, 2, 8, 8), 12),
    _larger("xl0", (0, 1, 1, 2, 3, 3), 6),
    _larger("xl1", (1, 2, 2, 4, 6, 6), 12),
)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``."""
    if not any(name.startswith(_BACKBONE) for name in tensors):
        return None
    return Recognised(_nearest(tensors), tensors)


def _nearest(tensors: Tensors) -> Variant:
    """The one with these stages and blocks, or else the nearest."""
    stages = count(tensors, r"image_encoder\.backbone\.stages\.(\d+)\.")
    blocks = [
        count(tensors, rf"image_encoder\.backbone\.stages\.{stage}\.op_list\.(\d+)\.") - 1
        for stage in range(stages)
    ]
    neck = count(tensors, _MIDDLE)

    def distance(variant: Variant) -> tuple[int, int]:
        encoder = variant.encoder
        if not isinstance(encoder, EfficientViTConfig):
            raise TypeError("EfficientViT-SAM has EfficientViT encoders only")
        apart = sum(abs(a - b) for a, b in zip(encoder.depths, blocks, strict=False))
        return abs(len(encoder.depths) - stages), apart + abs(encoder.neck_depth - neck)

    return min(KNOWN, key=distance)


FAMILY = Family("efficientvit_sam", "EfficientViT-SAM", recognise, KNOWN)
