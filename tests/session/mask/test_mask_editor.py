"""Clicks, boxes and strokes make a mask; each is one step of undo; late answers are dropped."""

from __future__ import annotations

import numpy as np

from app.core.cleanup import fill_holes
from app.core.document import Evidence, Source, State
from app.core.mask import Mask
from app.core.prompt import Point
from app.inference.questions import Choice
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel


def square(x0: int, y0: int, x1: int, y1: int, height: int = 48, width: int = 64) -> Mask:
    pixels = np.zeros((height, width), np.bool_)
    pixels[y0:y1, x0:x1] = True
    return Mask.from_array(pixels)


def test_a_click_gives_three_candidates_and_the_best_as_the_mask(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    assert bench.mask_editor.is_predicting
    bench.answered()
    assert [round(c.predicted_iou, 1) for c in bench.mask_editor.candidates] == [0.9, 0.8, 0.7]
    assert bench.mask_editor.chosen == 0
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(30, 20)


def test_a_box_dragged_over_the_edge_ends_at_the_edge(bench: Bench) -> None:
    bench.ready().mask_editor.box(30, 20, 900, -50)
    bench.answered()
    box = bench.mask_editor.prompt.box
    assert box is not None
    assert (box.x0, box.y0, box.x1, box.y1) == (30, 0, 64, 20)
    assert bench.mask_editor.mask is not None


def test_a_box_and_a_click_beside_the_image_ask_nothing(bench: Bench) -> None:
    bench.ready().mask_editor.box(70, 50, 900, 90)
    bench.mask_editor.click(-1, 20)
    assert bench.mask_editor.prompt.is_empty
    assert not bench.mask_editor.active


def test_a_mark_dragged_out_of_the_image_stops_at_its_edge(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.mask_editor.move_point(0, 30, 500)
    assert bench.mask_editor.prompt.points == (Point(30, 48),)


def test_thumbnails_show_the_image_without_its_padding(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    assert bench.mask_editor.candidates[0].thumbnail.shape == (12, 16)


def test_choosing_another_candidate_makes_its_mask_the_mask(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    first = bench.mask_editor.mask
    bench.mask_editor.choose(2)
    bench.answered()
    assert bench.mask_editor.chosen == 2
    assert bench.mask_editor.mask is not None
    assert first is not None
    assert bench.mask_editor.mask.area > first.area


def test_cycling_comes_back_to_the_first_candidate_and_its_mask(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    first = bench.mask_editor.mask
    for _ in range(3):
        bench.mask_editor.cycle()
        bench.answered()
    assert bench.mask_editor.chosen == 0
    assert bench.mask_editor.mask == first


def test_a_second_click_starts_from_the_chosen_logits(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.choose(1)
    bench.answered()
    logits = bench.mask_editor.state.answer.prediction.logits[1]  # type: ignore[union-attr]
    bench.mask_editor.click(50, 40)
    bench.answered()
    assert np.array_equal(bench.model.prompts[-1].logits, logits)  # type: ignore[arg-type]
    assert len(bench.mask_editor.candidates) == 1


def test_a_moved_click_starts_afresh(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.move_point(0, 40, 20)
    bench.answered()
    assert bench.model.prompts[-1].logits is None


def test_removing_the_last_click_brings_back_the_mask_before_it_without_asking(
    bench: Bench,
) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    first, asked = bench.mask_editor.mask, len(bench.model.prompts)
    bench.mask_editor.click(50, 40)
    bench.answered()
    bench.mask_editor.remove_point(1)
    assert bench.mask_editor.mask == first
    assert len(bench.model.prompts) == asked + 1


def test_a_box_and_a_point_are_asked_together(bench: Bench) -> None:
    bench.ready().mask_editor.box(50, 40, 10, 8)
    bench.answered()
    bench.mask_editor.click(12, 10, positive=False)
    bench.answered()
    prompt = bench.model.prompts[-1]
    assert prompt.box is not None
    assert prompt.box.tolist() == [10, 8, 50, 40]
    assert prompt.labels.tolist() == [0]


def test_undo_and_redo_walk_single_clicks_and_show_the_very_same_masks(bench: Bench) -> None:
    bench.ready()
    shown = [bench.mask_editor.mask]
    for x in (10, 30, 50):
        bench.mask_editor.click(x, 20)
        bench.answered()
        shown.append(bench.mask_editor.mask)
    for expected in reversed(shown[:-1]):
        bench.mask_editor.undo()
        assert bench.mask_editor.mask is expected
    assert not bench.mask_editor.active
    for expected in shown[1:]:
        bench.mask_editor.redo()
        assert bench.mask_editor.mask is expected


def test_refining_asks_again_with_nothing_new(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.refine()
    bench.answered()
    prompt = bench.model.prompts[-1]
    assert prompt.points.tolist() == [[30, 20]]
    assert prompt.logits is not None
    assert len(bench.mask_editor.candidates) == 1


def test_clicks_before_the_picture_is_embedded_are_kept_and_answered(bench: Bench) -> None:
    bench.model.hold = True
    bench.load()
    bench.show(0)
    assert bench.model.started.acquire(timeout=30)
    bench.mask_editor.click(30, 20)
    bench.mask_editor.click(50, 40)
    assert bench.mask_editor.is_predicting
    assert bench.model.prompts == []
    bench.model.release.set()
    bench.answered()
    assert [len(prompt.points) for prompt in bench.model.prompts] == [2]
    assert bench.mask_editor.mask is not None


def test_clicks_before_the_model_is_loaded_are_kept_too(bench: Bench) -> None:
    bench.show(0)
    bench.mask_editor.click(30, 20)
    bench.load()
    bench.wait(lambda: bench.mask_editor.mask is not None)


def test_an_answer_for_an_image_that_was_left_is_dropped(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    while bench.model.started.acquire(blocking=False):
        pass
    bench.mask_editor.click(30, 20)
    assert bench.model.started.acquire(timeout=30)
    bench.show(1)
    seen: list[Mask] = []
    bench.mask_editor.changed.connect(
        lambda: seen.append(bench.mask_editor.mask) if bench.mask_editor.mask else None
    )
    bench.model.release.set()
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    bench.qtbot.wait(30)
    assert seen == []
    assert not bench.mask_editor.active


def test_a_burst_of_clicks_costs_two_answers_and_shows_the_last(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    while bench.model.started.acquire(blocking=False):
        pass
    bench.mask_editor.click(5, 5)
    assert bench.model.started.acquire(timeout=30)
    for x in range(10, 60, 5):
        bench.mask_editor.click(x, 20)
    before = bench.mask_editor.mask
    bench.model.release.set()
    bench.answered()
    assert before is None
    assert [len(prompt.points) for prompt in bench.model.prompts] == [1, 11]


def test_enter_takes_nothing_while_the_answer_is_out(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    shown = bench.mask_editor.mask
    bench.model.hold_decode = True
    bench.mask_editor.click(50, 40)
    assert bench.mask_editor.mask is shown
    assert not bench.mask_editor.can_accept
    assert bench.mask_editor.accept() is None
    bench.model.release.set()
    bench.answered()
    assert bench.mask_editor.accept() == 1


def test_accepting_keeps_exactly_the_mask_on_the_screen_and_how_it_came_to_be(
    bench: Bench,
) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.clock.pass_(3)
    bench.mask_editor.click(50, 40)
    bench.answered()
    bench.clock.pass_(100)
    shown = bench.mask_editor.mask
    assert bench.mask_editor.accept() == 1
    assert not bench.mask_editor.active
    document = bench.session.document
    assert document is not None
    found = document.annotation(1)
    assert found.mask is shown
    assert found.source is Source.SMART
    assert [step.prompt.clicks for step in found.evidence.prompts] == [1, 2]
    assert found.evidence.points == (Point(30, 20), Point(50, 40))
    assert found.evidence.clicks == 2
    assert found.evidence.active_s == 11
    assert found.evidence.proposal_iou == 1
    assert found.evidence.model_identity == "fake-1"


def test_brush_strokes_change_the_mask_and_are_counted(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    proposed = bench.mask_editor.mask
    bench.mask_editor.paint([(5, 5), (15, 5)], 2)
    bench.mask_editor.paint([(30, 20)], 3, erase=True)
    shown = bench.mask_editor.mask
    assert shown is not None
    assert proposed is not None
    assert shown.contains(10, 5)
    assert not shown.contains(30, 20)
    assert bench.mask_editor.accept() == 1
    evidence = bench.session.document.annotation(1).evidence  # type: ignore[union-attr]
    assert evidence.brush_added_px == shown.subtract(proposed).area
    assert evidence.brush_removed_px == proposed.subtract(shown).area
    assert evidence.proposal_iou is not None
    assert 0 < evidence.proposal_iou < 1


def test_a_click_after_the_brush_starts_from_the_painted_mask(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.paint([(5, 5), (15, 5)], 3)
    bench.mask_editor.click(50, 40)
    bench.answered()
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(10, 5)


def test_drawing_by_hand_needs_no_model(bench: Bench) -> None:
    bench.show(0)
    bench.mask_editor.polygon([(10, 10), (40, 10), (40, 30), (10, 30)])
    bench.mask_editor.polygon([(20, 15), (30, 15), (30, 25), (20, 25)], erase=True)
    assert bench.mask_editor.mask == square(10, 10, 40, 30).subtract(square(20, 15, 30, 25))
    bench.mask_editor.apply(fill_holes)
    assert bench.mask_editor.mask == square(10, 10, 40, 30)
    assert bench.mask_editor.accept() == 1
    assert bench.session.document.annotation(1).source is Source.MANUAL  # type: ignore[union-attr]


def test_an_existing_object_is_corrected_in_place(bench: Bench) -> None:
    bench.ready()
    bench.mask_editor.polygon([(8, 8), (24, 8), (24, 24), (8, 24)])
    bench.mask_editor.accept()
    assert bench.mask_editor.start_from(1)
    assert bench.mask_editor.editing == 1
    assert bench.mask_editor.mask == square(8, 8, 24, 24)
    bench.mask_editor.click(50, 40)
    bench.answered()
    corrected = bench.mask_editor.mask
    assert bench.mask_editor.accept() == 1
    assert bench.session.document is not None
    assert bench.session.document.ids == (1,)
    found = bench.session.document.annotation(1)
    assert found.mask is corrected
    assert found.mask.contains(15, 15)
    assert found.mask.contains(50, 40)
    assert found.state is State.EDITED
    assert found.source is Source.MANUAL


def begun_correction(bench: Bench) -> Mask:
    """Of the object 1, which is a smaller square than the mask begun."""
    bench.ready()
    bench.mask_editor.polygon([(8, 8), (24, 8), (24, 24), (8, 24)])
    bench.mask_editor.accept()
    bench.mask_editor.start_from(1)
    bench.mask_editor.polygon([(24, 8), (40, 8), (40, 24), (24, 24)])
    assert bench.mask_editor.mask is not None
    return bench.mask_editor.mask


def test_what_was_begun_on_an_object_goes_and_comes_back_with_it(bench: Bench) -> None:
    begun = begun_correction(bench)
    bench.session.delete([1])
    assert not bench.mask_editor.active
    assert bench.mask_editor.mask is None
    bench.session.undo()
    assert bench.mask_editor.editing == 1
    assert bench.mask_editor.mask == begun
    bench.mask_editor.undo()
    assert bench.mask_editor.mask == square(8, 8, 24, 24)


def test_what_was_begun_on_a_deleted_object_takes_no_place_of_another_mask(bench: Bench) -> None:
    begun_correction(bench)
    bench.session.delete([1])
    bench.mask_editor.polygon([(2, 2), (6, 2), (6, 6), (2, 6)])
    bench.session.undo()
    assert bench.mask_editor.editing is None
    assert bench.mask_editor.mask == square(2, 2, 6, 6)


def test_a_mask_begun_stays_when_another_object_is_deleted(bench: Bench) -> None:
    begun = begun_correction(bench)
    bench.session.add(square(50, 30, 60, 40), Evidence())
    bench.session.delete([2])
    assert bench.mask_editor.editing == 1
    assert bench.mask_editor.mask == begun


def test_a_locked_object_is_not_corrected(bench: Bench) -> None:
    bench.ready()
    bench.mask_editor.polygon([(8, 8), (24, 8), (24, 24), (8, 24)])
    bench.mask_editor.accept()
    bench.session.set_locked([1], True)
    assert not bench.mask_editor.start_from(1)


def test_another_model_keeps_the_clicks_and_does_not_get_the_old_ones_logits(
    bench: Bench,
) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    shown = bench.mask_editor.mask
    bench.model = FakeModel(identity="fake-2")
    bench.host.use_model(Choice("other.pth", "other"))
    assert bench.mask_editor.mask is shown
    bench.wait(lambda: bench.host.embedding_state == "ready")
    bench.mask_editor.click(50, 40)
    bench.answered()
    prompt = bench.model.prompts[-1]
    assert len(prompt.points) == 2
    assert prompt.logits is not None
    assert set(np.unique(np.abs(prompt.logits))) != {np.float32(10)}


def test_a_failed_answer_is_told_and_the_next_click_works(bench: Bench) -> None:
    bench.ready().model.failures.append(RuntimeError("broken"))
    problems: list[object] = []
    bench.mask_editor.problem.connect(problems.append)
    bench.mask_editor.click(30, 20)
    bench.wait(lambda: bool(problems))
    assert not bench.mask_editor.is_predicting
    bench.mask_editor.click(40, 30)
    bench.answered()
    assert bench.mask_editor.mask is not None


def test_hovering_previews_and_a_click_ends_it(bench: Bench) -> None:
    bench.ready()
    bench.mask_editor.hover(30, 20)
    bench.wait(lambda: bench.mask_editor.hover_mask is not None)
    bench.mask_editor.click(30, 20)
    assert bench.mask_editor.hover_mask is None
    bench.answered()


def test_a_burst_of_mouse_moves_costs_two_answers(bench: Bench) -> None:
    bench.ready()
    bench.model.hold_decode = True
    for x in range(1, 60):
        bench.mask_editor.hover(x, 20)
    bench.model.release.set()
    bench.wait(lambda: bench.host.idle)
    bench.qtbot.wait(30)
    assert [prompt.points[0][0] for prompt in bench.model.prompts] == [1, 59]


def test_nothing_is_previewed_before_the_picture_is_ready(bench: Bench) -> None:
    bench.show(0)
    bench.mask_editor.hover(30, 20)
    bench.qtbot.wait(20)
    assert bench.mask_editor.hover_mask is None


def test_switching_the_image_clears_what_was_pending(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.show(1)
    assert not bench.mask_editor.active
    assert bench.mask_editor.mask is None


def test_an_image_prepared_ahead_neither_loses_the_preview_nor_asks_for_it_again(
    bench: Bench,
) -> None:
    bench.ready(0).mask_editor.hover(30, 20)
    bench.wait(lambda: bench.mask_editor.hover_mask is not None and bench.host.idle)
    seen, asked = bench.mask_editor.hover_mask, len(bench.model.log)
    with bench.qtbot.waitSignal(bench.host.embedded):
        bench.host.prefetch(bench.folder.opened(1).picture)
    bench.wait(lambda: bench.host.idle)
    assert bench.mask_editor.hover_mask is seen
    assert [event for event, _ in bench.model.log[asked:]] == ["embed"]


def corrected_object(bench: Bench) -> Mask:
    """A mask on the left half of the image, at hand to be corrected."""
    bench.ready()
    found = bench.session.add(square(2, 2, 40, 40), Evidence())
    assert found is not None
    bench.mask_editor.start_from(found)
    mask = bench.mask_editor.mask
    assert mask is not None
    return mask


def test_a_corrective_click_changes_nothing_but_what_it_is_about(bench: Bench) -> None:
    before = corrected_object(bench)
    bench.mask_editor.leaves_rest = True
    bench.mask_editor.click(50, 20)
    bench.answered()
    after = bench.mask_editor.mask
    assert after is not None
    assert before.subtract(after).area == 0
    assert after.contains(50, 20)
    assert bench.mask_editor.state.local


def test_the_whole_answer_and_the_part_take_turns_each_a_step_of_undo(bench: Bench) -> None:
    before = corrected_object(bench)
    bench.mask_editor.click(50, 20, alone=True)
    bench.answered()
    part, answer = bench.mask_editor.mask, bench.mask_editor.state.answer
    assert answer is not None
    whole = answer.mask
    assert bench.mask_editor.state.has_other
    bench.mask_editor.toggle_scope()
    assert bench.mask_editor.mask == whole
    assert not bench.mask_editor.state.local
    bench.mask_editor.toggle_scope()
    assert bench.mask_editor.mask == part
    bench.mask_editor.undo()
    assert bench.mask_editor.mask == whole
    bench.mask_editor.undo()
    assert bench.mask_editor.mask is part
    bench.mask_editor.undo()
    assert bench.mask_editor.mask == before


def test_there_is_no_part_to_choose_of_the_answer_to_a_first_click(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    asked = bench.mask_editor.state
    bench.mask_editor.toggle_scope()
    assert bench.mask_editor.state is asked


def test_brushed_and_erased_pixels_stay_through_later_answers(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.paint([(2, 46), (12, 46)], 1)
    bench.mask_editor.paint([(30, 20)], 1, erase=True)
    for place in ((50, 20), (50, 40)):
        bench.mask_editor.click(*place)
        bench.answered()
        mask = bench.mask_editor.mask
        assert mask is not None
        assert mask.contains(7, 46)
        assert not mask.contains(30, 20)
    bench.mask_editor.refine()
    bench.answered()
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(7, 46)


def test_filled_holes_and_strokes_stay_when_the_click_after_them_is_removed(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.click(50, 40)
    bench.answered()
    bench.mask_editor.paint([(2, 46), (12, 46)], 1)
    bench.mask_editor.remove_point(1)
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(7, 46)
    bench.mask_editor.remove_point(0)
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(7, 46)


def test_a_click_on_what_was_erased_asks_for_it_again(bench: Bench) -> None:
    bench.ready().mask_editor.click(30, 20)
    bench.answered()
    bench.mask_editor.paint([(30, 20)], 1, erase=True)
    bench.mask_editor.click(30, 20)
    bench.answered()
    assert bench.mask_editor.mask is not None
    assert bench.mask_editor.mask.contains(30, 20)


def test_the_box_being_drawn_shows_what_was_brushed(bench: Bench) -> None:
    bench.ready().mask_editor.paint([(2, 46), (12, 46)], 1)
    bench.mask_editor.stretch(20, 5, 50, 30)
    bench.wait(lambda: bench.mask_editor.box_mask is not None)
    seen = bench.mask_editor.box_mask
    assert seen is not None
    assert seen.contains(7, 46)
    assert bench.mask_editor.box_mask is seen
    bench.mask_editor.box(20, 5, 50, 30)
    bench.answered()
    assert bench.mask_editor.mask == seen
