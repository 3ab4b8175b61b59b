"""Remembers for each folder where its review stopped."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.errors import Problem
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.last_writes import Work
from app.session.session import Session
from app.storage.review_place import ReviewPlace, place_file
from app.storage.settings import SettingsFile

LOG = logging.getLogger(__name__)
WRITE_AFTER_MS = 500


class ReviewPosition(QObject):
    """The place of the open folder: read when it is opened, written a moment after each change.

    A folder that is only looked at gets no file, and one that cannot be written keeps none.
    """

    read = Signal()

    def __init__(
        self, session: Session, io_threads: IoThreads, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._io_threads = io_threads
        self._file: SettingsFile[ReviewPlace] | None = None
        self._value = self._kept = ReviewPlace()
        self._timer = QTimer(self, singleShot=True, interval=WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write)
        session.folder_used.connect(self._on_folder)

    @property
    def value(self) -> ReviewPlace:
        return self._value

    def put(self, place: ReviewPlace) -> None:
        if place != self._value:
            self._value = place
            if self._file is not None:
                self._timer.start()

    def last_write(self) -> tuple[Path, Work] | None:
        """What is still to be written, also where its writing waits for its turn."""
        self._timer.stop()
        file, value = self._file, self._value
        if file is None or value == self._kept:
            return None
        return file.path, lambda: _write(file, value)

    @Slot()
    def _on_folder(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._write()
        folder = self._session.folder
        self._value = self._kept = ReviewPlace()
        self._file = None
        if folder is None or folder.read_only is not None:
            return
        file = self._file = place_file(folder.project.own)

        def done(found: ReviewPlace) -> None:
            if self._file is file and self._value == ReviewPlace():
                self._value = self._kept = found
                self.read.emit()

        self._io_threads.ask(Urgency.LIST, lambda: file.read()[0], done)

    @Slot()
    def _write(self) -> None:
        file, value = self._file, self._value
        if file is not None:

            def done(_: object) -> None:
                if self._file is file:
                    self._kept = value

            self._io_threads.ask(Urgency.BACKGROUND, lambda: _write(file, value), done)


def _write(file: SettingsFile[ReviewPlace], value: ReviewPlace) -> None:
    try:
        file.write(value)
    except Problem as problem:
        # The masks are what matters; only the way back to the place is a little longer.
        LOG.info("the place of the review is not kept: %s", problem)
