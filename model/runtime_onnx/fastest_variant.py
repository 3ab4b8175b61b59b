"""Finding out by doing which of several ways to do the same thing is the fastest here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Way = TypeVar("Way")
Result = TypeVar("Result")

ROUNDS = 4
"""Times that each way is tried; the first of each, which prepares it, does not count."""


class FastestVariant(Generic[Way]):
    """Ways that take turns until each was tried ``ROUNDS`` times; from then on the fastest.

    Args:
        ways: at least one; each is made when its first turn comes.
        clock: seconds.
    """

    def __init__(
        self, ways: Sequence[Callable[[], Way]], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._makers = ways
        self._made: dict[int, Way] = {}
        self._took: list[list[float]] = [[] for _ in ways]
        self._clock = clock

    def run(self, work: Callable[[Way], Result]) -> Result:
        """What ``work`` gives with the way whose turn it is."""
        index = self._next()
        if index not in self._made:
            self._made[index] = self._makers[index]()
        begun = self._clock()
        result = work(self._made[index])
        if len(self._took[index]) < ROUNDS:
            self._took[index].append(self._clock() - begun)
        return result

    def _next(self) -> int:
        places = range(len(self._makers))
        fewest = min(places, key=lambda index: len(self._took[index]))
        if len(self._took[fewest]) < ROUNDS:
            return fewest
        return min(places, key=lambda index: min(self._took[index][1:]))
