"""Models in ONNX answer as they do in torch, and need no torch."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

import model
from model.interface import Cancelled, Model, Prompt
from model.runtime_onnx.export import export
from model.runtime_onnx.model import OnnxModel, load_onnx
from tests.model.exported import VARIANTS, network, torch_model, write
from tests.model.golden import CASES, tiny_io, tiny_prompt

ROOT = Path(__file__).resolve().parent.parent.parent
TOLERANCE = 1e-4
IMAGE = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
EARLIER = np.random.default_rng(4).normal(0, 4, (64, 64)).astype(np.float32)
click = partial(Prompt, labels=np.array([1]))
PROMPTS = {
    "click": click(np.array([[30, 40]])),
    "clicks": Prompt(np.array([[30, 40], [100, 20], [5, 5]]), np.array([1, 0, 1])),
    "box": Prompt(box=np.array([10, 10, 90, 70])),
    "box and click": click(np.array([[30, 40]]), box=np.array([10, 10, 90, 70])),
    "click and logits": click(np.array([[30, 40]]), logits=EARLIER),
    "logits": Prompt(logits=EARLIER),
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("onnx")
    for name in VARIANTS:
        write(name, made)
    return made


@pytest.fixture(scope="session")
def models(folder: Path) -> dict[str, OnnxModel]:
    return {name: load_onnx(folder / name, threads=1) for name in VARIANTS}


def test_it_is_a_model(models: dict[str, OnnxModel]) -> None:
    found = models["tiny_conv"]
    assert isinstance(found, Model)
    assert (found.variant, found.identity) == ("tiny_conv", "tiny_conv")
    assert (found.input_size, found.logits_size) == (128, (64, 64))
    assert (found.report.runtime, found.report.precision) == ("onnxruntime", "float32")


@pytest.mark.parametrize("name", VARIANTS)
def test_embeddings_are_those_of_torch(name: str, models: dict[str, OnnxModel]) -> None:
    ours, theirs = models[name].embed(IMAGE), torch_model(name).embed(IMAGE)
    assert list(ours.features) == list(theirs.features)
    for key, values in theirs.features.items():
        assert np.abs(ours.features[key] - values).max() < TOLERANCE  # type: ignore[operator]
        assert not ours.features[key].flags.writeable


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("name", VARIANTS)
def test_answers_are_those_of_torch_to_its_own_embedding(
    name: str, prompt: Prompt, multimask: bool, models: dict[str, OnnxModel]
) -> None:
    embedding = torch_model(name).embed(IMAGE)
    theirs = torch_model(name).decode(embedding, prompt, multimask)
    ours = models[name].decode(embedding, prompt, multimask)
    assert ours.logits.shape == theirs.logits.shape
    assert np.abs(ours.logits - theirs.logits).max() < TOLERANCE
    assert np.abs(ours.predicted_iou - theirs.predicted_iou).max() < TOLERANCE


@pytest.mark.parametrize("name", VARIANTS)
def test_prompts_decoded_side_by_side_have_the_same_answers_in_order(
    name: str, folder: Path
) -> None:
    sam = load_onnx(folder / name, threads=3)
    embedding = sam.embed(IMAGE)
    prompts = [*PROMPTS.values(), *(click(np.array([[x, 20]])) for x in range(10, 100, 20))]
    together = sam.decode_batch(embedding, prompts)
    for prompt, answer in zip(prompts, together, strict=True):
        alone = sam.decode(embedding, prompt)
        assert np.abs(answer.logits - alone.logits).max() < TOLERANCE
        assert np.abs(answer.predicted_iou - alone.predicted_iou).max() < TOLERANCE


@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_the_published_code(case: str, models: dict[str, OnnxModel]) -> None:
    io = tiny_io()
    embedding = models["tiny"].embed(io["image"])
    object.__setattr__(embedding, "features", {"embedding": io["embedding"][0]})
    ours = models["tiny"].decode(embedding, tiny_prompt(case), multimask=True)
    assert np.abs(ours.logits - io[f"{case}.multi.low_res_logits"][0]).max() < TOLERANCE


def test_torch_answers_to_an_embedding_from_onnx(models: dict[str, OnnxModel]) -> None:
    embedding = models["tiny_conv"].embed(IMAGE)
    theirs = torch_model("tiny_conv").decode(embedding, PROMPTS["click"])
    ours = models["tiny_conv"].decode(embedding, PROMPTS["click"])
    assert np.abs(ours.logits - theirs.logits).max() < TOLERANCE


@pytest.mark.parametrize("name", VARIANTS)
def test_many_prompts_in_one_call_get_the_answers_of_single_calls(
    name: str, models: dict[str, OnnxModel]
) -> None:
    embedding = models[name].embed(IMAGE)
    grid = [click(np.array([[x, y]])) for x in range(5, 120, 7) for y in (10, 50)]
    prompts = [PROMPTS["box"], *grid, PROMPTS["click and logits"]]
    together = models[name].decode_batch(embedding, prompts)
    for prompt, answer in zip(prompts, together, strict=True):
        alone = models[name].decode(embedding, prompt)
        assert np.abs(answer.logits - alone.logits).max() < TOLERANCE


def test_the_answer_follows_the_image_asked_about(models: dict[str, OnnxModel]) -> None:
    first, second = models["tiny"].embed(IMAGE), models["tiny"].embed(255 - IMAGE)
    before = models["tiny"].decode(first, PROMPTS["click"])
    other = models["tiny"].decode(second, PROMPTS["click"])
    again = models["tiny"].decode(first, PROMPTS["click"])
    assert np.array_equal(before.logits, again.logits)
    assert np.abs(before.logits - other.logits).max() > 1e-3


def test_an_embedding_of_other_weights_is_refused(models: dict[str, OnnxModel]) -> None:
    with pytest.raises(ValueError, match="made by another model"):
        models["tiny"].decode(models["tiny_conv"].embed(IMAGE), PROMPTS["click"])


def test_an_unwanted_embedding_is_given_up(models: dict[str, OnnxModel]) -> None:
    with pytest.raises(Cancelled):
        models["tiny"].embed(IMAGE, lambda: True)
    assert models["tiny"].embed(IMAGE, lambda: False).image_size == (90, 120)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1)])
def test_one_pixel_and_a_long_strip_are_answered(
    size: tuple[int, int], models: dict[str, OnnxModel]
) -> None:
    sam, (height, width) = models["tiny_refined"], size
    embedding = sam.embed(np.full((height, width, 3), 90, np.uint8))
    for prompt in (click(np.array([[0.5, 0.5]])), Prompt(box=np.array([0, 0, width, height]))):
        assert sam.decode(embedding, prompt).mask().shape == size


def test_a_model_in_onnx_runs_where_torch_and_onnx_are_not_imported(folder: Path) -> None:
    program = (
        "import sys, numpy, model;"
        f"sam = model.load({str(folder / 'tiny.encoder.onnx')!r});"
        "embedding = sam.embed(numpy.zeros((8, 9, 3), numpy.uint8));"
        "answer = sam.decode(embedding, model.Prompt(points=[(3, 3)], labels=[1]));"
        "assert answer.mask().shape == (8, 9);"
        "assert not {'torch', 'onnx', 'safetensors.torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_any_of_the_files_stands_for_the_model(folder: Path) -> None:
    assert model.load(folder / "tiny.decoder.onnx").variant == "tiny"


def test_weights_that_half_precision_holds_are_stored_in_it(tmp_path: Path) -> None:
    sam = network("tiny")
    kept = {name: value.clone() for name, value in sam.state_dict().items()}
    whole = export(sam, "whole", tmp_path, "whole")
    sam.load_state_dict({name: value.half().float() for name, value in kept.items()})
    half = export(sam, "half", tmp_path, "half")
    sam.load_state_dict(kept)
    sizes = [sum(path.stat().st_size for path in paths) for paths in (half, whole)]
    assert sizes[0] < 0.7 * sizes[1]
    stored = onnx.load(half[3]).graph.initializer
    assert {tensor.data_type for tensor in stored} >= {TensorProto.FLOAT16}
    assert load_onnx(tmp_path / "half", threads=1).embed(IMAGE).model == "half"
