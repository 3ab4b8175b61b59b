"""EdgeSAM and RepViT-SAM: SAM's prompt side behind a RepViT encoder.

EdgeSAM ``edge_sam/build_sam.py``; RepViT ``sam/repvit_sam/build_sam.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model import terms
from model.architecture.config import MOBILE_SAM, RepViTConfig, Variant
from model.families.family import Family, Recognised, Tensors, side

_OWN_NORM = "image_encoder.features.1.token_mixer.0.conv1.c.weight"
_SHARED_NORM = "image_encoder.features.1.token_mixer.0.bn.weight"


def variant_of(name: str, encoder: RepViTConfig) -> Variant:
    """SAM behind a RepViT encoder."""
    return replace(MOBILE_SAM, name=name, encoder=encoder)


def every_other(depth: int) -> tuple[int, ...]:
    """The second block, the fourth and so on, but none of the last two."""
    return tuple(range(1, depth - 1, 2))


EDGE_SAM = replace(
    variant_of(
        "edge_sam",
        RepViTConfig(
            (48, 96, 192, 384), (3, 4, 16, 3), ((0,), (1,), every_other(15), (1,)), fused=True
        ),
    ),
    terms=terms.EDGE_SAM.family,
    kept_iou=0.0,
)
"""Its authors call its predicted IoU unreliable, and rank by stability (README)."""
REP_VIT_SAM = variant_of(
    "repvit_sam",
    RepViTConfig(
        (80, 160, 320, 640),
        (7, 8, 36, 3),
        ((0, 2, 4), (1, 3, 5), every_other(35), (1,)),
        fused=False,
        norm_after=True,
    ),
)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``: EdgeSAM."""
    known = "image_encoder.fuse_stage2.weight" in tensors or _OWN_NORM in tensors
    return Recognised(EDGE_SAM, tensors) if known else None


def recognise_shared(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``: RepViT-SAM."""
    width = side(tensors, _SHARED_NORM)
    return Recognised(REP_VIT_SAM, tensors) if width else None


EDGE_SAM_FAMILY = Family("edge_sam", "EdgeSAM", recognise, (EDGE_SAM,))
REP_VIT_FAMILY = Family("repvit_sam", "RepViT-SAM", recognise_shared, (REP_VIT_SAM,))
