"""What one worker of a cluster does: the same calls, image by image, as a run on one machine.

An object of ``ClusterWorker`` lives in a process on some machine of the cluster and holds one
model. What comes and goes is pickled by Ray, between processes of one and the same program.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from app.batch.folder import BatchFolder
from app.batch.importing import Taken
from app.batch.jobs import Embed, TaskJob, Worker
from app.batch.run import CannotGoOn, ImageDone, Result, steps
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.inference import questions as q
from app.storage.embeddings import EmbeddingFiles
from app.storage.names import shown
from app.storage.project import Project
from model.messages import say
from model.weights.embedding_file import FORMAT, dumps, loads

RECOUNT = 16
CODE = Path(__file__).resolve().parents[2]
MakeJob = Callable[[BatchFolder, Worker], Callable[[str], Result]]
"""Makes what does one image, on each worker; what it is made of must be able to go there."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker works on and with, the same paths on all machines.

    Attributes:
        root, home: folders of the images and of their objects, absolute.
        limit: the most pixels of an image that is read.
        seen: name and size in bytes of an image: by it a worker knows that it sees this folder.
        choice: the model.
        cache: folder of embeddings and the bytes that it may take.
        output: the output folder that was chosen for the images, ``home`` or one above it.
    """

    root: Path
    home: Path
    limit: int
    seen: tuple[str, int]
    choice: q.Choice
    cache: tuple[Path, int]
    output: Path | None = None


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
        self._folder: BatchFolder | None = None
        self._worker: Worker | None = None
        self._job: Callable[[str], Result] | None = None
        self._device: int | None = None
        self._cache = Path()
        self._images = 0

    def version(self) -> tuple[str, str]:
        """Of its code, and the name of its machine; asked before anything else is sent."""
        return code_version(), platform.node()

    def open(self, place: Place) -> q.Loaded | Problem:
        """See the folder and load the model; the reason, if one of them cannot be."""
        problem = _unseen(place)
        if problem is not None:
            return problem
        project = Project(place.root, place.home, place.output)
        cache, limit = place.cache
        files = EmbeddingFiles(cache, dumps, loads, FORMAT, limit)
        try:
            worker, loaded = Worker.of(place.choice, files if cache.is_dir() else None)
        except Problem as error:
            return Problem(_on_machine(error.what), error.advice)
        self._cache = cache
        self._folder = BatchFolder(project, [], limit=place.limit)
        self._worker, self._device = worker, os.stat(place.root).st_dev
        return loaded

    def begin(self, make: MakeJob, labels: LabelSet) -> Problem | None:
        """From now on do this job; the reason, if it cannot be.

        Args:
            labels: of the folder, with all that its objects have, so that ids are the same.
        """
        assert self._folder is not None and self._worker is not None  # noqa: S101, PT018  opened
        self._folder.project.book.put(labels)
        self._job = make(self._folder, self._worker)
        if isinstance(self._job, Embed) and self._worker.store is None:
            return _not_seen(self._cache)
        return None

    def do(self, name: str, taken: Taken | None = None) -> Report:
        """One image, as a run on one machine does it.

        Args:
            taken: what another program's file makes of it first.
        """
        assert self._folder is not None and self._job is not None  # noqa: S101, PT018  begun
        job = self._job
        if isinstance(job, TaskJob):
            job = replace(job, taking=taken)
        self._recount()
        try:
            step = next(steps([name], job))
        except CannotGoOn as error:
            if self._is_gone():
                return Report(problem=self._gone(), gone=True)
            return Report(problem=CannotGoOn(_on_machine(error.what), error.advice))
        if step.problem is not None and self._is_gone():
            return Report(problem=self._gone(), gone=True)
        return Report(step)

    def _recount(self) -> None:
        """Look every so often how much the other workers have put into the same cache."""
        self._images += 1
        store = None if self._worker is None else self._worker.store
        if isinstance(store, EmbeddingFiles) and self._images % RECOUNT == 0:
            store.limit_to(store.limit_bytes)

    def _is_gone(self) -> bool:
        """Whether the folder is away; what stays of a share that is taken off is another disk."""
        assert self._folder is not None  # noqa: S101  opened
        try:
            return os.stat(self._folder.project.root).st_dev != self._device
        except OSError:
            return True

    def _gone(self) -> Problem:
        assert self._folder is not None  # noqa: S101  opened
        return Problem(
            say(
                "The folder {folder} cannot be seen from {machine} any more.",
                shown(self._folder.project.root),
                platform.node(),
            ),
            say("Bring the shared drive back and start again; what is done is kept."),
        )


def _unseen(place: Place) -> Problem | None:
    """Why a worker here cannot work on a folder; None if it can."""
    name, size = place.seen
    try:
        same = os.stat(place.root / name).st_size == size
    except OSError:
        same = False
    return None if same else _not_seen(place.root)


def _not_seen(folder: Path) -> Problem:
    return Problem(
        say("{machine} does not see the folder {folder}.", platform.node(), shown(folder)),
        say("All machines of the cluster must have it under the same path."),
    )


def _on_machine(what: str) -> str:
    return say("On {machine}: {what}", platform.node(), what)


def numbered(step: ImageDone, number: int, total: int, at_once: int) -> ImageDone:
    """A step of one worker as one of the whole run."""
    return replace(step, number=number, total=total, at_once=at_once)
