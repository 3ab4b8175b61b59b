"""Seconds of work: on one object, on this image, today; pauses are cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

IDLE_S = 8.0
"""A pause counts as work up to this long: looking at the object is work, a coffee is not."""
SLOW_OBJECT_S = 30.0
"""The paper's annotators went on to the next image when a mask took longer (section 4)."""

Clock = Callable[[], float]


class Stopwatch:
    """Adds up the time between signs of activity, each gap at most ``IDLE_S``.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self._total_s = 0.0

    @property
    def running(self) -> bool:
        return self._last is not None

    @property
    def active_s(self) -> float:
        """Seconds of work so far, the time since the last sign of activity included."""
        if self._last is None:
            return self._total_s
        return self._total_s + min(self._clock() - self._last, IDLE_S)

    def touch(self) -> None:
        """Somebody is at work: a click, a key, the mouse over the image."""
        now = self._clock()
        if self._last is not None:
            self._total_s += min(now - self._last, IDLE_S)
        self._last = now

    def restart(self, from_s: float = 0.0) -> None:
        """From zero, or from what was counted before; at rest."""
        self._total_s = from_s
        self._last = None


@dataclass(slots=True)
class Pace:
    """Masks made and the seconds they took."""

    masks: int = 0
    seconds: float = 0.0

    def add(self, seconds: float, count: int = 1) -> None:
        """One more, or with -1 one less, that took so long."""
        self.masks = max(0, self.masks + count)
        self.seconds = max(0.0, self.seconds + count * seconds)

    @property
    def seconds_per_mask(self) -> float | None:
        return self.seconds / self.masks if self.masks else None
