"""What a press of the button may ask is answered before it comes up, and nobody sees that."""

from __future__ import annotations

import numpy as np

from app.core.errors import Problem
from tests.session.conftest import Bench


def pressed(bench: Bench, x: float, y: float, *, positive: bool = True) -> int:
    """Press and wait until the model rests; how many prompts it has answered by then."""
    bench.mask_editor.press(x, y, positive)
    bench.wait(lambda: bench.host.idle)
    return len(bench.model.prompts)


def test_a_click_has_its_answer_when_the_button_comes_up(bench: Bench) -> None:
    bench.ready()
    asked = pressed(bench, 30, 20)
    assert asked == 1
    bench.mask_editor.click(30, 20)
    assert not bench.mask_editor.is_predicting
    assert len(bench.model.prompts) == asked
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(30, 20)
    assert len(bench.mask_editor.candidates) == 3


def test_a_second_click_too_from_the_logits_at_hand(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    first = bench.mask_editor.state.answer
    assert first is not None
    asked = pressed(bench, 50, 40, positive=False)
    bench.mask_editor.click(50, 40, positive=False)
    bench.answered()
    assert len(bench.model.prompts) == asked
    logits = bench.model.prompts[-1].logits
    assert logits is not None
    assert np.array_equal(logits, first.prediction.logits[0])
    assert len(bench.mask_editor.candidates) == 1


def test_a_press_alone_changes_nothing(bench: Bench) -> None:
    bench.ready()
    pressed(bench, 30, 20)
    assert not bench.mask_editor.active
    assert not bench.mask_editor.is_predicting
    assert bench.mask_editor.mask is None
    assert not bench.mask_editor.can_undo


def test_a_press_that_becomes_a_box_is_answered_as_a_box(bench: Bench) -> None:
    bench.ready()
    pressed(bench, 30, 20)
    bench.mask_editor.box(30, 20, 50, 40)
    bench.answered()
    assert bench.model.prompts[-1].box is not None
    assert len(bench.mask_editor.candidates) == 1


def test_a_click_that_comes_before_the_answer_waits_for_it_and_asks_no_more(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.press(30, 20)
    bench.wait(lambda: bool(bench.model.prompts))
    bench.mask_editor.click(30, 20)
    bench.model.release.set()
    bench.answered()
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == 1


def test_a_press_beside_the_image_or_before_it_is_ready_asks_nothing(bench: Bench) -> None:
    bench.load()
    bench.model.hold = True
    bench.show(0)
    bench.mask_editor.press(30, 20)
    bench.model.release.set()
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    assert pressed(bench, -5, 20) == 0


def test_a_failure_is_told_when_the_click_asks_and_not_before(bench: Bench) -> None:
    problems: list[Problem] = []
    bench.ready().mask_editor.problem.connect(problems.append)
    bench.host.problem.connect(problems.append)
    bench.model.failures.append(RuntimeError("out of order"))
    pressed(bench, 30, 20)
    assert problems == []
    bench.model.failures.append(RuntimeError("out of order"))
    bench.mask_editor.click(30, 20)
    bench.wait(lambda: bool(problems))
    assert "out of order" in problems[0].what


def test_what_another_model_foresaw_is_not_taken(bench: Bench) -> None:
    bench.ready()
    asked = pressed(bench, 30, 20)
    bench.model.identity = "fake-2"
    bench.load()
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    bench.mask_editor.click(30, 20)
    bench.answered()
    assert len(bench.model.prompts) == asked + 1


def test_a_box_that_goes_back_to_an_earlier_one_shows_and_asks_nothing(bench: Bench) -> None:
    bench.ready().mask_editor.box(10, 10, 40, 40)
    bench.answered()
    bench.mask_editor.paint([(50, 40)], 4)
    asked = len(bench.model.prompts)
    bench.mask_editor.stretch(10, 10, 40, 40)
    bench.wait(lambda: bench.host.idle)
    assert bench.mask_editor.box_mask is None
    assert len(bench.model.prompts) == asked


def test_a_press_before_the_last_answer_waits_for_its_click(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.click(30, 20)
    bench.wait(lambda: bool(bench.model.prompts))
    bench.mask_editor.press(40, 30)
    bench.model.release.set()
    bench.answered()
    bench.mask_editor.click(40, 30)
    bench.answered()
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == 2


def test_what_a_gesture_no_longer_asks_is_not_answered(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.stretch(10, 10, 40, 40)
    bench.wait(lambda: bool(bench.model.prompts))
    bench.mask_editor.stretch(10, 10, 41, 40)
    bench.mask_editor.stretch_end()
    bench.model.release.set()
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == 1
    assert bench.mask_editor.box_mask is None


def test_a_press_does_not_lose_the_question_of_the_mouse(bench: Bench) -> None:
    bench.ready()
    bench.model.hold = True
    bench.host.prefetch(bench.folder.opened(1).picture)
    bench.wait(lambda: not bench.host.idle)
    bench.mask_editor.hover(10, 10)
    bench.mask_editor.press(30, 20)
    bench.mask_editor.stretch_end()
    bench.model.release.set()
    bench.wait(lambda: bench.mask_editor.hover_mask is not None)


def test_drawing_a_box_does_not_stop_the_next_image(bench: Bench) -> None:
    bench.ready()
    bench.model.hold = True
    ready: list[str] = []
    bench.host.embedded.connect(ready.append)
    before = bench.model.embeds
    bench.host.prefetch(bench.folder.opened(1).picture)
    bench.wait(lambda: bench.model.embeds > before)
    for corner in range(20, 40):
        bench.mask_editor.stretch(10, 10, corner, 40)
    bench.model.release.set()
    bench.wait(lambda: bool(ready))
    assert bench.model.embeds == before + 1


def test_another_model_takes_the_preview_away_and_forgets_the_answer(bench: Bench) -> None:
    bench.ready().mask_editor.stretch(10, 10, 40, 40)
    bench.wait(lambda: bench.mask_editor.box_mask is not None)
    bench.load()
    assert bench.mask_editor.box_mask is None
    told: list[bool] = []
    bench.mask_editor.changed.connect(lambda: told.append(bench.mask_editor.is_predicting))
    bench.mask_editor.box(10, 10, 40, 40)
    bench.answered()
    assert told[-1] is False


def test_only_a_click_is_timed(bench: Bench) -> None:
    bench.ready()
    pressed(bench, 30, 20)
    assert bench.host.last_click_ms is None
    bench.mask_editor.click(30, 20)
    assert bench.host.last_click_ms is not None


def test_a_slow_model_shows_no_box_on_the_way(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    bench.mask_editor.press(30, 20)
    bench.qtbot.wait(200)
    bench.model.release.set()
    bench.wait(lambda: bench.host.idle)
    asked = len(bench.model.prompts)
    bench.mask_editor.stretch(10, 10, 40, 40)
    bench.wait(lambda: bench.host.idle)
    assert len(bench.model.prompts) == asked
