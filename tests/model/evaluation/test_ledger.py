"""A scoring that is killed goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import model
from model.evaluation.evaluate import Protocol, evaluate
from model.evaluation.ledger import ImageScores, Ledger, fingerprint
from model.evaluation.protocol import Clicked
from model.evaluation.scores import ObjectScore
from model.interface import Cancelled, Model
from model.training.export import export_weights
from model.training.samples import Sample
from tests.model.training.nets import disc_samples, tiny_network

HOW = Protocol(most=2, jitter=True)
KNOWN = ImageScores(
    0.5,
    (
        ObjectScore(
            "a.png",
            3,
            0.25,
            (0.5, 0.75),
            0.75,
            0.5,
            (0.1, 0.2),
            (True, False),
            edges=(0.25, 0.5),
            box_edge=0.625,
            labels=(1, 0),
            fill=0.5,
        ),
    ),
)


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Four pictures of two discs each."""
    return disc_samples(tmp_path)


@pytest.fixture
def net(tmp_path: Path) -> Model:
    path = tmp_path / "tiny.safetensors"
    export_weights(tiny_network(), path)
    return model.load(path, runtime="torch", device="cpu")


def test_a_run_that_is_stopped_goes_on_and_scores_the_same(
    samples: list[Sample], net: Model, tmp_path: Path
) -> None:
    whole = evaluate(net, samples, HOW)
    asked: list[str] = []

    def stopping(sample: Sample, score: ObjectScore, course: Clicked) -> None:
        asked.append(sample.path.name)
        if len(asked) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(net, samples, HOW, stopping, Ledger(tmp_path / "runs", "one"))
    again = Ledger(tmp_path / "runs", "one")
    assert again.objects == 4
    result = evaluate(net, samples, HOW, lambda sample, *_: asked.append(sample.path.name), again)
    assert asked[5:] == [samples[n].path.name for n in (2, 2, 3, 3)]
    timeless = [[replace(s, seconds=()) for s in each.scores] for each in (whole, result)]
    assert timeless[0] == timeless[1]


def test_a_run_that_came_to_its_end_leaves_nothing(
    samples: list[Sample], net: Model, tmp_path: Path
) -> None:
    evaluate(net, samples, HOW, None, Ledger(tmp_path / "runs", "one"))
    assert list((tmp_path / "runs").iterdir()) == []


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    Ledger(tmp_path, "one").add(7, KNOWN)
    assert Ledger(tmp_path, "one").get(7) == KNOWN
    assert Ledger(tmp_path, "two").get(7) is None


@pytest.mark.parametrize(
    "damage", [b'{"format": "maskwr', b"\xff\xfe\n", b'{"format": 3}\n', b"[]"]
)
def test_a_damaged_line_is_passed_over_and_harms_no_other(tmp_path: Path, damage: bytes) -> None:
    ledger = Ledger(tmp_path, "one")
    ledger.add(1, KNOWN)
    ledger.path.write_bytes(ledger.path.read_bytes() + damage)
    ledger.add(2, KNOWN)
    found = Ledger(tmp_path, "one")
    assert (found.get(1), found.get(2), found.objects) == (KNOWN, KNOWN, 2)


def test_a_folder_that_refuses_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = Ledger(tmp_path / "file", "one")
    ledger.add(1, KNOWN)
    ledger.close()
    assert ledger.objects == 0


def test_other_clicks_other_masks_and_other_models_are_other_runs(samples: list[Sample]) -> None:
    found = {
        fingerprint("a", HOW, samples),
        fingerprint("b", HOW, samples),
        fingerprint("a", replace(HOW, seed=1), samples),
        fingerprint("a", HOW, samples[1:]),
        fingerprint("a", HOW, [replace(samples[0], runs=samples[1].runs), *samples[1:]]),
    }
    assert len(found) == 5
    assert fingerprint("a", HOW, samples) in found


def test_an_image_that_cannot_be_read_is_left_out_and_told(
    samples: list[Sample], net: Model
) -> None:
    samples[1].path.write_bytes(b"no image")
    result = evaluate(net, samples, HOW)
    assert {score.image for score in result.scores}.isdisjoint({samples[1].path.name})
    assert len(result.unread) == 1
    assert samples[1].path.name in result.unread[0]
    for sample in samples:
        sample.path.write_bytes(b"no image")
    with pytest.raises(ValueError, match="not one non-empty mask"):
        evaluate(net, samples, HOW)
