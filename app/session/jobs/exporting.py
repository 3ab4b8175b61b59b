"""Writes other programs' formats from what is saved, away from the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.errors import Problem
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.storage.exchange.exporting import Choice, FolderImages, of_project, with_inside, write
from app.storage.exchange.formats import Format
from app.storage.exchange.values import ExportReport

SAVE_S = 30.0
Write = Callable[..., ExportReport]


class Stopped(Exception):  # noqa: N818  it is an outcome, not a fault
    """The export was stopped because the user asked for it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to write, and where.

    Attributes:
        form: the format.
        target: the file or folder.
        choice: which objects, of which images.
        options: of the format, by name.
        overwrite: also where another export or another program's files are.
    """

    form: Format
    target: Path
    choice: Choice = field(default_factory=Choice)
    options: dict[str, object] = field(default_factory=dict)
    overwrite: bool = False


class Exporter(QObject):
    """One export at a time; what is edited meanwhile is not in it."""

    progress = Signal(int)
    """Images written so far."""
    finished = Signal(object)
    """An ``ExportReport``."""
    failed = Signal(object)
    """A Problem."""
    stopped = Signal()
    _counted = Signal(int)

    def __init__(self, readers: IoThreads, saver: Saver, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = readers
        self._saver = saver
        self._stop = threading.Event()
        self.running = False
        self._counted.connect(self._on_counted, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        folder: DiskFolder,
        names: list[str],
        order: Order,
        write: Write = write,
    ) -> None:
        """Write the images of those names as ``order`` says."""
        if self.running:
            return
        self.running = True
        self._stop.clear()
        work = partial(self._write, folder, names, order, write)
        self._readers.ask(Urgency.BACKGROUND, work, self._on_done, self._on_failed)

    def stop(self) -> None:
        """Give up; a file that was there before stays as it was."""
        self._stop.set()

    def _write(
        self,
        folder: DiskFolder,
        names: list[str],
        order: Order,
        write: Write,
    ) -> ExportReport:
        if not self._saver.flush(SAVE_S) or self._saver.refused:
            raise Problem("Some objects are not saved yet.", "Try again when they are.")
        images = FolderImages(folder.project, names, order.choice)
        labels = folder.project.labels_with(folder.root / name for name in names)
        export = of_project(folder.project, labels, images)
        overwrite, report = order.overwrite, self._report
        written = write(
            order.form, export, order.target, order.options, report, overwrite=overwrite
        )
        return with_inside(images.told(written), folder.project, names)

    def _report(self, done: int) -> None:
        if self._stop.is_set():
            raise Stopped
        self._counted.emit(done)

    @Slot(int)
    def _on_counted(self, done: int) -> None:
        self.progress.emit(done)

    def _on_done(self, report: ExportReport) -> None:
        self.running = False
        self.finished.emit(report)

    def _on_failed(self, error: Exception) -> None:
        self.running = False
        if isinstance(error, Stopped):
            self.stopped.emit()
            return
        problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
        self.failed.emit(problem)
