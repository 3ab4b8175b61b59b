"""A server prepares the next images of a folder while one is worked on; what comes of it is the
same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.batch.ahead import NEXT, asking_ahead
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Everything, Propose
from app.batch.jobs import Embed, TaskJob, Worker
from app.batch.run import CannotGoOn, ImageDone, Outcome, steps
from app.core.document import ImageStatus
from app.inference.questions import Choice
from app.storage.embeddings import EmbeddingFiles
from app.storage.project import Project
from model.everything import Filters, Grid, Settings
from model.interface import Cancelled, Embedding, ServerGoneError
from model.served.ahead import MOST
from model.served.client import ServedModel
from model.weights.embedding_file import FORMAT, dumps, loads
from tests.model.served.serving import served

ALL_MASKS = Settings(Grid(points_per_side=2, crop_layers=0), Filters(-9, 0, 1, 1, 2, 0))
TASK = partial(TaskJob, task=Propose(Everything(ALL_MASKS)), job="automask")
IMAGES = 7


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("tiny_fitted") as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> BatchFolder:
    root = tmp_path / "images"
    root.mkdir()
    for number in range(IMAGES):
        pixels = np.full((48, 64, 3), 20 * number, np.uint8)
        pixels[10:30, 12:44] = (255, 40, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    return BatchFolder(Project(root))


@pytest.fixture
def worker(url: str, tmp_path: Path) -> Worker:
    store = EmbeddingFiles(tmp_path / "cache", dumps, loads, FORMAT, 1 << 30)
    return Worker.of(Choice(url), store)[0]


class Watched:
    """Counts what the server is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.at_once, self.most = 0, 0, 0
        self._lock, self._embed = threading.Lock(), ServedModel._embed
        watched = self

        def embed(model: ServedModel, image: Any, *given: Any) -> Embedding:
            with watched._lock:
                watched.asked += 1
                watched.at_once += 1
                watched.most = max(watched.most, watched.at_once)
            try:
                return watched._embed(model, image, *given)
            finally:
                with watched._lock:
                    watched.at_once -= 1

        monkeypatch.setattr(ServedModel, "_embed", embed)


def done(
    job: TaskJob | Embed, folder: BatchFolder, worker: Worker,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[ImageDone]:  # fmt: skip
    with asking_ahead(job, folder, worker, folder.names) as ahead:
        return [*steps(folder.names, ahead, cancelled)]


def written(folder: BatchFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.project.root.glob("*.json")}


def test_masks_are_the_same_and_each_image_is_asked_for_once_with_few_under_way(
    folder: BatchFolder, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = replace(worker, store=None)
    job = TASK(folder, alone)
    for name in folder.names:
        job(name)
    wanted = written(folder)
    for path in folder.project.root.glob("*.json"):
        path.unlink()
    watched = Watched(monkeypatch)
    folder = BatchFolder(folder.project)
    assert [each.result.outcome for each in done(TASK(folder, worker), folder, worker)] == [
        Outcome.DONE
    ] * IMAGES
    assert written(folder) == wanted
    assert watched.asked == IMAGES
    assert 2 <= watched.most <= MOST
    assert folder.read_ahead == {}
    # What was done, or is known, is not asked for again.
    done(TASK(folder, worker), folder, worker)
    assert {each.result.outcome for each in done(Embed(folder, worker), folder, worker)} == {
        Outcome.BEFORE
    }
    assert watched.asked == IMAGES


def test_embeddings_are_kept_and_what_cannot_be_read_is_told_at_its_turn(
    folder: BatchFolder, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.project.root / "3.png").write_bytes(b"\x89PNG, and nothing more")
    watched = Watched(monkeypatch)
    told = done(Embed(folder, worker), folder, worker)
    assert [each.problem is not None for each in told] == [n == 3 for n in range(IMAGES)]
    assert watched.asked == IMAGES - 1
    assert isinstance(worker.store, EmbeddingFiles)
    assert len([*worker.store.folder.iterdir()]) == IMAGES - 1


def test_images_that_a_person_is_done_with_are_not_asked_for(
    folder: BatchFolder, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in folder.names[1:]:
        held = folder.objects(name)
        folder.write(held, held.document.with_status(ImageStatus.DONE))
    watched = Watched(monkeypatch)
    done(TASK(folder, worker), folder, worker)
    assert watched.asked == 1


def test_a_server_that_is_gone_ends_the_run_and_nothing_is_left_under_way(
    folder: BatchFolder, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def gone(model: ServedModel, *given: Any) -> Embedding:
        nonlocal asked
        asked += 1
        raise ServerGoneError("{server} does not answer", "x")

    monkeypatch.setattr(ServedModel, "_embed", gone)
    with pytest.raises(CannotGoOn):
        done(TASK(folder, worker), folder, worker)
    assert asked <= NEXT
    assert written(folder) == {}


def test_a_stopped_run_waits_for_no_server(
    folder: BatchFolder, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(model: ServedModel, image: Any, cancelled: Callable[[], bool], *_: Any) -> Embedding:
        while not cancelled():
            threading.Event().wait(0.005)
        raise Cancelled("the embedding is no longer wanted")

    monkeypatch.setattr(ServedModel, "_embed", slow)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    stopping = replace(worker, cancelled=stop.is_set)
    with pytest.raises(Cancelled):
        done(TASK(folder, stopping), folder, stopping, stop.is_set)
