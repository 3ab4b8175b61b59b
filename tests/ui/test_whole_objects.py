"""Selecting, moving, cutting and reshaping objects, by mouse and by keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from app.core.document import Document, Evidence, Source, State
from app.core.mask import Mask
from tests.ui.kit import RIGHT, Studio

RED, GREEN, BLUE = (45.0, 30.0), (110.0, 80.0), (35.0, 95.0)
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def document(studio: Studio) -> Document:
    assert studio.session.document is not None
    return studio.session.document


def mask_of(studio: Studio, number: int) -> Mask:
    return document(studio).annotation(number).mask


def told(studio: Studio) -> str:
    return " ".join(label.text() for label in studio.window.pane.banner.findChildren(QLabel))


@pytest.fixture
def three(studio: Studio) -> Studio:
    for place in (RED, GREEN, BLUE):
        studio.make(*place)
    studio.session.select([])
    studio.key("v")
    return studio


def test_a_rectangle_selects_what_lies_in_it_and_shift_adds(three: Studio) -> None:
    three.drag((5, 5), (40, 40), (90, 60))
    assert three.session.selection == {1}
    three.drag((80, 50), (120, 80), (150, 115), keys=SHIFT)
    assert three.session.selection == {1, 2}
    three.drag((2, 2), (4, 4))
    assert three.session.selection == frozenset()


def test_a_rectangle_may_begin_on_an_object_that_is_not_selected(three: Studio) -> None:
    before = mask_of(three, 1)
    three.drag((22, 12), (60, 60), (150, 118))
    assert three.session.selection >= {2}
    assert mask_of(three, 1) == before


def test_dragging_what_is_selected_moves_all_of_it_in_one_step(three: Studio) -> None:
    three.session.select([1, 2])
    before = document(three)
    left = [mask_of(three, number).bounds for number in (1, 2)]
    three.drag(RED, (50, 32), (55, 34))
    moved = [mask_of(three, number).bounds for number in (1, 2)]
    for old, new in zip(left, moved, strict=True):
        assert old is not None
        assert new is not None
        assert new[0] - old[0] in (9, 10, 11)
    assert three.session.selection == {1, 2}
    three.key("z", CONTROL)
    assert document(three) == before


def test_a_click_on_one_of_several_selects_it_alone_and_moves_nothing(three: Studio) -> None:
    three.session.select([1, 2])
    before = document(three)
    three.click(*RED)
    assert three.session.selection == {1}
    assert document(three) is before


def test_escape_ends_a_drag_and_moves_nothing(three: Studio) -> None:
    three.session.select([1])
    before = document(three)
    QTest.mousePress(three.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                     three.at(*RED))  # fmt: skip
    three.move(70, 40, Qt.MouseButton.LeftButton)
    three.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(three.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                       three.at(70, 40))  # fmt: skip
    assert document(three) is before
    assert three.session.selection == {1}


def test_arrows_move_what_is_selected_and_shift_moves_it_far(three: Studio) -> None:
    three.session.select([1])
    left = mask_of(three, 1).bounds
    three.key(Qt.Key.Key_Right)
    three.key(Qt.Key.Key_Down, SHIFT)
    moved = mask_of(three, 1).bounds
    assert left is not None
    assert moved == (left[0] + 1, left[1] + 10, left[2] + 1, left[3] + 10)
    three.key("z", CONTROL)
    assert mask_of(three, 1).bounds == left


def test_arrows_walk_the_list_of_objects_while_it_has_the_focus(three: Studio) -> None:
    before = document(three)
    view = three.window.objects.view
    view.setFocus()
    view.selectRow(0)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert document(three) is before
    assert len(three.session.selection) == 1


def test_m_makes_one_object_of_several_and_says_its_label(three: Studio) -> None:
    three.session.select([1, 2])
    three.key("m")
    assert document(three).ids == (1, 3)
    assert "object" in told(three)
    three.key("m", SHIFT)
    assert len(document(three)) == 3
    assert three.window.pane.banner.isVisible()
    three.session.undo()
    assert not three.window.pane.banner.isVisible()


def test_ctrl_d_duplicates(three: Studio) -> None:
    three.session.select([3])
    three.key("d", CONTROL)
    assert len(document(three)) == 4
    assert three.session.selection == {4}


def test_a_line_cuts_the_object_it_parts(three: Studio) -> None:
    three.key("i")
    three.drag((45, 2), (45, 30), (45, 58))
    assert len(document(three)) == 4
    assert sum(mask_of(three, number).area for number in (1, 4)) > 0
    three.key("z", CONTROL)
    assert len(document(three)) == 3


def test_a_line_that_parts_nothing_says_so(three: Studio) -> None:
    three.key("i")
    three.drag((80, 5), (85, 10), (90, 15))
    assert "parts no object" in told(three)


def menu() -> QMenu:
    found = QApplication.activePopupWidget()
    assert isinstance(found, QMenu)
    return found


def test_a_right_click_shows_what_can_be_done_to_the_object_under_it(three: Studio) -> None:
    three.click(*GREEN, button=RIGHT)
    assert three.session.selection == {2}
    names = {action.objectName() for action in menu().actions()}
    assert {"correct", "merge", "split", "duplicate", "smooth", "delete", "lock"} <= names
    menu().close()


def test_with_any_tool_ctrl_and_a_right_click_show_the_menu_and_click_nothing(
    three: Studio,
) -> None:
    three.key("q")
    three.click(*GREEN, button=RIGHT, keys=CONTROL)
    assert three.session.selection == {2}
    assert not three.mask_editor.active
    menu().close()


def test_beside_all_objects_the_menu_offers_what_can_be_done_to_the_image(three: Studio) -> None:
    three.click(4, 4, button=RIGHT)
    assert {"paste", "select-all"} <= {action.objectName() for action in menu().actions()}
    menu().close()


def test_shift_draws_straight_from_where_the_last_stroke_ended(studio: Studio) -> None:
    studio.window.toolbox.set_brush_diameter(4)
    studio.key("b")
    studio.click(100, 20)
    studio.click(140, 40, keys=SHIFT)
    mask = studio.mask_editor.mask
    assert mask is not None
    assert mask.contains(120, 30)
    studio.click(140, 60, keys=SHIFT)
    mask = studio.mask_editor.mask
    assert mask is not None
    assert mask.contains(140, 50)


def test_ctrl_turns_brush_and_eraser_round(studio: Studio) -> None:
    studio.pick(*RED)
    studio.key("b")
    studio.click(*RED, keys=CONTROL)
    assert studio.mask_editor.mask is not None
    assert not studio.mask_editor.mask.contains(*RED)


def turn(studio: Studio, notches: int) -> None:
    at = QPointF(studio.at(80, 60))
    event = QWheelEvent(
        at, studio.canvas.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, CONTROL, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(studio.canvas, event)


def test_ctrl_and_the_wheel_change_the_brush_and_nothing_of_the_view(studio: Studio) -> None:
    studio.key("b")
    view, before = studio.canvas.viewport, studio.window.toolbox.brush_diameter
    turn(studio, 1)
    larger = studio.window.toolbox.brush_diameter
    turn(studio, -2)
    assert studio.window.toolbox.brush_diameter < before < larger
    assert studio.canvas.viewport == view


def test_ctrl_and_the_wheel_zoom_with_the_other_tools(studio: Studio) -> None:
    view = studio.canvas.viewport
    turn(studio, 1)
    assert studio.canvas.viewport.scale > view.scale


def corner(studio: Studio, x: float, y: float) -> tuple[float, float]:
    """The corner shown nearest to a place."""
    tool = studio.window.toolbox.current
    points = tool._corners  # type: ignore[attr-defined]
    nearest = min(points.tolist(), key=lambda c: (c[0] - x) ** 2 + (c[1] - y) ** 2)
    return nearest[0], nearest[1]


def test_a_corner_is_dragged_and_enter_accepts_the_object(three: Studio) -> None:
    three.session.select([1])
    three.key("v", SHIFT)
    three.canvas.repaint()
    before = mask_of(three, 1)
    x, y = corner(three, 70, 50)
    three.drag((x, y), (80, 60), (90, 70))
    assert three.mask_editor.editing == 1
    assert three.mask_editor.mask is not None
    assert three.mask_editor.mask.area > before.area
    three.key(Qt.Key.Key_Return)
    assert mask_of(three, 1).contains(84, 64)


def test_x_over_a_corner_removes_it_and_skips_no_image(three: Studio) -> None:
    three.session.select([1])
    three.key("v", SHIFT)
    three.canvas.repaint()
    x, y = corner(three, 70, 50)
    three.move(x, y)
    before = mask_of(three, 1)
    three.key("x")
    assert three.context.navigator.current == 0
    assert three.mask_editor.mask is not None
    assert three.mask_editor.mask.area < before.area
    three.key("z", CONTROL)
    assert three.mask_editor.mask == before


def test_with_the_tool_for_corners_a_click_chooses_another_object(three: Studio) -> None:
    three.session.select([1])
    three.key("v", SHIFT)
    three.click(*GREEN)
    assert three.session.selection == {2}


def test_several_selected_objects_are_smoothed_at_once(three: Studio) -> None:
    three.session.select([1, 3])
    before = document(three)
    three.key("l", CONTROL | SHIFT)
    assert mask_of(three, 1) != before.annotation(1).mask
    three.key("z", CONTROL)
    assert document(three) == before


@pytest.fixture
def reviewed(studio: Studio) -> Studio:
    """Two proposals, one of them in two parts, and the review begun."""
    found = document(studio)
    for boxes in (((20, 10, 70, 50),), ((100, 70, 120, 90), (130, 70, 150, 90))):
        pixels = np.zeros((120, 160), np.bool_)
        for x0, y0, x1, y1 in boxes:
            pixels[y0:y1, x0:x1] = True
        evidence = Evidence(predicted_iou=0.9)
        mask = Mask.from_array(pixels)
        found = found.with_added(
            mask, source=Source.AUTOMATIC, state=State.PROPOSED, evidence=evidence
        )
    studio.session.commit("propose", found)
    studio.key("g")
    return studio


def test_in_a_review_what_is_reshaped_is_decided_by_that_and_undone_as_one(
    reviewed: Studio,
) -> None:
    before = document(reviewed)
    reviewed.session.select([2])
    reviewed.key("m", SHIFT)
    assert [a.state for a in document(reviewed)] == [State.PROPOSED, State.EDITED, State.EDITED]
    reviewed.key("z", CONTROL)
    assert document(reviewed) == before
    reviewed.session.select([1, 2])
    reviewed.key("m")
    assert [a.state for a in document(reviewed)] == [State.EDITED]


def test_in_a_review_arrows_move_with_alt_and_go_on_without(reviewed: Studio) -> None:
    reviewed.session.select([1])
    before = mask_of(reviewed, 1).bounds
    reviewed.canvas.setFocus()
    reviewed.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    moved = mask_of(reviewed, 1).bounds
    assert before is not None
    assert moved == (before[0] + 1, before[1], before[2] + 1, before[3])


def test_in_a_review_a_corner_of_the_proposal_at_hand_is_dragged(reviewed: Studio) -> None:
    current = reviewed.context.review.current
    assert current is not None
    reviewed.key("v", SHIFT)
    reviewed.canvas.repaint()
    bounds = current.mask.bounds
    assert bounds is not None
    x, y = corner(reviewed, bounds[2], bounds[3])
    reviewed.drag((x, y), (x + 4, y + 3), (x + 8, y + 6))
    assert reviewed.mask_editor.editing == current.id
    reviewed.key(Qt.Key.Key_Return)
    assert document(reviewed).annotation(current.id).state is State.EDITED


def test_y_gives_the_whole_answer_to_a_correction_and_takes_it_back(three: Studio) -> None:
    three.session.select([1])
    three.key("s")
    before = three.mask_editor.mask
    three.click(*GREEN, keys=CONTROL)
    three.wait_answer()
    part = three.mask_editor.mask
    assert before is not None
    assert part is not None
    assert before.subtract(part).area == 0
    three.key("y")
    assert three.mask_editor.mask != part or not three.mask_editor.state.has_other
    three.key("y")
    assert three.mask_editor.mask == part
