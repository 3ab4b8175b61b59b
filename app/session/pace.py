"""How long a mask takes: on this image, and today."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import Document, Source
from app.session.readers import Readers, Urgency
from app.session.session import Session
from app.session.timing import Pace
from app.storage.atomic import write_atomic

LOG = logging.getLogger(__name__)


class PaceKeeper(QObject):
    """Seconds per mask, from the seconds of work noted with each object made by a person.

    Today's figures outlive the program: they are kept in the file ``place``, one line with the
    date, the masks and the seconds.
    """

    changed = Signal()

    def __init__(
        self, session: Session, readers: Readers, place: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._readers = readers
        self._place = place
        self._day = date.today()
        self._today = Pace()
        self._counted: set[tuple[str, int, str | None]] = set()
        session.document_changed.connect(self._on_document)
        session.image_opened.connect(self.changed)
        readers.ask(Urgency.KEEP, lambda: _read(place), self._on_read)

    @property
    def image(self) -> Pace:
        """Of the open image, whenever its objects were made."""
        pace = Pace()
        for annotation in self._session.document or ():
            if annotation.evidence.active_s and annotation.source in (Source.SMART, Source.MANUAL):
                pace.add(annotation.evidence.active_s)
        return pace

    @property
    def today(self) -> Pace:
        if self._day != date.today():
            self._day, self._today = date.today(), Pace()
        return self._today

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        for annotation in after:
            # Redo brings back an object that was counted when it was made.
            known = str(self._session.image_path), annotation.id, annotation.evidence.created
            if annotation.id < before.next_id or known in self._counted:
                continue
            if annotation.evidence.active_s:
                self._counted.add(known)
                self.today.add(annotation.evidence.active_s)
                self._keep()
        self.changed.emit()

    def _keep(self) -> None:
        line = f"{self._day.isoformat()} {self._today.masks} {self._today.seconds:.1f}\n"
        self._readers.ask(Urgency.KEEP, lambda: _write(self._place, line))

    def _on_read(self, found: tuple[str, int, float] | None) -> None:
        if found is not None and found[0] == self._day.isoformat():
            self._today.masks += found[1]
            self._today.seconds += found[2]
            self.changed.emit()


def _read(place: Path) -> tuple[str, int, float] | None:
    try:
        day, masks, seconds = place.read_text("ascii").split()
        return day, int(masks), float(seconds)
    except (OSError, ValueError):
        return None


def _write(place: Path, line: str) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(place, line.encode("ascii"), durable=False)
    except OSError as error:
        LOG.info("today's pace is not kept: %s", error)
