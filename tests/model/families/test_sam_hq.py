"""SAM-HQ answers as the published code does, in both layouts; the plain masks stay at hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from model.architecture.sam import Sam
from model.families import recognised, sam_hq
from model.interface import Embedding, Prediction
from model.runtime_onnx.export import export
from model.runtime_onnx.model import load_onnx
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.weights.checkpoint import differences, expected_shapes
from tests.golden.recipe import weights
from tests.model.families.stored import drawn, hollow, outputs, prompt_of
from tests.model.golden import FOLDER, TINY

TOLERANCE = 1e-4
TINY_HQ = sam_hq.with_token(TINY, 48)
CASES = ("point", "points", "box", "mask")
IO = "tiny_sam_hq_io.npz"
CHANGED = {
    f"mask_decoder.{name}.layers.2.weight": (4.0, 0.0)
    for name in ("hf_mlp", *(f"output_hypernetworks_mlps.{index}" for index in range(4)))
}


@lru_cache(maxsize=1)
def tiny() -> TorchModel:
    found = weights(expected_shapes(TINY_HQ), changed=CHANGED)
    tensors = {name: torch.from_numpy(values) for name, values in found.items()}
    return TorchModel(TINY_HQ, tensors, "tiny_hq", Place("cpu"), "it is the test's")


@lru_cache(maxsize=1)
def embedded() -> Embedding:
    return tiny().embed(outputs(IO)["image"])


def places(kind: str) -> Sequence[int]:
    return (1, 2, 3) if kind == "multi" else (0,)


def check(answer: Prediction, case: str, kind: str) -> None:
    io = outputs(IO)
    expected = io[f"{case}.{kind}.low_res_logits"]
    plain = io[f"{case}.all_five.low_res_logits"][0, places(kind)]
    assert np.abs(answer.logits - np.concatenate([expected, plain])).max() < TOLERANCE
    assert np.abs(answer.predicted_iou[0] - io[f"{case}.{kind}.iou"]).max() < TOLERANCE
    assert answer.best == 0


def test_embedding_and_fine_feature_equal_the_published_ones() -> None:
    io, features = outputs(IO), embedded().features
    assert np.abs(features["embedding"] - io["embedding"][0]).max() < TOLERANCE
    assert np.abs(features["fine"] - io["hq_features"][0]).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["multi", "single"])
@pytest.mark.parametrize("case", CASES)
def test_the_finer_mask_is_the_answer_and_the_plain_ones_follow(case: str, kind: str) -> None:
    answer = tiny().decode(embedded(), prompt_of(outputs(IO), case), multimask=kind == "multi")
    check(answer, case, kind)


def test_onnxruntime_gives_the_same(tmp_path: Path) -> None:
    network = Sam(TINY_HQ)
    network.load_state_dict(tiny().network.state_dict())
    exported = load_onnx(export(network, "tiny_hq", tmp_path, "tiny")[0])
    features = exported.embed(outputs(IO)["image"]).features
    assert np.abs(features["fine"] - outputs(IO)["hq_features"][0]).max() < TOLERANCE
    for case in CASES:
        answer = exported.decode(embedded(), prompt_of(outputs(IO), case), multimask=True)
        check(answer, case, "multi")


def test_several_prompts_in_one_run_are_answered_as_one_by_one() -> None:
    prompts = [prompt_of(outputs(IO), case) for case in ("points", "box", "points")]
    for one, prompt in zip(tiny().decode_batch(embedded(), prompts), prompts, strict=True):
        assert np.allclose(one.logits, tiny().decode(embedded(), prompt).logits, atol=1e-5)


@pytest.mark.parametrize(
    ("file", "variant"),
    [
        ("sam_hq_vit_b", "hq_vit_b"),
        ("sam_hq_vit_l", "hq_vit_l"),
        ("sam_hq_vit_h", "hq_vit_h"),
        ("sam_hq_vit_tiny", "hq_mobile_sam"),
        ("hf_sam_hq_vit_base", "hq_vit_b"),
        ("hf_sam_hq_vit_large", "hq_vit_l"),
        ("hf_sam_hq_vit_huge", "hq_vit_h"),
    ],
)
def test_every_published_file_is_recognised_by_its_tensors(file: str, variant: str) -> None:
    known = recognised(hollow(file))
    assert known is not None
    family, found = known
    assert (family.name, found.variant.name) == ("sam_hq", variant)
    assert found.variant in sam_hq.KNOWN
    assert differences(found.tensors, expected_shapes(found.variant)) == []


def test_a_file_that_lost_its_token_is_not_taken_for_plain_sam() -> None:
    tensors = hollow("sam_hq_vit_b")
    del tensors[sam_hq.OWN]
    known = recognised(tensors)
    assert known is not None
    assert differences(known[1].tensors, expected_shapes(known[1].variant)) == [
        f"{sam_hq.OWN} is missing"
    ]


@pytest.mark.slow
def test_light_hq_equals_the_published_samples() -> None:
    known = recognised(drawn("sam_hq_vit_tiny"))
    assert known is not None
    counters = {
        name: torch.zeros((), dtype=torch.int64)
        for name in expected_shapes(known[1].variant)
        if name.endswith("num_batches_tracked")
    }
    full = TorchModel(
        known[1].variant, {**known[1].tensors, **counters}, "full", Place("cpu"), "test"
    )
    io = outputs("full_sam_hq_vit_tiny_io.npz")
    with Image.open(FOLDER / "full_image.png") as picture:
        embedding = full.embed(np.asarray(picture.convert("RGB")))
    sample = embedding.features["embedding"][::16, ::8, ::8]
    assert np.abs(sample - io["embedding_sample"][0]).max() < TOLERANCE
    for case in ("point", "points", "box"):
        for kind in ("multi", "single"):
            answer = full.decode(embedding, prompt_of(io, case), multimask=kind == "multi")
            expected = io[f"{case}.{kind}.low_res_logits_sample"][0]
            assert np.abs(answer.logits[0, ::4, ::4] - expected).max() < TOLERANCE
