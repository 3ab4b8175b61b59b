"""SAM 2.1 and SAM 2: Hiera encoders, in Meta's layout and in that of transformers.

Sizes: sam2 ``configs/sam2.1/*.yaml``. The image path of 2.0 and 2.1 is the same; the parts that
track objects through a video are told apart from it, checked, and handed on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from torch import Tensor

from model.architecture.config import KEPT_IOU_SAM_2, EncoderConfig, HieraConfig, Variant
from model.families.family import Family, Recognised, Rule, Tensors, count, renamed, side
from model.families.sam import sized
from model.families.transformers_names import part_of, published_names

Shapes = Mapping[str, tuple[int, ...]]
STABLE = 0.98
"""``dynamic_multimask_stability_thresh`` of sam2 ``build_sam.py``."""
_PATCH = "image_encoder.trunk.patch_embed.proj.weight"
_TRUNK = r"^image_encoder\.trunk\.blocks\."

PUBLISHED_NAMES: tuple[Rule, ...] = (
    (r"^sam_(prompt_encoder|mask_decoder)\.", r"\1."),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.layers\.0\.", r"\1.lin1."),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.layers\.1\.", r"\1.lin2."),
    (rf"({_TRUNK}\d+\.mlp)\.layers\.0\.", r"\1.lin1."),
    (rf"({_TRUNK}\d+\.mlp)\.layers\.1\.", r"\1.lin2."),
)
ENCODER: tuple[Rule, ...] = (
    (
        r"^vision_encoder\.backbone\.patch_embed\.projection\.",
        "image_encoder.trunk.patch_embed.proj.",
    ),
    (r"^vision_encoder\.backbone\.", "image_encoder.trunk."),
    (rf"({_TRUNK}\d+)\.layer_norm(\d)\.", r"\1.norm\2."),
    (rf"({_TRUNK}\d+\.mlp)\.proj_in\.", r"\1.lin1."),
    (rf"({_TRUNK}\d+\.mlp)\.proj_out\.", r"\1.lin2."),
    (r"^vision_encoder\.neck\.convs\.(\d)\.", r"image_encoder.neck.convs.\1.conv."),
    (r"^no_memory_embedding$", "no_mem_embed"),
)
VIDEO: tuple[Rule, ...] = (
    (r"^memory_attention\.layer_norm\.", "memory_attention.norm."),
    (r"^(memory_attention\.layers\.\d+)\.layer_norm(\d)\.", r"\1.norm\2."),
    (r"^(memory_attention\..*)\.o_proj\.", r"\1.out_proj."),
    (r"^memory_encoder\.feature_projection\.", "memory_encoder.pix_feat_proj."),
    (r"^memory_encoder\.projection\.", "memory_encoder.out_proj."),
    *(
        (
            rf"^memory_encoder\.mask_downsampler\.layers\.{k}\.{name}\.",
            f"memory_encoder.mask_downsampler.encoder.{3 * k + place}.",
        )
        for k in range(4)
        for place, name in enumerate(("conv", "layer_norm"))
    ),
    (
        r"^memory_encoder\.mask_downsampler\.final_conv\.",
        "memory_encoder.mask_downsampler.encoder.12.",
    ),
    (r"^memory_encoder\.memory_fuser\.", "memory_encoder.fuser."),
    (r"^(memory_encoder\.fuser\..*)\.depthwise_conv\.", r"\1.dwconv."),
    (r"^(memory_encoder\.fuser\..*)\.layer_norm\.", r"\1.norm."),
    (r"^(memory_encoder\.fuser\..*)\.pointwise_conv(\d)\.", r"\1.pwconv\2."),
    (r"^(memory_encoder\.fuser\..*)\.scale$", r"\1.gamma"),
    (r"^memory_temporal_positional_encoding$", "maskmem_tpos_enc"),
    (r"^no_memory_positional_encoding$", "no_mem_pos_enc"),
    (r"^no_object_pointer$", "no_obj_ptr"),
    (r"^occlusion_spatial_embedding_parameter$", "no_obj_embed_spatial"),
    (r"^object_pointer_proj\.layers\.0\.", "obj_ptr_proj.layers.1."),
    (r"^object_pointer_proj\.proj_in\.", "obj_ptr_proj.layers.0."),
    (r"^object_pointer_proj\.proj_out\.", "obj_ptr_proj.layers.2."),
    (r"^temporal_positional_encoding_projection_layer\.", "obj_ptr_tpos_proj."),
)
ONLY_2_1 = ("no_obj_embed_spatial", "obj_ptr_tpos_proj.weight", "obj_ptr_tpos_proj.bias")
ASIDE = (
    "memory_attention.",
    "memory_encoder.",
    "maskmem_tpos_enc",
    "no_mem_pos_enc",
    "no_obj_ptr",
    "no_obj_embed_spatial",
    "obj_ptr_proj.",
    "obj_ptr_tpos_proj.",
    "mask_downsample.",
    "spatial_perceiver.",
)


def variant_of(
    name: str,
    encoder: EncoderConfig,
    input_size: int = 1024,
    width: int = 256,
    *,
    finer: bool = True,
) -> Variant:
    """SAM 2 around an encoder, which gives finer features or not."""
    return Variant(
        name,
        encoder,
        input_size=input_size,
        width=width,
        skip_channels=(width // 4, width // 8) if finer else (),
        stretched=True,
        object_score=True,
        box_first=True,
        stable_single=STABLE,
        logits_limit=32.0,
        kept_iou=KEPT_IOU_SAM_2,
    )


_WINDOWS = (8, 4, 14, 7)
TINY = variant_of("sam2_hiera_t", HieraConfig(96, 1, (1, 2, 7, 2), _WINDOWS, (5, 7, 9)))
SMALL = variant_of("sam2_hiera_s", HieraConfig(96, 1, (1, 2, 11, 2), _WINDOWS, (7, 10, 13)))
BASE_PLUS = variant_of(
    "sam2_hiera_b+", HieraConfig(112, 2, (2, 3, 16, 3), _WINDOWS, (12, 16, 20), (14, 14))
)
LARGE = variant_of("sam2_hiera_l", HieraConfig(144, 2, (2, 6, 36, 4), (8, 4, 16, 8), (23, 33, 43)))
KNOWN = (TINY, SMALL, BASE_PLUS, LARGE)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``."""
    if "vision_encoder.backbone.patch_embed.projection.weight" in tensors:
        found = published_names(tensors, (*ENCODER, *VIDEO))
    elif _PATCH in tensors:
        found = renamed(tensors, PUBLISHED_NAMES)
    else:
        return None
    own, others = parted(found)
    variant = _described(own, config) or _nearest(own)
    return Recognised(variant, own, others, video_differences(others))


def parted(tensors: Tensors) -> tuple[Tensors, Tensors]:
    """The parts that answer prompts on an image, and those that track through a video."""
    others = {name: tensor for name, tensor in tensors.items() if name.startswith(ASIDE)}
    return {name: tensor for name, tensor in tensors.items() if name not in others}, others


def _nearest(tensors: Tensors) -> Variant:
    """The published size that has this many blocks of this width, or else the nearest."""
    shape = side(tensors, _PATCH), count(tensors, _TRUNK + r"(\d+)\.")

    def distance(variant: Variant) -> tuple[int, int]:
        encoder = variant.encoder
        if not isinstance(encoder, HieraConfig):
            raise TypeError("SAM 2 has Hiera encoders only")
        return abs(encoder.width - shape[0]), abs(sum(encoder.depths) - shape[1])

    return min(KNOWN, key=distance)


def _described(tensors: Tensors, config: Mapping[str, object]) -> Variant | None:
    """The variant that a ``config.json`` of transformers describes; None without one.

    Only what shapes do not tell is taken from it: windows, and which blocks attend everywhere.
    """
    backbone = part_of(config, "vision_config", "backbone_config")
    depths, windows = (
        _numbers(backbone, "blocks_per_stage"),
        _numbers(backbone, "window_size_per_stage"),
    )
    if not depths or not windows:
        return None
    vision = part_of(config, "vision_config")
    encoder = HieraConfig(
        side(tensors, _PATCH),
        _number(backbone, "num_attention_heads", 1),
        depths,
        windows,
        _numbers(backbone, "global_attention_blocks"),
        _pair(_numbers(backbone, "window_positional_embedding_background_size")),
        _numbers(vision, "fpn_top_down_levels") or (2, 3),
    )
    size = _numbers(backbone, "image_size") or (1024,)
    heads = _number(part_of(config, "mask_decoder_config"), "num_attention_heads", 8)
    width = side(tensors, "mask_decoder.iou_token.weight", 1)
    plain = variant_of("sam2_hiera", encoder, size[0], width or TINY.width)
    found = sized(replace(plain, decoder_heads=heads), tensors)
    return next((known for known in KNOWN if replace(known, name=found.name) == found), found)


def _number(section: Mapping[str, object], key: str, otherwise: int) -> int:
    value = section.get(key, otherwise)
    return value if isinstance(value, int) else otherwise


def _numbers(section: Mapping[str, object], key: str) -> tuple[int, ...]:
    value = section.get(key)
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in items if isinstance(item, int))


def _pair(numbers: Sequence[int]) -> tuple[int, int]:
    return (numbers[0], numbers[1]) if len(numbers) > 1 else (7, 7)


def video_differences(others: Tensors, more: Shapes | None = None) -> list[str]:
    """What is wrong with the parts that track through a video; nothing if there are none.

    They come whole, those of 2.1 or of 2.0, or not at all.

    Args:
        others: the parts.
        more: names and shapes that a family has beside them.
    """
    if not others:
        return []
    expected = video_shapes(others, side(others, "no_obj_ptr", 1) or TINY.width) | dict(more or {})
    if not any(name in others for name in ONLY_2_1):
        expected = {name: shape for name, shape in expected.items() if name not in ONLY_2_1}
    found = []
    for name in sorted({*others, *expected}):
        if name not in others:
            found.append(f"{name} is missing")
        elif name not in expected:
            found.append(f"{name} is unknown")
        elif tuple(others[name].shape) != expected[name]:
            given, needed = list(others[name].shape), list(expected[name])
            found.append(f"{name} has the shape {given} instead of {needed}")
    return found


def video_shapes(others: Mapping[str, Tensor], width: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parts that track, around the few sizes that a file is free in."""
    memory = side(others, "maskmem_tpos_enc", 3) or 64
    frames = side(others, "maskmem_tpos_enc") or 7
    layers = count(others, r"memory_attention\.layers\.(\d+)\.") or 4
    hidden = side(others, "memory_attention.layers.0.linear1.weight") or 2048
    fused = count(others, r"memory_encoder\.fuser\.layers\.(\d+)\.") or 2
    weights: dict[str, tuple[int, ...]] = {}
    for index in range(layers):
        name = f"memory_attention.layers.{index}."
        for kind, given in (("self_attn", width), ("cross_attn_image", memory)):
            sizes = {"q": width, "k": given, "v": given, "out": width}
            weights |= {f"{name}{kind}.{part}_proj": (width, size) for part, size in sizes.items()}
        weights |= {f"{name}linear1": (hidden, width), f"{name}linear2": (width, hidden)}
        weights |= {f"{name}norm{place}": (width,) for place in (1, 2, 3)}
    weights["memory_attention.norm"] = (width,)
    channels = (1, 4, 16, 64, 256)
    for index, (before, after) in enumerate(pairwise(channels)):
        name = "memory_encoder.mask_downsampler.encoder."
        weights |= {f"{name}{3 * index}": (after, before, 3, 3), f"{name}{3 * index + 1}": (after,)}
    weights["memory_encoder.mask_downsampler.encoder.12"] = (width, channels[-1], 1, 1)
    weights["memory_encoder.pix_feat_proj"] = (width, width, 1, 1)
    weights["memory_encoder.out_proj"] = (memory, width, 1, 1)
    single: dict[str, tuple[int, ...]] = {}
    for index in range(fused):
        name = f"memory_encoder.fuser.layers.{index}."
        single[f"{name}gamma"] = (width,)
        weights |= {f"{name}dwconv": (width, 1, 7, 7), f"{name}norm": (width,)}
        weights |= {f"{name}pwconv1": (4 * width, width), f"{name}pwconv2": (width, 4 * width)}
    weights |= {f"obj_ptr_proj.layers.{index}": (width, width) for index in range(3)}
    weights |= {"obj_ptr_tpos_proj": (memory, width), "mask_downsample": (1, 1, 4, 4)}
    single |= {
        "maskmem_tpos_enc": (frames, 1, 1, memory),
        "no_mem_pos_enc": (1, 1, width),
        "no_obj_ptr": (1, width),
        "no_obj_embed_spatial": (1, memory),
    }
    both = {f"{name}.weight": shape for name, shape in weights.items()}
    return single | both | {f"{name}.bias": shape[:1] for name, shape in weights.items()}


FAMILY = Family("sam2", "SAM 2.1 and SAM 2", recognise, KNOWN)
