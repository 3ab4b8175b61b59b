"""Takes over other programs' files: first what would change, then all of it, and back again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Qt, Signal, Slot

from app.batch.folder import BatchFolder
from app.batch.importing import Planned, planned
from app.core.errors import Problem
from app.core.labels import Label
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.jobs.folder_pass import SAVE_S, FolderPass, Stopped
from app.session.jobs.import_steps import Pass, Step
from app.session.navigation.image_counts import UNTOUCHED
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from app.storage.exchange.importing import ImportOptions
from app.storage.exchange.label_use import labels_in

IMPORT = str(QT_TRANSLATE_NOOP("Session", "Import masks"))
UNDO_IMPORT = str(QT_TRANSLATE_NOOP("Session", "Take back the import"))


class Importer(QObject):
    """One import at a time.

    ``planned``: a ``Planned``. ``applied``: images changed, and images that were edited meanwhile
    and therefore left. ``progress``: done and in all.
    """

    planned = Signal(object)
    applied = Signal(int, int)
    failed = Signal(object)
    progress = Signal(int, int)
    changed = Signal()
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
        self._pass = FolderPass(
            session,
            readers,
            saver,
            lambda ready: ready.back,
            self.progress.emit,
            self._on_done,
            self._on_failed,
        )
        self._last: list[Step] = []
        self._brought: tuple[Label, ...] = ()
        self.planning = False
        self._counted.connect(self.progress, Qt.ConnectionType.QueuedConnection)
        session.folder_used.connect(self._on_folder)

    @property
    def running(self) -> bool:
        return self.planning or self._pass.run is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is an import in this folder that can be taken back as a whole."""
        return bool(self._last) and not self.running

    # -- planning

    def plan(self, path: Path, form: str | None, options: ImportOptions) -> None:
        """Read ``path`` in the background; nothing is changed."""
        folder = self._session.folder
        if self.running or not isinstance(folder, DiskFolder):
            return
        self._stop.clear()
        self.planning = True
        names = [entry.name for entry in self._navigator.images]
        work = partial(self._plan, path, form, options, folder, names)
        self._readers.ask(Urgency.BACKGROUND, work, self._on_planned, self._on_failed)
        self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """Give up planning; an import under way is finished, for half of one is worse."""
        self._stop.set()

    def _plan(
        self,
        path: Path,
        form: str | None,
        options: ImportOptions,
        folder: DiskFolder,
        names: Sequence[str],
    ) -> Planned:
        """Runs on a reading thread."""
        if not self._saver.flush(SAVE_S):
            raise Problem("Some objects are not saved yet.", "Try again when they are.")
        return planned(BatchFolder(folder.project, names), path, form, options, self._report)

    def _report(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Stopped
        self._counted.emit(done, total)

    def _on_planned(self, found: Planned) -> None:
        self.planning = False
        self.planned.emit(found)
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.planning = False
        run = self._pass.drop()
        if run is not None and run.name == IMPORT:
            self._last = run.changed
        if not isinstance(error, Stopped):
            problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
            self.failed.emit(problem)
        self.changed.emit()

    # -- applying

    def apply(self, found: Planned) -> bool:
        """Make the changes; False if the labels were changed since it was planned."""
        if self.running or found.labels != self._session.labels:
            return False
        folder = self._session.folder
        why = None if folder is None else folder.read_only
        if folder is not None and found.plan.labels != found.labels:
            why = why or folder.labels_read_only
        if why:
            self._on_failed(Problem("Nothing can be edited here.", why))
            return False
        known = {label.id for label in found.labels}
        self._brought = tuple(each for each in found.plan.labels if each.id not in known)
        self._session.label_desk.put(found.plan.labels)
        steps = [
            Step(change.name, change.size, change.fits, change.applied)
            for change in found.plan.changes
        ]
        self._start(Pass(IMPORT, steps))
        return True

    def undo(self) -> None:
        """Take back the newest import: every image that is still as it was left by it.

        Labels that came with it go too, unless something else uses them by then.
        """
        if self.running or not self._last:
            return
        steps, self._last = self._last, []
        self._start(Pass(UNDO_IMPORT, steps))

    def _start(self, run: Pass) -> None:
        self._pass.start(run)
        self.changed.emit()

    def _on_done(self, run: Pass) -> None:
        if run.name == IMPORT:
            self._last = run.changed
        else:
            self._take_labels_back()
        self.applied.emit(len(run.changed), len(run.steps) - len(run.changed))
        self.changed.emit()

    def _take_labels_back(self) -> None:
        """Those that the import brought and nobody has changed or used since."""
        folder, brought = self._session.folder, self._brought
        self._brought = ()
        left = [label for label in brought if label in self._session.labels.labels]
        if not left or not isinstance(folder, DiskFolder):
            return
        self.planning = True
        names = [entry.name for entry in self._navigator.images if entry.summary != UNTOUCHED]
        self._readers.ask(
            Urgency.BACKGROUND,
            lambda: labels_in(folder.project, names) if self._saver.flush(SAVE_S) else None,
            lambda used: self._on_used(left, used),
            self._on_failed,
        )

    def _on_used(self, brought: list[Label], used: frozenset[int] | None) -> None:
        self.planning = False
        labels, document = self._session.labels, self._session.document
        here = document.label_ids if document is not None else set()
        for label in brought:
            wanted = used is None or label.id in used or label.id in here
            if not wanted and label in labels.labels and len(labels) > 1:
                labels = labels.without(label.id)
        if labels != self._session.labels:
            self._session.label_desk.change(UNDO_IMPORT, labels)
        self.changed.emit()

    @Slot()
    def _on_folder(self) -> None:
        self._pass.drop()
        self._brought = ()
        self._last = []
        self._stop.set()
        self.changed.emit()
