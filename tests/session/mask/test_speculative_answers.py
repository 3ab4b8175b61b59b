"""What a press of the button may ask is answered before it comes up, and nobody sees that."""

from __future__ import annotations

import numpy as np

from app.core.errors import Problem
from tests.session.conftest import Bench


def pressed(bench: Bench, x: float, y: float, *, positive: bool = True) -> int:
    """Press and wait until the model rests; how many prompts it has answered by then."""
    bench.pending.press(x, y, positive)
    bench.wait(lambda: bench.host.idle)
    return len(bench.model.prompts)


def test_a_click_has_its_answer_when_the_button_comes_up(bench: Bench) -> None:
    bench.ready()
    asked = pressed(bench, 30, 20)
    assert asked == 1
    bench.pending.click(30, 20)
    assert not bench.pending.is_predicting
    assert len(bench.model.prompts) == asked
    assert bench.pending.mask is not None
    assert bench.pending.mask.contains(30, 20)
    assert len(bench.pending.candidates) == 3


def test_a_second_click_too_from_the_logits_at_hand(bench: Bench) -> None:
    bench.ready().pending.click(30, 20)
    bench.answered()
    first = bench.pending.state.answer
    assert first is not None
    asked = pressed(bench, 50, 40, positive=False)
    bench.pending.click(50, 40, positive=False)
    bench.answered()
    assert len(bench.model.prompts) == asked
    logits = bench.model.prompts[-1].logits
    assert logits is not None
    assert np.array_equal(logits, first.prediction.logits[0])
    assert len(bench.pending.candidates) == 1


def test_a_press_alone_changes_nothing(bench: Bench) -> None:
    bench.ready()
    pressed(bench, 30, 20)
    assert not bench.pending.active
    assert not bench.pending.is_predicting
    assert bench.pending.mask is None
    assert not bench.pending.can_undo


def test_a_press_that_becomes_a_box_is_answered_as_a_box(bench: Bench) -> None:
    bench.ready()
    pressed(bench, 30, 20)
    bench.pending.box(30, 20, 50, 40)
    bench.answered()
    assert bench.model.prompts[-1].box is not None
    assert len(bench.pending.candidates) == 1


def test_a_click_that_comes_before_the_answer_waits_for_it_and_asks_no_more(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.pending.press(30, 20)
    bench.wait(lambda: bool(bench.model.prompts))
    bench.pending.click(30, 20)
    bench.model.release.set()
    bench.answered()
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == 1


def test_a_press_beside_the_image_or_before_it_is_ready_asks_nothing(bench: Bench) -> None:
    bench.load()
    bench.model.hold = True
    bench.show(0)
    bench.pending.press(30, 20)
    bench.model.release.set()
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    assert pressed(bench, -5, 20) == 0


def test_a_failure_is_told_when_the_click_asks_and_not_before(bench: Bench) -> None:
    problems: list[Problem] = []
    bench.ready().pending.problem.connect(problems.append)
    bench.host.problem.connect(problems.append)
    bench.model.failures.append(RuntimeError("out of order"))
    pressed(bench, 30, 20)
    assert problems == []
    bench.model.failures.append(RuntimeError("out of order"))
    bench.pending.click(30, 20)
    bench.wait(lambda: bool(problems))
    assert "out of order" in problems[0].what


def test_what_another_model_foresaw_is_not_taken(bench: Bench) -> None:
    bench.ready()
    asked = pressed(bench, 30, 20)
    bench.model.identity = "fake-2"
    bench.load()
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    bench.pending.click(30, 20)
    bench.answered()
    assert len(bench.model.prompts) == asked + 1


def test_a_box_that_goes_back_to_an_earlier_one_shows_and_asks_nothing(bench: Bench) -> None:
    bench.ready().pending.box(10, 10, 40, 40)
    bench.answered()
    bench.pending.paint([(50, 40)], 4)
    asked = len(bench.model.prompts)
    bench.pending.stretch(10, 10, 40, 40)
    bench.wait(lambda: bench.host.idle)
    assert bench.pending.box_mask is None
    assert len(bench.model.prompts) == asked


def test_a_press_before_the_last_answer_waits_for_its_click(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.pending.click(30, 20)
    bench.wait(lambda: bool(bench.model.prompts))
    bench.pending.press(40, 30)
    bench.model.release.set()
    bench.answered()
    bench.pending.click(40, 30)
    bench.answered()
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == 2


def test_what_a_gesture_no_longer_asks_is_not_answered(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.pending.stretch(10, 10, 40, 40)
    bench.wait(lambda: bool(bench.model.prompts))
    bench.pending.stretch(10, 10, 41, 40)
    bench.pending.stretch_end()
    bench.model.release.set()
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == 1
    assert bench.pending.box_mask is None


def test_a_press_does_not_lose_the_question_of_the_mouse(bench: Bench) -> None:
    bench.ready()
    bench.model.hold = True
    bench.host.prefetch(bench.folder.opened(1).picture)
    bench.wait(lambda: not bench.host.idle)
    bench.pending.hover(10, 10)
    bench.pending.press(30, 20)
    bench.pending.stretch_end()
    bench.model.release.set()
    bench.wait(lambda: bench.pending.hover_mask is not None)


def test_drawing_a_box_does_not_stop_the_next_image(bench: Bench) -> None:
    bench.ready()
    bench.model.hold = True
    ready: list[str] = []
    bench.host.embedded.connect(ready.append)
    before = bench.model.embeds
    bench.host.prefetch(bench.folder.opened(1).picture)
    bench.wait(lambda: bench.model.embeds > before)
    for corner in range(20, 40):
        bench.pending.stretch(10, 10, corner, 40)
    bench.model.release.set()
    bench.wait(lambda: bool(ready))
    assert bench.model.embeds == before + 1


def test_another_model_takes_the_preview_away_and_forgets_the_answer(bench: Bench) -> None:
    bench.ready().pending.stretch(10, 10, 40, 40)
    bench.wait(lambda: bench.pending.box_mask is not None)
    bench.load()
    assert bench.pending.box_mask is None
    told: list[bool] = []
    bench.pending.changed.connect(lambda: told.append(bench.pending.is_predicting))
    bench.pending.box(10, 10, 40, 40)
    bench.answered()
    assert told[-1] is False


def test_only_a_click_is_timed(bench: Bench) -> None:
    bench.ready()
    pressed(bench, 30, 20)
    assert bench.host.last_click_ms is None
    bench.pending.click(30, 20)
    assert bench.host.last_click_ms is not None


def test_a_slow_model_shows_no_box_on_the_way(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.pending.press(30, 20)
    bench.qtbot.wait(200)
    bench.model.release.set()
    bench.wait(lambda: bench.host.idle)
    asked = len(bench.model.prompts)
    bench.pending.stretch(10, 10, 40, 40)
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == asked
