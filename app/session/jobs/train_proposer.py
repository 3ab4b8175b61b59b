"""Trains the folder's own proposer in the background, on the masks accepted so far."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.batch.folder import BatchFolder
from app.core.errors import Problem
from app.core.picture import Picture
from app.inference.cache import EmbeddingStore, embedding_of
from app.inference.questions import Cancelled, Job
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import BackgroundJob, JobContext
from app.session.jobs.model_tasks import Proposing
from app.session.model.model_host import ModelHost
from model.interface import Embedding, Model
from model.messages import say

if TYPE_CHECKING:
    from app.batch.proposer import Trained

NAME = "train the proposer"
LEARNING = "learning"


class Teaching(BackgroundJob):
    """It shares the model's thread; clicks are answered in between.

    ``finished``: a ``Trained``, which nothing uses before ``keep``. ``kept``: path of its file.

    Attributes:
        learning: whether it learns already, or still prepares images.
    """

    finished = Signal(object)
    kept = Signal(object)
    _stage = Signal(str)

    def __init__(
        self,
        context: JobContext,
        host: ModelHost,
        proposing: Proposing,
        store: EmbeddingStore | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(context, parent)
        self._host, self._proposing, self._store = host, proposing, store
        self._job: Job[Trained] | None = None
        self._serials = itertools.count(1)
        self.trained: Trained | None = None
        self.learning = False
        host.state_changed.connect(self._on_host)
        self._stage.connect(self._on_stage, Qt.ConnectionType.QueuedConnection)

    def start(self, *, every: bool = False) -> bool:
        """Learn from the images of the list; False if the model is at other long work.

        Args:
            every: also from images that are not done.
        """
        images = self.images()
        busy = self.running or self._proposing.running or self._host.state != "ready"
        if busy or images is None:
            return False
        self.trained, self.learning = None, False
        report = self.begin()

        def tell(what: str, done: int, total: int) -> None:
            self._stage.emit(what)
            self._told.emit(report, done, total)

        work = _Lesson(images, every, self._store, self.saved, tell)
        self._job = job = Job(NAME, work, next(self._serials))
        done = partial(self._on_job, job)
        self._host.ask(job, done, done)
        self.changed.emit()
        return True

    def stop(self) -> None:
        """Give up; an earlier proposer is as it was."""
        if self._job is not None:
            self.drop()
            self.changed.emit()

    def drop(self) -> None:
        super().drop()
        job, self._job = self._job, None
        if job is not None:
            self._host.cancel(job)

    def keep(self) -> None:
        """Make what was trained the folder's proposer."""
        folder, trained = self.folder, self.trained
        if trained is None or folder is None:
            return
        if folder.read_only is not None:
            self.failed.emit(Problem(say("Nothing can be edited here."), folder.read_only))
            return
        from app.batch.proposer import keep

        work = partial(keep, folder.project, trained)
        self._io_threads.ask(Urgency.BACKGROUND, work, self._on_kept, self.fail)

    def forget(self) -> None:
        """Throw away what was trained."""
        self.trained = None

    # -- inside

    def _end(self) -> None:
        self._job = None
        self.drop()
        self.changed.emit()

    def _on_job(self, job: Job[Trained], result: Trained | Problem) -> None:
        if job is not self._job:
            return
        if isinstance(result, Problem):
            self._end()
            self.failed.emit(result)
        else:
            self.trained = result
            self._end()
            self.finished.emit(result)

    @Slot()
    def _on_host(self) -> None:
        """Another model has other embeddings: what was learned so far is worth nothing."""
        if self._job is not None and self._host.state != "ready":
            self.stop()

    @Slot(str)
    def _on_stage(self, what: str) -> None:
        self.learning = what.startswith(LEARNING)

    def _on_kept(self, path: Path) -> None:
        self.trained = None
        self.kept.emit(path)


@dataclass(frozen=True, slots=True)
class _Lesson:
    """The training; runs on the inference thread."""

    folder: BatchFolder
    every: bool
    store: EmbeddingStore | None
    saved: Callable[[], None]
    progress: Callable[[str, int, int], None]

    def __call__(self, model: Model, cancelled: Cancelled) -> Trained:
        """Raises: Problem, Cancelled."""
        from app.batch.proposer import train_proposer

        self.saved()
        embedder = _Embedder(model, self.store, cancelled)
        return train_proposer(self.folder, embedder, every=self.every, progress=self.progress)


@dataclass(frozen=True, slots=True)
class _Embedder:
    model: Model
    store: EmbeddingStore | None
    cancelled: Cancelled

    def embedding(self, picture: Picture) -> Embedding:
        return embedding_of(self.model, picture, self.store, self.cancelled)
