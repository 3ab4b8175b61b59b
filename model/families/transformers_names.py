"""The names of transformers' SAM classes, and the published ones they stand for.

huggingface/transformers, ``models/sam/convert_sam_to_hf.py``,
``models/sam2_video/convert_sam2_video_to_hf.py`` and ``models/sam_hq/convert_samhq_to_hf.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from model.families.family import Rule, Tensors, renamed

MATRIX = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"
_HEAD = r"^(mask_decoder\.(?:output_hypernetworks_mlps\.\d+|\w+_head|hq_mask_mlp))"
PROMPT_SIDE: tuple[Rule, ...] = (
    (r"^shared_image_embedding\.positional_embedding$", MATRIX),
    (r"^prompt_encoder\.shared_embedding\.positional_embedding$", MATRIX),
    (r"^prompt_encoder\.point_embed\.(\d)\.", r"prompt_encoder.point_embeddings.\1."),
    (r"^prompt_encoder\.mask_embed\.conv1\.", "prompt_encoder.mask_downscaling.0."),
    (r"^prompt_encoder\.mask_embed\.layer_norm1\.", "prompt_encoder.mask_downscaling.1."),
    (r"^prompt_encoder\.mask_embed\.conv2\.", "prompt_encoder.mask_downscaling.3."),
    (r"^prompt_encoder\.mask_embed\.layer_norm2\.", "prompt_encoder.mask_downscaling.4."),
    (r"^prompt_encoder\.mask_embed\.conv3\.", "prompt_encoder.mask_downscaling.6."),
    (r"^mask_decoder\.upscale_conv1\.", "mask_decoder.output_upscaling.0."),
    (r"^mask_decoder\.upscale_layer_norm\.", "mask_decoder.output_upscaling.1."),
    (r"^mask_decoder\.upscale_conv2\.", "mask_decoder.output_upscaling.3."),
    # Networks of three layers, of which the middle one is numbered.
    (_HEAD + r"\.layers\.0\.", r"\1.layers.1."),
    (_HEAD + r"\.proj_in\.", r"\1.layers.0."),
    (_HEAD + r"\.proj_out\.", r"\1.layers.2."),
    (r"^(mask_decoder\.transformer\.layers\.\d+)\.layer_norm(\d)\.", r"\1.norm\2."),
    (
        r"^mask_decoder\.transformer\.layer_norm_final_attn\.",
        "mask_decoder.transformer.norm_final_attn.",
    ),
    (r"^(mask_decoder\.transformer\..*)\.o_proj\.", r"\1.out_proj."),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.proj_in\.", r"\1.lin1."),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.proj_out\.", r"\1.lin2."),
)
PLAIN_ENCODER: tuple[Rule, ...] = (
    (r"^vision_encoder\.patch_embed\.projection\.", "image_encoder.patch_embed.proj."),
    (r"^vision_encoder\.pos_embed$", "image_encoder.pos_embed"),
    (r"^vision_encoder\.layers\.(\d+)\.layer_norm(\d)\.", r"image_encoder.blocks.\1.norm\2."),
    (r"^vision_encoder\.layers\.(\d+)\.", r"image_encoder.blocks.\1."),
    (r"^vision_encoder\.neck\.conv1\.", "image_encoder.neck.0."),
    (r"^vision_encoder\.neck\.layer_norm1\.", "image_encoder.neck.1."),
    (r"^vision_encoder\.neck\.conv2\.", "image_encoder.neck.2."),
    (r"^vision_encoder\.neck\.layer_norm2\.", "image_encoder.neck.3."),
)


def published_names(tensors: Tensors, encoder: Sequence[Rule]) -> dict[str, Tensor]:
    """``tensors`` under the published names, the points' one table as four.

    Args:
        encoder: rules of the image encoder; those of the prompt side are the same for all.
    """
    found = renamed(tensors, (*PROMPT_SIDE, *encoder))
    table = found.get("prompt_encoder.point_embed.weight")
    if table is not None and table.ndim == 2:
        del found["prompt_encoder.point_embed.weight"]
        for index in range(len(table)):
            found[f"prompt_encoder.point_embeddings.{index}.weight"] = table[index : index + 1]
    return found


def part_of(config: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """A section of a ``config.json``; empty if it is not there."""
    section: object = config
    for key in keys:
        section = section.get(key) if isinstance(section, Mapping) else None
    return section if isinstance(section, Mapping) else {}
