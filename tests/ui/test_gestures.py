"""Second ways for what the desktop may keep for itself, and what stays from image to image."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.core.document import ImageStatus, State
from app.storage.settings import Settings, from_table, parse, to_bytes
from app.ui.canvas.viewport import Viewport
from app.ui.theme import Theme
from app.ui.window import Window
from tests.ui.kit import RIGHT, Studio, move_mouse

RED = (45.0, 30.0)
SPACE = Qt.Key.Key_Space


def objects(studio: Studio) -> int:
    return len(studio.session.document or ())


def test_a_tap_on_space_accepts(studio: Studio) -> None:
    studio.pick(*RED)
    QTest.keyPress(studio.canvas, SPACE)
    assert objects(studio) == 0
    QTest.keyRelease(studio.canvas, SPACE)
    assert objects(studio) == 1


def test_a_drag_with_space_held_moves_the_image_and_accepts_nothing(studio: Studio) -> None:
    studio.pick(*RED)
    before, clicks = studio.canvas.viewport, studio.mask_editor.prompt
    QTest.keyPress(studio.canvas, SPACE)
    assert studio.canvas.cursor().shape() is Qt.CursorShape.OpenHandCursor
    start = QPoint(200, 200)
    QTest.mousePress(studio.canvas, Qt.MouseButton.LeftButton, pos=start)
    assert studio.canvas.cursor().shape() is Qt.CursorShape.ClosedHandCursor
    QTest.mouseMove(studio.canvas, start + QPoint(30, 12))
    QTest.mouseRelease(studio.canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(30, 12))
    QTest.keyRelease(studio.canvas, SPACE)
    after = studio.canvas.viewport
    assert (after.x - before.x, after.y - before.y) == (30, 12)
    assert studio.mask_editor.prompt == clicks
    assert objects(studio) == 0
    assert studio.canvas.cursor().shape() is studio.window.toolbox.current.cursor
    studio.key(SPACE)
    assert objects(studio) == 1


def test_what_is_under_the_mouse_is_known_after_the_image_was_moved(studio: Studio) -> None:
    studio.pick(*RED)
    QTest.keyPress(studio.canvas, SPACE)
    start = studio.at(*RED)
    QTest.mousePress(studio.canvas, Qt.MouseButton.LeftButton, pos=start)
    end = start + QPoint(60, 30)
    move_mouse(studio.canvas, end, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(studio.canvas, Qt.MouseButton.LeftButton, pos=end)
    QTest.keyRelease(studio.canvas, SPACE)
    assert studio.window.toolbox.current.near_mark
    studio.key("x")
    assert studio.mask_editor.prompt.is_empty


def test_space_typed_into_a_field_is_a_space(studio: Studio) -> None:
    studio.pick(*RED)
    studio.window.files.search.setFocus()
    studio.key("a b")
    assert studio.window.files.search.text() == "a b"
    assert objects(studio) == 0


def test_space_moves_the_image_in_a_review_without_beginning_a_correction(studio: Studio) -> None:
    studio.make(*RED)
    document = studio.session.document
    assert document is not None
    studio.session.set_state(document.ids, State.PROPOSED)
    studio.context.review.start()
    QTest.keyPress(studio.canvas, SPACE)
    QTest.mouseClick(studio.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    QTest.keyRelease(studio.canvas, SPACE)
    assert not studio.mask_editor.active
    assert studio.context.review.current is not None


@pytest.mark.parametrize("key", [Qt.Key.Key_X, Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_a_key_over_a_mark_deletes_it(studio: Studio, key: Qt.Key) -> None:
    studio.pick(*RED)
    studio.click(60, 20)
    studio.wait_answer()
    studio.move(60, 20)
    assert "X: delete it" in studio.window.pane.hint.accessibleDescription()
    studio.key(key)
    studio.wait_answer()
    assert [point.positive for point in studio.mask_editor.prompt.points] == [True]
    assert studio.context.navigator.current == 0
    assert studio.session.document is not None
    assert studio.session.document.status is ImageStatus.TODO


@pytest.mark.parametrize("tool", ["smart", "box"])
def test_a_right_click_on_the_corner_of_a_box_opens_its_menu(studio: Studio, tool: str) -> None:
    studio.drag((18, 8), (50, 40), (72, 52))
    studio.wait_answer()
    studio.window.toolbox.take(tool)
    studio.move(18, 8)
    studio.click(18, 8, RIGHT)
    menu = next(m for m in studio.window.pane.findChildren(QMenu) if m.isVisible())
    assert [action.text() for action in menu.actions()] == ["Remove the box\tX"]
    menu.close()
    studio.key("x")
    assert studio.mask_editor.prompt.box is None


def test_zoom_and_place_stay_if_wanted_and_that_is_remembered(studio: Studio) -> None:
    canvas = studio.canvas
    canvas.set_viewport(canvas.viewport.zoomed(3, 200, 200))
    studio.go(1)
    assert canvas.viewport.fits
    studio.key(Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    assert studio.context.preferences.value.keep_view
    canvas.set_viewport(canvas.viewport.zoomed(3, 200, 200))
    kept = canvas.viewport
    studio.go(0)
    assert canvas.viewport == kept
    canvas.fit()
    studio.go(1)
    assert canvas.viewport.fits


def test_the_same_image_read_again_is_seen_as_before(studio: Studio) -> None:
    canvas = studio.canvas
    canvas.set_viewport(canvas.viewport.zoomed(3, 200, 200))
    kept = canvas.viewport
    with studio.qtbot.waitSignal(studio.session.image_opened):
        studio.context.navigator.reload()
    assert canvas.viewport == kept


def test_another_size_keeps_the_zoom_and_the_share_in_the_middle() -> None:
    view = Viewport.fitting(100, 80, 400, 400).zoomed(4, 100, 100)
    other = view.of_image(200, 160)
    assert other.scale == view.scale
    x, y = view.to_image(200, 200)
    assert other.to_image(200, 200) == pytest.approx((2 * x, 2 * y), abs=1 / view.scale)
    assert Viewport.fitting(100, 80, 400, 400).of_image(50, 90).fits


def test_a_review_leaves_the_panels_as_they_were(studio: Studio) -> None:
    window = studio.window
    studio.make(*RED)
    window.panels.widths, window.panels.heights = [330, 380], [420, 330]
    QApplication.processEvents()
    before = window.panels.widths, window.panels.heights
    assert before[1][0] > before[1][1]
    studio.context.review.start()
    document = studio.session.document
    assert document is not None
    studio.session.set_state(document.ids, State.PROPOSED)
    studio.context.review.start()
    assert window.panels.heights != before[1]
    studio.context.review.stop()
    QApplication.sendPostedEvents()
    assert (window.panels.widths, window.panels.heights) == before


def test_widths_of_panels_are_kept_soon_not_only_at_the_end(
    qtbot: QtBot, studio: Studio, qapp: QApplication
) -> None:
    studio.window.panels.widths = [340, 300]
    value = studio.context.preferences
    qtbot.waitUntil(lambda: bool(value.value.window_state), timeout=10_000)
    other = Window(studio.context, None, Theme(qapp))
    other.show()
    assert abs(other.panels.widths[0] - 340) <= 4
    other.hide()
    other.deleteLater()


def test_that_clicks_leave_everything_else_is_remembered(studio: Studio) -> None:
    preferences = studio.context.preferences
    studio.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ShiftModifier)
    assert preferences.value.leaves_rest
    assert studio.mask_editor.leaves_rest
    assert studio.window.actions_["leave-rest"].isChecked()
    # As a program does that starts with what was kept.
    preferences.put(Settings())
    assert not studio.mask_editor.leaves_rest
    preferences.put(from_table(Settings, parse(to_bytes(Settings(leaves_rest=True), {})))[0])
    assert studio.mask_editor.leaves_rest
    assert studio.window.actions_["leave-rest"].isChecked()
