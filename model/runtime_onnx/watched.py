"""Runs of onnxruntime that can be stopped: not wanted any more, or taking too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import onnxruntime as ort

POLL_S = 0.005
"""What is given up for a click ends after so long, and the step under way."""


class Watch:
    """Ends a run when ``cancelled()`` becomes true or its time is over, from a thread of its own.

    A graph may hold a loop without an end, which nothing else stops.

    Args:
        options: of the run.
        cancelled: whether its result is no longer wanted; asked on the watching thread.
        limit_s: seconds that it may take; None for any.

    Attributes:
        cancelled: whether it was ended since it was not wanted.
        late: whether it was ended since it took too long.
    """

    def __init__(
        self,
        options: ort.RunOptions,
        cancelled: Callable[[], bool] | None,
        limit_s: float | None = None,
    ) -> None:
        self._options = options
        self._asked = cancelled
        self._limit_s = limit_s
        self._ended = threading.Event()
        self._needed = cancelled is not None or limit_s is not None
        self._thread = threading.Thread(target=self._poll, name="watch for cancel", daemon=True)
        self.cancelled = False
        self.late = False

    def __enter__(self) -> None:
        if self._needed:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._needed:
            self._thread.join()

    def _poll(self) -> None:
        begun = time.monotonic()
        while not self._ended.wait(POLL_S):
            self.cancelled = self._asked is not None and self._asked()
            taken_s = time.monotonic() - begun
            self.late = self._limit_s is not None and taken_s > self._limit_s
            if self.cancelled or self.late:
                self._options.terminate = True
                return
