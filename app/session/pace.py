"""How long a mask takes: on this image, and today."""

from __future__ import annotations

import logging
from datetime import date, datetime

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import Annotation, Document, Source
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.mask.stopwatch import Pace
from app.session.session import Session
from app.storage.daylog import Day, DayLog, Made

LOG = logging.getLogger(__name__)


class PaceKeeper(QObject):
    """Seconds per mask, from the seconds of work noted with each object made by a person.

    Today's figures outlive the program: a line for each mask goes into ``log``.
    """

    changed = Signal()

    def __init__(
        self, session: Session, io_threads: IoThreads, log: DayLog, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._io_threads = io_threads
        self._log = log
        self._day = date.today()
        self._today = Pace()
        self._counted: set[tuple[str, int, str | None]] = set()
        self._taken_back: set[tuple[str, int, str | None]] = set()
        self._step: tuple[Document, Document] | None = None
        session.document_changed.connect(self._on_document)
        session.stepped.connect(self._on_stepped)
        session.image_opened.connect(self.changed)
        day = self._day
        io_threads.ask(Urgency.BACKGROUND, lambda: log.on(day), self._on_read)

    @property
    def image(self) -> Pace:
        """Of the open image, whenever its objects were made."""
        pace = Pace()
        for annotation in self._session.document or ():
            if _by_a_person(annotation):
                pace.add(annotation.evidence.active_s)
        return pace

    @property
    def today(self) -> Pace:
        if self._day != date.today():
            self._day, self._today = date.today(), Pace()
        return self._today

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        self._step = before, after
        for annotation in after:
            # Redo brings back an object that was counted when it was made.
            known = self._key(annotation)
            new = annotation.id >= before.next_id and known not in self._counted
            if new and _by_a_person(annotation):
                self._counted.add(known)
                self.today.add(annotation.evidence.active_s)
                self._keep(annotation)
        self.changed.emit()

    def _key(self, annotation: Annotation) -> tuple[str, int, str | None]:
        return str(self._session.image_path), annotation.id, annotation.evidence.created

    @Slot(str, bool)
    def _on_stepped(self, name: str, back: bool) -> None:
        """What was taken back was not made; an object that is deleted was."""
        if self._step is None:
            return
        before, after = self._step if back else self._step[::-1]
        self._step = None
        for annotation in before:
            key = self._key(annotation)
            if annotation.id in after or key not in self._counted:
                continue
            if back is (key in self._taken_back):
                continue
            (self._taken_back.add if back else self._taken_back.remove)(key)
            self.today.add(annotation.evidence.active_s, -1 if back else 1)
            self._keep(annotation, -1 if back else 1)
        self.changed.emit()

    def _keep(self, annotation: Annotation, count: int = 1) -> None:
        folder = self._session.folder
        made = Made(
            datetime.now().astimezone().isoformat(timespec="seconds"),
            annotation.evidence.active_s,
            annotation.evidence.clicks,
            annotation.source.value,
            folder.root.name if folder else "",
            count,
        )
        self._io_threads.ask(
            Urgency.BACKGROUND, lambda: self._log.add(made), None, self._on_lost, owed=True
        )

    def _on_read(self, found: Day) -> None:
        self._today.masks += found.masks
        self._today.seconds += found.seconds
        self.changed.emit()

    def _on_lost(self, error: Exception) -> None:
        LOG.info("today's pace is not kept: %s", error)


def _by_a_person(annotation: Annotation) -> bool:
    made = annotation.source in (Source.SMART, Source.MANUAL)
    return made and annotation.evidence.active_s > 0
