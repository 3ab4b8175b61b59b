"""The user's choices as values that can be watched."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.errors import problem_of
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.last_writes import Work
from app.storage.settings import Settings, SettingsFile

LOG = logging.getLogger(__name__)
WRITE_AFTER_MS = 500


class Preferences(QObject):
    """One value for the whole program; kept in a file a moment after each change.

    ``problem``: the file cannot be written; told once, until it can.

    Args:
        place: the settings file, read once, here, because the window is built from it; None for
            choices that are forgotten.
    """

    changed = Signal()
    problem = Signal(object)

    def __init__(
        self, place: Path | None, io_threads: IoThreads, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._io_threads = io_threads
        self._file = SettingsFile(place, Settings) if place is not None else None
        self._value, self.problems = self._file.read() if self._file else (Settings(), ())
        self._kept = self._value
        self._told = False
        self._timer = QTimer(self, singleShot=True, interval=WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write)

    @property
    def value(self) -> Settings:
        return self._value

    def set(self, **changes: Any) -> None:
        """Change fields of ``Settings`` by name.

        Raises:
            ValueError: a value out of its range.
        """
        self.put(replace(self._value, **changes))

    def put(self, value: Settings) -> None:
        """Take all of these values."""
        if value != self._value:
            self._value = value
            if self._file is not None:
                self._timer.start()
            self.changed.emit()

    def last_write(self) -> tuple[Path, Work] | None:
        """What is still to be written, also where its writing waits for its turn.

        Nobody else writes the file any more when it is done.
        """
        self._timer.stop()
        file, value = self._file, self._value
        if file is None or value == self._kept:
            return None
        return file.path, lambda: file.write(value)

    @Slot()
    def _write(self) -> None:
        file, value = self._file, self._value
        if file is not None:
            self._io_threads.ask(
                Urgency.BACKGROUND,
                lambda: file.write(value),
                lambda _: self._note(value),
                self._on_failed,
            )

    def _note(self, value: Settings) -> None:
        self._kept = value
        self._told = False

    def _on_failed(self, error: Exception) -> None:
        problem = problem_of(error)
        LOG.info("the settings are not kept: %s", problem)
        if not self._told:
            self._told = True
            self.problem.emit(problem)
