"""Figures of the whole folder, read in the background, and their report as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import BackgroundJob, Report
from app.storage.atomic import write_atomic
from app.storage.failures import not_written
from app.storage.names import shown

if TYPE_CHECKING:
    from app.batch.report import FolderReport
    from app.core.audit import Audit


class Reporting(BackgroundJob):
    """``ready``: a ``FolderReport``. ``written``: the path of a file."""

    ready = Signal(object)
    written = Signal(object)
    outlives_folder = True

    def read(self, audit: Audit | None = None) -> None:
        """Go through every image of the list; with the pairs of ``audit``, if there is one."""
        images = self.images()
        if self.running or images is None:
            return

        def work(report: Report) -> FolderReport:
            from app.batch.report import report_on

            self.saved()
            return report_on(images, audit, report)

        self.ask(work, self.ready.emit)

    def write_html(self, found: FolderReport, target: Path) -> None:
        from app.storage.report import html_report

        folder = self._session.folder
        title = shown(folder.root.name) if folder is not None else ""
        self._write(target, lambda: html_report(title, found.statistics, found.audit))

    def write_csv(self, found: FolderReport, target: Path) -> None:
        from app.storage.report import csv_of

        names = {label.id: label.name for label in self._session.labels}
        facts = found.facts if found.audit is None else found.audit.facts
        self._write(target, lambda: csv_of(facts, names))

    def _write(self, target: Path, text: Callable[[], str]) -> None:
        def work() -> Path:
            try:
                write_atomic(target, text().encode("utf-8", "replace"))
            except OSError as error:
                raise not_written(target, error) from error
            return target

        self._io_threads.ask(Urgency.BACKGROUND, work, self.written.emit, self.fail)
