"""Everything that the mouse does on the canvas, done with keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.ui.canvas.caret import FAR_PX, STEP_PX
from tests.ui.kit import Studio

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def put(studio: Studio, x: float, y: float) -> None:
    """Have the caret in the middle of that pixel, by arrow keys alone."""
    caret = studio.canvas.caret
    studio.key(Key.Key_Right)
    for _ in range(400):
        dx, dy = x + 0.5 - caret.place[0], y + 0.5 - caret.place[1]
        if abs(dx) < studio_step(studio) and abs(dy) < studio_step(studio):
            return
        if abs(dx) >= studio_step(studio):
            studio.key(Key.Key_Right if dx > 0 else Key.Key_Left)
        else:
            studio.key(Key.Key_Down if dy > 0 else Key.Key_Up)
    raise AssertionError(caret.place)


def studio_step(studio: Studio) -> int:
    return max(1, round(STEP_PX * studio.canvas.ratio / studio.canvas.viewport.scale))


def test_a_mask_is_clicked_corrected_and_accepted_by_keys_alone(studio: Studio) -> None:
    put(studio, 45, 30)
    studio.wait_for(lambda: studio.mask_editor.hover_mask is not None)
    studio.key("u")
    studio.wait_answer()
    point = studio.mask_editor.prompt.points[0]
    assert abs(point.x - 45) < 3
    assert abs(point.y - 30) < 3
    assert point.positive
    put(studio, 110, 80)
    studio.key("u", SHIFT)
    studio.wait_answer()
    assert [each.positive for each in studio.mask_editor.prompt.points] == [True, False]
    studio.key(Key.Key_Return)
    assert studio.session.document is not None
    assert len(studio.session.document) == 1


@pytest.mark.parametrize("tool", ["smart", "box"])
def test_a_box_is_drawn_by_keys(studio: Studio, tool: str) -> None:
    studio.window.commands.take_tool(tool)
    put(studio, 15, 5)
    studio.key("w", SHIFT)
    put(studio, 75, 55)
    studio.key("w", SHIFT)
    studio.wait_answer()
    box = studio.mask_editor.prompt.box
    assert box is not None
    assert abs(box.x0 - 15) < 3
    assert abs(box.y1 - 55) < 3


def test_escape_gives_a_drag_up(studio: Studio) -> None:
    put(studio, 15, 5)
    studio.key("w", SHIFT)
    put(studio, 75, 55)
    studio.key(Key.Key_Escape)
    studio.key("w", SHIFT)
    studio.key("w", SHIFT)
    assert studio.mask_editor.prompt.box is None


def test_the_first_key_only_shows_where_one_is(studio: Studio) -> None:
    caret = studio.canvas.caret
    studio.key("u")
    assert caret.shown
    assert not studio.mask_editor.active
    seen = studio.canvas.viewport.visible_box
    assert abs(caret.place[0] - (seen[0] + seen[2]) / 2) <= 1
    studio.move(20, 20)
    assert not caret.shown


@pytest.mark.parametrize("factor", [0.5, 1.0, 4.0, 100.0])
def test_a_step_is_as_long_on_the_screen_at_any_zoom_and_no_less_than_a_pixel(
    studio: Studio, factor: float
) -> None:
    canvas, caret = studio.canvas, studio.canvas.caret
    studio.key(Key.Key_Right)
    canvas.zoom(factor)
    pixels = canvas.ratio / canvas.viewport.scale
    for keys, step in ((Qt.KeyboardModifier.NoModifier, STEP_PX), (SHIFT, FAR_PX)):
        before = caret.place
        studio.key(Key.Key_Left, keys)
        assert before[0] - caret.place[0] == max(1, round(step * pixels))
        assert before[1] == caret.place[1]


def test_the_caret_stays_on_the_image_and_in_sight(studio: Studio) -> None:
    canvas, caret = studio.canvas, studio.canvas.caret
    studio.key(Key.Key_Right)
    canvas.zoom(3.0)
    for key in (Key.Key_Left, Key.Key_Up, Key.Key_Right, Key.Key_Down):
        for _ in range(60):
            studio.key(key, SHIFT)
        x0, y0, x1, y1 = canvas.viewport.visible_box
        assert x0 <= caret.place[0] <= x1
        assert y0 <= caret.place[1] <= y1
    assert caret.place == (canvas.viewport.image_width - 0.5, canvas.viewport.image_height - 0.5)


def test_arrows_nudge_what_is_selected_unless_the_caret_has_them_all(studio: Studio) -> None:
    made = studio.make(45, 30)
    studio.session.select([made])
    studio.key(Key.Key_Right)
    assert not studio.canvas.caret.shown
    assert studio.session.undo_name is not None
    studio.key(Key.Key_F7)
    assert "F7" in studio.window.pane.hint.accessibleDescription()
    document, place = studio.session.document, studio.canvas.caret.place
    studio.key(Key.Key_Right)
    assert studio.session.document is document
    assert studio.canvas.caret.place[0] > place[0]
    studio.key(Key.Key_F7)
    assert not studio.canvas.caret.shown
    studio.key(Key.Key_Right)
    assert studio.session.document is not document


def test_other_tools_do_with_keys_what_they_do_with_the_mouse(studio: Studio) -> None:
    made = studio.make(45, 30)
    studio.window.commands.take_tool("select")
    put(studio, 45, 30)
    studio.key("u")
    assert studio.session.selection == {made}
    studio.session.select([])
    studio.window.commands.take_tool("brush")
    put(studio, 110, 80)
    studio.key("u")
    mask = studio.mask_editor.mask
    assert mask is not None
    assert mask.area > 0
