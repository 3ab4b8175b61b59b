"""A folder's proposer learns from what people accepted, and is measured on what it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.batch.box_sources import ProposerBoxes
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Boxes, Propose
from app.batch.jobs import TaskJob, Worker
from app.batch.proposer import teaches, train_proposer
from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.inference import questions as q
from app.inference.engine import Engine
from app.storage.places import Places
from model.interface import Cancelled
from tests.seeing_model import IMAGES, SIDE, SeeingModel, block, make_blocks


@pytest.fixture
def folder(tmp_path: Path) -> BatchFolder:
    return make_blocks(tmp_path / "images", Places.below(tmp_path / "home"))


def worker(cancelled: Callable[[], bool] = lambda: False) -> Worker:
    model = SeeingModel()
    engine = Engine(lambda choice: model)
    engine.answer(q.Load(q.Choice()), lambda: False)
    return Worker(engine, None, cancelled)


def test_it_learns_and_is_measured_on_images_held_out(folder: BatchFolder) -> None:
    told: list[str] = []
    trained = train_proposer(
        folder, worker(), progress=lambda what, done, total: told.append(what.split(",")[0])
    )
    assert (trained.images, trained.held_images) == (10, 2)
    assert trained.best.recall == 1.0
    assert trained.head.notes["recall"] == 1.0
    assert trained.head.confidence == trained.best.confidence
    assert list(dict.fromkeys(told)) == ["embedding", "learning"]
    job = TaskJob(folder, worker(), Propose(Boxes(ProposerBoxes(trained.head))), "automask")
    before = folder.objects("0.png")
    folder.write(before, Document(SIDE, SIDE))
    assert job("0.png").masks >= 1
    found = folder.objects("0.png").document.annotations[0]
    assert found.mask.iou(block(0)) > 0.5
    assert found.evidence.extra["detector"] == "proposer"


def test_unfinished_images_teach_only_if_asked(
    folder: BatchFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.proposer.training.MIN_STEPS", 10)
    for name in folder.names[3:]:
        held = folder.objects(name)
        folder.write(held, held.document.with_status(ImageStatus.IN_PROGRESS))
    with pytest.raises(Problem, match="3 images"):
        train_proposer(folder, worker())
    assert train_proposer(folder, worker(), every=True, epochs=1).images == 10


def test_an_image_that_cannot_be_read_is_passed_over(
    folder: BatchFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.proposer.training.MIN_STEPS", 10)
    (folder.project.root / "0.png.json").write_text("{")
    trained = train_proposer(folder, worker(), epochs=1)
    assert trained.images + trained.held_images == IMAGES - 1


def test_only_what_a_person_agreed_to_teaches() -> None:
    document = Document(SIDE, SIDE).with_added(block(0)).with_status(ImageStatus.DONE)
    assert teaches(document)
    assert not teaches(document.with_state(1, State.PROPOSED))
    assert not teaches(document.with_state(1, State.REJECTED))
    assert not teaches(document.with_status(ImageStatus.IN_PROGRESS))


def test_training_can_be_stopped(folder: BatchFolder) -> None:
    with pytest.raises(Cancelled):
        train_proposer(folder, worker(lambda: True))
