"""The prepared run for a lent GPU, here on the CPU: it goes on from the pieces of its state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from model.training.export import export_weights
from tests.bench.train_on_gpu import joined, main, parted
from tests.model.training.nets import coco_file, disc_samples, tiny_network

SMALL = ["--frozen-stages", "0", "--side", "64", "--first-side", "64", "--images", "2"]
SMALL += ["--ahead", "3", "--check-objects", "1", "--seed", "1"]


def _folder(path: Path, count: int) -> Path:
    path.mkdir()
    samples = disc_samples(path, count)
    (path / "annotations.json").write_text(json.dumps(coco_file(samples)))
    return path


def test_a_run_goes_on_from_the_pieces_of_its_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pieces, start = tmp_path / "pieces", tmp_path / "tiny.safetensors"
    export_weights(tiny_network(), start)
    train, val = _folder(tmp_path / "train", 3), _folder(tmp_path / "val", 2)
    assert main(["pack", str(train), str(val), str(pieces)]) == 0
    steps = []
    for number in range(2):
        out = tmp_path / f"out{number}"
        asked = ["piece", str(pieces), "--out", str(out), "--minutes", "0", "--device", "cpu"]
        assert main([*asked, "--", "--start", str(start), *SMALL]) == 0
        assert (out / "maskwright_small.safetensors").is_file()
        # Another machine has nothing but what was brought.
        (pieces / "unpacked" / "maskwright_small.state").unlink()
        for part in out.glob("state-*"):
            (pieces / part.name).write_bytes(part.read_bytes())
        joined(pieces, tmp_path / f"{number}.state")
        steps.append(torch.load(tmp_path / f"{number}.state", weights_only=True)["step"])
    assert 0 < steps[0] < steps[1]
    assert "NoC@85" in capsys.readouterr().out


def test_a_state_comes_in_parts_that_are_small_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bench.train_on_gpu.STATE_BYTES", 10)
    state, back = tmp_path / "run.state", tmp_path / "back.state"
    state.write_bytes(bytes(range(25)))
    parted(state, tmp_path)
    assert sorted(path.stat().st_size for path in tmp_path.glob("state-*")) == [5, 10, 10]
    joined(tmp_path, back)
    assert back.read_bytes() == state.read_bytes()
