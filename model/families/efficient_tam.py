"""EfficientTAM and EdgeTAM: SAM 2's prompt side behind smaller encoders.

EfficientTAM ``configs/efficienttam/*.yaml``; EdgeTAM ``sam2/configs/edgetam.yaml``, and in
transformers' layout, ``models/edgetam_video/convert_edgetam_video_to_hf.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from model.architecture.config import PlainViTConfig, RepViTConfig, Variant
from model.families.family import Family, Recognised, Rule, Tensors, count, renamed, side
from model.families.rep_vit import every_other
from model.families.sam2 import (
    ENCODER,
    PUBLISHED_NAMES,
    VIDEO,
    Shapes,
    parted,
    variant_of,
    video_differences,
)
from model.families.transformers_names import published_names

_NECK = ("conv_1x1", "norm_0", "conv_3x3", "norm_1")
_BODY = "image_encoder.trunk.body."
RULES: tuple[Rule, ...] = (
    *PUBLISHED_NAMES,
    (r"^image_encoder\.trunk\.", "image_encoder."),
    *(
        (rf"^image_encoder\.neck\.convs\.0\.{name}\.", f"image_encoder.neck.{index}.")
        for index, name in enumerate(_NECK)
    ),
)


_TIMM = "vision_encoder.backbone.timm_model."
_PERCEIVER = r"^(spatial_perceiver\.layers\.\d+)\."
THEIRS: tuple[Rule, ...] = (
    *ENCODER,
    (r"^image_encoder\.trunk\.timm_model\.", _BODY),
    *VIDEO,
    (r"^(memory_attention\.layers\.\d+)\.mlp\.up_proj\.", r"\1.linear1."),
    (r"^(memory_attention\.layers\.\d+)\.mlp\.down_proj\.", r"\1.linear2."),
    (r"^spatial_perceiver\.latents_1d$", "spatial_perceiver.latents"),
    (r"^spatial_perceiver\.layer_norm\.", "spatial_perceiver.norm."),
    (_PERCEIVER + r"layer_norm_input\.", r"\1.attn.norm_x."),
    (_PERCEIVER + r"layer_norm_latents\.", r"\1.attn.norm_latents."),
    (_PERCEIVER + r"layer_norm_self\.", r"\1.self_attn.norm."),
    (_PERCEIVER + r"cross_attention\.", r"\1.attn."),
    (_PERCEIVER + r"self_attention\.", r"\1.self_attn."),
    (_PERCEIVER + r"((?:self_)?attn)\.q_proj\.", r"\1.\2.to_q."),
    (_PERCEIVER + r"((?:self_)?attn)\.kv_proj\.", r"\1.\2.to_kv."),
    (_PERCEIVER + r"((?:self_)?attn)\.o_proj\.", r"\1.\2.to_out."),
    (_PERCEIVER + r"(self_)?mlp\.layer_norm\.", r"\1.\2ff.0."),
    (_PERCEIVER + r"(self_)?mlp\.up_proj\.", r"\1.\2ff.1."),
    (_PERCEIVER + r"(self_)?mlp\.down_proj\.", r"\1.\2ff.3."),
)
"""Transformers' names of EdgeTAM's parts, and the published ones they stand for."""


def plain_variant(name: str, encoder: PlainViTConfig, input_size: int = 1024) -> Variant:
    """SAM 2 behind a plain transformer, which has no finer features."""
    return variant_of(name, encoder, input_size, finer=False)


_WINDOWED = (0, 1, 3, 4, 6, 7, 9, 10)
TINY = plain_variant("efficienttam_ti", PlainViTConfig(192, 12, 3, _WINDOWED))
SMALL = plain_variant("efficienttam_s", PlainViTConfig(384, 12, 6, _WINDOWED))
KNOWN = (TINY, SMALL)
TINY_512, SMALL_512 = (
    replace(variant, name=f"{variant.name}_512x512", input_size=512) for variant in KNOWN
)
OF_512 = {
    "7d4d652a465f0381091390052932f45d8a66768ccc99c8ea393ce8a5927e83f3b9": TINY_512,
    "67b5840012737ed2c94a4cb8787c5c1b27b3a946045d2e602e65ef77230b6085": SMALL_512,
}
"""The published files for smaller images, by SHA-256: their tensors have the same shapes."""
EDGE_TAM = variant_of(
    "edgetam",
    RepViTConfig(
        (48, 96, 192, 384),
        (3, 4, 16, 3),
        ((0,), (1,), every_other(15), (1,)),
        fused=False,
        top_down=(2, 3),
    ),
)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``: EfficientTAM. A ``config.json`` may tell an ``image_size`` of 512."""
    table = tensors.get("image_encoder.trunk.pos_embed")
    plain = table is not None and table.ndim == 3
    if not plain and not any(f"image_encoder.neck.convs.0.{n}.weight" in tensors for n in _NECK):
        return None
    own, others = parted(renamed(tensors, RULES))
    width = side(own, "image_encoder.patch_embed.proj.weight")
    small = config.get("image_size") == 512
    sizes = (TINY_512, SMALL_512) if small else KNOWN
    variant = sizes[0] if width < 384 else sizes[1]
    return Recognised(variant, own, others, video_differences(others))


def recognise_edge(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``: EdgeTAM."""
    if any(name.startswith(_TIMM) for name in tensors):
        tensors = published_names(with_keys_and_values(tensors), THEIRS)
    if not any(name.startswith(_BODY) for name in tensors):
        return None
    rules = (*PUBLISHED_NAMES, *body_rules(EDGE_TAM))
    own, others = parted(renamed(tensors, rules))
    return Recognised(EDGE_TAM, own, others, video_differences(others, perceiver_shapes(others)))


def with_keys_and_values(tensors: Tensors) -> Tensors:
    """``tensors``, what condenses memories with one matrix for keys and values, as published."""
    found = dict(tensors)
    for name in tensors:
        begin, key, end = name.partition(".k_proj.")
        other = f"{begin}.v_proj.{end}"
        if key and name.startswith("spatial_perceiver.") and other in found:
            found[f"{begin}.kv_proj.{end}"] = torch.cat([found.pop(name), found.pop(other)])
    return found


def body_rules(variant: Variant) -> tuple[Rule, ...]:
    """timm's names of RepViT's parts, and those of the list that they are published as elsewhere.

    timm counts a block that prepares the next stage to that one, and names its parts.
    """
    encoder = variant.encoder
    if not isinstance(encoder, RepViTConfig):
        raise TypeError("only RepViT has these names")
    old, new = r"^image_encoder\.trunk\.body\.", "image_encoder.features."
    rules = [
        (old + r"stem\.conv1\.", f"{new}0.0."),
        (old + r"stem\.conv2\.", f"{new}0.2."),
    ]
    start = 1
    for stage, depth in enumerate(encoder.depths):
        here = rf"{old}stages_{stage}\."
        if stage:
            down = rf"{here}downsample\."
            rules += [
                (rf"{down}pre_block\.", f"{new}{start - 1}."),
                (rf"{down}spatial_downsample\.", f"{new}{start}.token_mixer.0."),
                (rf"{down}channel_downsample\.", f"{new}{start}.token_mixer.2."),
                (rf"{down}ffn\.", f"{new}{start}.channel_mixer."),
            ]
        first = start + (1 if stage else 0)
        rules += [(rf"{here}blocks\.{place}\.", f"{new}{first + place}.") for place in range(depth)]
        start += depth
    mixer = r"^(image_encoder\.features\.\d+)\."
    return (
        *rules,
        (mixer + r"token_mixer\.(conv1?\.)", r"\1.token_mixer.0.\2"),
        (mixer + r"se\.", r"\1.token_mixer.1."),
        (mixer + r"channel_mixer\.conv1\.", r"\1.channel_mixer.m.0."),
        (mixer + r"channel_mixer\.conv2\.", r"\1.channel_mixer.m.2."),
    )


def perceiver_shapes(others: Tensors) -> Shapes:
    """Names and shapes of what condenses EdgeTAM's memories (``modeling/perceiver.py``)."""
    part = "spatial_perceiver."
    latents = side(others, f"{part}latents"), side(others, f"{part}latents_2d")
    width = side(others, f"{part}norm.weight") or side(others, "maskmem_tpos_enc", 3)
    shapes: dict[str, tuple[int, ...]] = {
        f"{part}latents": (latents[0] or 256, width),
        f"{part}latents_2d": (latents[1] or 256, width),
    }
    norms = [f"{part}norm"]
    for index in range(count(others, r"spatial_perceiver\.layers\.(\d+)\.") or 2):
        layer = f"{part}layers.{index}."
        norms += [f"{layer}{name}" for name in ("attn.norm_x", "attn.norm_latents")]
        norms += [f"{layer}{name}" for name in ("self_attn.norm", "ff.0", "self_ff.0")]
        for name in ("attn", "self_attn"):
            shapes |= {
                f"{layer}{name}.to_q.weight": (width, width),
                f"{layer}{name}.to_kv.weight": (2 * width, width),
                f"{layer}{name}.to_out.weight": (width, width),
            }
        for name in ("ff", "self_ff"):
            shapes |= {
                f"{layer}{name}.1.weight": (4 * width, width),
                f"{layer}{name}.3.weight": (width, 4 * width),
            }
    return shapes | {f"{name}.{end}": (width,) for name in norms for end in ("weight", "bias")}


FAMILY = Family("efficient_tam", "EfficientTAM", recognise, KNOWN, told_by_file=OF_512)
EDGE_TAM_FAMILY = Family("edge_tam", "EdgeTAM", recognise_edge, (EDGE_TAM,))
