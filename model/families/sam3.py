"""SAM 3: the head that answers clicks, from a file of transformers that its owner brings.

transformers ``models/sam3_tracker/modeling_sam3_tracker.py`` and
``models/sam3_video/modeling_sam3_video.py``: SAM 2.1's prompt side behind another encoder. The
embedding of no memory belongs to the embedding, as in the video classes and the published code;
the class for images adds it to a level that it drops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model import terms
from model.architecture.config import Sam3ViTConfig, Variant
from model.families.family import Family, Recognised, Rule, Tensors
from model.families.sam2 import VIDEO, parted, variant_of, video_differences
from model.families.transformers_names import published_names
from model.interface import CheckpointError

_PATCH = "vision_encoder.backbone.embeddings.patch_embeddings.projection.weight"
_CLICKS = "mask_decoder.iou_token.weight"
_BLOCK = r"^(image_encoder\.blocks\.\d+)"
IN_VIDEO_FILE: tuple[tuple[str, str], ...] = (
    ("detector_model.vision_encoder.backbone.", "vision_encoder.backbone."),
    ("tracker_neck.", "vision_encoder.neck."),
    ("tracker_model.", ""),
)
"""Beginnings of names in a file that detects and tracks, and of the same in one that tracks."""
COARSEST_LEVEL = "image_encoder.levels.3."
RULES: tuple[Rule, ...] = (
    (r"^vision_encoder\.backbone\.embeddings\.patch_embeddings\.", "image_encoder."),
    (r"^vision_encoder\.backbone\.embeddings\.position_embeddings$", "image_encoder.pos_embed"),
    (r"^vision_encoder\.backbone\.layer_norm\.", "image_encoder.norm."),
    (r"^vision_encoder\.backbone\.layers\.", "image_encoder.blocks."),
    (_BLOCK + r"\.layer_norm(\d)\.", r"\1.norm\2."),
    (_BLOCK + r"\.attention\.", r"\1.attn."),
    (_BLOCK + r"\.mlp\.fc(\d)\.", r"\1.mlp.lin\2."),
    (r"^vision_encoder\.neck\.fpn_layers\.", "image_encoder.levels."),
    (r"^no_memory_embedding$", "no_mem_embed"),
    *VIDEO,
)


def click_head(
    name: str, encoder: Sam3ViTConfig, input_size: int = 1008, width: int = 256
) -> Variant:
    """SAM 2.1's prompt side behind SAM 3's encoder."""
    return replace(
        variant_of(name, encoder, input_size, width),
        stride=encoder.patch,
        halves=True,
        terms=terms.SAM_3.family,
    )


SAM_3 = click_head("sam3", Sam3ViTConfig())
TEXT_ONLY = (
    "this file of SAM 3 answers text, not clicks: it lacks the tracker's parts; choose the folder "
    "of facebook/sam3 as transformers has it, with model.safetensors"
)
OTHER_LAYOUT = (
    "this file holds SAM 3 in its publisher's own layout, which is not read here: choose the "
    "folder of facebook/sam3 as transformers has it, with model.safetensors"
)


def recognise(tensors: Tensors, config: Mapping[str, object]) -> Recognised | None:
    """See ``Family``.

    Raises:
        CheckpointError: it is of SAM 3, but not a part or layout that answers clicks here.
    """
    if any(n.startswith("detector.") for n in tensors) and any(
        n.startswith("tracker.") for n in tensors
    ):
        raise CheckpointError(OTHER_LAYOUT)
    found, rest = _tracker(tensors)
    if _PATCH not in found:
        return None
    if _CLICKS not in found:
        raise CheckpointError(TEXT_ONLY)
    own, others = parted(published_names(found, RULES))
    coarsest = {name for name in own if name.startswith(COARSEST_LEVEL)}
    kept = {name: tensor for name, tensor in own.items() if name not in coarsest}
    aside = {name: own[name] for name in coarsest}
    return Recognised(SAM_3, kept, {**others, **aside, **rest}, video_differences(others))


def _tracker(tensors: Tensors) -> tuple[Tensors, Tensors]:
    """What belongs to the tracker, under the names it has alone; and the rest."""
    if not any(name.startswith("tracker_model.") for name in tensors):
        return tensors, {}
    found, rest = {}, {}
    for name, tensor in tensors.items():
        begins = next((pair for pair in IN_VIDEO_FILE if name.startswith(pair[0])), None)
        if begins is None:
            rest[name] = tensor
        else:
            found[begins[1] + name.removeprefix(begins[0])] = tensor
    return found, rest


FAMILY = Family("sam3", "SAM 3", recognise, (SAM_3,))
