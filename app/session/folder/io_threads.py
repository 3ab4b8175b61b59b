"""Three threads that read files, so that the window never waits for a disk."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Urgency(IntEnum):
    """What a reading is for; the first is served first."""

    OPEN = 0
    BEGUN = 1
    LIST = 2
    AHEAD = 3
    THUMBNAIL = 4
    BACKGROUND = 5


@dataclass(order=True, slots=True)
class Reading:
    """One piece of work; ``cancel`` it and its answer is never given.

    Attributes:
        owed: it keeps what was done already, so stopping waits for its turn.
    """

    urgency: int
    number: int
    work: Callable[[], Any] = field(compare=False)
    done: Callable[[Any], None] | None = field(compare=False, default=None)
    failed: Callable[[Exception], None] | None = field(compare=False, default=None)
    owed: bool = field(compare=False, default=False)
    cancelled: bool = field(compare=False, default=False)

    def cancel(self) -> None:
        self.cancelled = True


class IoThreads(QObject):
    """Runs functions that touch no QObject on its threads; answers arrive on the GUI thread.

    One of the threads does nothing but open images, and one takes no thumbnails or other patient
    work: opening queues behind nothing, whatever a long listing and an export do meanwhile.
    """

    _finished = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count()
        self._condition = threading.Condition()
        self._waiting: list[Reading] = []
        self._stopping = False
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        limits = {
            "opening reader": Urgency.OPEN,
            "reader": Urgency.AHEAD,
            "patient reader": Urgency.BACKGROUND,
        }
        self._threads = [
            threading.Thread(target=self._run, args=(limit,), name=name, daemon=True)
            for name, limit in limits.items()
        ]
        for thread in self._threads:
            thread.start()

    def ask(
        self,
        urgency: Urgency,
        work: Callable[[], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        owed: bool = False,
    ) -> Reading:
        """Run ``work`` on a thread; ``done`` gets what it returns, ``failed`` what it raises."""
        reading = Reading(urgency, next(self._numbers), work, done, failed, owed)
        with self._condition:
            if not self._stopping:
                heappush(self._waiting, reading)
                self._condition.notify_all()
        return reading

    def stop(self, timeout_s: float) -> bool:
        """Forget what waits, but for what is owed, and end the threads.

        False if one is still busy after the time.
        """
        with self._condition:
            self._stopping = True
            self._waiting = [reading for reading in self._waiting if reading.owed]
            heapify(self._waiting)
            self._condition.notify_all()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _next(self, limit: int) -> Reading | None:
        with self._condition:
            while True:
                while self._waiting and self._waiting[0].cancelled:
                    heappop(self._waiting)
                if self._waiting and self._waiting[0].urgency <= limit:
                    return heappop(self._waiting)
                if self._stopping:
                    return None
                self._condition.wait()

    def _run(self, limit: int) -> None:
        while (reading := self._next(limit)) is not None:
            try:
                result = reading.work()
            except Exception as error:  # noqa: BLE001  a failure is an answer, not the thread's end
                self._finished.emit(reading, None, error)
            else:
                self._finished.emit(reading, result, None)

    @Slot(object, object, object)
    def _on_finished(self, reading: Reading, result: Any, error: Exception | None) -> None:
        if reading.cancelled:
            return
        if error is None:
            if reading.done is not None:
                reading.done(result)
        elif reading.failed is not None:
            reading.failed(error)
