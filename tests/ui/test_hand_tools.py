"""Brush, eraser, polygon and repairs, on the mask being made and on objects."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.core.mask import Mask
from tests.ui.kit import RIGHT, Studio

RED = (45.0, 30.0)
CONTROL = Qt.KeyboardModifier.ControlModifier


def mask_of(studio: Studio) -> Mask:
    assert studio.mask_editor.mask is not None
    return studio.mask_editor.mask


def test_the_brush_starts_a_mask_and_enter_accepts_it(studio: Studio) -> None:
    studio.key("b")
    studio.drag((100, 20), (120, 20), (140, 20))
    assert mask_of(studio).contains(110, 20)
    studio.key(Qt.Key.Key_Return)
    assert len(studio.session.document or ()) == 1
    assert studio.window.toolbox.current.name == "brush"


def test_brush_and_eraser_work_on_the_answer_of_the_model(studio: Studio) -> None:
    studio.pick(*RED)
    before = mask_of(studio)
    studio.key("b")
    studio.drag((100, 20), (140, 20))
    assert mask_of(studio).area > before.area
    studio.key("e")
    studio.drag((100, 20), (140, 20))
    assert mask_of(studio) == before


def test_the_right_button_does_the_opposite(studio: Studio) -> None:
    studio.pick(*RED)
    studio.key("b")
    studio.drag(RED, (47, 30), button=RIGHT)
    assert not mask_of(studio).contains(*RED)


def test_the_brush_works_on_the_selected_object(studio: Studio) -> None:
    made = studio.make(*RED)
    studio.session.select([made])
    studio.key("b")
    studio.drag((100, 20), (140, 20))
    studio.key(Qt.Key.Key_Return)
    document = studio.session.document
    assert document is not None
    assert document.ids == (made,)
    assert document.annotation(made).mask.contains(110, 20)


def test_brackets_change_the_size_of_the_brush(studio: Studio) -> None:
    studio.key("b")
    before = studio.window.toolbox.brush_diameter
    studio.key("]")
    assert studio.window.toolbox.brush_diameter > before
    studio.key("[")
    studio.key("[")
    assert studio.window.toolbox.brush_diameter < before


def test_the_smallest_brush_sets_single_pixels(studio: Studio) -> None:
    studio.window.toolbox.set_brush_diameter(1)
    studio.key("b")
    studio.drag((100.5, 20.5), (100.5, 20.5))
    assert mask_of(studio).area == 1
    assert mask_of(studio).contains(100.5, 20.5)


def test_corners_make_a_polygon_that_enter_closes(studio: Studio) -> None:
    studio.key("p")
    for corner in ((90, 10), (130, 10), (130, 30), (90, 30)):
        studio.click(*corner)
    assert not studio.mask_editor.active
    studio.key(Qt.Key.Key_Return)
    assert 780 <= mask_of(studio).area <= 840
    studio.key(Qt.Key.Key_Return)
    assert len(studio.session.document or ()) == 1


def test_a_click_on_the_first_corner_closes_the_polygon(studio: Studio) -> None:
    studio.key("p")
    for corner in ((90, 10), (130, 10), (130, 30), (90, 10)):
        studio.click(*corner)
    assert mask_of(studio).contains(128, 15)


def test_a_polygon_begun_with_the_right_button_cuts(studio: Studio) -> None:
    studio.pick(*RED)
    studio.key("p")
    for corner in ((20, 5), (80, 5), (80, 60), (40, 60)):
        studio.click(*corner, button=RIGHT)
    studio.key(Qt.Key.Key_Return)
    assert not mask_of(studio).contains(*RED)


def test_undo_takes_back_one_corner(studio: Studio) -> None:
    studio.key("p")
    for corner in ((90, 10), (130, 10), (130, 30), (20, 100)):
        studio.click(*corner)
    studio.key("z", CONTROL)
    studio.key(Qt.Key.Key_Return)
    assert not mask_of(studio).contains(60, 60)


def test_escape_drops_the_corners_and_nothing_else(studio: Studio) -> None:
    studio.pick(*RED)
    studio.key("p")
    studio.click(90, 10)
    studio.key(Qt.Key.Key_Escape)
    assert studio.mask_editor.active
    assert not studio.window.toolbox.current.busy


def test_a_hole_is_filled_by_key(studio: Studio) -> None:
    studio.pick(*RED)
    whole = mask_of(studio)
    studio.window.toolbox.set_brush_diameter(6)
    studio.key("e")
    studio.drag(RED, (47, 30))
    studio.key("h", CONTROL)
    assert mask_of(studio) == whole


def test_growing_and_shrinking_by_key(studio: Studio) -> None:
    studio.pick(*RED)
    before = mask_of(studio).area
    studio.key("]", CONTROL)
    grown = mask_of(studio).area
    assert grown > before
    studio.key("[", CONTROL)
    assert mask_of(studio).area < grown


def test_only_the_largest_part_is_kept(studio: Studio) -> None:
    studio.pick(*RED)
    whole = mask_of(studio)
    studio.key("b")
    studio.drag((140, 110), (141, 110))
    studio.key("l", CONTROL)
    assert mask_of(studio) == whole


def test_specks_are_removed_by_key(studio: Studio) -> None:
    studio.pick(*RED)
    whole = mask_of(studio)
    studio.key("b")
    studio.drag((140, 110), (141, 110))
    assert mask_of(studio) != whole
    studio.window.toolbox.speck_px = 10_000
    studio.key("h", CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert mask_of(studio) == whole


def test_an_eraser_without_an_object_says_what_is_missing(studio: Studio) -> None:
    made = studio.make(*RED)
    studio.window.toolbox.take("eraser")
    assert studio.window.pane.hint.shown[0][0] == "V"
    shown = studio.window.pane.hint.accessibleDescription()
    assert "choose the object" in shown
    studio.session.select([made])
    assert "choose the object" not in studio.window.pane.hint.accessibleDescription()
    assert "take away pixels" in studio.window.pane.hint.accessibleDescription()


def test_backspace_takes_back_a_corner_and_leaves_the_selected_object(studio: Studio) -> None:
    made = studio.make(*RED)
    studio.session.select([made])
    studio.key("p")
    for corner in ((90, 10), (130, 10), (130, 30), (20, 100)):
        studio.click(*corner)
    studio.key(Qt.Key.Key_Backspace)
    assert len(studio.session.document or ()) == 1
    studio.key(Qt.Key.Key_Return)
    assert mask_of(studio).contains(128, 15)
    assert not mask_of(studio).contains(60, 60)
    studio.key(Qt.Key.Key_Escape)
    studio.key(Qt.Key.Key_Backspace)
    assert len(studio.session.document or ()) == 0
