"""Zoom in, and the model sees what one sees; the whole image answers where that is not enough."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import Problem
from app.core.mask import Mask
from app.inference.questions import Choice
from app.session.mask import zoom_embeddings as close_ups
from app.session.mask.zoom_embeddings import Sight
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel, MemoryFolder

HEIGHT, WIDTH = 480, 640
VIEW = (200, 150, 320, 250)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    """Images ten times as large as the model's input, the first one at hand."""
    bench = Bench(qtbot, folder=MemoryFolder().with_pictures(2, HEIGHT, WIDTH))
    bench.ready()
    yield bench
    bench.model.release.set()
    assert bench.context.close(30).busy == ()


def looks(bench: Bench) -> list[tuple[int, int, int, int]]:
    """The windows that the model was shown."""
    return [window for kind, window in bench.model.log if kind == "look"]  # type: ignore[misc]


def zoomed(bench: Bench, view: tuple[int, int, int, int] = VIEW) -> tuple[int, int, int, int]:
    """The window that is embedded for a view."""
    bench.context.zoom_embeddings.show(view)
    bench.wait(lambda: bench.context.zoom_embeddings.sight is Sight.CLOSE)
    return looks(bench)[-1]


def click(bench: Bench, x: float, y: float, positive: bool = True) -> Mask:
    bench.mask_editor.click(x, y, positive)
    bench.answered()
    assert bench.mask_editor.mask is not None
    return bench.mask_editor.mask


def window_of(bench: Bench) -> tuple[int, int, int, int] | None:
    """The part of the image that the answer at hand was found in."""
    answer = bench.mask_editor.state.answer
    assert answer is not None
    return answer.prediction.transform.window


def test_what_is_on_the_screen_is_looked_at_with_a_margin(bench: Bench) -> None:
    x0, y0, x1, y1 = zoomed(bench)
    assert x0 < 200
    assert y0 < 150
    assert x1 > 320
    assert y1 > 250
    assert x1 - x0 < 200


def test_a_small_pan_needs_no_other_close_up(bench: Bench) -> None:
    zoomed(bench)
    zoomed(bench, (204, 152, 324, 252))
    assert len(looks(bench)) == 1


def test_only_the_view_that_comes_to_rest_is_looked_at(bench: Bench) -> None:
    for left in range(0, 200, 20):
        bench.context.zoom_embeddings.show((left, 150, left + 120, 250))
    zoomed(bench)
    assert len(looks(bench)) == 1


@pytest.mark.parametrize("view", [(0, 0, 640, 480), (100, 100, 500, 400), (700, 10, 600, 20)])
def test_where_little_more_is_to_be_seen_the_whole_image_does(
    bench: Bench, view: tuple[int, int, int, int]
) -> None:
    bench.context.zoom_embeddings.show(view)
    bench.qtbot.wait(2 * close_ups.REST_MS)
    assert looks(bench) == []
    assert bench.context.zoom_embeddings.sight is Sight.WHOLE


def test_a_tiny_image_is_seen_whole(qtbot: QtBot) -> None:
    small = Bench(qtbot, folder=MemoryFolder().with_pictures(1, 48, 64))
    small.ready().context.zoom_embeddings.show((10, 10, 20, 20))
    qtbot.wait(2 * close_ups.REST_MS)
    assert looks(small) == []
    assert small.context.close(30).busy == ()


def test_it_can_be_switched_off(bench: Bench) -> None:
    zoomed(bench)
    bench.context.preferences.set(close_ups=False)
    assert bench.context.zoom_embeddings.sight is Sight.WHOLE
    click(bench, 260, 200)
    assert window_of(bench) is None


def test_the_first_click_is_answered_from_near_by_and_finer(bench: Bench) -> None:
    from_afar = click(bench, 260, 200)
    bench.mask_editor.clear()
    window = zoomed(bench)
    from_near = click(bench, 260, 200)
    assert window_of(bench) == window
    assert 0 < from_near.area < from_afar.area / 4
    assert from_near.size == (HEIGHT, WIDTH)
    assert len(bench.mask_editor.candidates) == 3


def test_before_the_close_up_is_there_the_whole_image_answers(bench: Bench) -> None:
    bench.context.zoom_embeddings.show(VIEW)
    click(bench, 260, 200)
    assert window_of(bench) is None


def test_a_click_at_the_very_edge_is_answered_by_the_whole_image(bench: Bench) -> None:
    x0, y0, _, _ = zoomed(bench)
    click(bench, x0 + 2, y0 + 40)
    assert window_of(bench) is None


def test_at_the_images_own_border_nothing_is_missed(bench: Bench) -> None:
    window = zoomed(bench, (0, 0, 120, 90))
    assert window[:2] == (0, 0)
    click(bench, 1, 1)
    assert window_of(bench) == window


def test_an_answer_cut_off_by_the_edge_is_asked_of_the_whole_image(bench: Bench) -> None:
    x0, y0, _, _ = zoomed(bench)
    mask = click(bench, x0 + 14, y0 + 60)
    assert window_of(bench) is None
    assert mask.bounds is not None
    assert mask.bounds[0] < x0
    assert len(bench.mask_editor.candidates) == 3


def test_a_candidate_cut_off_by_the_edge_is_that_of_the_whole_image(bench: Bench) -> None:
    x0, y0, _, _ = zoomed(bench)
    small = click(bench, x0 + 50, y0 + 60)
    assert window_of(bench) is not None
    bench.mask_editor.choose(2)
    bench.answered()
    assert window_of(bench) is None
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.area > small.area
    bench.mask_editor.undo()
    assert bench.mask_editor.mask is small


def test_further_clicks_stay_in_the_close_up_with_its_logits(bench: Bench) -> None:
    window = zoomed(bench)
    click(bench, 260, 200)
    answer = bench.mask_editor.state.answer
    assert answer is not None
    logits = answer.prediction.logits[0]
    bench.context.zoom_embeddings.show((0, 0, WIDTH, HEIGHT))
    click(bench, 270, 205)
    assert window_of(bench) == window
    assert np.array_equal(bench.model.prompts[-1].logits, logits)  # type: ignore[arg-type]


def test_a_click_outside_goes_to_the_whole_image_with_all_that_was_clicked(bench: Bench) -> None:
    zoomed(bench)
    near = click(bench, 260, 200)
    whole = click(bench, 600, 400)
    assert window_of(bench) is None
    prompt = bench.model.prompts[-1]
    assert prompt.points.tolist() == [[260, 200], [600, 400]]
    assert prompt.logits is not None
    assert whole.contains(260, 200)
    assert whole.contains(600, 400)
    bench.mask_editor.undo()
    assert bench.mask_editor.mask is near
    bench.mask_editor.redo()
    assert bench.mask_editor.mask is whole


def test_zooming_in_on_a_mask_begun_from_afar_looks_closer_at_it(bench: Bench) -> None:
    click(bench, 260, 200)
    window = zoomed(bench, (170, 110, 350, 290))
    click(bench, 262, 202)
    assert window_of(bench) == window
    logits = bench.model.prompts[-1].logits
    assert logits is not None
    assert (logits > 0).any()
    assert bench.model.prompts[-1].points.tolist() == [[260, 200], [262, 202]]


def test_the_preview_under_the_mouse_comes_from_near_by(bench: Bench) -> None:
    window = zoomed(bench)
    bench.mask_editor.hover(260, 200)
    bench.wait(lambda: bench.mask_editor.hover_mask is not None)
    preview = bench.mask_editor.hover_mask
    assert preview is not None
    assert window[0] < preview.x0 < 260 < preview.x1 < window[2]
    decoded = len(bench.model.prompts)
    mask = click(bench, 260, 200)
    assert len(bench.model.prompts) == decoded
    assert mask.bounds is not None
    assert preview.x0 <= mask.bounds[0]
    assert mask.bounds[2] <= preview.x1


def test_a_preview_cut_off_by_the_edge_is_that_of_the_whole_image(bench: Bench) -> None:
    x0, y0, _, _ = zoomed(bench)
    bench.mask_editor.hover(x0 + 14, y0 + 60)
    bench.wait(lambda: bench.mask_editor.hover_mask is not None)
    preview = bench.mask_editor.hover_mask
    assert preview is not None
    assert preview.x0 < x0


def test_an_object_is_corrected_from_near_by(bench: Bench) -> None:
    pixels = np.zeros((HEIGHT, WIDTH), np.bool_)
    pixels[180:220, 240:280] = True
    bench.mask_editor.paint([(260, 200)], 20)
    accepted = bench.mask_editor.accept()
    assert accepted is not None
    window = zoomed(bench)
    assert bench.mask_editor.start_from(accepted)
    click(bench, 285, 200)
    assert window_of(bench) == window
    logits = bench.model.prompts[-1].logits
    assert logits is not None
    assert (logits > 0).any()


def test_an_object_larger_than_the_close_up_is_corrected_in_the_whole_image(bench: Bench) -> None:
    bench.mask_editor.paint([(100, 200), (500, 200)], 20)
    accepted = bench.mask_editor.accept()
    zoomed(bench)
    assert accepted is not None
    assert bench.mask_editor.start_from(accepted)
    click(bench, 260, 240)
    assert window_of(bench) is None


def test_the_log_of_an_object_tells_what_the_model_was_shown(bench: Bench) -> None:
    window = zoomed(bench)
    click(bench, 260, 200)
    click(bench, 600, 400)
    click(bench, 610, 410)
    accepted = bench.mask_editor.accept()
    assert accepted is not None
    assert bench.session.document is not None
    evidence = bench.session.document.annotation(accepted).evidence
    assert [step.window for step in evidence.prompts] == [window, None, None]
    assert evidence.crop_box is None
    click(bench, 260, 200)
    accepted = bench.mask_editor.accept()
    assert accepted is not None
    x0, y0, x1, y1 = window
    evidence = bench.session.document.annotation(accepted).evidence
    assert evidence.crop_box == (x0, y0, x1 - x0, y1 - y0)


def test_a_click_goes_first_and_the_close_up_is_taken_up_again(bench: Bench) -> None:
    bench.model.hold = True
    bench.context.zoom_embeddings.show(VIEW)
    bench.wait(lambda: len(looks(bench)) == 1)
    click(bench, 260, 200)
    assert window_of(bench) is None
    bench.model.hold = False
    bench.wait(lambda: bench.context.zoom_embeddings.sight is Sight.CLOSE)


def test_zooming_out_gives_it_up(bench: Bench) -> None:
    bench.model.hold = True
    bench.context.zoom_embeddings.show(VIEW)
    bench.wait(lambda: len(looks(bench)) == 1)
    bench.context.zoom_embeddings.show((0, 0, WIDTH, HEIGHT))
    bench.wait(lambda: bench.host.idle)
    assert bench.context.zoom_embeddings.sight is Sight.WHOLE


def test_another_view_replaces_the_one_being_looked_at(bench: Bench) -> None:
    bench.model.hold = True
    bench.context.zoom_embeddings.show(VIEW)
    bench.wait(lambda: len(looks(bench)) == 1)
    bench.context.zoom_embeddings.show((400, 150, 520, 250))
    bench.wait(lambda: len(looks(bench)) == 2)
    bench.model.release.set()
    bench.wait(lambda: bench.context.zoom_embeddings.sight is Sight.CLOSE)


def test_another_image_goes_first(bench: Bench) -> None:
    bench.model.hold = True
    bench.context.zoom_embeddings.show(VIEW)
    bench.wait(lambda: len(looks(bench)) == 1)
    bench.model.hold = False
    bench.show(1)
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    assert bench.context.zoom_embeddings.sight is Sight.WHOLE
    click(bench, 260, 200)
    assert window_of(bench) is None


def test_coming_back_to_an_image_finds_its_close_up(bench: Bench) -> None:
    zoomed(bench)
    bench.show(1)
    bench.show(0)
    bench.wait(lambda: bench.host.embedding_state == "ready")
    zoomed(bench)
    assert len(looks(bench)) == 1


def test_another_model_looks_for_itself(bench: Bench) -> None:
    zoomed(bench)
    bench.model = FakeModel(identity="fake-2")
    bench.host.use_model(Choice("another.pth"))
    bench.wait(lambda: bench.context.zoom_embeddings.sight is Sight.CLOSE)
    assert len(looks(bench)) == 1
    click(bench, 260, 200)
    assert window_of(bench) == looks(bench)[0]


def slow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model one whose first close-up took too long."""
    monkeypatch.setattr(close_ups, "QUICK_S", 0.0)
    bench.model.hold = True
    bench.context.zoom_embeddings.show(VIEW)
    bench.wait(lambda: bench.context.zoom_embeddings.sight is Sight.OFFERED)
    bench.wait(lambda: bench.host.idle)


def test_a_slow_model_looks_closer_when_it_is_asked_to(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(bench, monkeypatch)
    parts = bench.context.zoom_embeddings
    parts.show((20, 150, 140, 250))
    bench.qtbot.wait(2 * close_ups.REST_MS)
    assert len(looks(bench)) == 1
    assert parts.sight is Sight.OFFERED
    assert parts.can_look
    parts.look_now()
    bench.wait(lambda: parts.sight is Sight.LOOKING)
    bench.model.release.set()
    bench.wait(lambda: parts.sight is Sight.CLOSE)
    assert not parts.can_look


def test_a_quick_model_held_up_once_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoomed(bench)
    monkeypatch.setattr(close_ups, "QUICK_S", 0.5)
    bench.model.hold = True
    bench.context.zoom_embeddings.show((400, 150, 520, 250))
    bench.wait(lambda: len(looks(bench)) == 2 and bench.host.idle)
    bench.model.hold = False
    zoomed(bench, (405, 150, 525, 250))


def test_the_first_image_of_a_model_tells_little_of_its_pace(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_ups, "QUICK_S", 0.5)
    bench.context.zoom_embeddings._took_s["fake-1"] = 3.0
    zoomed(bench)


def test_asked_for_by_hand_it_survives_a_click(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(bench, monkeypatch)
    bench.context.zoom_embeddings.look_now()
    bench.wait(lambda: len(looks(bench)) == 2)
    click(bench, 260, 200)
    bench.model.hold = False
    bench.wait(lambda: bench.context.zoom_embeddings.sight is Sight.CLOSE)


def test_a_close_up_that_fails_costs_nothing_but_itself(bench: Bench) -> None:
    said: list[Problem] = []
    bench.host.problem.connect(said.append)
    bench.model.failures = [RuntimeError("no memory")]
    bench.context.zoom_embeddings.show(VIEW)
    bench.wait(lambda: len(looks(bench)) == 1 and bench.host.idle)
    bench.qtbot.wait(2 * close_ups.RETRY_MS)
    assert len(looks(bench)) == 1
    assert said == []
    click(bench, 260, 200)
    assert window_of(bench) is None


def test_no_more_are_kept_than_the_memory_allows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoomed(bench, (0, 150, 120, 250))
    (one,) = bench.context.zoom_embeddings._held.values()
    monkeypatch.setattr(close_ups, "HELD_BYTES", round(2.5 * one.size_bytes))
    for left in (150, 300, 450):
        zoomed(bench, (left, 150, left + 120, 250))
    assert len(bench.context.zoom_embeddings._held) == 2
    zoomed(bench, (0, 150, 120, 250))
    assert len(looks(bench)) == 5


def test_a_mask_begun_in_a_close_up_goes_on_after_another_image(bench: Bench) -> None:
    window = zoomed(bench)
    begun = click(bench, 260, 200)
    bench.show(1)
    assert bench.mask_editor.mask is None
    bench.show(0)
    assert bench.mask_editor.mask is begun
    bench.wait(lambda: bench.host.embedding_state == "ready")
    click(bench, 270, 205)
    assert window_of(bench) == window
    bench.mask_editor.undo()
    assert bench.mask_editor.mask is begun
