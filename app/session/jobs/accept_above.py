"""Accepts what is proposed above a score on every image of the folder: counted first, one step."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Qt, Signal, Slot

from app.core import review
from app.core.document import Annotation, Document, State
from app.core.errors import Problem
from app.core.review import Filter, Preview
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.jobs.folder_pass import SAVE_S, FolderPass, Stopped
from app.session.jobs.import_steps import Pass, Ready, Step
from app.session.navigation.navigator import Navigator
from app.session.review.review import ACCEPT_ABOVE
from app.session.session import Session
from app.storage.reading import read_size

UNDO_ACCEPT = str(QT_TRANSLATE_NOOP("Session", "Take back accepting in the folder"))


@dataclass(slots=True)
class AcceptPreview:
    """What accepting would do.

    Attributes:
        chosen: which proposals.
        steps: an image each.
        objects: how many would be accepted.
        left, left_images: how many proposals would still wait, on how many images.
        unclear: images that cannot be read, or not be changed.
        by_label: how many would be accepted, by label id.
        worst_iou: the lowest score among them; None if none is known.
        best_iou: the highest one of all that wait.
        marks_done: whether images on which nothing waits then are done.
    """

    chosen: Filter
    steps: list[Step] = field(default_factory=list)
    objects: int = 0
    left: int = 0
    left_images: int = 0
    unclear: int = 0
    by_label: Counter[int] = field(default_factory=Counter)
    worst_iou: float | None = None
    best_iou: float | None = None
    marks_done: bool = True

    def look(self, folder: DiskFolder, name: str, path: Path) -> None:
        """Count what becomes of one image."""
        try:
            loaded = folder.project.read_objects(path, *read_size(path))
        except Problem:
            self.unclear += 1
            return
        if loaded.read_only is None:
            self._add(name, loaded.document)
        else:
            self.unclear += 1

    def _add(self, name: str, document: Document) -> None:
        found = review.preview(document, self.chosen)
        self.left += found.left
        self.left_images += found.left > 0
        known = (a.evidence.predicted_iou for a in document if a.state is State.PROPOSED)
        self.best_iou = max([s for s in (self.best_iou, *known) if s is not None], default=None)
        if not found.ids:
            return
        seen = hash(document)
        size = document.height, document.width
        self.steps.append(
            Step(name, size, lambda now: hash(now) == seen, partial(self._applied, found))
        )
        self.objects += len(found.ids)
        self.by_label.update(found.by_label)
        scores = [each for each in (self.worst_iou, found.worst_iou) if each is not None]
        self.worst_iou = min(scores, default=None)

    def _applied(self, found: Preview, document: Document) -> Document:
        after = found.applied_to(document)
        return after if self.marks_done else review.left_open(document, after)


class Accepting(QObject):
    """One at a time; each image can be undone by itself, and the newest run as a whole.

    ``counted``: an ``AcceptPreview``. ``progress``: images done and in all. ``finished``: images
    changed, and images that were edited meanwhile and therefore left.
    """

    counted = Signal(object)
    progress = Signal(int, int)
    finished = Signal(int, int)
    failed = Signal(object)
    changed = Signal()
    _counted_so_far = Signal(int, int)

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
            session, readers, saver, _way_back, self.progress.emit, self._on_done, self._on_failed
        )
        self._last: list[Step] = []
        self.counting = False
        self.marks_done = True
        self._counted_so_far.connect(self.progress, Qt.ConnectionType.QueuedConnection)
        session.folder_used.connect(self._on_folder)

    @property
    def running(self) -> bool:
        """Whether images are being changed."""
        return self._pass.run is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a run in this folder that can be taken back as a whole."""
        return bool(self._last) and not self.running

    # -- before it

    def count(self, chosen: Filter) -> None:
        """Find in the background what accepting those would do; the newest such wish counts."""
        folder = self._session.folder
        if self.running or not isinstance(folder, DiskFolder):
            return
        self._stop.set()
        self._stop = stop = threading.Event()
        names = [entry.name for entry in self._navigator.images]
        self.counting = True
        self._readers.ask(
            Urgency.LIST,
            partial(self._count, folder, names, chosen, stop),
            lambda found: self._on_counted(found, stop),
            lambda error: self._on_failed(error) if stop is self._stop else None,
        )
        self.changed.emit()

    def _count(
        self, folder: DiskFolder, names: Sequence[str], chosen: Filter, stop: threading.Event
    ) -> AcceptPreview:
        """Runs on a reading thread."""
        if not self._saver.flush(SAVE_S):
            raise Problem("Some objects are not saved yet.", "Try again when they are.")
        found = AcceptPreview(chosen, marks_done=self.marks_done)
        summaries = folder.project.summaries(folder.root / name for name in names)
        for number, (name, (path, summary)) in enumerate(zip(names, summaries, strict=True), 1):
            if stop.is_set():
                raise Stopped
            if summary.counts[State.PROPOSED] or not summary.readable:
                found.look(folder, name, path)
                self._counted_so_far.emit(number, len(names))
        return found

    def _on_counted(self, found: AcceptPreview, stop: threading.Event) -> None:
        if stop is self._stop:
            self.counting = False
            self.counted.emit(found)
            self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """Give up counting; a run under way is finished, for half of one is worse."""
        self._stop.set()
        self.counting = False

    # -- doing it

    def accept(self, found: AcceptPreview) -> None:
        """Do what was counted; an image that was edited meanwhile stays as it is."""
        if not self.running and found.steps and self._session.read_only is None:
            self._start(Pass(ACCEPT_ABOVE, found.steps))

    def undo(self) -> None:
        """Take the newest run back, on every image that is still as it was left by it."""
        if not self.running and self._last:
            steps, self._last = self._last, []
            self._start(Pass(UNDO_ACCEPT, steps))

    def _start(self, run: Pass) -> None:
        self._pass.start(run)
        self.changed.emit()

    def _on_done(self, run: Pass) -> None:
        if run.name == ACCEPT_ABOVE:
            self._last = run.changed
        self.finished.emit(len(run.changed), len(run.steps) - len(run.changed))
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.counting = False
        run = self._pass.drop()
        if run is not None and run.name == ACCEPT_ABOVE:
            self._last = run.changed
        if not isinstance(error, Stopped):
            problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
            self.failed.emit(problem)
        self.changed.emit()

    @Slot()
    def _on_folder(self) -> None:
        self.stop()
        self._pass.drop()
        self._last = []
        self.changed.emit()


def _way_back(ready: Ready) -> Step:
    """What takes one image back, holding of its masks only those that were to be replaced."""
    before, after = ready.document, ready.after
    was = {a.id: a for a in before if a.state is State.PROPOSED}
    ids = [a.id for a in after if a.id in was and a.state is State.ACCEPTED]
    replaced = tuple(was[each] for each in ids if was[each].previous is not None)
    seen = hash(after)
    back = _taken_back(ids, replaced, before)
    return Step(ready.name, (before.height, before.width), lambda now: hash(now) == seen, back)


def _taken_back(
    ids: Sequence[int], replaced: Sequence[Annotation], before: Document
) -> Callable[[Document], Document]:
    status = before.status

    def back(document: Document) -> Document:
        document = document.with_state(ids, State.PROPOSED).with_replaced(*replaced)
        return document.with_status(status)

    return back
