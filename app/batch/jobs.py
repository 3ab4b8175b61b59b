"""The jobs: fill the embedding cache, do a task of the model. One call does one image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from app.batch.folder import BatchFolder, Held
from app.batch.image_tasks import Given, Made, Propose, Resegment, Task
from app.batch.importing import Taken, Taking
from app.batch.run import BEFORE, Outcome, Result
from app.core.document import Document
from app.core.errors import Problem
from app.core.picture import Picture
from app.core.progress import Progress, no_progress
from app.inference import questions as q
from app.inference.cache import EmbeddingCache, EmbeddingStore, embedding_of, is_stored
from app.inference.engine import Engine, Loader, load_model
from app.inference.questions import Cancelled
from app.storage.reading import key_of_file
from model.interface import Embedding, Model, ModelError
from model.messages import say

if TYPE_CHECKING:
    from app.batch.finding import FindAll

T = TypeVar("T")


@dataclass(slots=True)
class Worker:
    """A model that answers for a batch job; used on one thread.

    Attributes:
        engine: holds the model, loaded.
        store: embeddings on disk, or None.
        cancelled: whether to stop.
    """

    engine: Engine
    store: EmbeddingStore | None = None
    cancelled: Callable[[], bool] = lambda: False

    @classmethod
    def of(
        cls,
        choice: q.Choice,
        store: EmbeddingStore | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        load: Loader = load_model,
    ) -> tuple[Worker, q.Loaded]:
        """One with that model, loaded; it keeps one embedding in memory.

        Raises:
            Problem: it cannot be loaded.
        """
        engine = Engine(load, EmbeddingCache(1), store)
        reply = engine.answer(q.Load(choice), cancelled)
        assert isinstance(reply, q.Loaded)  # noqa: S101  a Load is answered so
        return cls(engine, store, cancelled), reply

    @property
    def model(self) -> Model:
        return self.engine.model

    @property
    def identity(self) -> str:
        return self.model.identity

    def embedding(self, picture: Picture) -> Embedding:
        """The picture's embedding, from the store if it is there, else kept there.

        Raises:
            Problem, Cancelled: as ``Engine.answer``.
        """
        reply = self.engine.answer(q.Embed(picture), self.cancelled)
        assert isinstance(reply, q.Embedded)  # noqa: S101  an Embed is answered so
        if self.store is not None and reply.origin == "computed":
            self.store.put(picture.key, reply.embedding)
        return reply.embedding

    def ask(self, name: str, work: Callable[[Model, Callable[[], bool]], T]) -> T:
        """``work`` with the model, on the CPU if its device fails meanwhile.

        Raises:
            Problem, Cancelled: as ``Engine.answer``.
        """
        try:
            reply = self.engine.answer(q.Job(name, work), self.cancelled)
        except (ModelError, ValueError) as error:
            raise Problem(say("The model failed: {reason}", error), "", error) from error
        assert isinstance(reply, q.Done)  # noqa: S101  a Job is answered so
        result: T = reply.result
        return result


Job = Callable[[str], Result]
"""Does one image, which is called by its name."""
Work = Callable[[BatchFolder, Worker], T]
"""What is asked of a model at a folder; goes to another machine, and so must be able to."""
MakeJob = Work[Job]


@dataclass(frozen=True, slots=True)
class _Looked:
    """An image before its task.

    Attributes:
        held: its objects as they are.
        before: with what another program's file has of it.
        mark: of the task, for what is written.
        wanted: whether the model is asked; else only ``before`` is written.
    """

    held: Held
    before: Document
    task: Propose | Resegment | FindAll
    mark: str
    wanted: bool


@dataclass(slots=True)
class TaskJob:
    """Does a task to one image after the other, and marks each with it.

    A run that was killed and is started again passes over what has the mark.

    Attributes:
        job: its name, of the mark.
        again: also where it was done before.
        taking: another program's file whose objects are taken over first, or None.
        progress: called with parts done and parts in all, of one image.
    """

    folder: BatchFolder
    worker: Worker
    task: Propose | Resegment | FindAll
    job: str
    again: bool = False
    taking: Taking | Taken | None = None
    progress: Progress = no_progress

    def wants(self, name: str) -> bool:
        """Whether the model will be asked about this image, as things are. Raises Problem."""
        found = self._looked(name)
        return not isinstance(found, Result) and found.wanted

    def __call__(self, name: str) -> Result:
        """Raises: Problem, CannotGoOn, Cancelled."""
        found = self._looked(name)
        if isinstance(found, Result):
            return found
        task, before = found.task, found.before
        told: list[Problem] = []
        made = self._run(task, name, before, told) if found.wanted else Made()
        after = made.change(before)
        self.folder.write(found.held, after.with_run(self.job, found.mark))
        masks = task.count(before, after)
        return Result(Outcome.DONE, masks, made.unanswered, made.outside, tuple(told))

    def _looked(self, name: str) -> _Looked | Result:
        """What there is to do; the result, if there is nothing."""
        held, task = self.folder.objects(name), self.task
        mark = task.mark(self.worker.identity)
        taking = self.taking
        before = held.document if taking is None else taking.applied(name, held.document)
        fresh = before is not held.document
        if not self.again and held.document.has_run(self.job, mark):
            if not fresh:
                return BEFORE
            if isinstance(task, Resegment):
                # Only what the file has just brought has not been asked yet.
                task = replace(task, asked=frozenset(held.document.ids))
        wanted = task.wants(before)
        if not (wanted or fresh):
            return Result() if isinstance(task, Resegment) else Result(Outcome.LEFT)
        return _Looked(held, before, task, mark, wanted)

    def _run(self, task: Task, name: str, document: Document, told: list[Problem]) -> Made:
        picture, store = self.folder.picture(name), self.worker.store

        def work(model: Model, cancelled: Cancelled) -> Made:
            told.clear()
            embedding = partial(embedding_of, model, picture, store, cancelled)
            return task.run(
                Given(model, picture, document, embedding, cancelled, self.progress, told.append)
            )

        return self.worker.ask(self.job, work)


@dataclass(slots=True)
class Embed:
    """Fills the cache; an image that is in it already is not even decoded."""

    folder: BatchFolder
    worker: Worker

    def wants(self, name: str) -> bool:
        """Whether the model will be asked about this image. Raises Problem."""
        store = self.worker.store
        self.folder.size(name)
        with self.folder.local(name) as path:
            return store is None or not is_stored(store, key_of_file(path), self.worker.model)

    def __call__(self, name: str) -> Result:
        """Raises: Problem, Cancelled."""
        store, model = self.worker.store, self.worker.model
        assert store is not None  # noqa: S101  it is what is filled
        self.folder.size(name)  # of what is no image, gigabytes need not be read
        with self.folder.local(name) as path:
            if is_stored(store, key_of_file(path), model):
                return BEFORE
            picture = self.folder.picture(name)
        self.worker.embedding(picture)
        if not is_stored(store, picture.key, model):
            raise Problem(
                say("The embedding of {name} could not be kept.", name),
                say("Check the space on the disk of the cache, and its limit."),
            )
        return Result()
