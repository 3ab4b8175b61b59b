"""Takes over other programs' files: first what would change, then all of it, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal

from app.batch.folder import BatchFolder
from app.core.errors import Problem
from app.core.labels import Label
from app.session.jobs.background_job import SAVE_S, JobContext, Report
from app.session.jobs.folder_pass import FolderPass, ImageStep
from app.session.navigation.image_counts import UNTOUCHED
from app.storage.exchange.label_use import labels_in
from model.messages import say

if TYPE_CHECKING:
    from app.batch.importing import Planned
    from app.storage.exchange.importing import ImportOptions

IMPORT = str(QT_TRANSLATE_NOOP("Session", "Import masks"))
UNDO_IMPORT = str(QT_TRANSLATE_NOOP("Session", "Take back the import"))


class Importer(FolderPass):
    """``planned``: a ``Planned``.

    Taking an import back takes the labels that came with it, unless something else uses them.
    """

    planned = Signal(object)
    name, undo_name = IMPORT, UNDO_IMPORT

    def __init__(self, context: JobContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._brought: tuple[Label, ...] = ()

    def plan(self, path: Path, form: str | None, options: ImportOptions) -> None:
        """Read ``path`` in the background; nothing is changed."""
        folder, names = self.folder, self.names
        if self.running or folder is None:
            return

        def plan(report: Report) -> Planned:
            from app.batch.importing import planned

            self.saved()
            return planned(BatchFolder(folder.project, names), path, form, options, report)

        self.ask(plan, self.planned.emit)

    def apply(self, found: Planned) -> bool:
        """Make the changes; False if the labels were changed since it was planned."""
        if self.running or found.labels != self._session.labels:
            return False
        folder = self._session.folder
        why = None if folder is None else folder.read_only
        if folder is not None and found.plan.labels != found.labels:
            why = why or folder.labels_read_only
        if why:
            self.end_with(Problem(say("Nothing can be edited here."), why))
            return False
        known = {label.id for label in found.labels}
        self._brought = tuple(each for each in found.plan.labels if each.id not in known)
        self._session.folder_labels.put(found.plan.labels)
        changes = found.plan.changes
        self.change_images(
            IMPORT, [ImageStep(each.name, each.size, each.applied, each.fits) for each in changes]
        )
        return True

    def passed(self, name: str) -> None:
        """Labels that the import brought and nobody has changed or used since go with it."""
        if name == IMPORT:
            return
        folder, brought = self.folder, self._brought
        self._brought = ()
        left = [label for label in brought if label in self._session.labels.labels]
        if not left or folder is None:
            return
        names = [entry.name for entry in self._navigator.images if entry.summary != UNTOUCHED]

        def used(report: Report) -> frozenset[int] | None:
            return labels_in(folder.project, names) if self._saver.flush(SAVE_S) else None

        self.ask(used, lambda found: self._take_labels_back(left, found))

    def _take_labels_back(self, brought: list[Label], used: frozenset[int] | None) -> None:
        labels, document = self._session.labels, self._session.document
        here = document.label_ids if document is not None else set()
        for label in brought:
            wanted = used is None or label.id in used or label.id in here
            if not wanted and label in labels.labels and len(labels) > 1:
                labels = labels.without(label.id)
        if labels != self._session.labels:
            self._session.folder_labels.change(UNDO_IMPORT, labels)

    def forget(self) -> None:
        super().forget()
        self._brought = ()
