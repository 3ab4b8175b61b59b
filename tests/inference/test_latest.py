"""The newest question of a kind is answered, the most urgent kind first; stopping always ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.inference.latest import LatestWorker

Question = tuple[int, str]


class Clerk:
    """Answers when released; notes what it was asked and what became of it."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.release = threading.Semaphore(0)
        self.asked: list[Question] = []
        self.delivered: list[tuple[Question, str]] = []
        self.failed: list[tuple[Question, Exception]] = []
        self.patient = True
        self.worker: LatestWorker[Question, str] = LatestWorker(
            self.answer,
            lambda question, answer: self.delivered.append((question, answer)),
            lambda question, error: self.failed.append((question, error)),
            rank=lambda question: question[0],
            interrupts=lambda new, running: new[0] < running[0],
            name="clerk",
        )

    def answer(self, question: Question, cancelled: Callable[[], bool]) -> str:
        self.asked.append(question)
        self.started.release()
        while not self.release.acquire(timeout=0.005):
            if cancelled() and self.patient:
                raise RuntimeError("given up")
        if question[1] == "bad":
            raise ValueError(question[1])
        return question[1].upper()

    def let_go(self, times: int = 1) -> None:
        for _ in range(times):
            self.release.release()

    def settle(self) -> None:
        deadline = time.monotonic() + 30
        while not self.worker.idle and time.monotonic() < deadline:
            time.sleep(0.002)


@pytest.fixture
def clerk() -> Iterator[Clerk]:
    clerk = Clerk()
    yield clerk
    clerk.let_go(100)
    assert clerk.worker.stop(30)


def test_a_burst_costs_two_answers(clerk: Clerk) -> None:
    clerk.worker.ask((1, "first"))
    assert clerk.started.acquire(timeout=30)
    for number in range(50):
        clerk.worker.ask((1, f"{number}"))
    clerk.let_go(2)
    clerk.settle()
    assert [answer for _, answer in clerk.delivered] == ["FIRST", "49"]


def test_the_most_urgent_kind_goes_first(clerk: Clerk) -> None:
    clerk.worker.ask((0, "running"))
    assert clerk.started.acquire(timeout=30)
    for question in [(3, "later"), (1, "soon"), (2, "next")]:
        clerk.worker.ask(question)
    clerk.let_go(4)
    clerk.settle()
    assert [name for _, name in clerk.asked] == ["running", "soon", "next", "later"]


def test_a_more_urgent_question_makes_the_running_one_give_up(clerk: Clerk) -> None:
    clerk.worker.ask((5, "ahead"))
    assert clerk.started.acquire(timeout=30)
    clerk.worker.ask((1, "click"))
    assert clerk.started.acquire(timeout=30)
    clerk.let_go()
    clerk.settle()
    assert [str(error) for _, error in clerk.failed] == ["given up"]
    assert clerk.delivered == [((1, "click"), "CLICK")]


def test_a_long_question_lets_urgent_ones_through_and_goes_on() -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def answer(question: tuple[int, str], cancelled: Callable[[], bool]) -> str:
        if question[1] == "job":
            begun.set()
            assert go_on.wait(30)
            assert not cancelled()
        return question[1]

    worker = LatestWorker[tuple[int, str], str](
        answer,
        lambda question, reply: order.append(reply),
        lambda question, error: order.append(f"failed: {error}"),
        rank=lambda question: question[0],
        gives_way=lambda question: question[1] == "job",
        name="test",
    )
    worker.ask((4, "job"))
    assert begun.wait(30)
    worker.ask((1, "click"))
    worker.ask((5, "ahead"))
    go_on.set()
    deadline = time.monotonic() + 30
    while not worker.idle and time.monotonic() < deadline:
        time.sleep(0.002)
    assert worker.stop(30)
    assert order == ["click", "job", "ahead"]


def test_a_withdrawn_question_is_never_answered(clerk: Clerk) -> None:
    clerk.worker.ask((1, "running"))
    assert clerk.started.acquire(timeout=30)
    clerk.worker.ask((2, "left"))
    clerk.worker.withdraw(lambda question: question[1] == "left")
    clerk.let_go(2)
    clerk.settle()
    assert [name for _, name in clerk.asked] == ["running"]


def test_a_failure_is_an_answer_and_the_next_question_is_answered(clerk: Clerk) -> None:
    clerk.let_go(2)
    clerk.worker.ask((1, "bad"))
    assert clerk.started.acquire(timeout=30)
    clerk.worker.ask((1, "good"))
    clerk.settle()
    assert [str(error) for _, error in clerk.failed] == ["bad"]
    assert clerk.delivered == [((1, "good"), "GOOD")]


def test_stopping_does_not_wait_longer_than_told_for_one_who_does_not_listen(clerk: Clerk) -> None:
    clerk.patient = False
    clerk.worker.ask((1, "deaf"))
    assert clerk.started.acquire(timeout=30)
    begun = time.monotonic()
    assert not clerk.worker.stop(0.05)
    assert time.monotonic() - begun < 5


def test_what_is_asked_after_stopping_is_ignored(clerk: Clerk) -> None:
    assert clerk.worker.stop(30)
    clerk.worker.ask((1, "late"))
    assert clerk.asked == []


def test_who_asks_learns_which_question_is_forgotten_for_it(clerk: Clerk) -> None:
    assert clerk.worker.ask((1, "running")) is None
    assert clerk.started.acquire(timeout=30)
    first, second, other = (1, "first"), (1, "second"), (2, "other")
    assert clerk.worker.ask(first) is None
    assert clerk.worker.ask(other) is None
    assert clerk.worker.ask(second) is first
    assert clerk.worker.withdraw(lambda question: question[0] == 2) == [other]
    clerk.let_go(2)
    clerk.settle()
    assert [question for question, _ in clerk.delivered] == [(1, "running"), second]
    assert clerk.worker.stop(30)
    assert clerk.worker.ask(first) is first
