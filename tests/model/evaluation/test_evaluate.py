"""Whole evaluations and trainings from the command line, with a network small enough for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from model.__main__ import main
from model.evaluation.evaluate import drawn
from model.training.export import export_weights
from model.weights.checkpoint import read_checkpoint
from tests.model.training.nets import coco_file, disc_samples, tiny_network


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures of two discs each, with their masks."""
    samples = disc_samples(tmp_path)
    (tmp_path / "annotations.json").write_text(json.dumps(coco_file(samples)))
    return tmp_path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    export_weights(tiny_network(), path)
    return path


def test_scores_are_printed_and_written(
    folder: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores, sheet = folder / "scores.json", folder / "sheet.png"
    chosen = ["--model", str(weights), "--runtime", "torch", "--device", "cpu", "--limit", "3"]
    asked = ["evaluate", str(folder), *chosen, "--clicks", "3"]
    assert main([*asked, "--json", str(scores), "--sheet", str(sheet)]) == 0
    told = json.loads(scores.read_text())
    assert told["objects"] == 3
    assert set(told["miou"]) == {"1", "2", "3", "5", "9"}
    assert set(told["noc"]) == {"85", "90"}
    assert set(told["edges"]) == {"1", "5"}
    assert 0 <= told["box_edge"] <= 1
    assert all(0 <= value <= 1 for value in told["miou"].values())
    assert set(told["second_click"]) <= {"positive", "negative"}
    assert sum(each["objects"] for each in told["second_click"].values()) == 3
    assert told["sparse_boxes"] == {"objects": 0, "iou": 0.0}
    assert "NoC@90" in capsys.readouterr().out
    with Image.open(sheet) as picture:
        assert picture.width > 100


def test_the_same_seed_gives_the_same_jittered_scores(folder: Path, weights: Path) -> None:
    found = []
    for name in ("a.json", "b.json"):
        out = folder / "scores" / name
        out.parent.mkdir(exist_ok=True)
        chosen = ["--model", str(weights), "--runtime", "torch", "--device", "cpu", "--jitter"]
        assert main(["evaluate", str(folder), *chosen, "--clicks", "2", "--json", str(out)]) == 0
        found.append(json.loads(out.read_text())["miou"])
    assert found[0] == found[1]


def test_a_limit_draws_that_many_objects(folder: Path) -> None:
    samples = disc_samples(folder)
    assert sum(len(masks) for _, masks in drawn(samples, 5, seed=1)) == 5
    assert sum(len(masks) for _, masks in drawn(samples, None, seed=1)) == 8


def test_a_folder_without_masks_is_a_sentence(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["evaluate", str(empty), "--model", str(weights)]) == 1
    assert "holds no masks" in capsys.readouterr().err


def test_fine_tuning_prints_before_and_after_and_writes_a_model_that_loads(
    folder: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "own.safetensors"
    work = ["--steps", "3", "--images", "2", "--held-share", "0.25", "--float32"]
    work += ["--window-share", "0.5", "--sparse-boxes", "0.6", "--rounds", "2,1"]
    work += ["--edge", "1", "--kept", "1.5", "--second", "0.3"]
    assert main(["train", str(folder), "--start", str(weights), "--out", str(out), *work]) == 0
    told = capsys.readouterr().out
    assert "before" in told
    assert "NoC@85" in told
    assert (
        main(["evaluate", str(folder), "--model", str(out), "--limit", "1", "--clicks", "1"]) == 0
    )


def test_training_on_one_image_is_refused(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lone = tmp_path / "lone"
    lone.mkdir()
    content = coco_file(disc_samples(lone, 1))
    (lone / "annotations.json").write_text(json.dumps(content))
    out = str(tmp_path / "own.safetensors")
    assert main(["train", str(lone), "--start", str(weights), "--out", out]) == 1
    assert "needs at least two" in capsys.readouterr().err


def test_rounds_that_are_no_numbers_are_refused(
    folder: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["train", str(folder), "--start", str(weights), "--out", str(folder / "own")]
    assert main([*asked, "--rounds", "2,many"]) == 1
    assert "write --rounds 4,2,1" in capsys.readouterr().err


def test_a_file_of_weights_is_recognised_whatever_the_length_of_its_head(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    begins = set()
    for more in range(0, 256, 8):
        export_weights(tiny_network(), path, notes={"start": "x" * more})
        begins.add(path.read_bytes()[0])
        assert read_checkpoint(path).title == "Maskwright"
    assert 0x80 in begins, "the byte that pickles begin with"
