"""Work that an earlier session could not save where it belongs: offered, never applied silently."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.errors import Problem, problem_of
from app.session.folder.io_threads import IoThreads, Urgency
from app.storage.rescue import Rescued, RescueFolder


class Recovery(QObject):
    """Lists what waits in the rescue folder; puts it back or deletes it on request."""

    found = Signal(object)
    """A list of ``Rescued``, newest first, when there are any or the list has changed."""
    restored = Signal(object)
    """Path of the file that was written."""
    problem = Signal(object)

    def __init__(self, folder: Path, io_threads: IoThreads, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = RescueFolder(folder)
        self._io_threads = io_threads
        self._rescued: list[Rescued] = []

    @property
    def rescued(self) -> list[Rescued]:
        return list(self._rescued)

    def look(self) -> None:
        """Read the rescue folder; ``found`` comes if there is anything in it."""
        self._io_threads.ask(
            Urgency.BACKGROUND, self._folder.rescued, self._on_found, self._on_failed
        )

    def restore(self, rescued: Rescued) -> None:
        """Put it where it belongs, or beside that if the file there changed since."""
        self._io_threads.ask(
            Urgency.BACKGROUND,
            lambda: self._folder.restore(rescued),
            self._on_restored,
            self._on_failed,
        )

    def discard(self, rescued: Rescued) -> None:
        self._io_threads.ask(
            Urgency.BACKGROUND,
            lambda: self._folder.discard(rescued),
            self._on_discarded,
            self._on_failed,
        )

    def _on_found(self, answer: tuple[list[Rescued], list[Problem]]) -> None:
        before, self._rescued = self._rescued, answer[0]
        for problem in answer[1]:
            self.problem.emit(problem)
        if self._rescued or before:
            self.found.emit(self.rescued)

    def _on_restored(self, path: Path) -> None:
        self.restored.emit(path)
        self.look()

    def _on_discarded(self, nothing: object) -> None:
        self.look()

    def _on_failed(self, error: Exception) -> None:
        problem = problem_of(error)
        self.problem.emit(problem)
