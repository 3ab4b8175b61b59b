from __future__ import annotations

import pytest

from app.batch.run import BEFORE, CannotGoOn, Outcome, Result, Tally, steps
from app.core.errors import Problem
from model.interface import Cancelled


def work(name: str) -> Result:
    if name == "bad":
        raise Problem("It is damaged.")
    if name == "full":
        raise CannotGoOn("The disk is full.")
    return BEFORE if name == "old" else Result(masks=2)


def test_a_bad_image_is_told_and_passed_over() -> None:
    found = [*steps(["a", "bad", "old"], work)]
    assert [step.result.outcome for step in found] == [
        Outcome.DONE,
        Outcome.FAILED,
        Outcome.BEFORE,
    ]
    assert str(found[1].problem) == "It is damaged."
    assert (found[2].number, found[2].total) == (3, 3)


def test_a_full_disk_ends_the_run() -> None:
    run = steps(["a", "full", "b"], work)
    assert next(run).name == "a"
    with pytest.raises(CannotGoOn):
        next(run)


def test_a_cancelled_run_stops_before_the_next_image() -> None:
    answers = iter([False, True])
    run = steps(["a", "b"], work, lambda: next(answers))
    assert next(run).name == "a"
    with pytest.raises(Cancelled):
        next(run)


def test_the_tally_counts_and_guesses_from_what_took_time() -> None:
    tally = Tally()
    assert tally.left_s(3) is None
    for step in steps(["a", "bad", "old"], work):
        tally.add(step)
    tally.seconds = 10
    assert (tally.done, tally.failed, tally.before, tally.masks) == (1, 1, 1, 2)
    assert tally.left_s(3) == 15


@pytest.mark.parametrize("error", [MemoryError, RecursionError, OSError, ValueError])
def test_whatever_one_image_does_the_others_are_done(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    def fails_once(name: str) -> Result:
        if name == "bad":
            raise error("of no use")
        return Result()

    found = [*steps(["a", "bad", "b"], fails_once)]
    assert [step.problem is None for step in found] == [True, False, True]
    assert "the work on bad failed" in caplog.text
