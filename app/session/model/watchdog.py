"""Notices that the model does not answer any more, so that nobody waits for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.inference import questions as q

LOOK_MS = 500
ASLEEP_S = 4.0
"""A look that comes so late: the whole program stood still, or the machine slept."""
TIMES_AS_LONG = 20
Running = Callable[[], tuple[q.Question, float] | None]


@dataclass(slots=True)
class Patience:
    """How many seconds an answer may take before it is taken for lost.

    Attributes:
        click_s: for a click or the mouse.
        embed_s: for preparing an image; more where the model is known to be slow.
        load_s: for loading a model.
        end_s: for long work that was told to stop.
    """

    click_s: float = 20.0
    embed_s: float = 120.0
    load_s: float = 300.0
    end_s: float = 20.0

    def with_(self, question: q.Question, usual_embed_s: float) -> float | None:
        """The limit for a question; None for long work, which tells of itself."""
        match question:
            case q.Load():
                return self.load_s
            case q.Embed() | q.CloseUp():
                return max(self.embed_s, TIMES_AS_LONG * usual_embed_s)
            case q.Job():
                return None
            case _:
                return self.click_s


class Watchdog(QObject):
    """Looks at what the inference thread is doing while it is doing anything.

    Args:
        running: gives the question being answered and for how many seconds, or None.
        clock: seconds that never go back, the same as of ``running``.
        unheeded: gives for how many seconds that question has not stopped though it was told to, or
            None.

    Attributes:
        stalled: whether one takes longer than anybody should wait.
    """

    changed = Signal()

    def __init__(
        self,
        running: Running,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
        unheeded: Callable[[], float | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._running = running
        self._clock = clock
        self._unheeded = unheeded
        self._looked_s = clock()
        self._question: q.Question | None = None
        self._asleep_s = 0.0
        self.patience = Patience()
        self.usual_embed_s = 0.0
        self.stalled = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def running(self) -> tuple[q.Question, float] | None:
        """The question being answered, and for how many seconds; None if there is none."""
        return self._running()

    def wake(self) -> None:
        """Something was asked."""
        if not self._timer.isActive():
            self._looked_s = self._clock()
            self._timer.start()

    def rest(self) -> None:
        """Nothing is asked any more."""
        self._timer.stop()
        self._set(False)

    @Slot()
    def look(self) -> None:
        found = self._running()
        if found is None:
            self.rest()
            return
        question, seconds = found
        now = self._clock()
        since, self._looked_s = now - self._looked_s, now
        if question is not self._question:
            self._question, self._asleep_s = question, 0.0
        if since > ASLEEP_S:
            # Nobody waited meanwhile, nor could the model work.
            self._asleep_s += min(since, seconds)
        limit = self.patience.with_(question, self.usual_embed_s)
        if limit is None:
            limit, seconds = self.patience.end_s, self._unheeded() or 0.0
        self._set(seconds - self._asleep_s > limit)

    def _set(self, stalled: bool) -> None:
        if stalled != self.stalled:
            self.stalled = stalled
            self.changed.emit()
