"""The mask that a box will give is seen while the box is drawn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.kit import LEFT, RIGHT, Studio

CORNERS = (15.0, 5.0), (75.0, 55.0)


def stretched(studio: Studio, *track: tuple[float, float]) -> None:
    """Press at the first point and move over the others, the button still down."""
    QTest.mousePress(studio.canvas, LEFT, pos=studio.at(*track[0]))
    for x, y in track[1:]:
        studio.move(x, y, LEFT)


def seen(studio: Studio) -> None:
    """A box is being drawn, and its mask is on the screen."""
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None and studio.context.host.idle)


def test_the_mask_is_there_before_the_button_comes_up_and_stays(studio: Studio) -> None:
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None and studio.context.host.idle)
    shown = studio.canvas.scene.hover
    assert not studio.mask_editor.active
    QTest.mouseRelease(studio.canvas, LEFT, pos=studio.at(*CORNERS[1]))
    # Without another answer of the model.
    assert not studio.mask_editor.is_predicting
    assert studio.mask_editor.mask == shown
    assert studio.canvas.scene.hover is None


def test_it_is_painted(studio: Studio) -> None:
    before = studio.canvas.grab().toImage().pixelColor(studio.at(30, 30))
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None)
    assert studio.canvas.grab().toImage().pixelColor(studio.at(30, 30)) != before


def test_it_follows_the_corner(studio: Studio) -> None:
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None and studio.context.host.idle)
    first = studio.mask_editor.box_mask
    studio.move(140, 110, LEFT)
    studio.wait_for(lambda: studio.mask_editor.box_mask != first)


def test_escape_takes_it_away(studio: Studio) -> None:
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None)
    studio.key(Qt.Key.Key_Escape)
    assert studio.mask_editor.box_mask is None
    assert not studio.mask_editor.active


def test_a_box_without_area_leaves_none_behind(studio: Studio) -> None:
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None)
    studio.move(CORNERS[1][0], CORNERS[0][1], LEFT)
    QTest.mouseRelease(studio.canvas, LEFT, pos=studio.at(CORNERS[1][0], CORNERS[0][1]))
    assert studio.mask_editor.box_mask is None
    assert not studio.mask_editor.active


def test_a_late_answer_shows_nothing_once_the_gesture_is_over(studio: Studio) -> None:
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.key(Qt.Key.Key_Escape)
    studio.wait_for(lambda: studio.context.host.idle)
    studio.qtbot.wait(50)
    assert studio.mask_editor.box_mask is None


def test_a_mark_dragged_by_its_corner_shows_the_new_box(studio: Studio) -> None:
    studio.drag(CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_answer()
    first = studio.mask_editor.mask
    stretched(studio, CORNERS[1], (90, 70), (140, 110))
    studio.wait_for(lambda: studio.mask_editor.box_mask not in (None, first))
    assert studio.mask_editor.mask == first


def test_the_box_tool_shows_it_between_two_clicks(studio: Studio) -> None:
    studio.window.toolbox.take("box")
    studio.click(*CORNERS[0])
    studio.move(*CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None)
    studio.click(*CORNERS[1])
    assert studio.mask_editor.box_mask is None
    assert studio.mask_editor.mask is not None


def test_it_goes_with_the_other_previews(studio: Studio) -> None:
    studio.mask_editor.hover_previews.set_enabled(False)
    stretched(studio, CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_for(lambda: studio.context.host.idle)
    studio.qtbot.wait(50)
    assert studio.mask_editor.box_mask is None
    QTest.mouseRelease(studio.canvas, LEFT, pos=studio.at(*CORNERS[1]))
    studio.wait_answer()
    assert studio.mask_editor.mask is not None


def test_another_button_ends_the_drag_and_asks_nothing(studio: Studio) -> None:
    seen(studio)
    QTest.mousePress(studio.canvas, RIGHT, pos=studio.at(*CORNERS[1]))
    QTest.mouseRelease(studio.canvas, RIGHT, pos=studio.at(*CORNERS[1]))
    QTest.mouseRelease(studio.canvas, LEFT, pos=studio.at(*CORNERS[1]))
    assert studio.mask_editor.box_mask is None
    assert not studio.mask_editor.active


def test_a_box_drawn_back_to_a_line_shows_none(studio: Studio) -> None:
    seen(studio)
    studio.move(CORNERS[0][0], CORNERS[1][1], LEFT)
    assert studio.mask_editor.box_mask is None


def test_switching_previews_off_takes_it_away(studio: Studio) -> None:
    seen(studio)
    studio.mask_editor.hover_previews.set_enabled(False)
    studio.move(100, 90, LEFT)
    assert studio.mask_editor.box_mask is None


def test_no_gesture_outlives_its_image(studio: Studio) -> None:
    studio.window.toolbox.take("box")
    studio.click(*CORNERS[0])
    studio.move(*CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None)
    studio.go(1)
    studio.wait_ready()
    studio.move(140, 110)
    assert studio.mask_editor.box_mask is None
    assert not studio.window.toolbox.current.busy


def test_it_goes_when_the_mouse_leaves_the_canvas_between_two_clicks(studio: Studio) -> None:
    studio.window.toolbox.take("box")
    studio.click(*CORNERS[0])
    studio.move(*CORNERS[1])
    studio.wait_for(lambda: studio.mask_editor.box_mask is not None)
    QApplication.sendEvent(studio.canvas, QEvent(QEvent.Type.Leave))
    assert studio.mask_editor.box_mask is None
