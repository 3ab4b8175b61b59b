"""Long work with the model on one image or many: proposals, and objects segmented anew."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal, Slot

from app.batch.run import CannotGoOn
from app.core.document import Document
from app.core.errors import Problem
from app.core.picture import Picture
from app.inference.cache import EmbeddingStore, embedding_of
from app.inference.questions import Cancelled, Job
from app.session.folder.folder_protocol import Folder, Token
from app.session.jobs.background_job import BackgroundJob, JobContext
from app.session.model.model_host import ModelHost
from app.session.model.server_watch import comes_back
from app.storage.reading import MAX_PIXELS, read_picture, read_size
from model.interface import Embedding, Model
from model.messages import say

if TYPE_CHECKING:
    from app.batch.image_tasks import Made, Task

# The names of the tasks, as the undo menu translates them.
QT_TRANSLATE_NOOP("Session", "Propose masks")
QT_TRANSLATE_NOOP("Session", "Segment anew")
QT_TRANSLATE_NOOP("Session", "Find all like this")
QT_TRANSLATE_NOOP("Session", "Find by words")
PARTS = 1000
"""Of an image, as its progress is told."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of a run.

    Attributes:
        images: how many were worked on.
        changed: of them, on how many something changed.
        masks: proposals that are there now and were not before.
        problems: image names and why they were left as they were.
        told: image names and what else is to be known of them.
    """

    images: int = 0
    changed: int = 0
    masks: int = 0
    problems: tuple[tuple[str, Problem], ...] = ()
    told: tuple[tuple[str, Problem], ...] = ()


@dataclass(slots=True)
class _Run:
    """A task on its way through its images."""

    task: Task
    paths: Sequence[Path]
    done: int = 0
    changed: int = 0
    masks: int = 0
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    told: list[tuple[str, Problem]] = field(default_factory=list)
    asked: Job[_Done] | None = None


class Proposing(BackgroundJob):
    """Clicks are answered in between, and images may be changed meanwhile.

    ``progress``: thousandths of images. ``finished``: a ``RunOutcome``; also after ``stop``, with
    what was done until then.
    """

    finished = Signal(object)

    def __init__(
        self,
        context: JobContext,
        host: ModelHost,
        store: EmbeddingStore | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(context, parent)
        self._host, self._store = host, store
        self.largest_px = MAX_PIXELS
        self._run: _Run | None = None
        self._serials = itertools.count(1)
        host.state_changed.connect(self._on_host)

    @property
    def title(self) -> str:
        """Name of what runs; empty if nothing does."""
        return self._run.task.name if self._run else ""

    def start(self, task: Task, paths: Sequence[Path] | None = None) -> bool:
        """Do ``task`` to these images of the folder, or to the open one; False if one runs."""
        if self._run is not None or self._session.read_only:
            return False
        if paths is None:
            paths = [self._session.image_path] if self._session.image_path else []
        self._run = _Run(task, list(paths))
        self.begin()
        self.changed.emit()
        self._go_on()
        return True

    def stop(self) -> None:
        """Give up; what is done stays done."""
        self._finish()

    def forget(self) -> None:
        self._finish()

    # -- inside

    def _go_on(self) -> None:
        run = self._run
        if run is None:
            return
        self.progress.emit(PARTS * run.done, PARTS * len(run.paths))
        if run is not self._run:
            return  # whoever heard of it stopped it
        if run.done >= len(run.paths):
            self._finish()
        elif self._host.state == "failed":
            run.problems.append((run.paths[run.done].name, Problem(say("No model is loaded."))))
            self._finish()
        elif self._host.state == "ready":
            # Otherwise the model is being loaded, and this is called again.
            self._ask(run, run.paths[run.done])

    def _ask(self, run: _Run, path: Path) -> None:
        session, report = self._session, self.begin()
        before, every = PARTS * run.done, PARTS * len(run.paths)

        def tell(done: int, total: int) -> None:
            # It is whole only when its objects are changed.
            self._told.emit(report, before + (PARTS - 1) * done // max(total, 1), every)

        picture = session.picture if path == session.image_path else None
        embedding = self._host.embedding if picture is not None else None
        document = session.document_at(path)
        work = _ImageWork(
            run.task,
            path,
            picture,
            embedding,
            document,
            self.folder,
            self._store,
            self.largest_px,
            tell,
        )
        run.asked = job = Job(run.task.name, work, next(self._serials))
        done = partial(self._on_job, job)
        self._host.ask(job, done, done)

    def _on_job(self, job: Job[_Done], result: _Done | Problem) -> None:
        run = self._run
        if run is None or job is not run.asked:
            return
        if isinstance(result, Problem) and comes_back(result):
            # The server is asked again by itself, and the run goes on once it is back.
            self._host.server.failed(result)
            run.asked = None
            return
        run.asked = None
        path = run.paths[run.done]
        if isinstance(result, Problem):
            run.problems.append((path.name, result))
            if isinstance(result, CannotGoOn):
                run.done += 1
                self._finish()
                return
        else:
            run.told += [(path.name, each) for each in result.told]
            self._apply(run, path, result)
        run.done += 1
        self._go_on()

    def _apply(self, run: _Run, path: Path, done: _Done) -> None:
        before = self._session.document_at(path)
        if before is None:
            before = done.found[0] if done.found is not None else None
        if before is None:
            return
        if self._session.commit_at(path, run.task.name, done.made.change, done.found):
            after = self._session.document_at(path)
            run.changed += 1
            run.masks += run.task.count(before, after or before)

    @Slot()
    def _on_host(self) -> None:
        """A model that was changed in between answers what the one before was asked."""
        run = self._run
        if run is None:
            return
        if self._host.state == "loading":
            run.asked = None
        elif run.asked is None and not self._host.server.away:
            self._go_on()

    def _finish(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        if run.asked is not None:
            self._host.cancel(run.asked)
        self.drop()
        problems, told = tuple(run.problems), tuple(run.told)
        self.changed.emit()
        self.finished.emit(RunOutcome(run.done, run.changed, run.masks, problems, told))


@dataclass(frozen=True, slots=True)
class _Done:
    """What a task came to, the file as it was read for it, and what is to be known of it."""

    made: Made
    found: tuple[Document, Token] | None
    told: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _ImageWork:
    """A task on one image; runs on the inference thread."""

    task: Task
    path: Path
    picture: Picture | None
    embedding: Embedding | None
    document: Document | None
    folder: Folder | None
    store: EmbeddingStore | None
    largest_px: int
    progress: Callable[[int, int], None]

    def __call__(self, model: Model, cancelled: Cancelled) -> _Done:
        """Raises: Problem, Cancelled, ValueError."""
        from app.batch.image_tasks import Given, Made

        found: tuple[Document, Token] | None = None
        document = self.document
        if document is None:
            document, token = self._read()
            found = document, token
        if not self.task.wants(document):
            return _Done(Made(), found)
        picture = self.picture or read_picture(self.path, self.largest_px)
        embed = partial(self._embedding, model, picture, cancelled)
        told: list[Problem] = []
        given = Given(model, picture, document, embed, cancelled, self.progress, told.append)
        made = self.task.run(given)
        if made.outside:
            words = say(
                "Objects that lie outside the image and stay as they are: {count}.", made.outside
            )
            told.append(Problem(words))
        return _Done(made, found, tuple(told))

    def _read(self) -> tuple[Document, Token]:
        if self.folder is None:
            raise Problem(say("{name} is not in the open folder.", self.path.name))
        loaded = self.folder.project.read_objects(self.path, *read_size(self.path))
        if loaded.read_only is not None:
            raise Problem(
                say("The objects of {name} cannot be changed.", self.path.name), loaded.read_only
            )
        return loaded.document, loaded.token

    def _embedding(self, model: Model, picture: Picture, cancelled: Cancelled) -> Embedding:
        """The picture's own, if it is this model's; else from the disk, else computed and kept."""
        here = self.embedding
        if here is not None and here.model == model.image_identity:
            return here
        return embedding_of(model, picture, self.store, cancelled)
