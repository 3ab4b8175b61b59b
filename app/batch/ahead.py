"""Letting a server prepare the next images of a folder while one is worked on.

Its way there and back, and its work, then pass while masks are made here. What is made of an image
is the same: only the moment at which the server is asked is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from app.batch.folder import BatchFolder
from app.batch.jobs import Embed, TaskJob, Worker
from app.batch.run import Result
from app.core.errors import Problem
from app.inference.cache import is_stored

NEXT = 4
"""Images that are read and asked for before their turn."""
MOST_PIXELS = 1 << 27
"""Of the images that wait here, all together; one is always read."""


@runtime_checkable
class AsksAhead(Protocol):
    """A model that another machine has; see ``model.served.client.ServedModel``."""

    def ask_ahead(self, image: npt.NDArray[np.uint8]) -> bool: ...

    def drop_ahead(self, image: npt.NDArray[np.uint8] | None = None) -> None: ...


@contextmanager
def asking_ahead(
    job: TaskJob | Embed, folder: BatchFolder, worker: Worker, names: Sequence[str]
) -> Iterator[_Ahead | TaskJob | Embed]:
    """``job``, to be called with ``names`` in their order, with the next ones under way."""
    model = worker.engine.model
    if not isinstance(model, AsksAhead):
        yield job
        return
    try:
        yield _Ahead(job, folder, worker, model, names)
    finally:
        model.drop_ahead()
        folder.read_ahead.clear()


class _Ahead:
    def __init__(
        self,
        job: TaskJob | Embed,
        folder: BatchFolder,
        worker: Worker,
        model: AsksAhead,
        names: Sequence[str],
    ) -> None:
        self._job, self._folder, self._worker, self._model = job, folder, worker, model
        self._names, self._at, self._begun = names, 0, 0
        self._asked: dict[str, npt.NDArray[np.uint8]] = {}

    def __call__(self, name: str) -> Result:
        self._at += 1
        while self._begun < min(self._at + NEXT - 1, len(self._names)) and self._has_room():
            self._begin(self._names[self._begun])
            self._begun += 1
        self._begun = max(self._begun, self._at)
        try:
            return self._job(name)
        finally:
            self._folder.read_ahead.pop(name, None)
            if name in self._asked:
                self._model.drop_ahead(self._asked.pop(name))

    def _has_room(self) -> bool:
        waiting = self._folder.read_ahead.values()
        return sum(each.pixels.size // 3 for each in waiting) < MOST_PIXELS

    def _begin(self, name: str) -> None:
        store, folder = self._worker.store, self._folder
        try:
            if not self._job.wants(name):
                return
            picture = folder.picture(name)
        except (Problem, ValueError, OSError, MemoryError):
            return  # it is told when it is the image's turn
        folder.read_ahead[name] = picture
        known = is_stored(store, picture.key, self._worker.model)
        if not known and self._model.ask_ahead(picture.pixels):
            self._asked[name] = picture.pixels
