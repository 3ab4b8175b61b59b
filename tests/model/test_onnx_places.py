"""Where onnxruntime runs a model, and where it goes when it cannot stay there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model.interface import ModelError, Prompt
from model.loading import load
from model.runtime_onnx.graph import Arrays, Graph, provider
from model.runtime_onnx.graph_file import Part
from model.runtime_onnx.model import load_onnx
from tests.model.exported import torch_model, write

IMAGE = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
CLICK = Prompt(np.array([[30, 40]]), np.array([1]))


class Card:
    """A graphics card that is not there: its graphs run on the CPU until they are told to fail."""

    def __init__(self) -> None:
        self.starts = True
        self.fails_in: set[Part] = set()
        self.opened: list[str] = []

    def graph(
        self,
        path: Path,
        part: Part,
        device: str,
        threads: int | None = None,
        *,
        awake: bool = False,
    ) -> Graph:
        self.opened.append(device)
        if device == "cpu":
            return Graph(path, part, device, threads, awake=awake)
        if not self.starts:
            raise ModelError(f"onnxruntime could not start on {device}: is its driver installed?")
        return OnCard(path, part, self)


class OnCard(Graph):
    def __init__(self, path: Path, part: Part, card: Card) -> None:
        super().__init__(path, part, "cpu", 1)
        self.card = card

    def run(
        self, feeds: Arrays, cancelled: object = None, wanted: Sequence[str] | None = None
    ) -> Arrays:
        if self.part in self.card.fails_in:
            raise ModelError("there is too little memory: close other programs")
        return super().run(feeds)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    card = Card()
    monkeypatch.setattr("model.runtime_onnx.graph.available", lambda device: True)
    for module in ("model", "decoder"):
        monkeypatch.setattr(f"model.runtime_onnx.{module}.Graph", card.graph)
    return card


@pytest.fixture(scope="module")
def stem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("places")
    write("tiny", folder)
    return folder / "tiny"


def test_a_card_that_works_is_taken(card: Card, stem: Path) -> None:
    found = load_onnx(stem)
    assert found.report.device == "cuda"
    assert found.decode(found.embed(IMAGE), CLICK).logits.shape[0] == 3
    assert set(card.opened) == {"cuda"}


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:1"])
def test_a_card_that_does_not_start_is_left_and_the_reason_told(
    card: Card, stem: Path, device: str
) -> None:
    card.starts = False
    report = load_onnx(stem, device).report
    assert report.device == "cpu"
    assert "could not be used (onnxruntime could not start on cuda" in report.reason
    assert report.reason.endswith("so it runs on cpu")


def test_a_card_that_starts_but_computes_nothing_is_left(card: Card, stem: Path) -> None:
    card.fails_in = {Part.MEMORY}
    report = load_onnx(stem).report
    assert report.device == "cpu"
    assert "too little memory" in report.reason


@pytest.mark.parametrize("part", [Part.ENCODER, Part.DECODER])
def test_a_card_that_runs_out_of_memory_is_left_and_the_work_goes_on(
    card: Card, stem: Path, part: Part, caplog: pytest.LogCaptureFixture
) -> None:
    found = load_onnx(stem)
    card.fails_in = {part}
    answer = found.decode(found.embed(IMAGE), CLICK)
    slow = torch_model("tiny")
    expected = slow.decode(slow.embed(IMAGE), CLICK)
    assert np.abs(answer.logits - expected.logits).max() < 1e-4
    assert found.report.device == "cpu"
    assert found.report.reason.startswith("cuda failed (there is too little memory")
    assert found.report.reason.endswith("so it continues on cpu")
    assert "continues on cpu" in caplog.text


def test_a_failure_of_the_cpu_is_an_error(
    card: Card, stem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load_onnx(stem, "cpu")

    def fails(*_: object) -> Arrays:
        raise ModelError("there is too little memory: close other programs")

    monkeypatch.setattr(Graph, "run", fails)
    with pytest.raises(ModelError, match="too little memory"):
        found.embed(IMAGE)


def test_each_of_several_cards_can_be_named() -> None:
    assert provider("cuda:1") == ("CUDAExecutionProvider", {"device_id": "1"})
    assert provider("cuda") == ("CUDAExecutionProvider", {})


@pytest.mark.parametrize("device", ["mps", "cuda:x", "tpu"])
def test_a_device_that_does_not_exist_is_refused(stem: Path, device: str) -> None:
    with pytest.raises(ValueError, match="auto, cpu or cuda, given"):
        load_onnx(stem, device)


def test_a_precision_that_the_files_do_not_have_is_not_passed_over_in_silence(stem: Path) -> None:
    report = load(stem.with_name("tiny.encoder.onnx"), precision="bfloat16").report
    assert report.precision == "float32"
    assert report.reason.startswith("bfloat16 was asked for, but onnxruntime runs these files in")


def test_a_precision_nobody_knows_is_refused(stem: Path) -> None:
    with pytest.raises(ValueError, match="precision must be one of auto, float32"):
        load(stem.with_name("tiny.encoder.onnx"), precision="int3")
