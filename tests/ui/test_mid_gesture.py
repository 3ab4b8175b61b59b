"""Keys and other buttons in the midst of a gesture, and what Escape gave up."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QRegion
from PySide6.QtTest import QTest

from app.ui.panels.candidates import CandidateCards
from tests.ui.kit import LEFT, RIGHT, Studio

CONTROL = Qt.KeyboardModifier.ControlModifier
RED, GREEN = (45.0, 30.0), (110.0, 80.0)
CORNERS = (15.0, 5.0), (75.0, 55.0)


def press(studio: Studio, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(studio.canvas, button, pos=studio.at(x, y))


def release(studio: Studio, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    QTest.mouseRelease(studio.canvas, button, pos=studio.at(x, y))


def objects(studio: Studio) -> int:
    assert studio.session.document is not None
    return len(studio.session.document)


def test_a_mark_that_undo_takes_away_is_dragged_no_further(studio: Studio) -> None:
    studio.pick(*RED)
    press(studio, *RED)
    studio.move(60, 40, LEFT)
    studio.key("z", CONTROL)
    studio.canvas.grab()
    release(studio, 60, 40)
    assert studio.mask_editor.prompt.is_empty
    assert not studio.mask_editor.active


def test_a_corner_whose_box_is_accepted_makes_no_other_one(studio: Studio) -> None:
    studio.drag(CORNERS[0], (40, 30), CORNERS[1])
    studio.wait_answer()
    press(studio, *CORNERS[1])
    studio.move(90, 70, LEFT)
    studio.move(100, 80, LEFT)
    studio.key(Qt.Key.Key_Return)
    release(studio, 100, 80)
    assert objects(studio) == 1
    assert not studio.mask_editor.active


def test_no_drag_goes_on_on_the_next_image(studio: Studio) -> None:
    press(studio, *CORNERS[0])
    studio.move(40, 30, LEFT)
    studio.go(1)
    studio.wait_ready()
    studio.move(*CORNERS[1], LEFT)
    release(studio, *CORNERS[1])
    assert not studio.mask_editor.active


def test_no_stroke_does_either(studio: Studio) -> None:
    studio.key("b")
    press(studio, *CORNERS[0])
    studio.move(40, 30, LEFT)
    studio.go(1)
    release(studio, *CORNERS[1])
    assert not studio.mask_editor.active


def test_a_release_that_was_not_seen_costs_no_click(studio: Studio) -> None:
    press(studio, *GREEN)
    press(studio, *RED)
    release(studio, *RED)
    studio.wait_answer()
    assert studio.mask_editor.mask is not None
    assert studio.mask_editor.mask.contains(*RED)


def test_a_mask_given_up_comes_back_with_undo_and_no_object_goes(studio: Studio) -> None:
    studio.make(*RED)
    studio.pick(*GREEN)
    mask = studio.mask_editor.mask
    studio.key(Qt.Key.Key_Escape)
    assert not studio.mask_editor.active
    studio.key("z", CONTROL)
    assert studio.mask_editor.mask == mask
    assert objects(studio) == 1
    studio.key(Qt.Key.Key_Return)
    assert objects(studio) == 2


def test_after_other_work_undo_is_for_that(studio: Studio) -> None:
    studio.pick(*GREEN)
    studio.key(Qt.Key.Key_Escape)
    studio.make(*RED)
    studio.key("z", CONTROL)
    assert objects(studio) == 0
    assert not studio.mask_editor.active


def test_enter_in_a_stroke_accepts_the_mask_with_it(studio: Studio) -> None:
    studio.key("b")
    press(studio, 80, 30)
    studio.move(100, 30, LEFT)
    studio.key(Qt.Key.Key_Return)
    release(studio, 100, 30)
    assert objects(studio) == 1
    assert not studio.mask_editor.active


def test_undo_in_a_stroke_takes_that_stroke_back(studio: Studio) -> None:
    studio.key("b")
    studio.drag((80, 30), (100, 30))
    first = studio.mask_editor.mask
    press(studio, 80, 90)
    studio.move(100, 90, LEFT)
    studio.key("z", CONTROL)
    release(studio, 100, 90)
    assert studio.mask_editor.mask == first


def test_another_button_leaves_a_stroke_alone(studio: Studio) -> None:
    studio.key("b")
    press(studio, 60, 30)
    press(studio, 70, 30, RIGHT)
    release(studio, 70, 30, RIGHT)
    studio.move(100, 30, LEFT)
    release(studio, 100, 30)
    assert studio.mask_editor.mask is not None
    assert studio.mask_editor.mask.contains(100, 30)


def test_a_digit_gives_the_object_being_corrected_its_label(studio: Studio) -> None:
    cat = studio.session.folder_labels.add("cat")
    studio.session.folder_labels.activate(1)
    made = studio.make(*RED)
    studio.session.select([made])
    studio.key("s")
    studio.wait_for(lambda: studio.mask_editor.editing == made)
    studio.window.commands.use_label(cat or 0)
    assert studio.session.document is not None
    found = studio.session.document.get(made)
    assert found is not None
    assert found.label_id == cat
    assert studio.mask_editor.editing == made


def test_answers_are_shown_on_the_picture_they_are_about(studio: Studio) -> None:
    studio.pick(*RED)
    cards = studio.window.findChild(CandidateCards)
    assert cards is not None
    before = cards.grab().toImage()
    studio.go(1)
    studio.wait_ready()
    studio.go(0)
    studio.wait_for(lambda: len(studio.mask_editor.candidates) > 1 and cards.isVisible())
    assert cards.grab().toImage() == before


def test_marks_that_came_with_the_image_go_with_undo(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.drag((5, 5), (40, 30), (155, 115))
    studio.wait_answer()
    studio.go(1)
    studio.wait_ready()
    studio.go(0)
    studio.wait_for(lambda: studio.mask_editor.active)
    studio.canvas.grab()
    painted: list[QRegion] = []
    monkeypatch.setattr(studio.canvas, "repaint", painted.append)
    studio.key("z", CONTROL)
    corner = studio.at(5, 5)
    assert any(region.contains(corner) for region in painted)
