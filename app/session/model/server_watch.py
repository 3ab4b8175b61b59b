"""Whether the machine that prepares the images is away; it is asked again until it is back."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import Problem
from model.interface import ServerError

FIRST_MS, LONGEST_MS = 2_000, 30_000


class ServerWatch(QObject):
    """Of the model in use; one that runs here is never away.

    ``changed``: it went away, or came back. ``again``: it should be asked once more.

    Attributes:
        away: whether it does not answer.
    """

    changed = Signal()
    again = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.away = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.again)
        self._next_ms = FIRST_MS

    def failed(self, problem: Problem) -> None:
        """Something was not done; if the server may come back, it is asked again after a while."""
        if not comes_back(problem):
            return
        if not self._timer.isActive():
            self._timer.start(self._next_ms)
            self._next_ms = min(2 * self._next_ms, LONGEST_MS)
        self._put(True)

    def well(self) -> None:
        """It answered, or another model is in use."""
        self._timer.stop()
        self._next_ms = FIRST_MS
        self._put(False)

    def rest(self) -> None:
        """Ask no more."""
        self._timer.stop()

    def _put(self, away: bool) -> None:
        if away != self.away:
            self.away = away
            self.changed.emit()


def comes_back(problem: Problem) -> bool:
    """Whether it is about a server that may answer a little later."""
    return isinstance(problem.cause, ServerError) and problem.cause.passing
