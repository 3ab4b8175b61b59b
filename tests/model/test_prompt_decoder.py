"""Clicks of a checkpoint on the CPU: in onnxruntime where it gives the same sooner."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model.interface import Embedding, Model, ModelError, Prediction, Prompt, RuntimeReport
from model.loading import load
from model.runtime_onnx import kept_decoders, prompt_decoder
from model.runtime_onnx.decoder import OnnxDecoder
from model.runtime_onnx.kept_decoders import decoders_folder, kept_decoder
from model.runtime_onnx.prompt_decoder import OnnxPromptDecoder, with_onnx_prompt_decoder
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from tests.model.exported import VARIANTS, network
from tests.model.golden import TINY_FILE

IMAGE = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
CLICK = Prompt(np.array([[30, 40]]), np.array([1]))
SLOW_S = 0.03


class SlowTorch(TorchModel):
    """Takes as long for a click as a large decoder on a small machine."""

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        time.sleep(SLOW_S)
        return super().decode_batch(embedding, prompts, multimask)


class OnCard(SlowTorch):
    @property
    def report(self) -> RuntimeReport:
        return RuntimeReport("torch", "cuda", "float32", "it is pretended")


def slow(name: str = "tiny", kind: type[TorchModel] = SlowTorch) -> TorchModel:
    sam = network(name)
    return kind(sam.variant, sam.state_dict(), name, Place("cpu"), "it is the test's")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the decoder of ``tiny`` lies."""
    folder = tmp_path_factory.mktemp("decoders")
    kept_decoder(network("tiny"), "tiny", folder)
    return folder


@pytest.fixture
def cache(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "decoders"))


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the package that exporting takes."""
    monkeypatch.delitem(sys.modules, "model.runtime_onnx.export", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)


@pytest.mark.parametrize("name", VARIANTS)
def test_clicks_get_the_same_answers_from_onnxruntime(name: str, tmp_path: Path) -> None:
    plain, swift = slow(name), with_onnx_prompt_decoder(slow(name), tmp_path)
    assert isinstance(swift, OnnxPromptDecoder)
    assert isinstance(swift, Model)
    embedding = swift.embed(IMAGE)
    first = plain.decode(embedding, CLICK)
    prompts = [
        CLICK,
        Prompt(np.array([[30, 40], [80, 20]]), np.array([1, 0]), box=np.array([10, 10, 90, 60])),
        Prompt(np.array([[50, 40]]), np.array([0]), logits=first.logits[first.best]),
    ]
    pairs = zip(
        plain.decode_batch(embedding, prompts), swift.decode_batch(embedding, prompts), strict=True
    )
    for expected, found in pairs:
        assert np.abs(expected.logits - found.logits).max() < 1e-4
        assert np.abs(expected.predicted_iou - found.predicted_iou).max() < 1e-4


def test_the_report_says_what_answers_clicks_and_how_fast_either_is(cache: Path) -> None:
    report = with_onnx_prompt_decoder(slow(), cache).report
    assert (report.runtime, report.device, report.precision) == ("torch", "cpu", "float32")
    assert report.reason.startswith("it is the test's; clicks run in onnxruntime: ")
    assert "ms for one, torch took " in report.reason


@pytest.mark.usefixtures("no_export")
def test_a_decoder_is_exported_once(cache: Path) -> None:
    assert isinstance(with_onnx_prompt_decoder(slow(), cache), OnnxPromptDecoder)


@pytest.mark.usefixtures("no_export")
def test_without_the_package_for_exporting_clicks_stay_in_torch(tmp_path: Path) -> None:
    found = with_onnx_prompt_decoder(slow(), tmp_path)
    assert isinstance(found, TorchModel)
    assert "clicks stay in torch, since onnxruntime did not do (" in found.report.reason
    assert "onnx" in found.report.reason


def test_a_model_that_cannot_be_exported_is_loaded_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ValidationError(Exception):
        """As the package onnx raises it, which has no other base."""

    def refuses(*_: object) -> list[Path]:
        raise ValidationError("a node has no type")

    monkeypatch.setattr("model.runtime_onnx.export.export", refuses)
    found = with_onnx_prompt_decoder(slow(), tmp_path)
    assert isinstance(found, TorchModel)
    assert "clicks stay in torch" in found.report.reason
    assert "a node has no type" in found.report.reason
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["a weight", "half a file", "no sums"])
def test_a_damaged_decoder_is_made_again(cache: Path, damage: str) -> None:
    file = kept_decoder(network("tiny"), "tiny", cache).with_suffix(".decoder.onnx")
    whole = file.read_bytes()
    match damage:
        case "a weight":
            file.write_bytes(whole[:-900] + bytes([whole[-900] ^ 1]) + whole[-899:])
        case "half a file":
            file.write_bytes(whole[: len(whole) // 2])
        case "no sums":
            file.with_name("sums.json").unlink()
    kept_decoder(network("tiny"), "tiny", cache)
    assert file.read_bytes() == whole


def test_what_an_export_that_was_killed_left_is_in_nobodys_way(cache: Path) -> None:
    left = cache / "unfinished-abc"
    left.mkdir()
    (left / "decoder.decoder.onnx").write_bytes(b"half")
    assert isinstance(with_onnx_prompt_decoder(slow(), cache), OnnxPromptDecoder)


def test_what_an_earlier_program_exported_of_the_same_weights_goes(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(cache.iterdir())
    monkeypatch.setattr(kept_decoders, "edition", lambda: "newer")
    kept_decoder(network("tiny"), "tiny", cache)
    assert [path.name for path in cache.iterdir()] == ["tiny-newer"]
    assert len(before) == 1


def test_the_cache_holds_a_few_decoders_and_drops_the_one_unused_for_longest(cache: Path) -> None:
    for number in range(kept_decoders.KEPT):
        (cache / f"other{number}-x").mkdir()
        time.sleep(0.01)
    (oldest,) = [path for path in cache.iterdir() if path.name.startswith("tiny-")]
    kept_decoder(network("tiny"), "newest", cache)
    names = {path.name.partition("-")[0] for path in cache.iterdir()}
    assert names == {"other1", "other2", "other3", "newest"}
    assert not oldest.exists()


def test_a_cache_that_cannot_be_written_leaves_clicks_in_torch(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    found = with_onnx_prompt_decoder(slow(), tmp_path / "file" / "decoders")
    assert isinstance(found, TorchModel)
    assert "clicks stay in torch" in found.report.reason


@pytest.mark.usefixtures("no_export")
def test_a_decoder_in_a_folder_that_may_only_be_read_is_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("model.runtime_onnx.kept_decoders.os.utime", refuses)
    assert isinstance(with_onnx_prompt_decoder(slow(), cache), OnnxPromptDecoder)


def test_a_decoder_that_answers_otherwise_is_not_taken(cache: Path) -> None:
    sam = network("tiny")
    weights = {key: value.clone() for key, value in sam.state_dict().items()}
    weights["mask_decoder.iou_token.weight"] += 0.5
    other = SlowTorch(sam.variant, weights, "tiny", Place("cpu"), "it is the test's")
    found = with_onnx_prompt_decoder(other, cache)
    assert found is other
    assert "clicks stay in torch, since onnxruntime did not do (its answers differ by" in (
        found.report.reason
    )


def test_a_decoder_that_is_slower_is_not_taken(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = OnnxDecoder.decode_batch

    def slower(
        self: OnnxDecoder, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[Prediction]:
        time.sleep(1)
        return decode(self, embedding, prompts)

    monkeypatch.setattr(OnnxDecoder, "decode_batch", slower)
    monkeypatch.setattr(prompt_decoder, "ROUNDS", 1)
    found = with_onnx_prompt_decoder(slow(), cache)
    assert isinstance(found, TorchModel)
    assert "; clicks too: onnxruntime took " in found.report.reason


def test_a_failure_later_on_goes_back_to_torch_and_is_told(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    swift = with_onnx_prompt_decoder(slow(), cache)
    embedding = swift.embed(IMAGE)
    expected = swift.decode(embedding, CLICK)

    def fails(*_: object) -> list[Prediction]:
        raise ModelError("there is too little memory")

    monkeypatch.setattr(swift, "_clicks", fails)
    assert np.abs(swift.decode(embedding, CLICK).logits - expected.logits).max() < 1e-4
    words = "clicks continue in torch, since onnxruntime failed (there is too little memory)"
    assert words in swift.report.reason
    assert words in caplog.text


@pytest.mark.usefixtures("no_export")
@pytest.mark.parametrize("kind", [OnCard, TorchModel])
def test_a_card_and_a_small_decoder_keep_their_clicks(
    kind: type[TorchModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_decoder, "ENOUGH_S", 0.0 if kind is OnCard else 9.0)
    model = slow(kind=kind)
    before = model.report
    assert with_onnx_prompt_decoder(model, tmp_path) is model
    assert model.report == before


def test_loading_a_checkpoint_keeps_its_decoder_in_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, own_checkpoint: Path
) -> None:
    monkeypatch.setattr(prompt_decoder, "ENOUGH_S", 0.0)
    found = load(own_checkpoint, device="cpu")
    assert "clicks" in found.report.reason
    assert len(list(decoders_folder().iterdir())) == 1
    plain = load(own_checkpoint, device="cpu", runtime="torch")
    assert "clicks" not in plain.report.reason
    assert plain.identity == found.identity


@pytest.fixture
def own_checkpoint(tmp_path: Path) -> Path:
    import json

    from safetensors.torch import load_file, save_file

    from model.architecture.config import to_json

    path = tmp_path / "own.safetensors"
    config = json.dumps(to_json(VARIANTS["tiny"]))
    save_file(load_file(TINY_FILE), path, {"config": config})
    return path
