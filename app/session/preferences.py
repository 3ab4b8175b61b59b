"""The user's choices as values that can be watched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.errors import Problem
from app.session.readers import Readers, Urgency
from app.storage.settings import Settings, SettingsFile

WRITE_AFTER_MS = 500


class Preferences(QObject):
    """One value for the whole program; kept in a file a moment after each change.

    Args:
        place: the settings file; read once, here, because the window is built from it.
    """

    changed = Signal()
    problem = Signal(object)

    def __init__(self, place: Path, readers: Readers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = readers
        self._file = SettingsFile(place, Settings)
        self._value, self.problems = self._file.read()
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
            self._timer.start()
            self.changed.emit()

    def close(self) -> None:
        """Write at once what was changed last."""
        if self._timer.isActive():
            self._timer.stop()
            self._problem_of(self._value)

    @Slot()
    def _write(self) -> None:
        value = self._value
        self._readers.ask(Urgency.KEEP, lambda: self._file.write(value), None, self._on_failed)

    def _problem_of(self, value: Settings) -> None:
        try:
            self._file.write(value)
        except Problem as problem:
            self.problem.emit(problem)

    def _on_failed(self, error: Exception) -> None:
        problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
        self.problem.emit(problem)
