"""Writes other programs' formats from what is saved, away from the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.document import Annotation, Document, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.session.disk_folder import DiskFolder
from app.session.readers import Readers, Urgency
from app.session.saver import Saver
from app.storage.exchange.values import Export, ExportImage, ExportReport
from app.storage.failures import not_written
from app.storage.reading import read_size
from app.storage.sidecar import Summary

SAVE_S = 30.0
ACCEPTED = frozenset((State.ACCEPTED, State.EDITED))
Progress = Callable[[int], None]
Write = Callable[[Export, Path, Progress], ExportReport]


class Stopped(Exception):  # noqa: N818  it is an outcome, not a fault
    """The export was stopped because the user asked for it."""


def write_coco(export: Export, target: Path, progress: Progress) -> ExportReport:
    """COCO with run lengths, the default.

    Raises:
        Problem: the file cannot be written; one that was there stays as it was.
    """
    # Not needed before the first export, and its readers cost time at the start.
    from app.storage.exchange import coco_write

    try:
        return coco_write.write(export, target, progress=progress)
    except OSError as error:
        raise not_written(target, error) from error


def images_to_export(
    folder: DiskFolder, names: Iterable[str], states: frozenset[State] = ACCEPTED
) -> Iterator[ExportImage]:
    """Each image that was worked on, with its objects of these states; read one by one.

    Raises:
        Problem: the objects of an image cannot be read; better no file than one that lacks them.
    """
    paths = [folder.root / name for name in names]
    for path, summary in folder.summaries(paths):
        if summary == Summary():
            continue
        if not summary.readable:
            raise Problem(
                f"The objects of {path.name} cannot be read.",
                "Repair or move away its file, or export without this image.",
            )
        loaded = folder.project.read_objects(path, *read_size(path))
        name = path.relative_to(folder.root).as_posix()
        yield ExportImage(name, _only(loaded.document, states), path)


def _only(document: Document, states: frozenset[State]) -> Document:
    def unwanted(annotation: Annotation) -> bool:
        return annotation.state not in states

    return document.without([each.id for each in document if unwanted(each)])


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

    def __init__(self, readers: Readers, saver: Saver, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = readers
        self._saver = saver
        self._stop = threading.Event()
        self.running = False
        self._counted.connect(self._on_counted, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        folder: DiskFolder,
        labels: LabelSet,
        names: list[str],
        target: Path,
        write: Write = write_coco,
        states: frozenset[State] = ACCEPTED,
    ) -> None:
        """Write the images of those names, and the labels, into ``target``."""
        if self.running:
            return
        self.running = True
        self._stop.clear()
        export = Export(labels, images_to_export(folder, names, states))
        self._readers.ask(
            Urgency.KEEP,
            lambda: self._write(export, target, write),
            self._on_done,
            self._on_failed,
        )

    def stop(self) -> None:
        """Give up; a file that was there before stays as it was."""
        self._stop.set()

    def _write(self, export: Export, target: Path, write: Write) -> ExportReport:
        if not self._saver.flush(SAVE_S) or self._saver.refused:
            raise Problem("Some objects are not saved yet.", "Try again when they are.")
        return write(export, target, self._report)

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
