"""SAM 2.1 answers as the published code does, in every layout its files come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from model.architecture.config import HieraConfig
from model.architecture.sam import Sam
from model.families import recognised, sam2
from model.interface import CheckpointError, Embedding, Prompt
from model.runtime_onnx.export import export
from model.runtime_onnx.model import load_onnx
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.transforms import encoder_input
from model.weights import embedding_file
from model.weights.checkpoint import differences, expected_shapes, read_checkpoint
from tests.golden.recipe import Changed
from tests.model.families.stored import drawn, hollow, keys, outputs, prompt_of
from tests.model.golden import FOLDER

TOLERANCE = 1e-4
TINY = replace(
    sam2.variant_of("tiny_sam2", HieraConfig(8, 1, (1, 2, 3, 1), (8, 4, 14, 7), (4,)), 256, 32)
)
NETWORKS = "sam_mask_decoder.output_hypernetworks_mlps.{}.layers.2.weight"
TINY_CHANGED: Changed = {
    **{NETWORKS.format(index): (2.63, 0.0) for index in range(4)},
    "sam_mask_decoder.pred_obj_score_head.layers.2.weight": (8.0, 0.0),
    "sam_mask_decoder.pred_obj_score_head.layers.2.bias": (1.0, 2.06),
}
FULL_CHANGED: Changed = {
    **{NETWORKS.format(index): (4.0, 0.0) for index in range(4)},
    "sam_mask_decoder.pred_obj_score_head.layers.2.weight": (2.0, 0.0),
    "sam_mask_decoder.pred_obj_score_head.layers.2.bias": (1.0, 2.0),
}
CASES = ("point", "points", "box", "box_points", "corner", "mask", "mask_only")
FULL_MASK = (32 - np.hypot(*np.meshgrid(np.arange(256) - 120, np.arange(256) - 104)))[None]


@lru_cache(maxsize=1)
def tiny() -> TorchModel:
    known = recognised(drawn("sam2.1_hiera_own_tiny", "g", TINY_CHANGED))
    assert known is not None
    return TorchModel(TINY, known[1].tensors, "tiny_sam2", Place("cpu"), "it is the test's")


@lru_cache(maxsize=1)
def embedded() -> Embedding:
    return tiny().embed(outputs("tiny_sam2.1_image_io.npz")["image"])


def test_the_image_is_stretched_in_floating_point() -> None:
    io = outputs("tiny_sam2.1_image_io.npz")
    made = encoder_input(io["image"], embedded().transform)
    assert np.abs(made[:, :, ::2, ::2] - io["input_sample"]).max() < TOLERANCE


def test_embedding_and_finer_features_equal_the_published_ones() -> None:
    io, features = outputs("tiny_sam2.1_image_io.npz"), embedded().features
    assert np.abs(features["embedding"] - io["embedding"][0]).max() < TOLERANCE
    # They count from the finest, we from the coarsest.
    assert np.abs(features["skip_0"] - io["skip_1"][0]).max() < TOLERANCE
    assert np.abs(features["skip_1"] - io["skip_0"][0]).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["multi", "single"])
@pytest.mark.parametrize("case", CASES)
def test_answers_equal_the_published_ones(case: str, kind: str) -> None:
    io = outputs("tiny_sam2.1_image_io.npz")
    answer = tiny().decode(embedded(), prompt_of(io, case), multimask=kind == "multi")
    assert np.abs(answer.logits - io[f"{case}.{kind}.low_res_logits"][0]).max() < TOLERANCE
    assert np.abs(answer.predicted_iou - io[f"{case}.{kind}.iou"]).max() < TOLERANCE
    assert answer.object_score is not None
    assert abs(answer.object_score - io[f"{case}.{kind}.object_score"][0, 0]) < TOLERANCE


def test_a_single_mask_that_is_not_stable_gives_way_to_the_best_of_three() -> None:
    io = outputs("tiny_sam2.1_image_io.npz")
    replaced = {case for case in CASES if io[f"{case}.token0.stability"][0, 0] < sam2.STABLE}
    assert replaced == {"point", "corner", "mask", "mask_only"}
    for case in CASES:
        answer = tiny().decode(embedded(), prompt_of(io, case), multimask=False)
        apart = np.abs(answer.logits - io[f"{case}.token0.low_res_logits"][0]).max()
        assert (apart > 1) == (case in replaced)


def test_two_boxes_in_one_run_are_answered_as_the_published_code_does() -> None:
    io = outputs("tiny_sam2.1_image_io.npz")
    prompts = [Prompt(box=box) for box in io["boxes.box"]]
    answers = tiny().decode_batch(embedded(), prompts, multimask=False)
    for answer, expected in zip(answers, io["boxes.single.low_res_logits"], strict=True):
        assert np.abs(answer.logits - expected).max() < TOLERANCE


def test_masks_have_the_size_of_the_image_whatever_its_shape() -> None:
    io = outputs("tiny_sam2.1_image_io.npz")
    answer = tiny().decode(embedded(), prompt_of(io, "box_points"), multimask=False)
    expected = io["box_points.single.full_logits"][0].astype(np.float32)
    # The stored logits are rounded to half precision.
    sure = np.abs(expected) > 0.02
    assert (answer.mask()[sure] == (expected > 0)[sure]).all()


def test_earlier_logits_of_an_answer_are_cut_off_where_the_published_code_cuts_them() -> None:
    io = outputs("tiny_sam2.1_image_io.npz")
    first = tiny().decode(embedded(), prompt_of(io, "point"))
    steep = np.asarray(first.logits[0] * 100, np.float32)
    click = prompt_of(io, "point")
    fed = replace(click, logits=steep, logits_of=first.transform)
    cut = replace(click, logits=steep.clip(-32, 32))
    assert np.array_equal(
        tiny().decode(embedded(), fed).logits, tiny().decode(embedded(), cut).logits
    )


def test_a_stored_embedding_still_knows_that_its_image_was_stretched() -> None:
    again = embedding_file.loads(embedding_file.dumps(embedded()))
    assert again.transform == embedded().transform
    windowed = tiny().embed(outputs("tiny_sam2.1_image_io.npz")["image"], window=(10, 20, 90, 120))
    assert embedding_file.loads(embedding_file.dumps(windowed)).transform == windowed.transform


def test_a_window_is_seen_in_more_detail_and_prompts_stay_the_images() -> None:
    image = outputs("tiny_sam2.1_image_io.npz")["image"]
    windowed = tiny().embed(image, window=(10, 20, 90, 120))
    cropped = tiny().embed(np.ascontiguousarray(image[20:120, 10:90]))
    assert np.array_equal(windowed.features["embedding"], cropped.features["embedding"])
    here = Prompt(points=np.array([[40, 60]]), labels=np.array([1]))
    there = Prompt(points=np.array([[30, 40]]), labels=np.array([1]))
    assert np.allclose(tiny().decode(windowed, here).logits, tiny().decode(cropped, there).logits)


def test_onnxruntime_gives_the_same(tmp_path: Path) -> None:
    network = Sam(TINY)
    network.load_state_dict(tiny().network.state_dict())
    exported = load_onnx(export(network, "tiny_sam2", tmp_path, "tiny")[0])
    io = outputs("tiny_sam2.1_image_io.npz")
    features = exported.embed(io["image"]).features
    assert np.abs(features["embedding"] - io["embedding"][0]).max() < TOLERANCE
    for case in CASES:
        for kind in ("multi", "single"):
            answer = exported.decode(embedded(), prompt_of(io, case), multimask=kind == "multi")
            assert np.abs(answer.logits - io[f"{case}.{kind}.low_res_logits"][0]).max() < TOLERANCE
            expected_score = io[f"{case}.{kind}.object_score"][0, 0]
            assert answer.object_score == pytest.approx(expected_score, abs=TOLERANCE)


@pytest.mark.parametrize("layout", ["", "hf_"])
@pytest.mark.parametrize("size", ["t", "s", "b+", "l"])
def test_every_published_file_is_recognised_by_its_tensors(size: str, layout: str) -> None:
    known = recognised(hollow(f"{layout}sam2.1_hiera_{size}"))
    assert known is not None
    family, found = known
    assert (family.name, found.variant.name) == ("sam2", f"sam2_hiera_{size}")
    assert differences(found.tensors, expected_shapes(found.variant)) == []
    assert (list(found.unfit), len(found.others)) == ([], 160)


def test_a_file_of_2_0_and_one_without_video_are_recognised_too() -> None:
    tensors = hollow("sam2.1_hiera_t")
    for older in (sam2.ONLY_2_1, [name for name in tensors if name.startswith(sam2.ASIDE)]):
        known = recognised({name: t for name, t in tensors.items() if name not in older})
        assert known is not None
        assert differences(known[1].tensors, expected_shapes(sam2.TINY)) == []
        assert list(known[1].unfit) == []


def without(name: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        del tensors[name]

    return change


def moved(name: str, to: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        tensors[to] = tensors.pop(name)

    return change


def reshaped(name: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        tensors[name] = torch.zeros(3, 5)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("sam_mask_decoder.conv_s0.bias"), "conv_s0.bias is missing"),
        (without("memory_attention.norm.bias"), "memory_attention.norm.bias is missing"),
        (reshaped("sam_mask_decoder.iou_token.weight"), "iou_token.weight has the shape"),
        (
            reshaped("memory_encoder.out_proj.weight"),
            "memory_encoder.out_proj.weight has the shape",
        ),
        (moved("sam_mask_decoder.iou_token.weight", "sam_mask_decoder.token.weight"), "is unknown"),
        (
            moved("sam_prompt_encoder.no_mask_embed.weight", "head.no_mask_embed.weight"),
            "prompt_encoder.no_mask_embed.weight is missing",
        ),
    ],
)
def test_a_file_that_is_not_whole_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Tensor]], None], words: str
) -> None:
    tensors = {name: tensor.contiguous() for name, tensor in hollow("sam2.1_hiera_t").items()}
    change(tensors)
    save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match=words):
        read_checkpoint(tmp_path / "a.safetensors")


def their_tiny(folder: Path) -> Any:
    """transformers' class with a small configuration and weights by chance, saved to ``folder``."""
    from transformers import Sam2Config, Sam2Model
    from transformers.models.sam2.configuration_sam2 import (
        Sam2HieraDetConfig,
        Sam2MaskDecoderConfig,
        Sam2PromptEncoderConfig,
        Sam2VisionConfig,
    )

    backbone = Sam2HieraDetConfig(
        hidden_size=12,
        num_attention_heads=1,
        image_size=[128, 128],
        blocks_per_stage=[1, 2, 2, 1],
        embed_dim_per_stage=[12, 24, 48, 96],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 6, 3],
        global_attention_blocks=[4],
        window_positional_embedding_background_size=[5, 5],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone.to_dict(),
        backbone_channel_list=[96, 48, 24, 12],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        fpn_hidden_size=32,
    )
    prompt = Sam2PromptEncoderConfig(hidden_size=32, image_size=128)
    decoder = Sam2MaskDecoderConfig(
        hidden_size=32, mlp_dim=48, num_attention_heads=4, iou_head_hidden_dim=24
    )
    torch.manual_seed(3)
    theirs: Any = Sam2Model(
        Sam2Config(
            vision_config=vision.to_dict(),
            prompt_encoder_config=prompt.to_dict(),
            mask_decoder_config=decoder.to_dict(),
        )
    )
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    matrix = theirs.shared_image_embedding.positional_embedding
    theirs.prompt_encoder.shared_embedding.positional_embedding.data.copy_(matrix)
    save_file(theirs.state_dict(), folder / "model.safetensors")
    theirs.config.to_json_file(folder / "config.json", use_diff=False)
    return theirs.eval()


def test_a_folder_of_transformers_answers_as_transformers_does(tmp_path: Path) -> None:
    theirs = their_tiny(tmp_path)
    checkpoint = read_checkpoint(tmp_path)
    ours = TorchModel(checkpoint.variant, checkpoint.weights, "a", Place("cpu"), "test")
    image = np.random.default_rng(2).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    embedding = ours.embed(image)
    pixels = torch.from_numpy(encoder_input(image, embedding.transform))
    x, y = 40.0, 30.0
    places = torch.tensor([[[[x * 128 / 120, y * 128 / 90]]]])
    with torch.inference_mode():
        expected = theirs(
            pixel_values=pixels,
            input_points=places,
            input_labels=torch.ones(1, 1, 1, dtype=torch.long),
            multimask_output=True,
        )
    answer = ours.decode(embedding, Prompt(points=np.array([[x, y]]), labels=np.array([1])))
    logits = expected.pred_masks[0, 0].numpy()
    assert logits.std() > 0.02
    assert np.abs(answer.logits - logits).max() < 1e-6
    assert np.abs(answer.predicted_iou - expected.iou_scores[0, 0].numpy()).max() < TOLERANCE


@pytest.mark.slow
def test_the_full_size_equals_the_published_samples() -> None:
    known = recognised(drawn("sam2.1_hiera_t", changed=FULL_CHANGED))
    assert known is not None
    full = TorchModel(sam2.TINY, known[1].tensors, "full", Place("cpu"), "test")
    io = outputs("full_sam2.1_hiera_t_image_io.npz")
    with Image.open(FOLDER / "full_image.png") as picture:
        embedding = full.embed(np.asarray(picture.convert("RGB")))
    sample = embedding.features["embedding"][::16, ::8, ::8]
    assert np.abs(sample - io["embedding_sample"][0]).max() < TOLERANCE
    for case in ("point", "points", "box", "mask"):
        otherwise = {"mask_input": FULL_MASK} if case == "mask" else None
        for kind in ("multi", "single"):
            prompt = prompt_of(io, case, otherwise)
            answer = full.decode(embedding, prompt, multimask=kind == "multi")
            expected = io[f"{case}.{kind}.low_res_logits_sample"][0]
            assert np.abs(answer.logits[:, ::4, ::4] - expected).max() < TOLERANCE
            assert np.abs(answer.predicted_iou - io[f"{case}.{kind}.iou"]).max() < TOLERANCE


def test_the_names_of_all_sizes_are_there() -> None:
    assert {name for name in keys() if "sam2.1" in name} >= {"sam2.1_hiera_t", "hf_sam2.1_hiera_l"}
