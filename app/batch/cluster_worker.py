"""What one worker of a cluster does: the same calls, image by image, as a run on one machine.

An object of ``ClusterWorker`` lives in a process on some machine of the cluster and holds one
model. What comes and goes is pickled by Ray, between processes of one and the same program.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from app.batch.folder import Address, BatchFolder
from app.batch.importing import Taken
from app.batch.jobs import Embed, Job, MakeJob, TaskJob, Work, Worker
from app.batch.run import CannotGoOn, ImageDone, Result, steps
from app.batch.scoring import Asked, Score
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.inference import questions as q
from app.storage.embeddings import EmbeddingFiles
from app.storage.names import shown
from app.storage.object_store import StoreGoneError
from app.storage.project import Project
from model.messages import say
from model.weights.embedding_file import FORMAT, dumps, loads

RECOUNT = 16
CODE = Path(__file__).resolve().parents[2]
T = TypeVar("T")
Sent = Taken | Asked | None
"""What is known of an image where the run was started, and sent along with it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker works on and with, the same paths on all machines.

    Attributes:
        address: of the folder.
        limit: the most pixels of an image that is read.
        seen: name and size in bytes of an image: by it a worker knows that it sees this folder.
        choice: the model.
        cache: folder of embeddings and the bytes that it may take.
    """

    address: Address
    limit: int
    seen: tuple[str, int]
    choice: q.Choice
    cache: tuple[Path, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one image.

    Attributes:
        step: it is finished, or failed.
        problem: going on makes no sense, on this machine if ``gone``, else on any.
        gone: the folder cannot be seen from there any more; the image is as it was.
    """

    step: ImageDone | None = None
    problem: Problem | None = None
    gone: bool = False


@lru_cache(maxsize=1)
def code_version() -> str:
    """A hash of this program's code: two machines that say the same run the same."""
    found = blake2b(digest_size=16)
    for room in ("app", "model"):
        for path in sorted((CODE / room).rglob("*.py")):
            found.update(path.relative_to(CODE).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


class ClusterWorker:
    """One model in a process of its own, and the folder that it works on."""

    def __init__(self) -> None:
        # Nothing but this program's version is known of a process before that was compared.
        self._opened: OpenFolder | None = None

    def version(self) -> tuple[str, str]:
        """Of its code, and the name of its machine; asked before anything else is sent."""
        return code_version(), platform.node()

    def open(self, place: Place) -> q.Loaded | Problem:
        """See the folder and load the model; the reason, if one of them cannot be."""
        try:
            folder = _folder_at(place)
            self._opened = None if folder is None else OpenFolder(place, folder)
        except Problem as error:
            return Problem(_on_machine(error.what), error.advice)
        if self._opened is None:
            return _not_seen(place.address)
        return self._opened.loaded

    def ask(self, work: Work[T], labels: LabelSet) -> tuple[T] | Problem:
        """What ``work`` finds with the folder and the model; the reason, if it cannot.

        Args:
            labels: of the folder, with all that its objects have, so that ids are the same.
        """
        opened = self._open()
        opened.folder.project.book.put(labels)
        try:
            return (work(opened.folder, opened.worker),)
        except Problem as error:
            return Problem(error.what, error.advice)

    def begin(self, make: MakeJob, labels: LabelSet) -> Problem | None:
        """From now on do this job; the reason, if it cannot be. ``labels`` as of ``ask``."""
        return self._open().begin(make, labels)

    def do(self, name: str, sent: Sent = None) -> Report:
        """One image, as a run on one machine does it. ``sent`` is known of it already."""
        return self._open().do(name, sent)

    def _open(self) -> OpenFolder:
        if self._opened is None:
            raise RuntimeError("a worker opens the folder first")
        return self._opened


class OpenFolder:
    """The folder as one worker has it, and the model that works on it.

    Attributes:
        folder, worker: as a run on one machine has them.
        loaded: the model.

    Raises:
        Problem: the model cannot be loaded.
    """

    def __init__(self, place: Place, folder: BatchFolder) -> None:
        self._cache, limit = place.cache
        files = EmbeddingFiles(self._cache, dumps, loads, FORMAT, limit)
        store = files if self._cache.is_dir() else None
        self.worker, self.loaded = Worker.of(place.choice, store)
        self.folder = folder
        self._device = os.stat(folder.project.root).st_dev
        self._images = 0
        self._job: Job = _no_job

    def begin(self, make: MakeJob, labels: LabelSet) -> Problem | None:
        """As of ``ClusterWorker``."""
        self.folder.project.book.put(labels)
        self._job = make(self.folder, self.worker)
        if isinstance(self._job, Embed) and self.worker.store is None:
            return _not_seen(self._cache)
        return None

    def do(self, name: str, sent: Sent) -> Report:
        """As of ``ClusterWorker``."""
        self._recount()
        try:
            step = next(steps([name], with_sent(self._job, sent)))
        except CannotGoOn as error:
            if self._is_gone():
                return Report(problem=self._gone(), gone=True)
            if isinstance(error.cause, StoreGoneError):
                return Report(problem=Problem(_on_machine(error.what), error.advice), gone=True)
            return Report(problem=CannotGoOn(_on_machine(error.what), error.advice))
        if step.problem is not None and self._is_gone():
            return Report(problem=self._gone(), gone=True)
        return Report(step)

    def _recount(self) -> None:
        """Look every so often how much the other workers have put into the same cache."""
        self._images += 1
        store = self.worker.store
        if isinstance(store, EmbeddingFiles) and self._images % RECOUNT == 0:
            store.limit_to(store.limit_bytes)

    def _is_gone(self) -> bool:
        """Whether the folder is away; what stays of a share that is taken off is another disk."""
        try:
            return os.stat(self.folder.project.root).st_dev != self._device
        except OSError:
            return True

    def _gone(self) -> Problem:
        return Problem(
            say(
                "The folder {folder} cannot be seen from {machine} any more.",
                shown(self.folder.project.root),
                platform.node(),
            ),
            say("Bring the shared drive back and start again; what is done is kept."),
        )


def _no_job(name: str) -> Result:
    raise RuntimeError(f"{name} came before a job")


def with_sent(job: Job, sent: Sent) -> Job:
    """``job`` for the image that ``sent`` is known of."""
    if isinstance(job, TaskJob):
        return replace(job, taking=sent if isinstance(sent, Taken) else None)
    if isinstance(job, Score):
        return replace(job, asked=sent if isinstance(sent, Asked) else None)
    return job


def _folder_at(place: Place) -> BatchFolder | None:
    """The folder as it is seen from here; None if it is not, or another one is.

    Raises:
        Problem: the store is not to be had from here.
    """
    address, (name, size) = place.address, place.seen
    if address.url:
        from app.batch.store_folder import StoreFolder

        found = StoreFolder.at(address.url, [], limit=place.limit)
        found.store.guards = address.guards
        folder: BatchFolder = found
    else:
        project = Project(address.root, address.home, address.output)
        folder = BatchFolder(project, [], limit=place.limit)
    try:
        return folder if folder.bytes_of(name) == size else None
    except OSError:
        return None


def _not_seen(folder: Address | Path) -> Problem:
    return Problem(
        say("{machine} does not see the folder {folder}.", platform.node(), shown(str(folder))),
        say("All machines of the cluster must have it under the same path."),
    )


def _on_machine(what: str) -> str:
    return say("On {machine}: {what}", platform.node(), what)


def numbered(step: ImageDone, number: int, total: int, at_once: int) -> ImageDone:
    """A step of one worker as one of the whole run."""
    return replace(step, number=number, total=total, at_once=at_once)
