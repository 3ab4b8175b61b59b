"""EfficientSAM: a plain encoder, and a prompt side that knows points and corners only.

EfficientSAM ``efficient_sam/build_efficient_sam.py`` and ``efficient_sam.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from model.architecture.config import PlainViTConfig, Variant
from model.families.family import Family, Recognised, Rule, Tensors, renamed, side

TOKENS = 6
"""Of every prompt (``decoder_max_num_input_points``)."""
_POINT = "prompt_encoder.point_embeddings"
_UPSCALING = r"^mask_decoder\.final_output_upscaling_layers"
_OWN = ("prompt_encoder.invalid_points.weight", "prompt_encoder.bbox_top_left_embeddings.weight")
RULES: tuple[Rule, ...] = (
    (r"^(image_encoder\.blocks\.\d+\.mlp)\.fc(\d)\.", r"\1.lin\2."),
    (r"^prompt_encoder\.point_embeddings\.weight$", f"{_POINT}.1.weight"),
    (r"^prompt_encoder\.bbox_top_left_embeddings\.", f"{_POINT}.2."),
    (r"^prompt_encoder\.bbox_bottom_right_embeddings\.", f"{_POINT}.3."),
    (r"^prompt_encoder\.invalid_points\.", "prompt_encoder.not_a_point_embed."),
    (rf"{_UPSCALING}\.0\.(\d)\.", r"mask_decoder.output_upscaling.\1."),
    (rf"{_UPSCALING}\.1\.0\.", "mask_decoder.output_upscaling.3."),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.layers\.0\.0\.", r"\1.lin1."),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.fc\.", r"\1.lin2."),
    (r"^(mask_decoder\.(?:output_hyper|iou_pred).*\.layers\.\d)\.0\.", r"\1."),
    (r"^(mask_decoder\.(?:output_hyper|iou_pred).*)\.fc\.", r"\1.layers.2."),
)


def variant_of(
    name: str, encoder: PlainViTConfig, input_size: int = 1024, width: int = 256
) -> Variant:
    """EfficientSAM with an encoder."""
    return Variant(
        name,
        encoder,
        input_size=input_size,
        width=width,
        stretched=True,
        box_first=True,
        efficient_decoder=True,
        tokens=TOKENS,
        no_logits=True,
        unfiltered=True,
    )


TINY = variant_of("efficient_sam_vitt", PlainViTConfig(192, 12, 3))
SMALL = variant_of("efficient_sam_vits", PlainViTConfig(384, 12, 6))
KNOWN = (TINY, SMALL)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``."""
    if not any(name in tensors for name in _OWN):
        return None
    found = renamed(tensors, RULES)
    width = side(found, "image_encoder.patch_embed.proj.weight")
    known = TINY if width < 384 else SMALL
    return with_nothing(found, known)


def with_nothing(found: Tensors, variant: Variant) -> Recognised:
    """``found``, and zeros for what SAM has and EfficientSAM leaves out: an embedding of clicks
    that exclude, one of having no earlier logits, and what reads these."""
    shapes = _left_out(variant.width)
    added = {name: torch.zeros(shape) for name, shape in shapes.items()}
    unfit = [f"{name} is unknown" for name in shapes if name in found]
    return Recognised(variant, {**found, **added}, unfit=unfit, added=frozenset(added))


def _left_out(width: int, hidden: int = 16) -> dict[str, tuple[int, ...]]:
    layers: dict[str, tuple[int, ...]] = {
        "0": (hidden // 4, 1, 2, 2),
        "1": (hidden // 4,),
        "3": (hidden, hidden // 4, 2, 2),
        "4": (hidden,),
        "6": (width, hidden, 1, 1),
    }
    drawn = {f"prompt_encoder.mask_downscaling.{name}": shape for name, shape in layers.items()}
    return {
        f"{_POINT}.0.weight": (1, width),
        "prompt_encoder.no_mask_embed.weight": (1, width),
        **{f"{name}.weight": shape for name, shape in drawn.items()},
        **{f"{name}.bias": shape[:1] for name, shape in drawn.items()},
    }


FAMILY = Family("efficient_sam", "EfficientSAM", recognise, KNOWN)
