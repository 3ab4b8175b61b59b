"""EfficientSAM answers as the published code does, and says what it does without."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from model.architecture.config import PlainViTConfig, Variant, from_json, to_json
from model.architecture.features import network_input
from model.architecture.sam import Sam
from model.families import efficient_sam, recognised
from model.families.family import renamed
from model.interface import CheckpointError, Embedding, Prediction, Prompt
from model.runtime_onnx.export import export
from model.runtime_onnx.model import load_onnx
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.weights.checkpoint import differences, expected_shapes, read_checkpoint
from tests.golden.recipe import Changed
from tests.model.families.stored import drawn, hollow, outputs
from tests.model.golden import FOLDER

TOLERANCE = 1e-4
TINY = replace(
    efficient_sam.variant_of("tiny", PlainViTConfig(48, 3, 3), 256, 32),
    decoder_heads=4,
    decoder_mlp=64,
    iou_head_hidden=32,
    upscaling=(16, 8),
)
IO, FULL_IO = "tiny_efficient_sam_io.npz", "full_efficient_sam_vitt_io.npz"
CASES = ("point", "two_points", "negative", "box", "box_point", "seven")
NETWORKS = "mask_decoder.output_hypernetworks_mlps.{}.fc.weight"
CHANGED: Changed = {NETWORKS.format(index): (4.0, 0.0) for index in range(4)}


@lru_cache(maxsize=1)
def tiny() -> TorchModel:
    named = renamed(drawn("tiny_efficient_sam", changed=CHANGED), efficient_sam.RULES)
    found = efficient_sam.with_nothing(named, TINY)
    return TorchModel(TINY, found.tensors, "tiny", Place("cpu"), "it is the test's")


@lru_cache(maxsize=1)
def embedded() -> Embedding:
    return tiny().embed(outputs(IO)["image"])


def asked(file: str, case: str, query: int = 0) -> Prompt:
    """The stored prompt; the corners of a box are points labelled 2 and 3 there."""
    points, labels = (outputs(file)[f"{case}.{what}"][query] for what in ("points", "labels"))
    corners, clicks = points[labels > 1], labels < 2
    box = corners.reshape(4) if len(corners) else None
    return Prompt(points=points[clicks], labels=labels[clicks], box=box)


def check(answer: Prediction, case: str, kind: str, query: int = 0) -> None:
    io = outputs(IO)
    expected = io[f"{case}.{kind}.low_res_logits"][query]
    assert np.abs(answer.logits - expected).max() < TOLERANCE
    assert np.abs(answer.predicted_iou - io[f"{case}.{kind}.iou"][query]).max() < TOLERANCE


def test_images_are_stretched_without_a_filter() -> None:
    io = outputs(IO)
    made = network_input(io["image"], embedded().transform, TINY)
    assert np.abs(made[:, :, ::2, ::2] - io["input_sample"]).max() < TOLERANCE
    assert np.abs(embedded().features["embedding"] - io["embedding"][0]).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["multi", "single"])
@pytest.mark.parametrize("case", CASES)
def test_answers_equal_the_published_ones(case: str, kind: str) -> None:
    check(tiny().decode(embedded(), asked(IO, case), multimask=kind == "multi"), case, kind)


def test_several_prompts_in_one_run_equal_the_published_ones() -> None:
    prompts = [asked(IO, "two_queries", query) for query in range(2)]
    for query, answer in enumerate(tiny().decode_batch(embedded(), prompts, multimask=True)):
        check(answer, "two_queries", "multi", query)


def test_a_model_without_earlier_logits_says_so_and_refuses_them() -> None:
    assert not tiny().report.takes_logits
    first = tiny().decode(embedded(), asked(IO, "point"))
    again = replace(asked(IO, "point"), logits=first.logits[0], logits_of=first.transform)
    with pytest.raises(ValueError, match="takes no earlier logits"):
        tiny().decode(embedded(), again)


def test_onnxruntime_gives_the_same(tmp_path: Path) -> None:
    network = Sam(TINY)
    network.load_state_dict(tiny().network.state_dict())
    exported = load_onnx(export(network, "tiny", tmp_path, "tiny")[0])
    assert not exported.report.takes_logits
    made = exported.embed(outputs(IO)["image"])
    for case in CASES:
        check(exported.decode(made, asked(IO, case), multimask=True), case, "multi")


@pytest.mark.parametrize(
    ("file", "variant"), [("vitt", efficient_sam.TINY), ("vits", efficient_sam.SMALL)]
)
def test_files_are_recognised_by_their_tensors(file: str, variant: Variant) -> None:
    known = recognised(hollow(f"efficient_sam_{file}"))
    assert known is not None
    assert (known[0].name, known[1].variant) == ("efficient_sam", variant)
    assert differences(known[1].tensors, expected_shapes(variant)) == []
    assert from_json(to_json(variant)) == variant


def test_what_no_file_holds_is_not_counted_and_must_not_be_there(tmp_path: Path) -> None:
    tensors = {name: tensor.contiguous() for name, tensor in hollow("efficient_sam_vitt").items()}
    save_file(tensors, tmp_path / "a.safetensors")
    told = read_checkpoint(tmp_path / "a.safetensors").counts
    assert f"EfficientSAM, {len(tensors)} tensors loaded" in told
    assert "a click that excludes is just a place to it" in told
    assert "takes the first 6 places" in told
    assert "it takes no earlier masks" in told
    more = "prompt_encoder.no_mask_embed.weight"
    for changed in (tensors | {more: torch.ones(1, 256)}, dict(sorted(tensors.items())[1:])):
        save_file(changed, tmp_path / "b.safetensors")
        with pytest.raises(CheckpointError, match="1 tensors differ"):
            read_checkpoint(tmp_path / "b.safetensors")


@pytest.mark.slow
def test_the_full_size_equals_the_published_samples() -> None:
    known = recognised(drawn("efficient_sam_vitt"))
    assert known is not None
    full = TorchModel(efficient_sam.TINY, known[1].tensors, "full", Place("cpu"), "test")
    io = outputs(FULL_IO)
    with Image.open(FOLDER / "full_image.png") as picture:
        embedding = full.embed(np.asarray(picture.convert("RGB")))
    sample = embedding.features["embedding"][::16, ::8, ::8]
    assert np.abs(sample - io["embedding_sample"][0]).max() < TOLERANCE
    for case in CASES:
        for kind in ("multi", "single"):
            answer = full.decode(embedding, asked(FULL_IO, case), multimask=kind == "multi")
            expected = io[f"{case}.{kind}.low_res_logits_sample"][0]
            assert np.abs(answer.logits[:, ::4, ::4] - expected).max() < TOLERANCE
            assert np.abs(answer.predicted_iou - io[f"{case}.{kind}.iou"][0]).max() < TOLERANCE
