"""A background thread that answers the newest question of each kind, the most urgent kind first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

Cancelled = Callable[[], bool]


@dataclass(slots=True, eq=False)
class _Running(Generic[Q]):
    """The question being answered, since when, and whether its answer is still wanted; if not,
    since when not."""

    question: Q
    since: float
    cancel: threading.Event = field(default_factory=threading.Event)
    unwanted_since: float | None = None

    def stop(self, now: float) -> None:
        if not self.cancel.is_set():
            self.unwanted_since = now
            self.cancel.set()


class LatestWorker(Generic[Q, A]):
    """Runs ``answer`` on one thread that lives as long as the worker.

    At most one question of each rank waits: asking again replaces it, so a burst of mouse moves
    costs one inference, not fifty. The lowest rank is answered first. ``deliver`` and ``fail`` are
    called on the worker thread with the question they belong to; the receiver decides whether it is
    stale. ``answer`` gets a function that tells whether it should give up; where ``gives_way``
    holds, what has become more urgent meanwhile is answered inside it.

    Args:
        answer: computes; may raise anything, which goes to ``fail``.
        deliver, fail: take the question and its answer or exception; must not raise.
        rank: urgency of a question, 0 the most urgent.
        interrupts: whether a new question (first) makes the running one (second) give up.
        gives_way: whether a long question lets more urgent ones through while it runs.
        name: of the thread.
        clock: seconds that never go back; any thread asks it.
    """

    def __init__(
        self,
        answer: Callable[[Q, Cancelled], A],
        deliver: Callable[[Q, A], None],
        fail: Callable[[Q, Exception], None],
        *,
        rank: Callable[[Q], int] = lambda question: 0,
        interrupts: Callable[[Q, Q], bool] = lambda new, running: False,
        gives_way: Callable[[Q], bool] = lambda question: False,
        name: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._answer = answer
        self._deliver = deliver
        self._fail = fail
        self._rank = rank
        self._interrupts = interrupts
        self._gives_way = gives_way
        self._condition = threading.Condition()
        self._waiting: dict[int, Q] = {}
        # The last one is answered now; the one before it waits for that.
        self._running: list[_Running[Q]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, question: Q) -> Q | None:
        """Answer this soon; whatever of its rank still waits is forgotten.

        Returns:
            What is not answered now, nor told to have failed: the question that was forgotten, or
            ``question`` itself where the thread is to end; None if there is none.
        """
        with self._condition:
            if self._stopping:
                return question
            rank = self._rank(question)
            forgotten = self._waiting.get(rank)
            self._waiting[rank] = question
            for running in self._running:
                if self._interrupts(question, running.question):
                    running.stop(self._clock())
            self._condition.notify()
            return forgotten

    def withdraw(self, unwanted: Callable[[Q], bool]) -> list[Q]:
        """Forget the waiting questions for which ``unwanted`` holds; tell a running one to stop.

        Returns:
            Those forgotten; one that was running is answered or fails, as any other.
        """
        with self._condition:
            ranks = [rank for rank, each in self._waiting.items() if unwanted(each)]
            forgotten = [self._waiting.pop(rank) for rank in ranks]
            for running in self._running:
                if unwanted(running.question):
                    running.stop(self._clock())
            return forgotten

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        with self._condition:
            return not self._waiting and not self._running

    @property
    def running(self) -> tuple[Q, float] | None:
        """The question being answered now, and for how many seconds; None if there is none."""
        with self._condition:
            if not self._running:
                return None
            last = self._running[-1]
            return last.question, self._clock() - last.since

    @property
    def unheeded(self) -> float | None:
        """Seconds since the question being answered was told to stop; None if it was not."""
        with self._condition:
            since = self._running[-1].unwanted_since if self._running else None
            return None if since is None else self._clock() - since

    def abandon(self) -> list[Q]:
        """Expect nothing of the thread any more, should it ever come back; what it was asked."""
        with self._condition:
            asked = [*(each.question for each in self._running), *self._waiting.values()]
            self._stopping = True
            self._waiting.clear()
            for running in self._running:
                running.stop(self._clock())
            self._condition.notify()
        return asked

    @property
    def alive(self) -> bool:
        """Whether the thread has not ended."""
        return self._thread.is_alive()

    def stop(self, timeout_s: float) -> bool:
        """Forget what waits and end the thread. False if it is still busy after ``timeout_s``."""
        with self._condition:
            self._waiting.clear()
            self._stopping = True
            for running in self._running:
                running.stop(self._clock())
            self._condition.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _next(self) -> _Running[Q] | None:
        with self._condition:
            self._running.clear()
            self._condition.wait_for(lambda: self._stopping or self._waiting)
            if self._stopping:
                return None
            first = min(self._waiting)
            self._running.append(_Running(self._waiting.pop(first), self._clock()))
            return self._running[-1]

    def _run(self) -> None:
        while (running := self._next()) is not None:
            self._settle(running)

    def _settle(self, running: _Running[Q]) -> None:
        question = running.question
        try:
            answer = self._answer(question, lambda: self._give_way(running))
        except Exception as error:  # noqa: BLE001  a failure is an answer, not the thread's end
            self._fail(question, error)
        else:
            self._deliver(question, answer)

    def _give_way(self, running: _Running[Q]) -> bool:
        """Whether to give up; what is more urgent is answered first where it may be."""
        while (urgent := self._more_urgent(running)) is not None:
            self._settle(urgent)
            with self._condition:
                self._running.remove(urgent)
        return running.cancel.is_set()

    def _more_urgent(self, running: _Running[Q]) -> _Running[Q] | None:
        with self._condition:
            if (
                running.cancel.is_set()
                or not self._waiting
                or not self._gives_way(running.question)
            ):
                return None
            first = min(self._waiting)
            if first >= self._rank(running.question):
                return None
            self._running.append(_Running(self._waiting.pop(first), self._clock()))
            return self._running[-1]
