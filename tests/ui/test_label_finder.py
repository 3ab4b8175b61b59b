"""A label is found by some letters of its name, or made by them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.labels import LabelSet
from app.ui.label_finder import LabelFinder, found
from tests.ui.kit import Studio

RED = (45.0, 30.0)


def finder(studio: Studio) -> LabelFinder:
    studio.key("t")
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, LabelFinder)
    return shown


@pytest.fixture
def many(studio: Studio) -> Studio:
    for number in range(12):
        studio.session.folder_labels.add(f"thing {number}")
    studio.session.folder_labels.add("red cat")
    studio.session.folder_labels.activate(1)
    return studio


def test_some_letters_and_enter_make_it_the_label_of_what_comes(many: Studio) -> None:
    shown = finder(many)
    QTest.keyClicks(shown.name, "cat")
    QTest.keyClick(shown.name, Qt.Key.Key_Return)
    label = many.session.labels.named("red cat")
    assert label is not None
    assert many.session.active_label == label.id
    assert QApplication.activePopupWidget() is None


def test_a_selected_object_gets_it(many: Studio) -> None:
    made = many.make(*RED)
    many.session.select([made])
    shown = finder(many)
    QTest.keyClicks(shown.name, "thing 1")
    QTest.keyClick(shown.name, Qt.Key.Key_Down)
    QTest.keyClick(shown.name, Qt.Key.Key_Return)
    document = many.session.document
    assert document is not None
    name = many.session.labels.label(document.annotation(made).label_id).name
    assert name == "thing 10"


def test_a_name_that_is_none_yet_becomes_a_label_at_one_enter(many: Studio) -> None:
    told: list[object] = []
    many.session.problem.connect(told.append)
    shown = finder(many)
    QTest.keyClicks(shown.name, "dog")
    QTest.keyClick(shown.name, Qt.Key.Key_Return)
    assert told == []
    label = many.session.labels.named("dog")
    assert label is not None
    assert many.session.active_label == label.id


def test_escape_changes_nothing(many: Studio) -> None:
    before = many.session.labels
    shown = finder(many)
    QTest.keyClicks(shown.name, "dog")
    QTest.keyClick(shown.name, Qt.Key.Key_Escape)
    assert (many.session.labels, many.session.active_label) == (before, 1)
    assert many.context.navigator.current == 0


def test_names_that_begin_so_come_first() -> None:
    labels = LabelSet().with_added("red cat").with_added("cat").with_added("bird")
    assert [label.name for label in found(labels, "cat")] == ["cat", "red cat"]
    assert [label.name for label in found(labels, "CAT red")] == ["red cat"]


def test_a_name_that_differs_by_case_or_blanks_alone_finds_the_one_there_is(many: Studio) -> None:
    shown = finder(many)
    QTest.keyClicks(shown.name, "RedCat")
    assert shown.list.item(0).text().startswith("red cat")
    assert shown.list.item(shown.list.count() - 1).text() == "New label: RedCat"
    QTest.keyClick(shown.name, Qt.Key.Key_Return)
    label = many.session.labels.named("red cat")
    assert label is not None
    assert many.session.active_label == label.id


def test_more_is_found_of_labels_that_there_are_alone(many: Studio) -> None:
    shown = finder(many)
    (more,) = shown.findChildren(QPushButton)
    assert more.isEnabled()
    QTest.keyClicks(shown.name, "dog")
    assert not more.isEnabled()
    shown.name.setText("cat")
    assert more.isEnabled()
    shown.close()


def test_a_long_label_is_cut_with_dots_above_the_image(many: Studio) -> None:
    box = many.window.options.label
    assert box.shown == box.currentText()
    many.session.folder_labels.add("furniture of the living room/wardrobe with a mirror")
    assert "…" in box.shown
    assert box.shown.startswith("furn")
    assert box.shown.endswith("mirror")
