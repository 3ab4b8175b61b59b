"""The models one can choose: built-in, published ones with their download, the user's own."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.errors import problem_of
from app.inference.loaded_models import memory_needed
from app.inference.questions import Choice
from model.interface import Cancelled, ModelError
from model.weights.catalogue import Entry
from model.weights.known_hashes import known_hash

TOLD_EVERY = 1 << 20


@dataclass(frozen=True, slots=True)
class ShelfEntry:
    """A published model; ``path`` is its file, None until it is downloaded."""

    model: Entry
    path: Path | None

    def choice(self, device: str = "auto") -> Choice | None:
        """To use it; None until it is downloaded."""
        return None if self.path is None else Choice(str(self.path), self.model.title, device)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a model takes, in bytes.

    Attributes:
        download: what is still to be fetched.
        free: on the disk it goes to; None if that is not known.
        memory: about so much while it loads and works.
    """

    download: int
    free: int | None
    memory: int

    @property
    def fits(self) -> bool:
        return self.free is None or self.free >= self.download


class ModelCatalogue(QObject):
    """One download at a time, on a thread of its own.

    Args:
        models: the catalogue.
        folder: where downloaded files go.
    """

    changed = Signal()
    progress = Signal(str, object, object)
    """Name of the model, bytes done and bytes in all; they do not fit a C integer."""
    downloaded = Signal(str)
    stopped = Signal(str)
    problem = Signal(object)
    _ended = Signal(object, object)
    _counted = Signal(object, object)

    def __init__(
        self, models: tuple[Entry, ...], folder: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._folder = folder
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._loading: Entry | None = None
        queued = Qt.ConnectionType.QueuedConnection
        self._ended.connect(self._on_ended, queued)
        self._counted.connect(self._on_counted, queued)

    @property
    def entries(self) -> tuple[ShelfEntry, ...]:
        folder = self._folder
        return tuple(
            ShelfEntry(each, each.path(folder) if each.path(folder).is_file() else None)
            for each in self._models
        )

    def title_of(self, source: str) -> str | None:
        """Of the published model that lies at this path or has this name; None if none does."""
        found = (each.title for each in self._models
                 if source in (each.name, str(each.path(self._folder))))  # fmt: skip
        return next(found, None)

    def needs(self, model: Entry) -> Needs:
        """What fetching and using a model of the catalogue takes."""
        path = model.path(self._folder)
        part = path.with_name(f"{path.name}.part")
        try:
            there = part.stat().st_size
        except OSError:
            there = 0
        home = next(each for each in (self._folder, *self._folder.parents) if each.exists())
        try:
            free: int | None = shutil.disk_usage(home).free
        except OSError:
            free = None
        return Needs(max(0, model.size - there), free, memory_needed(model.size))

    def hash_of(self, model: Entry) -> str | None:
        """What the first download of a model had whose publisher tells no hash; None before."""
        return known_hash(model.path(self._folder))

    @property
    def loading(self) -> str | None:
        """Name of the model that is being downloaded."""
        return self._loading.name if self._loading else None

    def download(self, name: str) -> None:
        """Fetch a model; nothing happens while another one is fetched."""
        model = next((each for each in self._models if each.name == name), None)
        if model is None or self._loading is not None:
            return
        self._loading = model
        self._stop.clear()
        self._thread = threading.Thread(
            target=self._fetch, args=(model,), name="download", daemon=True
        )
        self._thread.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Give up the download; what has arrived is kept for the next time."""
        self._stop.set()

    def close(self, timeout_s: float = 1.0) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _fetch(self, model: Entry) -> None:
        told = 0

        def report(done: int, total: int) -> None:
            nonlocal told
            if done - told >= TOLD_EVERY or done == total:
                told = done
                self._counted.emit(model, done)

        # The network's modules cost time at the start, and most sessions download nothing.
        from model.weights.download import fetch

        try:
            fetch(model, self._folder, report, self._stop.is_set)
        except (ModelError, Cancelled, OSError) as error:
            self._ended.emit(model, error)
        else:
            self._ended.emit(model, model)

    @Slot(object, object)
    def _on_counted(self, model: Entry, done: int) -> None:
        if model is self._loading:
            self.progress.emit(model.name, done, model.size)

    @Slot(object, object)
    def _on_ended(self, model: Entry, result: object) -> None:
        self._loading = self._thread = None
        if isinstance(result, Cancelled):
            self.stopped.emit(model.name)
        elif isinstance(result, Exception):
            self.problem.emit(problem_of(result))
        else:
            self.downloaded.emit(model.name)
        self.changed.emit()
