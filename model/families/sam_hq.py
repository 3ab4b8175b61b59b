"""SAM-HQ and light HQ-SAM: SAM with a token whose mask is finer; own layout and transformers'.

sam-hq ``segment_anything/build_sam.py``. transformers' own class answers otherwise than the
published code (it drops the image that the decoder's transformer has updated), but its files hold
the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.architecture.config import MOBILE_SAM, VIT_B, VIT_H, VIT_L, Variant
from model.families import sam
from model.families.family import Family, Recognised, Rule, Tensors, renamed, side

OWN = "mask_decoder.hf_token.weight"
EARLY = "mask_decoder.compress_vit_feat.0.weight"
RULES: tuple[Rule, ...] = (
    (r"^mask_decoder\.hq_token\.", "mask_decoder.hf_token."),
    (r"^mask_decoder\.hq_mask_mlp\.", "mask_decoder.hf_mlp."),
    *(
        (rf"^mask_decoder\.{theirs}_{name}\.", f"mask_decoder.{ours}.{place}.")
        for theirs, ours in (
            ("compress_vit", "compress_vit_feat"),
            ("encoder", "embedding_encoder"),
            ("mask", "embedding_maskfeature"),
        )
        for name, place in (("conv1", 0), ("norm", 1), ("conv2", 3))
    ),
)


def with_token(variant: Variant, early: int) -> Variant:
    """``variant`` with the finer mask, from an early feature of so many channels."""
    return replace(variant, name=f"hq_{variant.name}", early=early)


KNOWN = tuple(
    with_token(plain, early)
    for plain, early in ((VIT_B, 768), (VIT_L, 1024), (VIT_H, 1280), (MOBILE_SAM, 160))
)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``."""
    found = renamed(sam.in_published_names(tensors), RULES)
    if OWN not in found and EARLY not in found:
        return None
    known = sam.recognise(found, config)
    if known is None:
        return None
    return replace(known, variant=with_token(known.variant, side(found, EARLY)), tensors=found)


FAMILY = Family("sam_hq", "SAM-HQ", recognise, KNOWN)
