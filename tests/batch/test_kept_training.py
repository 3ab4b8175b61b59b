"""A training that was killed goes on where it was, to the very same weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.batch.kept_training import KeptTraining
from app.storage.places import Places
from model.interface import Cancelled, Embedding
from model.proposer.proposer import dumps
from model.proposer.state import run_of
from model.proposer.training import Example, train
from model.transforms import Transform
from tests.faults.learn_until_killed import MIN_STEPS, learn
from tests.seeing_model import make_blocks

ROOT = Path(__file__).resolve().parents[2]


def examples(count: int = 3) -> list[Example]:
    random = np.random.default_rng(1)
    made = []
    for _ in range(count):
        features = {"embedding": random.random((3, 8, 8), np.float32).astype(np.float16)}
        embedding = Embedding(dict(features), Transform((64, 64), 64), "fake")
        made.append(Example(embedding, np.array([[8, 8, 40, 32]], np.float32)))
    return made


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.proposer.training.MIN_STEPS", MIN_STEPS)


@pytest.mark.slow
def test_a_killed_training_gives_the_proposer_of_one_that_was_not(tmp_path: Path) -> None:
    make_blocks(tmp_path / "images", Places.below(tmp_path / "home"))
    folder, home = tmp_path / "images", tmp_path / "home"
    whole: list[int] = []
    expected = learn(folder, home, tmp_path / "other", None, whole)
    words = [folder, home, tmp_path / "kept", 30]
    found = subprocess.run(
        [sys.executable, "-m", "tests.faults.learn_until_killed", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert found.returncode == -signal.SIGKILL, found.stderr.decode()
    steps: list[int] = []
    resumed = learn(folder, home, tmp_path / "kept", None, steps)
    assert 24 < steps[0] <= 31
    assert steps == whole[steps[0] - 1 :]
    assert dumps(resumed.head) == dumps(expected.head)
    assert resumed.scores == expected.scores


def kept_in(place: Path) -> KeptTraining:
    """Time stands still: it is kept only when it is stopped."""
    return KeptTraining(place, lambda: 0.0)


def stopped_after(steps: int, keeper: KeptTraining) -> None:
    done = 0

    def cancelled() -> bool:
        nonlocal done
        done += 1
        return done > steps

    with pytest.raises(Cancelled):
        train(examples(), 1, cancelled=cancelled, keeper=keeper)


def test_a_training_that_was_stopped_is_kept(tmp_path: Path) -> None:
    stopped_after(7, kept_in(tmp_path))
    steps: list[int] = []
    keeper = kept_in(tmp_path)
    head = train(examples(), 1, progress=lambda done, *_: steps.append(done), keeper=keeper)
    assert steps[0] == 8
    assert dumps(head) == dumps(train(examples(), 1))
    keeper.close()
    assert not [*tmp_path.iterdir()]


def test_other_masks_or_a_damaged_file_begin_anew(tmp_path: Path) -> None:
    stopped_after(7, kept_in(tmp_path))
    more = [*examples(), *examples(1)]
    steps: list[int] = []
    train(more, 1, progress=lambda done, *_: steps.append(done), keeper=kept_in(tmp_path))
    assert steps[0] == 1
    (kept,) = tmp_path.iterdir()
    for data in (b"", kept.read_bytes()[:-9], b"no training"):
        kept.write_bytes(data)
        steps.clear()
        head = train(
            examples(),
            1,
            progress=lambda done, *_: steps.append(done),
            keeper=kept_in(tmp_path),
        )
        assert steps[0] == 1
        assert dumps(head) == dumps(train(examples(), 1))


def test_a_cache_that_refuses_is_no_obstacle(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("in the way", "utf-8")
    stopped_after(7, kept_in(place))
    assert dumps(train(examples(), 1, keeper=kept_in(place))) == dumps(train(examples(), 1))


def test_a_training_is_named_after_what_decides_it() -> None:
    embeddings, boxes = [e.embedding for e in examples()], [e.boxes for e in examples()]
    names = {
        run_of(embeddings, boxes, 1, 0),
        run_of(embeddings, boxes, 1, 0),
        run_of(embeddings, boxes, 2, 0),
        run_of(embeddings, boxes, 1, 1),
        run_of(embeddings, [each + 1 for each in boxes], 1, 0),
    }
    assert len(names) == 4
