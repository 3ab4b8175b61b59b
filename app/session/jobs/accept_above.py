"""Accepts what is proposed above a score on every image of the folder: counted first, one step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, Signal

from app.core import review
from app.core.document import Annotation, Document, ImageStatus, State
from app.core.errors import Problem
from app.core.review import Filter, Preview
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import Report
from app.session.jobs.folder_pass import FolderPass, ImageStep, Ready
from app.session.review.review import ACCEPT_ABOVE
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
    steps: list[ImageStep] = field(default_factory=list)
    objects: int = 0
    left: int = 0
    left_images: int = 0
    unclear: int = 0
    by_label: Counter[int] = field(default_factory=Counter)
    worst_iou: float | None = None
    best_iou: float | None = None
    marks_done: bool = True

    def look(self, folder: Folder, name: str, path: Path) -> None:
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
            ImageStep(name, size, partial(self._applied, found), lambda now: hash(now) == seen)
        )
        self.objects += len(found.ids)
        self.by_label.update(found.by_label)
        scores = [each for each in (self.worst_iou, found.worst_iou) if each is not None]
        self.worst_iou = min(scores, default=None)

    def _applied(self, found: Preview, document: Document) -> Document:
        after = found.applied_to(document)
        return after if self.marks_done else review.left_open(document, after)


class Accepting(FolderPass):
    """``counted``: an ``AcceptPreview``."""

    counted = Signal(object)
    name, undo_name = ACCEPT_ABOVE, UNDO_ACCEPT
    marks_done = True

    @property
    def counting(self) -> bool:
        """Whether it is being found out what accepting would do."""
        return self._report is not None and not self.running

    def count(self, chosen: Filter) -> None:
        """Find in the background what accepting those would do; the newest such wish counts."""
        folder, names = self.folder, self.names
        if folder is None or self.running:
            return
        marks_done = self.marks_done

        def count(report: Report) -> AcceptPreview:
            self.saved()
            found = AcceptPreview(chosen, marks_done=marks_done)
            summaries = folder.project.summaries(folder.root / name for name in names)
            for number, (name, (path, summary)) in enumerate(zip(names, summaries, strict=True), 1):
                if summary.objects.proposed or not summary.readable:
                    found.look(folder, name, path)
                report(number, len(names))
            return found

        self.ask(count, self.counted.emit, Urgency.LIST, running=False)

    def accept(self, found: AcceptPreview) -> None:
        """Do what was counted; an image that was edited meanwhile stays as it is."""
        if not self.running and found.steps and self._session.read_only is None:
            self.change_images(ACCEPT_ABOVE, found.steps)

    def way_back(self, ready: Ready) -> ImageStep:
        """Holds of the masks only those that were to be replaced."""
        before, after = ready.document, ready.after
        was = {a.id: a for a in before if a.state is State.PROPOSED}
        ids = [a.id for a in after if a.id in was and a.state is State.ACCEPTED]
        replaced = tuple(was[each] for each in ids if was[each].previous is not None)
        return ready.back(_taken_back(ids, replaced, before.status))


def _taken_back(
    ids: Sequence[int], replaced: Sequence[Annotation], status: ImageStatus
) -> Callable[[Document], Document]:
    def back(document: Document) -> Document:
        document = document.with_state(ids, State.PROPOSED).with_replaced(*replaced)
        return document.with_status(status)

    return back
