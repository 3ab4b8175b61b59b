"""A model that hangs is noticed and can be left behind; nothing waits for it for ever."""

from __future__ import annotations

import pytest

from app.core.errors import Problem
from app.inference.questions import Choice, Job, Predict
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel


def hang(bench: Bench) -> None:
    """A click that is not answered, on a model that never will."""
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.click(30, 20)
    bench.wait(lambda: is_asked(bench))
    waited(bench, bench.host.watchdog.patience.click_s)
    assert not bench.host.stalled
    waited(bench, 1)
    assert bench.host.stalled


def waited(bench: Bench, seconds: float) -> None:
    """Time passes, and the watchdog looks as often as it does."""
    for _ in range(int(2 * seconds)):
        bench.clock.pass_(0.5)
        bench.host.watchdog.look()


def is_asked(bench: Bench) -> bool:
    """Whether the model has the click."""
    running = bench.host.watchdog.running
    return running is not None and isinstance(running[0], Predict)


def test_a_model_that_hangs_is_told_of(bench: Bench) -> None:
    told: list[Problem] = []
    bench.host.problem.connect(told.append)
    hang(bench)
    assert "does not answer" in told[0].what
    bench.model.release.set()
    bench.answered()
    bench.wait(lambda: not bench.host.stalled)
    assert bench.mask_editor.mask is not None


def test_what_was_told_of_a_model_is_over_when_it_answers(bench: Bench) -> None:
    told: list[Problem] = []
    over: list[Problem] = []
    bench.host.problem.connect(told.append)
    bench.host.over.connect(over.append)
    hang(bench)
    assert over == []
    bench.model.release.set()
    bench.wait(lambda: over == told)


@pytest.mark.parametrize("asleep_s", [5.0, 26.0, 70.0, 40_000.0])
def test_a_program_that_stood_still_blames_no_model(bench: Bench, asleep_s: float) -> None:
    told: list[Problem] = []
    bench.host.problem.connect(told.append)
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.click(30, 20)
    bench.wait(lambda: is_asked(bench))
    waited(bench, 2)
    for _ in range(3):
        bench.clock.pass_(asleep_s)
        bench.host.watchdog.look()
    waited(bench, bench.host.watchdog.patience.click_s - 3)
    assert told == []
    # What it is awake for counts as ever.
    waited(bench, 4)
    assert len(told) == 1
    bench.model.release.set()
    bench.answered()


def test_a_sleep_before_the_question_was_asked_is_none_of_it(bench: Bench) -> None:
    bench.ready()
    bench.wait(lambda: bench.host.idle)
    bench.clock.pass_(1000)
    hang(bench)
    bench.model.release.set()


def test_restarted_it_answers_the_click_that_waited(bench: Bench) -> None:
    hang(bench)
    hung, bench.model = bench.model, FakeModel(identity="fake-2")
    bench.host.restart()
    bench.wait(lambda: bench.mask_editor.can_accept)
    assert not bench.host.stalled
    assert bench.mask_editor.state.model == "fake-2"
    mask = bench.mask_editor.mask
    hung.release.set()
    bench.wait(lambda: bench.host.idle)
    assert bench.mask_editor.mask == mask
    assert bench.mask_editor.accept() == 1


def test_another_model_can_be_chosen_while_one_hangs(bench: Bench) -> None:
    hang(bench)
    hung, bench.model = bench.model, FakeModel(identity="other")
    bench.host.use_model(Choice("other.pth", "other"))
    bench.wait(lambda: bench.host.identity == "other" and bench.mask_editor.can_accept)
    hung.release.set()


def test_long_work_on_a_folder_is_not_taken_for_hanging(bench: Bench) -> None:
    bench.ready()
    done: list[object] = []
    job = Job("long", lambda model, stop: bench.model.release.wait(30), serial=1)
    bench.host.ask(job, done.append, done.append)
    bench.wait(lambda: bench.host.watchdog.running is not None)
    bench.clock.pass_(100_000)
    bench.host.watchdog.look()
    assert not bench.host.stalled
    bench.model.release.set()
    bench.wait(lambda: done[-1:] == [True])


def test_long_work_that_does_not_stop_when_told_to_is_told_of(bench: Bench) -> None:
    told: list[Problem] = []
    bench.host.problem.connect(told.append)
    bench.ready()
    job = Job("long", lambda model, stop: bench.model.release.wait(30), serial=1)
    bench.host.ask(job, lambda _: None)
    bench.wait(lambda: bench.host.watchdog.running is not None)
    waited(bench, 100)
    bench.host.cancel(job)
    waited(bench, bench.host.watchdog.patience.end_s)
    assert told == []
    waited(bench, 1)
    assert "does not answer" in told[0].what
    bench.model.release.set()
    bench.wait(lambda: not bench.host.stalled)


def test_work_that_is_left_behind_with_a_model_ends_with_a_reason(bench: Bench) -> None:
    bench.ready()
    done: list[object] = []
    job = Job("long", lambda model, stop: bench.model.release.wait(30), serial=1)
    bench.host.ask(job, done.append, done.append)
    bench.wait(lambda: not bench.host.idle)
    bench.host.restart()
    assert isinstance(done[-1], Problem)
    bench.model.release.set()
    bench.wait(lambda: bench.host.state == "ready")
