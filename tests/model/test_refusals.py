"""The stand-ins of the tests refuse what the real models refuse: a kinder one hides faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from model.interface import Embedding, Model, Prompt
from model.runtime_onnx.model import load_onnx
from model.transforms import Transform
from tests.model.evaluation.test_looking import DiscModel
from tests.model.evaluation.test_protocol import ScriptedModel
from tests.model.everything.blob_model import BlobModel
from tests.model.exported import torch_model, write
from tests.seeing_model import SeeingModel
from tests.stand_ins import FakeModel
from tests.ui.clicked_model import ClickedModel

SIDE = 64
ONE = np.ones(1, np.int64)
IMAGE: npt.NDArray[np.uint8] = np.zeros((SIDE, SIDE, 3), np.uint8)
STAND_INS: dict[str, Callable[[], Model]] = {
    "fake": FakeModel,
    "seeing": SeeingModel,
    "by colour": ClickedModel,
    "blobs": BlobModel,
    "discs": DiscModel,
    "scripted": lambda: ScriptedModel(lambda prompt: [np.ones((SIDE, SIDE), np.bool_)]),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exported")


@pytest.fixture(params=["torch", "onnxruntime", *STAND_INS])
def model(request: pytest.FixtureRequest, folder: Path) -> Model:
    if request.param == "torch":
        return torch_model("tiny_conv")
    if request.param == "onnxruntime":
        return load_onnx(write("tiny_conv", folder), "cpu", 1)
    return STAND_INS[request.param]()


def click(x: float, y: float) -> Prompt:
    return Prompt(points=np.array([(x, y)]), labels=ONE)


def test_it_answers_what_lies_on_the_very_edge(model: Model) -> None:
    embedding = model.embed(IMAGE)
    for prompt in (click(0, 0), click(SIDE, SIDE), click(0, SIDE)):
        found = model.decode(embedding, prompt)
        assert found.shown.dtype == np.float32
        assert not found.shown.flags.writeable


@pytest.mark.parametrize("outside", [(-0.01, 5), (5, -0.01), (SIDE + 0.01, 5), (5, SIDE + 1)])
def test_it_refuses_a_point_and_a_corner_a_little_outside(
    model: Model, outside: tuple[float, float]
) -> None:
    embedding = model.embed(IMAGE)
    with pytest.raises(ValueError, match="lies outside the image"):
        model.decode(embedding, click(*outside))
    low, high = np.minimum(outside, 6), np.maximum(outside, 6)
    with pytest.raises(ValueError, match="lies outside the image"):
        model.decode(embedding, Prompt(box=np.array([*low, *high])))


def test_it_refuses_logits_of_another_size_or_another_part_of_the_image(model: Model) -> None:
    embedding = model.embed(IMAGE)
    height, width = model.logits_size
    for shape in ((height + 1, width), (1, height)):
        with pytest.raises(ValueError, match="earlier logits must have the shape"):
            model.decode(embedding, Prompt(logits=np.zeros(shape, np.float32)))
    elsewhere = Transform((SIDE, SIDE), model.input_size, (0, 0, 8, 8))
    with pytest.raises(ValueError, match="show the part of the image"):
        model.decode(
            embedding, Prompt(logits=np.zeros((height, width), np.float32), logits_of=elsewhere)
        )


def test_it_refuses_an_embedding_that_is_not_its_own(model: Model) -> None:
    embedding = model.embed(IMAGE)
    with pytest.raises(ValueError, match="made by another model"):
        model.decode(replace(embedding, model="another"), click(5, 5))
    more: dict[str, npt.NDArray[np.generic]] = {"skip_9": np.zeros((1, 1, 1), np.float32)}
    strange = Embedding(embedding.features | more, embedding.transform, embedding.model)
    with pytest.raises(ValueError, match="the embedding's features have the shapes"):
        model.decode(strange, click(5, 5))


def test_one_bad_prompt_among_good_ones_is_refused(model: Model) -> None:
    embedding = model.embed(IMAGE)
    with pytest.raises(ValueError, match="lies outside the image"):
        model.decode_batch(embedding, [click(5, 5), click(5, SIDE + 1)])


@pytest.mark.parametrize(
    "image",
    [IMAGE.astype(np.float32), IMAGE[:, :, :1], IMAGE[0], IMAGE[:0]],
    ids=["float", "grey", "flat", "empty"],
)
def test_it_refuses_what_is_no_image(model: Model, image: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="the image"):
        model.embed(image)


def test_it_refuses_a_window_that_leaves_the_image(model: Model) -> None:
    with pytest.raises(ValueError, match="must lie inside the image"):
        model.embed(IMAGE, window=(0, 0, SIDE + 1, 8))
