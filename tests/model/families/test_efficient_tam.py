"""EfficientTAM and EdgeTAM answer as the published code does."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from model.architecture.config import PlainViTConfig, RepViTConfig, Variant, from_json, to_json
from model.architecture.sam import Sam
from model.families import efficient_tam, recognised
from model.families.family import renamed
from model.families.sam2 import PUBLISHED_NAMES, parted, variant_of
from model.interface import CheckpointError, Embedding
from model.runtime_onnx.export import export
from model.runtime_onnx.model import load_onnx
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.weights.checkpoint import differences, expected_shapes, read_checkpoint
from tests.golden.recipe import Changed
from tests.model.families.stored import Arrays, drawn, hollow, outputs, prompt_of

TOLERANCE = 1e-4
TINY = {
    "efficienttam": variant_of(
        "tiny", PlainViTConfig(64, 4, 2, (0, 2), window=5), 128, 32, finer=False
    ),
    "edgetam": variant_of(
        "tiny",
        RepViTConfig(
            (8, 16, 24, 32),
            (3, 3, 4, 2),
            ((0,), (1,), (1,), (1,)),
            fused=False,
            top_down=(2, 3),
        ),
        128,
        32,
    ),
}
CHANGED: Changed = {
    **{
        f"sam_mask_decoder.output_hypernetworks_mlps.{index}.layers.2.weight": (3.0, 0.0)
        for index in range(4)
    },
    "sam_mask_decoder.pred_obj_score_head.layers.2.weight": (4.0, 0.0),
}
FAMILIES = tuple(TINY)
CASES = ("point", "points", "box", "box_points", "mask")


def io(family: str) -> Arrays:
    return outputs(f"tiny_{family}_io.npz")


@lru_cache(maxsize=2)
def tensors_of(family: str) -> Mapping[str, Tensor]:
    rules = {
        "efficienttam": efficient_tam.RULES,
        "edgetam": (*PUBLISHED_NAMES, *efficient_tam.body_rules(TINY["edgetam"])),
    }
    named = renamed(drawn(f"tiny_{family}", changed=CHANGED), rules[family])
    return dict(parted(named)[0]) | counters(TINY[family])


@lru_cache(maxsize=2)
def tiny(family: str) -> TorchModel:
    weights = tensors_of(family)
    return TorchModel(TINY[family], weights, "tiny", Place("cpu"), "it is the test's")


def counters(variant: Variant) -> dict[str, Tensor]:
    names = expected_shapes(variant)
    zero = torch.zeros((), dtype=torch.int64)
    return {name: zero for name in names if name.endswith("num_batches_tracked")}


@lru_cache(maxsize=2)
def embedded(family: str) -> Embedding:
    return tiny(family).embed(io(family)["image"])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_embedding_and_finer_features_equal_the_published_ones(family: str) -> None:
    expected, features = io(family), embedded(family).features
    assert np.abs(features["embedding"] - expected["embedding"][0]).max() < TOLERANCE
    # They count from the finest, we from the coarsest.
    for ours, theirs in (("skip_0", "skip_1"), ("skip_1", "skip_0")):
        assert (ours in features) == (theirs in expected)
        if theirs in expected:
            assert np.abs(features[ours] - expected[theirs][0]).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["multi", "single"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", FAMILIES)
def test_answers_equal_the_published_ones(family: str, case: str, kind: str) -> None:
    expected = io(family)
    prompt = prompt_of(expected, case)
    answer = tiny(family).decode(embedded(family), prompt, multimask=kind == "multi")
    assert np.abs(answer.logits - expected[f"{case}.{kind}.low_res_logits"][0]).max() < TOLERANCE
    assert np.abs(answer.predicted_iou - expected[f"{case}.{kind}.iou"][0]).max() < TOLERANCE
    score = float(expected[f"{case}.{kind}.object_score"][0, 0])
    assert answer.object_score == pytest.approx(score, abs=TOLERANCE)


@pytest.mark.parametrize("family", FAMILIES)
def test_onnxruntime_gives_the_same(family: str, tmp_path: Path) -> None:
    network = Sam(TINY[family])
    network.load_state_dict(tensors_of(family))
    exported = load_onnx(export(network, "tiny", tmp_path, "tiny")[0])
    made = exported.embed(io(family)["image"])
    for case in CASES:
        prompt = prompt_of(io(family), case)
        answer = exported.decode(made, prompt, multimask=True)
        expected = io(family)[f"{case}.multi.low_res_logits"][0]
        assert np.abs(answer.logits - expected).max() < TOLERANCE


@pytest.mark.parametrize(
    ("file", "family", "variant"),
    [
        ("efficienttam_ti", "efficient_tam", efficient_tam.TINY),
        ("efficienttam_s", "efficient_tam", efficient_tam.SMALL),
        ("edgetam", "edge_tam", efficient_tam.EDGE_TAM),
    ],
)
def test_files_are_recognised_by_their_tensors(file: str, family: str, variant: Variant) -> None:
    known = recognised(hollow(file))
    assert known is not None
    assert (known[0].name, known[1].variant) == (family, variant)
    assert differences(known[1].tensors, expected_shapes(variant)) == []
    assert known[1].others
    assert not known[1].unfit
    assert from_json(to_json(variant)) == variant


@pytest.mark.parametrize("file", ["efficienttam_ti", "edgetam"])
def test_parts_for_videos_come_whole_or_not_at_all(file: str) -> None:
    tensors = hollow(file)
    found = recognised(tensors)
    assert found is not None
    without = recognised({n: t for n, t in tensors.items() if n not in found[1].others})
    assert without is not None
    assert not without[1].unfit
    for name in sorted(found[1].others)[::7]:
        partly = recognised({n: t for n, t in tensors.items() if n != name})
        assert partly is not None
        assert partly[1].unfit == [f"{name} is missing"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("efficienttam_ti", "image_encoder.neck.convs.0.conv_1x1.weight"),
        ("efficienttam_ti", "image_encoder.trunk.pos_embed"),
        ("edgetam", "image_encoder.trunk.body.stages_2.blocks.5.channel_mixer.conv1.c.weight"),
        ("edgetam", "sam_mask_decoder.conv_s0.weight"),
    ],
)
def test_a_file_that_lost_a_tensor_is_refused(tmp_path: Path, file: str, name: str) -> None:
    tensors = {key: value.contiguous() for key, value in hollow(file).items()}
    del tensors[name]
    save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="1 tensors differ"):
        read_checkpoint(tmp_path / "a.safetensors")


def test_the_size_of_images_is_told_by_the_published_file_or_a_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = recognised(hollow("efficienttam_s"), {"image_size": 512})
    assert described is not None
    assert described[1].variant == efficient_tam.SMALL_512
    tensors = {key: value.contiguous() for key, value in hollow("efficienttam_ti").items()}
    save_file(tensors, tmp_path / "a.safetensors")
    assert read_checkpoint(tmp_path / "a.safetensors").variant == efficient_tam.TINY
    digest = hashlib.sha256((tmp_path / "a.safetensors").read_bytes()).hexdigest()
    monkeypatch.setitem(efficient_tam.OF_512, digest, efficient_tam.TINY_512)
    assert read_checkpoint(tmp_path / "a.safetensors").variant == efficient_tam.TINY_512


THEIR_WORDS = (
    ("sam_prompt_encoder", "prompt_encoder"),
    ("sam_mask_decoder", "mask_decoder"),
    ("mask_decoder.output_upscaling.0", "mask_decoder.upscale_conv1"),
    ("mask_decoder.output_upscaling.1", "mask_decoder.upscale_layer_norm"),
    ("mask_decoder.output_upscaling.3", "mask_decoder.upscale_conv2"),
    ("mask_downscaling.0", "mask_embed.conv1"),
    ("mask_downscaling.1", "mask_embed.layer_norm1"),
    ("mask_downscaling.3", "mask_embed.conv2"),
    ("mask_downscaling.4", "mask_embed.layer_norm2"),
    ("mask_downscaling.6", "mask_embed.conv3"),
    ("pe_layer.positional_encoding_gaussian_matrix", "shared_embedding.positional_embedding"),
    ("dwconv", "depthwise_conv"),
    ("pwconv", "pointwise_conv"),
    ("fuser", "memory_fuser"),
    ("gamma", "scale"),
    ("maskmem_tpos_enc", "memory_temporal_positional_encoding"),
    ("pix_feat_proj", "feature_projection"),
    ("no_mem_embed", "no_memory_embedding"),
    ("no_mem_pos_enc", "no_memory_positional_encoding"),
    ("obj_ptr", "object_pointer"),
    ("image_encoder.neck", "vision_encoder.neck"),
    ("image_encoder.trunk.body", "vision_encoder.backbone.timm_model"),
    ("memory_encoder.out_proj", "memory_encoder.projection"),
    ("out_proj", "o_proj"),
    ("linear1", "mlp.up_proj"),
    ("linear2", "mlp.down_proj"),
    ("ff.0", "mlp.layer_norm"),
    ("ff.1", "mlp.up_proj"),
    ("ff.3", "mlp.down_proj"),
    ("self_attn.norm", "layer_norm_self"),
    ("attn.norm_x", "layer_norm_input"),
    ("attn.norm_latents", "layer_norm_latents"),
    (".norm", ".layer_norm"),
)


def as_transformers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Under the names of ``EdgeTamVideoModel``, as its conversion script gives them."""
    found: dict[str, Tensor] = {}
    for published, tensor in tensors.items():
        name = published
        for ours, theirs in THEIR_WORDS:
            name = name.replace(ours, theirs)
        name = re.sub(r"(neck\.convs\.\d)\.conv", r"\1", name)
        if "spatial_perceiver" in name:
            name = re.sub(r"latents$", "latents_1d", name)
            name = re.sub(r"\.self_attn\.(to_)", r".self_attention.\1", name)
            name = re.sub(r"\.attn\.(to_)", r".cross_attention.\1", name)
            name = name.replace("to_q", "q_proj").replace("to_out", "o_proj")
        name = re.sub(r"(transformer\S*mlp)\.layers\.0", r"\1.proj_in", name)
        name = re.sub(r"(transformer\S*mlp)\.layers\.1", r"\1.proj_out", name)
        if re.search(r"hypernetworks|_head\.|object_pointer_proj", name):
            last = name.replace("layers.2", "proj_out")
            name = last.replace("layers.0", "proj_in").replace("layers.1", "layers.0")
        name = name.replace("mask_downsampler.encoder.12", "mask_downsampler.final_conv")
        for place in range(12):
            part = f"layers.{place // 3}.{('conv', 'layer_norm', '')[place % 3]}"
            name = name.replace(f"downsampler.encoder.{place}.", f"downsampler.{part}.")
        if "to_kv" in name:
            keys, values = tensor.chunk(2)
            found |= {
                name.replace("to_kv", "k_proj"): keys,
                name.replace("to_kv", "v_proj"): values,
            }
            continue
        found[name] = tensor
    points = [found.pop(f"prompt_encoder.point_embeddings.{place}.weight") for place in range(4)]
    matrix = found["prompt_encoder.shared_embedding.positional_embedding"]
    return found | {
        "prompt_encoder.point_embed.weight": torch.cat(points),
        "shared_image_embedding.positional_embedding": matrix,
    }


def test_edge_tam_of_transformers_holds_the_same_tensors() -> None:
    shapes = hollow("edgetam")
    published = {
        name: torch.tensor(float(place)).expand(shapes[name].shape)
        for place, name in enumerate(sorted(shapes))
        if not name.endswith("num_batches_tracked")
    }
    theirs = as_transformers(published)
    assert "vision_encoder.backbone.timm_model.stem.conv1.c.weight" in theirs
    assert "spatial_perceiver.layers.1.cross_attention.v_proj.weight" in theirs
    one, other = recognised(published), recognised(theirs)
    assert one is not None
    assert other is not None
    assert other[0].name == "edge_tam"
    assert not other[1].unfit
    for ours, their in ((one[1].tensors, other[1].tensors), (one[1].others, other[1].others)):
        assert set(ours) == set(their)
        assert all(torch.equal(tensor, their[name]) for name, tensor in ours.items())
