"""Figures of the whole folder, read in the background, and their report as files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.batch.folder import BatchFolder
from app.batch.report import FolderReport, report_on
from app.core.audit import Audit
from app.core.errors import Problem
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from app.storage.atomic import write_atomic
from app.storage.failures import not_written
from app.storage.names import shown
from app.storage.report import csv_of, html_report

SAVE_S = 30.0


class Stopped(Exception):  # noqa: N818  it is an outcome, not a fault
    """The user has had enough of it."""


class Reporting(QObject):
    """One reading at a time; ``ready`` brings a ``FolderReport``."""

    ready = Signal(object)
    written = Signal(object)
    """Path of a file."""
    failed = Signal(object)
    progress = Signal(int, int)
    _counted = Signal(int, int)

    def __init__(
        self,
        session: Session,
        navigator: Navigator,
        readers: IoThreads,
        saver: Saver,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._navigator = session, navigator
        self._readers, self._saver = readers, saver
        self._stop = threading.Event()
        self.running = False
        self._counted.connect(self.progress, Qt.ConnectionType.QueuedConnection)

    def read(self, audit: Audit | None = None) -> None:
        """Go through every image of the list; with the pairs of ``audit``, if there is one."""
        folder = self.folder()
        if self.running or folder is None:
            return
        self.running = True
        self._stop.clear()
        work = partial(self._read, folder, audit)
        self._readers.ask(Urgency.BACKGROUND, work, self._on_read, self._on_failed)

    def stop(self) -> None:
        self._stop.set()

    def folder(self) -> BatchFolder | None:
        """The images of the list, to be read on another thread."""
        folder = self._session.folder
        if not isinstance(folder, DiskFolder):
            return None
        names = [entry.name for entry in self._navigator.images]
        return BatchFolder(folder.project, names, limit=self._navigator.large.largest_px)

    def flush(self) -> None:
        """Wait, on another thread, until everything is on disk; raises Problem."""
        if not self._saver.flush(SAVE_S):
            raise Problem("Some objects are not saved yet.", "Try again when they are.")

    def count(self, done: int, total: int) -> None:
        """Tell the window how far it is, from another thread; raises ``Stopped``."""
        if self._stop.is_set():
            raise Stopped
        self._counted.emit(done, total)

    def write_html(self, found: FolderReport, target: Path) -> None:
        folder = self._session.folder
        title = shown(folder.root.name) if folder is not None else ""
        self._write(target, lambda: html_report(title, found.statistics, found.audit))

    def write_csv(self, found: FolderReport, target: Path) -> None:
        names = {label.id: label.name for label in self._session.labels}
        facts = found.facts if found.audit is None else found.audit.facts
        self._write(target, lambda: csv_of(facts, names))

    def _read(self, folder: BatchFolder, audit: Audit | None) -> FolderReport:
        self.flush()
        return report_on(folder, audit, self.count)

    def _on_read(self, found: FolderReport) -> None:
        self.running = False
        self.ready.emit(found)

    def _write(self, target: Path, text: Callable[[], str]) -> None:
        def work() -> Path:
            try:
                write_atomic(target, text().encode("utf-8", "replace"))
            except OSError as error:
                raise not_written(target, error) from error
            return target

        self._readers.ask(Urgency.BACKGROUND, work, self.written.emit, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self.running = False
        if isinstance(error, Stopped):
            return
        problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
        self.failed.emit(problem)
