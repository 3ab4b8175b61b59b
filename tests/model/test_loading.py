"""From a name or a file to a running model, and what importing costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import model
from model.architecture.config import to_json
from model.loading import load
from model.runtime_torch.choice import Probe, choose, devices, probe
from model.runtime_torch.place import Place
from tests.model.golden import TINY, TINY_FILE

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def own_checkpoint(tmp_path: Path) -> Path:
    import json

    from safetensors.torch import load_file, save_file

    path = tmp_path / "own.safetensors"
    save_file(load_file(TINY_FILE), path, {"config": json.dumps(to_json(TINY))})
    return path


def test_importing_the_package_imports_no_framework() -> None:
    code = (
        "import sys, model, model.rle, model.interface, model.loading, "
        "model.weights.embedding_file;"
        "assert not {'torch', 'onnxruntime', 'PySide6', 'app'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_built_in_model_answers_without_torch() -> None:
    code = (
        "import sys, numpy, model;"
        "sam = model.load();"
        "embedding = sam.embed(numpy.zeros((8, 9, 3), numpy.uint8));"
        "sam.decode(embedding, model.Prompt(points=[(3, 3)], labels=[1])).mask();"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' OpenMP shows it otherwise")
@pytest.mark.parametrize(("chosen", "policy"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_that_wait_leave_the_cores_to_others_unless_told_otherwise(
    own_checkpoint: Path, chosen: str | None, policy: str
) -> None:
    code = f"import model; model.load({str(own_checkpoint)!r}, device='cpu', runtime='torch')"
    given = {} if chosen is None else {"OMP_WAIT_POLICY": chosen}
    before = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=ROOT,
        env=before | given | {"OMP_DISPLAY_ENV": "true"},
        capture_output=True,
        text=True,
    )
    assert f"OMP_WAIT_POLICY = '{policy}'" in done.stderr


def test_five_lines_are_enough(own_checkpoint: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (80, 120, 3)).astype(np.uint8)
    sam = model.load(own_checkpoint)
    embedding = sam.embed(image)
    prompt = model.Prompt(points=[(60, 40)], labels=[1])  # type: ignore[arg-type]
    assert sam.decode(embedding, prompt).mask().shape == (80, 120)


def test_an_unknown_name_in_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'predictor'"):
        model.predictor  # noqa: B018


def test_the_report_says_what_runs_and_why(own_checkpoint: Path) -> None:
    report = load(own_checkpoint, device="cpu").report
    assert (report.runtime, report.device) == ("torch", "cpu")
    assert "fastest that ran a test here" in report.reason
    assert "GFLOP/s" in report.reason


def test_what_was_asked_for_is_taken(own_checkpoint: Path) -> None:
    report = load(own_checkpoint, device="cpu", precision="bfloat16").report
    assert (report.device, report.precision) == ("cpu", "bfloat16")
    assert "as asked for" in report.reason


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"device": "tpu"}, "device must be auto, cpu"),
        ({"device": "cuda:x"}, "device must be auto, cpu"),
        ({"runtime": "tensorflow"}, "runtime must be one of auto, torch, onnxruntime"),
        ({"precision": "int3"}, "precision must be one of auto, float32"),
    ],
)
def test_an_unknown_choice_is_refused(
    own_checkpoint: Path, choice: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        load(own_checkpoint, **choice)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there_is_replaced_and_the_reason_told() -> None:
    place, reason = choose("cuda:1", "float32")
    assert place.device == "cpu"
    assert reason.startswith("cuda:1 in float32 failed (")
    assert f"so it runs on {place}" in reason


def test_the_fastest_that_computed_correctly_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {
        Place("mps"): Probe(Place("mps"), 900.0),
        Place("mps", "float16"): Probe(Place("mps", "float16"), 0.0, "failed (wrong results)"),
        Place("cpu"): Probe(Place("cpu"), 100.0),
        Place("cpu", "bfloat16"): Probe(Place("cpu", "bfloat16"), 400.0),
    }
    monkeypatch.setattr("model.runtime_torch.choice.devices", lambda: ["mps", "cpu"])
    monkeypatch.setattr("model.runtime_torch.choice.probe", speeds.__getitem__)
    place, reason = choose()
    assert place == Place("mps")
    assert "mps in float16 failed (wrong results)" in reason


def test_half_precision_must_be_worth_its_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {"float32": 100.0, "bfloat16": 120.0}
    monkeypatch.setattr("model.runtime_torch.choice.devices", lambda: ["cpu"])
    monkeypatch.setattr(
        "model.runtime_torch.choice.probe", lambda place: Probe(place, speeds[place.precision])
    )
    assert choose()[0] == Place("cpu")


def test_a_small_encoder_is_not_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {"float32": 100.0, "bfloat16": 900.0}
    monkeypatch.setattr("model.runtime_torch.choice.devices", lambda: ["cpu"])
    monkeypatch.setattr(
        "model.runtime_torch.choice.probe", lambda place: Probe(place, speeds[place.precision])
    )
    place, reason = choose(halves=False)
    assert place == Place("cpu")
    assert "the only device that torch sees here" in reason


def test_a_probe_measures_real_work() -> None:
    assert devices()[-1] == "cpu"
    assert probe(Place("cpu")).gflops > 1
    assert probe(Place("cpu")).failure == ""


def test_a_runtime_that_fails_is_replaced_and_the_reason_told(own_checkpoint: Path) -> None:
    report = load(own_checkpoint, runtime="onnxruntime", device="cpu").report
    assert report.runtime == "torch"
    assert report.reason.startswith("onnxruntime could not be used (")
    assert "so torch runs it" in report.reason


def test_without_torch_the_first_reason_is_the_one_that_counts(
    own_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.loading.find_spec", lambda name: None)
    with pytest.raises(model.CheckpointError, match=r"own.encoder.onnx"):
        load(own_checkpoint, runtime="onnxruntime")


def test_torch_that_is_not_installed_is_said_with_what_to_do(
    own_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.loading.find_spec", lambda name: None)
    with pytest.raises(model.ModelError, match=r"needs PyTorch.*run.py --with-torch"):
        load(own_checkpoint, runtime="torch")
