"""After an answer the model looks closer by itself; what one sees is what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.core.mask import Mask
from app.core.prompt import Point, Prompt
from app.inference.engine import model_prompt
from app.inference.questions import Answer, LookAgain, Predict, Ticket
from app.session.mask import zoom_embeddings as close_ups
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel, MemoryFolder

HEIGHT, WIDTH = 480, 640


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    """Images ten times as large as the model's input, the first one at hand."""
    bench = Bench(qtbot, folder=MemoryFolder().with_pictures(2, HEIGHT, WIDTH))
    bench.ready()
    yield bench
    bench.model.release.set()
    assert bench.context.close(30).busy == ()


def looks(bench: Bench) -> list[object]:
    """The windows that the model was shown."""
    return [window for kind, window in bench.model.log if kind == "look"]


def click(bench: Bench, x: float, y: float, positive: bool = True) -> Mask:
    bench.mask_editor.click(x, y, positive)
    bench.answered()
    assert bench.mask_editor.mask is not None
    return bench.mask_editor.mask


def rest(bench: Bench) -> Mask:
    """Once the model has nothing more to do."""
    bench.wait(lambda: bench.host.idle)
    bench.qtbot.wait(50)
    bench.wait(lambda: bench.host.idle)
    assert bench.mask_editor.mask is not None
    return bench.mask_editor.mask


def is_closer(bench: Bench) -> bool:
    answer = bench.mask_editor.state.answer
    return answer is not None and answer.closer is not None


def test_a_first_answer_becomes_finer_and_keeps_its_candidates(bench: Bench) -> None:
    click(bench, 260, 200)
    finer = rest(bench)
    assert is_closer(bench)
    assert finer.contains(260, 200)
    assert len(bench.mask_editor.candidates) == 3


def test_the_finer_mask_is_what_is_accepted_and_undone_with_its_click(bench: Bench) -> None:
    click(bench, 260, 200)
    finer = rest(bench)
    bench.mask_editor.undo()
    assert not bench.mask_editor.active
    bench.mask_editor.redo()
    assert bench.mask_editor.mask is finer
    accepted = bench.mask_editor.accept()
    assert accepted is not None
    document = bench.session.document
    assert document is not None
    found = document.get(accepted)
    assert found is not None
    assert found.mask == finer
    assert found.evidence.crop_box is not None


def test_nothing_changes_after_it_was_accepted(bench: Bench) -> None:
    first = click(bench, 260, 200)
    accepted = bench.mask_editor.accept()
    bench.wait(lambda: bench.host.idle)
    bench.qtbot.wait(50)
    document = bench.session.document
    assert document is not None
    assert accepted is not None
    kept = document.get(accepted)
    assert kept is not None
    assert kept.mask == first
    assert not bench.mask_editor.active


def test_a_second_look_that_comes_after_another_click_is_dropped(bench: Bench) -> None:
    click(bench, 260, 200)
    bench.model.hold = True
    bench.mask_editor.clear()
    click(bench, 100, 100)
    bench.mask_editor.click(110, 100)
    bench.model.hold = False
    bench.answered()
    mask = rest(bench)
    assert len(bench.mask_editor.prompt.points) == 2
    assert not is_closer(bench)
    assert mask.contains(110, 100)


def test_the_next_click_is_answered_from_near_by_without_zooming_in(bench: Bench) -> None:
    click(bench, 260, 200)
    rest(bench)
    click(bench, 262, 203)
    answer = bench.mask_editor.state.answer
    assert answer is not None
    assert answer.prediction.transform.window is not None
    assert bench.model.prompts[-1].logits is not None


def test_a_box_is_looked_at_again(bench: Bench) -> None:
    bench.mask_editor.box(100, 100, 203, 197)
    bench.answered()
    mask = rest(bench)
    assert is_closer(bench)
    assert mask.bounds is not None
    x0, y0, x1, y1 = mask.bounds
    assert x0 >= 100
    assert y0 >= 100
    assert x1 <= 203
    assert y1 <= 197


def test_switched_off_nothing_of_it_is_done(bench: Bench) -> None:
    bench.context.preferences.set(close_ups=False)
    first = click(bench, 260, 200)
    assert rest(bench) is first
    assert looks(bench) == []


def test_a_slow_model_is_left_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close_ups, "QUICK_S", 0.0)
    bench.context.zoom_embeddings._tried.add("fake-1")
    bench.context.zoom_embeddings._took_s["fake-1"] = 3.0
    first = click(bench, 260, 200)
    assert rest(bench) is first
    assert looks(bench) == []


def test_where_a_window_would_show_no_more_nothing_is_done(qtbot: QtBot) -> None:
    small = Bench(qtbot, folder=MemoryFolder().with_pictures(1, 48, 64)).ready()
    first = click(small, 32, 24)
    assert rest(small) is first
    assert looks(small) == []
    assert small.context.close(30).busy == ()


def test_the_finer_mask_stays_that_of_its_candidate(bench: Bench) -> None:
    click(bench, 320, 240)
    finer = rest(bench)
    bench.mask_editor.choose(1)
    bench.answered()
    larger = rest(bench)
    # The window around this one would be nearly the whole image.
    assert not is_closer(bench)
    assert larger.area > finer.area
    bench.mask_editor.choose(0)
    assert bench.mask_editor.mask == finer
    assert is_closer(bench)


def test_what_was_drawn_by_hand_meanwhile_stays(bench: Bench) -> None:
    click(bench, 260, 200)
    bench.mask_editor.paint([(400, 400)], 8)
    mask = rest(bench)
    assert mask.contains(400, 400)
    assert bench.mask_editor.state.by_hand


def test_another_image_and_back_keeps_the_finer_mask(bench: Bench) -> None:
    click(bench, 260, 200)
    finer = rest(bench)
    bench.show(1)
    bench.show(0)
    assert bench.mask_editor.mask is finer


def test_models_that_take_no_logits_look_around_but_not_again(qtbot: QtBot) -> None:
    bench = Bench(
        qtbot,
        model=FakeModel(takes_logits=False),
        folder=MemoryFolder().with_pictures(1, HEIGHT, WIDTH),
    ).ready()
    first = click(bench, 260, 200)
    assert rest(bench) is first
    assert bench.context.close(30).busy == ()


def test_specks_are_left_out_unless_one_switches_that_off(bench: Bench) -> None:
    asked = [bench.mask_editor.tidy, bench.mask_editor.hover_previews.tidy]
    bench.context.preferences.set(tidy_masks=False)
    asked += [bench.mask_editor.tidy, bench.mask_editor.hover_previews.tidy]
    assert asked == [True, True, False, False]


def test_a_click_goes_before_a_second_look_under_way_which_then_goes_on(bench: Bench) -> None:
    model, host, picture = bench.model, bench.host, bench.folder.opened(0).picture
    whole, report = host.embedding, host.report
    assert whole is not None
    assert report is not None
    prompt, ticket = Prompt.of(Point(260, 200)), Ticket(picture.key, "fake-1", 7)
    seen = model.decode(whole, model_prompt(prompt, None))
    first = Answer(seen, 0, Mask.empty(HEIGHT, WIDTH), report)
    near = model.embed(picture.pixels, None, (100, 40, 420, 360))
    look = LookAgain(ticket, prompt, first, {0: near})
    while model.started.acquire(blocking=False):
        pass
    told: list[str] = []
    model.hold_decode = True
    host.ask(look, lambda reply: told.append("finer" if reply.closer else "same"))
    assert model.started.acquire(timeout=30)
    host.ask(Predict(ticket, whole, prompt), lambda reply: told.append("click"))
    model.release.set()
    bench.wait(lambda: len(told) == 2)
    assert told == ["click", "finer"]


def test_another_candidate_that_is_meant_takes_the_place_of_the_shown_one_in_its_step(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.inference.engine.meant", lambda prompt, first, looks: max(looks))
    first = click(bench, 320, 240)
    meant = rest(bench)
    answer = bench.mask_editor.state.answer
    assert answer is not None
    assert answer.chosen > answer.prediction.best
    assert meant.area > first.area
    assert len(bench.mask_editor.candidates) == 3
    bench.mask_editor.undo()
    assert not bench.mask_editor.active
    bench.mask_editor.redo()
    assert bench.mask_editor.mask == meant


def test_a_candidate_that_was_chosen_by_hand_is_not_changed_for_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.inference.engine.meant", lambda prompt, first, looks: max(looks))
    click(bench, 260, 200)
    rest(bench)
    bench.mask_editor.choose(1)
    bench.answered()
    rest(bench)
    answer = bench.mask_editor.state.answer
    assert answer is not None
    assert answer.chosen == 1
