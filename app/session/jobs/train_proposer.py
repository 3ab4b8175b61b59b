"""Trains the folder's own proposer in the background, on the masks accepted so far."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.batch.folder import BatchFolder
from app.batch.proposer import Trained, keep, train_proposer
from app.core.errors import Problem
from app.core.picture import Picture
from app.inference.cache import EmbeddingStore, embedding_of
from app.inference.questions import Cancelled, Job
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.jobs.model_tasks import Proposing
from app.session.model.model_host import ModelHost
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from model.interface import Embedding, Model

NAME = "train the proposer"
SAVE_S = 30.0
LEARNING = "learning"


class Teaching(QObject):
    """One training at a time. It shares the model's thread; clicks are answered in between.

    ``progress``: whether it is learning yet, or still preparing images; steps done and in all.
    ``finished``: a ``Trained``, which nothing uses before ``keep``. ``kept``: the path of its file.
    """

    progress = Signal(bool, int, int)
    finished = Signal(object)
    failed = Signal(object)
    kept = Signal(object)
    running_changed = Signal()
    _told = Signal(int, str, int, int)

    def __init__(
        self,
        session: Session,
        navigator: Navigator,
        host: ModelHost,
        proposing: Proposing,
        readers: IoThreads,
        saver: Saver,
        store: EmbeddingStore | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._navigator = session, navigator
        self._host, self._proposing = host, proposing
        self._readers, self._saver, self._store = readers, saver, store
        self._job: Job[Trained] | None = None
        self._serials = itertools.count(1)
        self.trained: Trained | None = None
        host.state_changed.connect(self._on_host)
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)
        session.folder_used.connect(self._on_folder)

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(self, *, every: bool = False) -> bool:
        """Learn from the images of the list; False if the model is at other long work.

        Args:
            every: also from images that are not done.
        """
        folder = self._session.folder
        busy = self.running or self._proposing.running or self._host.state != "ready"
        if busy or not isinstance(folder, DiskFolder):
            return False
        self.trained = None
        names = [entry.name for entry in self._navigator.images]
        serial = next(self._serials)
        work = _Lesson(
            BatchFolder(folder.project, names, limit=self._navigator.large.largest_px),
            every,
            self._store,
            partial(self._saver.flush, SAVE_S),
            lambda what, done, total: self._told.emit(serial, what, done, total),
        )
        self._job = job = Job(NAME, work, serial)
        done = partial(self._on_job, job)
        self._host.ask(job, done, done)
        self.running_changed.emit()
        return True

    @Slot()
    def stop(self) -> None:
        """Give up; an earlier proposer is as it was."""
        if self._job is not None:
            self._host.cancel(self._job)
            self._end()

    def keep(self) -> None:
        """Make what was trained the folder's proposer."""
        folder, trained = self._session.folder, self.trained
        if trained is None or not isinstance(folder, DiskFolder):
            return
        if folder.read_only is not None:
            self.failed.emit(Problem("Nothing can be edited here.", folder.read_only))
            return
        work = partial(keep, folder.project, trained)
        self._readers.ask(Urgency.BACKGROUND, work, self._on_kept, self._on_failed)

    def forget(self) -> None:
        """Throw away what was trained."""
        self.trained = None

    # -- inside

    def _end(self) -> None:
        self._job = None
        self.running_changed.emit()

    def _on_job(self, job: Job[Trained], result: Trained | Problem) -> None:
        if job is not self._job:
            return
        if isinstance(result, Trained):
            self.trained = result
        self._end()
        if isinstance(result, Problem):
            self.failed.emit(result)
        else:
            self.finished.emit(result)

    @Slot()
    def _on_host(self) -> None:
        """Another model has other embeddings: what was learned so far is worth nothing."""
        if self._job is not None and self._host.state != "ready":
            self.stop()

    @Slot()
    def _on_folder(self) -> None:
        self.stop()
        self.trained = None

    @Slot(int, str, int, int)
    def _on_told(self, serial: int, what: str, done: int, total: int) -> None:
        if self._job is not None and self._job.serial == serial:
            self.progress.emit(what.startswith(LEARNING), done, total)

    def _on_kept(self, path: Path) -> None:
        self.trained = None
        self.kept.emit(path)

    def _on_failed(self, error: Exception) -> None:
        problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
        self.failed.emit(problem)


@dataclass(frozen=True, slots=True)
class _Lesson:
    """The training; runs on the inference thread."""

    folder: BatchFolder
    every: bool
    store: EmbeddingStore | None
    flush: Callable[[], bool]
    progress: Callable[[str, int, int], None]

    def __call__(self, model: Model, cancelled: Cancelled) -> Trained:
        """Raises: Problem, Cancelled."""
        if not self.flush():
            raise Problem("Some objects are not saved yet.", "Try again when they are.")
        embedder = _Embedder(model, self.store, cancelled)
        return train_proposer(self.folder, embedder, every=self.every, progress=self.progress)


@dataclass(frozen=True, slots=True)
class _Embedder:
    model: Model
    store: EmbeddingStore | None
    cancelled: Cancelled

    def embedding(self, picture: Picture) -> Embedding:
        return embedding_of(self.model, picture, self.store, self.cancelled)
