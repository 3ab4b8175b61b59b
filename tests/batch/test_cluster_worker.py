"""What a worker of a cluster does and refuses, in this process; Ray itself is not needed."""

from __future__ import annotations

import pickle
import platform
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image

from app.batch import cluster_worker
from app.batch.box_sources import DetectorBoxes
from app.batch.cluster_worker import ClusterWorker, Place, Report
from app.batch.folder import Address, BatchFolder
from app.batch.image_tasks import Everything, Propose
from app.batch.jobs import TaskJob, Worker
from app.batch.run import Outcome
from app.batch.words import ByWords
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.inference.questions import Choice, Loaded
from app.storage.guarded import Conflict
from app.storage.project import Project
from app.storage.reading import TooLarge
from model.everything import Filters, Grid, Settings
from model.messages import reason_of, say, say_count
from tests.model.detectors import described

ALL_MASKS = Settings(Grid(points_per_side=2, crop_layers=0), Filters(-9, 0, 1, 1, 2, 0))
MAKE = partial(TaskJob, task=Propose(Everything(ALL_MASKS)), job="automask")

T = TypeVar("T")


def sent(value: T) -> T:
    """As another process gets it."""
    found: T = pickle.loads(pickle.dumps(value))  # noqa: S301  our own bytes
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "images"
    root.mkdir()
    for number in range(2):
        pixels = np.full((64, 96, 3), 40 * number, np.uint8)
        pixels[16:40, 20:60] = (255, 40, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    seen = "0.png", (root / "0.png").stat().st_size
    cache = tmp_path / "embeddings", 1 << 30
    return Place(Address(root, root), 10_000_000, seen, Choice(device="cpu"), cache)


def test_a_worker_writes_what_a_run_on_one_machine_writes_and_passes_over_what_is_done(
    place: Place,
) -> None:
    worker = ClusterWorker()
    loaded = worker.open(place)
    assert isinstance(loaded, Loaded)
    worker.begin(sent(MAKE), LabelSet())
    done = [worker.do(f"{number}.png").step for number in range(2)]
    assert [each and each.result.outcome for each in done] == [Outcome.DONE] * 2
    written = {path.name: path.read_bytes() for path in place.address.root.glob("*.json")}
    assert len(written) == 2
    again = worker.do("0.png").step
    assert again is not None
    assert again.result.outcome is Outcome.BEFORE

    for path in place.address.root.glob("*.json"):
        path.unlink()
    job = MAKE(BatchFolder(Project(place.address.root)), Worker.of(place.choice)[0])
    for name in ("1.png", "0.png"):
        job(name)
    assert {path.name: path.read_bytes() for path in place.address.root.glob("*.json")} == written


def test_a_worker_that_does_not_see_the_folder_or_sees_another_one_says_so(place: Place) -> None:
    for wrong in (
        replace(place, address=Address(place.address.root / "nowhere")),
        replace(place, seen=("0.png", place.seen[1] + 1)),
    ):
        answer = ClusterWorker().open(wrong)
        assert isinstance(answer, Problem)
        assert "does not see the folder" in answer.what
        assert "same path" in answer.advice


def test_a_model_that_a_worker_does_not_have_is_told_with_its_machine(place: Place) -> None:
    nowhere = replace(place, choice=Choice("nowhere.onnx", "nowhere.onnx"))
    answer = ClusterWorker().open(nowhere)
    assert isinstance(answer, Problem)
    assert "nowhere.onnx" in answer.what
    assert answer.what.startswith(f"On {platform.node()}")


def test_a_folder_that_vanishes_is_no_fault_of_the_image(place: Place) -> None:
    worker = ClusterWorker()
    assert isinstance(worker.open(place), Loaded)
    worker.begin(MAKE, LabelSet())
    (place.address.root / "1.png").write_bytes(b"\x89PNG, and nothing more")
    broken = worker.do("1.png")
    assert broken.step is not None
    assert broken.step.problem is not None
    place.address.root.rename(place.address.root.with_name("away"))
    report = worker.do("0.png")
    assert report == Report(problem=report.problem, gone=True)
    assert report.problem is not None
    assert "cannot be seen" in report.problem.what


def test_two_machines_with_other_code_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cluster_worker.code_version()
    assert ClusterWorker().version()[0] == here
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("pass")
    monkeypatch.setattr(cluster_worker, "CODE", tmp_path)
    cluster_worker.code_version.cache_clear()
    other = cluster_worker.code_version()
    cluster_worker.code_version.cache_clear()
    assert other != here


@pytest.mark.parametrize(
    "problem",
    [
        Problem(say("{name} is gone.", "a"), say("Look."), OSError(5, "disk")),
        TooLarge(Path("a.png"), 10, 20, 30),
        Conflict(Path("a.json"), None),
    ],
)
def test_a_problem_comes_from_another_process_as_it_was_told_there(problem: Problem) -> None:
    found = sent(problem)
    assert type(found) is type(problem)
    assert (found.what, found.advice, str(found)) == (problem.what, problem.advice, str(problem))
    assert reason_of(found).template == reason_of(problem).template
    assert found.cause is None
    if isinstance(problem, TooLarge) and isinstance(found, TooLarge):
        assert found.needed_px == problem.needed_px


def test_a_message_keeps_what_it_was_made_of_in_another_process() -> None:
    for message in (say("{a} of {b}", 1, say("{c}", "x")), say_count("one", "{count} of", 1)):
        found = sent(message)
        assert (found, found.template, found.places) == (message, message.template, message.places)


def test_a_detector_goes_to_another_process_without_its_network(tmp_path: Path) -> None:
    boxes = DetectorBoxes(described(tmp_path))
    boxes.label_ids = [3]
    boxes.load()
    found = sent(boxes)
    assert (repr(found.inputs), found.label_ids) == (repr(boxes.inputs), [3])
    assert found.load().description == boxes.load().description


def test_words_go_to_another_process_without_the_detector_that_reads_them(tmp_path: Path) -> None:
    words = ByWords.of(tmp_path / "detector", ("wheel", "front window"))
    words.label_ids = [2, 5]
    found = sent(words)
    assert (found.path, found.words) == (words.path, words.words)
    assert list(found.label_ids) == [2, 5]


def test_a_question_is_answered_with_the_labels_of_who_asks(place: Place) -> None:
    worker = ClusterWorker()
    assert isinstance(worker.open(place), Loaded)
    labels = LabelSet().with_added("wheel")
    found = worker.ask(lambda folder, model: folder.project.book.labels.named("wheel"), labels)
    assert found == (labels.named("wheel"),)
    assert isinstance(worker.ask(lambda folder, model: folder.picture("no.png"), labels), Problem)
