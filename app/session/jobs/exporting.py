"""Writes other programs' formats from what is saved, away from the window's thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.session.folder.folder_protocol import Folder
from app.session.jobs.background_job import BackgroundJob, Report

if TYPE_CHECKING:
    from app.storage.exchange.exporting import Choice
    from app.storage.exchange.formats import Format
    from app.storage.exchange.values import ExportReport


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
    choice: Choice
    options: dict[str, object] = field(default_factory=dict)
    overwrite: bool = False


class Exporter(BackgroundJob):
    """What is edited meanwhile is not in it; a file that was there before stays if it is stopped.

    ``finished``: an ``ExportReport``.
    """

    finished = Signal(object)
    outlives_folder = True

    def start(self, folder: Folder, names: list[str], order: Order) -> None:
        """Write the images of those names as ``order`` says."""

        def work(report: Report) -> ExportReport:
            from app.storage.exchange.exporting import FolderImages, of_project, with_inside, write

            self.saved(nothing_refused=True)
            images = FolderImages(folder.project, names, order.choice)
            labels = folder.project.labels_with(folder.root / name for name in names)
            export = of_project(folder.project, labels, images)
            written = write(
                order.form,
                export,
                order.target,
                order.options,
                lambda done: report(done, len(names)),
                overwrite=order.overwrite,
            )
            return with_inside(images.told(written), folder.project, names)

        if not self.running:
            self.ask(work, self.finished.emit)
