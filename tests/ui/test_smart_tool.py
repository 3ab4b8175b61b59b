"""Clicks and boxes on the canvas, from the hand to the object."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.core.document import Source
from app.core.prompt import Box
from app.session.mask.stopwatch import SLOW_OBJECT_S
from app.ui.canvas.marks import REACH
from tests.ui.kit import RIGHT, Studio

RED, GREEN, BLUE, GROUND = (45.0, 30.0), (110.0, 80.0), (30.0, 95.0), (150.0, 10.0)
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_a_left_click_asks_for_the_object_under_it(studio: Studio) -> None:
    studio.pick(*RED)
    (point,) = studio.mask_editor.prompt.points
    assert point.positive
    assert (point.x, point.y) == pytest.approx(RED, abs=0.5)
    assert studio.mask_editor.mask is not None
    assert studio.mask_editor.mask.contains(*RED)
    assert not studio.mask_editor.mask.contains(*GROUND)


@pytest.mark.parametrize(
    ("button", "keys"),
    [(RIGHT, Qt.KeyboardModifier.NoModifier), (Qt.MouseButton.LeftButton, SHIFT)],
)
def test_a_right_click_or_shift_takes_away(
    studio: Studio, button: Qt.MouseButton, keys: Qt.KeyboardModifier
) -> None:
    studio.pick(*RED)
    studio.click(*GREEN, button=button, keys=keys)
    assert [point.positive for point in studio.mask_editor.prompt.points] == [True, False]


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, RIGHT])
def test_a_click_close_beside_a_mark_is_a_click(studio: Studio, button: Qt.MouseButton) -> None:
    studio.pick(*RED)
    scale = studio.canvas.viewport.scale / studio.canvas.ratio
    studio.click(RED[0] + 1.25 * REACH / scale, RED[1], button=button)
    positive = button is Qt.MouseButton.LeftButton
    assert [point.positive for point in studio.mask_editor.prompt.points] == [True, positive]


def test_a_drag_makes_a_box(studio: Studio) -> None:
    studio.drag((15, 5), (40, 30), (75, 55))
    box = studio.mask_editor.prompt.box
    assert isinstance(box, Box)
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((15, 5, 75, 55), abs=0.5)
    assert studio.mask_editor.prompt.points == ()


def test_box_and_clicks_go_together(studio: Studio) -> None:
    studio.drag((15, 5), (75, 55))
    studio.wait_answer()
    studio.click(*GREEN, button=RIGHT)
    assert studio.mask_editor.prompt.box is not None
    assert len(studio.mask_editor.prompt.points) == 1


def test_a_trembling_hand_still_clicks(studio: Studio) -> None:
    at = studio.at(*RED)
    scale = studio.canvas.viewport.scale / studio.canvas.ratio
    near = (RED[0] + 2 / scale, RED[1])
    studio.drag(RED, near)
    assert studio.mask_editor.prompt.box is None
    assert len(studio.mask_editor.prompt.points) == 1
    assert studio.at(*RED) == at


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_accepting_keeps_tool_and_label(studio: Studio, key: Qt.Key) -> None:
    label = studio.session.folder_labels.add("猫")
    studio.pick(*RED)
    studio.key(key)
    document = studio.session.document
    assert document is not None
    assert [(a.label_id, a.source) for a in document] == [(label, Source.SMART)]
    assert document.annotations[0].mask.contains(*RED)
    assert studio.window.toolbox.current.name == "smart"
    assert studio.session.active_label == label
    assert not studio.mask_editor.active


def test_enter_before_the_answer_accepts_it_when_it_comes(studio: Studio) -> None:
    studio.click(*RED)
    assert studio.mask_editor.is_predicting
    studio.key(Qt.Key.Key_Return)
    studio.wait_for(lambda: len(studio.session.document or ()) == 1)


def test_enter_before_the_answer_does_not_accept_a_later_prompt(studio: Studio) -> None:
    studio.click(*RED)
    studio.key(Qt.Key.Key_Return)
    studio.click(*GREEN)
    studio.wait_answer()
    assert len(studio.session.document or ()) == 0


def test_enter_with_nothing_pending_does_nothing(studio: Studio) -> None:
    studio.key(Qt.Key.Key_Return)
    assert len(studio.session.document or ()) == 0


def test_escape_drops_the_pending_mask_then_leaves_the_tool(studio: Studio) -> None:
    studio.key("w")
    studio.drag((15, 5), (75, 55))
    studio.wait_answer()
    studio.key(Qt.Key.Key_Escape)
    assert not studio.mask_editor.active
    assert studio.window.toolbox.current.name == "box"
    studio.key(Qt.Key.Key_Escape)
    assert studio.window.toolbox.current.name == "smart"


def test_single_clicks_are_undone_and_redone(studio: Studio) -> None:
    studio.pick(*RED)
    studio.click(*GREEN)
    studio.wait_answer()
    both = studio.mask_editor.mask
    studio.key("z", CONTROL)
    assert len(studio.mask_editor.prompt.points) == 1
    studio.key("z", CONTROL | SHIFT)
    assert studio.mask_editor.mask == both
    studio.key("z", CONTROL)
    studio.key("y", CONTROL)
    assert studio.mask_editor.mask == both


def test_after_the_clicks_undo_takes_back_objects(studio: Studio) -> None:
    studio.make(*RED)
    studio.make(*GREEN)
    studio.key("z", CONTROL)
    assert len(studio.session.document or ()) == 1
    studio.key("z", CONTROL | SHIFT)
    assert len(studio.session.document or ()) == 2


def test_digits_choose_answers_while_there_is_a_choice_and_labels_otherwise(studio: Studio) -> None:
    second = studio.session.folder_labels.add("second")
    assert second is not None
    studio.session.folder_labels.activate(1)
    studio.pick(*RED)
    studio.key("2")
    assert studio.mask_editor.chosen == 1
    assert studio.session.active_label == 1
    studio.key(Qt.Key.Key_Escape)
    studio.key("2")
    assert studio.session.active_label == second


def test_tab_goes_around_the_answers(studio: Studio) -> None:
    studio.pick(*RED)
    seen = []
    for _ in range(3):
        studio.key(Qt.Key.Key_Tab)
        studio.wait_answer()
        seen.append(studio.mask_editor.chosen)
    assert seen == [1, 2, 0]


def test_refining_asks_again_without_a_new_click(studio: Studio) -> None:
    studio.pick(*RED)
    studio.key("r")
    studio.wait_answer()
    assert len(studio.mask_editor.prompt.points) == 1
    assert len(studio.mask_editor.candidates) == 1


def test_a_mark_can_be_dragged(studio: Studio) -> None:
    studio.pick(*RED)
    studio.drag(RED, (60, 60), GREEN)
    (point,) = studio.mask_editor.prompt.points
    assert (point.x, point.y) == pytest.approx(GREEN, abs=0.6)
    assert studio.mask_editor.prompt.box is None


def test_alt_and_a_click_delete_a_mark(studio: Studio) -> None:
    studio.pick(*RED)
    studio.click(*GREEN)
    studio.click(*RED, keys=ALT)
    (point,) = studio.mask_editor.prompt.points
    assert (point.x, point.y) == pytest.approx(GREEN, abs=0.5)


def test_alt_and_a_drag_elsewhere_pan(studio: Studio) -> None:
    before = studio.canvas.viewport
    studio.drag((80, 60), (90, 70), keys=ALT)
    assert not studio.mask_editor.active
    assert studio.canvas.viewport.x > before.x
    assert studio.canvas.viewport.scale == before.scale


def test_a_corner_of_the_box_can_be_dragged(studio: Studio) -> None:
    studio.drag((15, 5), (75, 55))
    studio.wait_answer()
    studio.drag((75, 55), (90, 60))
    box = studio.mask_editor.prompt.box
    assert box is not None
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((15, 5, 90, 60), abs=0.6)


def test_the_box_tool_takes_two_clicks(studio: Studio) -> None:
    studio.key("w")
    studio.click(15, 5)
    studio.move(50, 30)
    assert not studio.mask_editor.active
    studio.click(75, 55)
    box = studio.mask_editor.prompt.box
    assert box is not None
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((15, 5, 75, 55), abs=0.5)


def test_a_selected_object_is_corrected_where_it_stands(studio: Studio) -> None:
    made = studio.make(*RED)
    studio.session.select([made])
    studio.key("s")
    assert studio.mask_editor.editing == made
    studio.click(*GREEN)
    studio.wait_answer()
    studio.key(Qt.Key.Key_Return)
    document = studio.session.document
    assert document is not None
    assert document.ids == (made,)
    assert document.annotation(made).mask.contains(*RED)
    assert document.annotation(made).mask.contains(*GREEN)


def test_the_object_under_the_mouse_is_corrected_where_none_is_selected(studio: Studio) -> None:
    made = studio.make(*RED)
    studio.move(*RED)
    studio.key("s")
    assert studio.mask_editor.editing == made
    studio.key("s")
    assert "begun" in studio.window.pane.banner.what.text()


def test_s_says_what_is_missing_where_there_is_nothing_to_correct(studio: Studio) -> None:
    studio.move(*RED)
    studio.key("s")
    assert not studio.mask_editor.active
    assert "Point at an object" in studio.window.pane.banner.what.text()
    first, second = studio.make(*RED), studio.make(*GREEN)
    studio.session.select([first, second])
    studio.key("s")
    assert "one object" in studio.window.pane.banner.what.text()


def test_clicks_on_an_image_not_ready_yet_are_kept(studio: Studio) -> None:
    studio.go(1)
    studio.click(*RED)
    studio.wait_answer()
    assert studio.mask_editor.mask is not None
    assert studio.mask_editor.mask.contains(*RED)


def test_half_a_minute_on_one_object_is_hinted_at_quietly_if_wanted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SLOW_OBJECT_S == 30
    monkeypatch.setattr("app.session.mask.mask_editor.SLOW_OBJECT_S", 0.05)
    studio.context.preferences.set(slow_object_hint=True)
    studio.pick(*RED)
    banner = studio.window.pane.banner
    studio.wait_for(lambda: "30 seconds" in banner.what.text())
    assert not banner.tells_problem
    studio.key(Qt.Key.Key_Return)
    assert not banner.isVisible()


@pytest.mark.parametrize("accepts", [False, True])
def test_no_such_hint_comes_unless_it_is_asked_for_or_once_the_object_is_accepted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, accepts: bool
) -> None:
    monkeypatch.setattr("app.session.mask.mask_editor.SLOW_OBJECT_S", 0.3)
    studio.context.preferences.set(slow_object_hint=accepts)
    studio.pick(*RED)
    if accepts:
        studio.key(Qt.Key.Key_Return)
    hinted: list[None] = []
    studio.mask_editor.slow_object.connect(lambda: hinted.append(None))
    studio.qtbot.wait(400)
    assert hinted == []


def test_tab_keeps_the_keyboard_at_the_mask_where_there_is_one_answer_only(studio: Studio) -> None:
    studio.pick(45, 30)
    studio.pick(50, 35)
    assert len(studio.mask_editor.candidates) < 2
    studio.key(Qt.Key.Key_Tab)
    assert studio.canvas.hasFocus()
    studio.key(Qt.Key.Key_Return)
    assert len(studio.session.document or ()) == 1


def test_an_empty_mask_is_told(studio: Studio) -> None:
    hint = studio.window.pane.hint
    studio.mask_editor.paint([(20.0, 20.0), (30.0, 20.0)], 3)
    assert "Empty mask" not in hint.accessibleDescription()
    studio.mask_editor.paint([(20.0, 20.0), (30.0, 20.0)], 9, erase=True)
    assert "Empty mask" in hint.accessibleDescription()
    studio.key("w")
    assert "Empty mask" in hint.accessibleDescription()
