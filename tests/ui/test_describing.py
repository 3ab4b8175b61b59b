"""Attributes, flags, groups and notes in the window."""

import json
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.attributes import Attribute, Kind
from app.core.describing import flag_set, group_set, value_set
from app.core.details import Flag
from app.core.document import State
from app.core.errors import Problem
from app.core.evidence import NO_EVIDENCE
from app.core.mask import Mask
from app.storage.exchange import coco, coco_write
from app.storage.exchange.values import Export, ExportImage
from app.ui.panels.value_fields import ChoiceField, LineField, YesNoField
from tests.ui.kit import Studio

COLOR = Attribute("colour", Kind.CHOICE, ("red", "blue"), "red", "C")
AGE = Attribute("age", Kind.NUMBER, least=0)
SCHEMA = (COLOR, Attribute("worn"), AGE)


def add(studio: Studio, x: int) -> int:
    pixels = np.zeros((120, 160), np.bool_)
    pixels[10:20, x : x + 10] = True
    made = studio.session.add(Mask.from_array(pixels), NO_EVIDENCE)
    assert made is not None
    return made


def ask(studio: Studio, *attributes: Attribute) -> None:
    labels = studio.session.labels
    changed = labels.with_attributes(1, attributes)
    assert studio.session.folder_labels.change("Change attributes", changed)


def test_values_are_edited_in_the_panel_saved_reloaded_and_exported(
    studio: Studio, images: Path, tmp_path: Path
) -> None:
    ask(studio, *SCHEMA)
    one, two = add(studio, 10), add(studio, 40)
    panel = studio.window.objects.describing
    assert not panel.isVisible()
    studio.session.select([one, two])
    assert panel.isVisible()
    colour, worn = panel.fields["colour"], panel.fields["worn"]
    assert isinstance(colour, ChoiceField)
    assert isinstance(worn, YesNoField)
    assert colour.box.currentText() == "red"
    colour.box.setCurrentIndex(2)
    colour.box.activated.emit(2)
    worn.box.click()
    panel.flags[Flag.OCCLUDED].click()
    document = studio.session.document
    assert document is not None
    assert [dict(each.attributes) for each in document] == [{"colour": "blue", "worn": True}] * 2
    assert all(each.details.flags == {Flag.OCCLUDED} for each in document)
    studio.session.undo()
    studio.session.undo()
    assert worn.box.checkState() is Qt.CheckState.PartiallyChecked
    studio.session.redo()
    studio.session.redo()
    studio.go(1)
    studio.go(0)
    assert studio.session.document == document
    sidecar = json.loads((images / "a.png.json").read_text())
    assert sidecar["annotations"][0]["maskwright"]["attributes"] == {"colour": "blue", "worn": True}
    path = tmp_path / "coco.json"
    coco_write.write(Export(studio.session.labels, [ExportImage("a.png", document)]), path)
    told = json.loads(path.read_text())["annotations"][0]["attributes"]
    assert told == {"colour": "blue", "worn": True, "occluded": True}
    back = coco.read(path).images[0].objects[0]
    assert back.attributes == {"colour": "blue", "worn": True}
    assert back.details.flags == {Flag.OCCLUDED}


def test_enter_takes_a_number_and_escape_leaves_it(studio: Studio) -> None:
    ask(studio, *SCHEMA)
    one = add(studio, 10)
    studio.session.select([one])
    field = studio.window.objects.describing.fields["age"]
    assert isinstance(field, LineField)
    for typed, key, kept in (
        ("12", Qt.Key.Key_Return, 12),
        ("13", Qt.Key.Key_Escape, 12),
        ("", Qt.Key.Key_Return, None),
    ):
        field.line.setFocus()
        field.line.selectAll()
        QTest.keyClick(field.line, Qt.Key.Key_Delete)
        QTest.keyClicks(field.line, typed)
        QTest.keyClick(field.line, key)
        assert QApplication.focusWidget() is studio.canvas
        document = studio.session.document
        assert document is not None
        assert document.annotation(one).attributes.get("age") == kept
    assert studio.session.selection == {one}


def test_note_and_group_are_said_of_all_that_is_selected(studio: Studio) -> None:
    one, two, three = (add(studio, x) for x in (10, 30, 50))
    panel = studio.window.objects.describing
    studio.session.describe([three], group_set(2))
    studio.session.select([one, two])
    panel.group.setFocus()
    QTest.keyClicks(panel.group, "7")
    QTest.keyClick(panel.group, Qt.Key.Key_Return)
    panel.note.setFocus()
    QTest.keyClicks(panel.note, "half a car")
    QTest.keyClick(panel.note, Qt.Key.Key_Return)
    document = studio.session.document
    assert document is not None
    assert [each.details.group for each in document] == [7, 7, 2]
    assert [each.details.note for each in document] == ["half a car", "half a car", ""]
    studio.session.select([one, three])
    assert panel.group.text() == ""
    assert panel.group.placeholderText() == "several"


def test_values_that_no_schema_asks_for_are_kept_and_shown(studio: Studio) -> None:
    ask(studio, *SCHEMA)
    one = add(studio, 10)
    studio.session.select([one])
    ask(studio, Attribute("colour", Kind.CHOICE, ("green",)))
    panel = studio.window.objects.describing
    colour = panel.fields["colour"]
    assert isinstance(colour, ChoiceField)
    assert colour.box.currentText() == "red"
    ask(studio)
    assert list(panel.fields) == ["colour"]
    document = studio.session.document
    assert document is not None
    assert document.annotation(one).attributes == {"colour": "red"}


def test_a_group_is_selected_by_a_click_on_one_of_it_and_one_alone_by_another(
    studio: Studio,
) -> None:
    one, two, three = (add(studio, x) for x in (10, 30, 50))
    studio.session.select([one, two])
    studio.window.actions_["group"].trigger()
    document = studio.session.document
    assert document is not None
    assert [each.details.group for each in document] == [1, 1, None]
    studio.window.commands.take_tool("select")
    studio.session.select([])
    for place, chosen in ((12, {one, two}), (12, {one}), (52, {three}), (32, {one, two})):
        studio.click(place, 15)
        assert studio.session.selection == chosen
    studio.click(52, 15, keys=Qt.KeyboardModifier.ShiftModifier)
    assert studio.session.selection == {one, two, three}
    studio.window.actions_["ungroup"].trigger()
    assert all(each.details.group is None for each in studio.session.document or ())


def test_keys_say_flags_of_all_that_is_selected(studio: Studio) -> None:
    one, two = add(studio, 10), add(studio, 30)
    studio.session.select([two])
    studio.key("d", Qt.KeyboardModifier.ShiftModifier)
    studio.session.select([one, two])
    for difficult in (True, False):
        studio.key("d", Qt.KeyboardModifier.ShiftModifier)
        said = [Flag.DIFFICULT in each.details.flags for each in studio.session.document or ()]
        assert said == [difficult, difficult]
    studio.session.undo()
    studio.session.undo()
    assert [len(each.details.flags) for each in studio.session.document or ()] == [0, 1]


def test_the_list_of_objects_shows_what_a_search_finds_and_enter_selects_it(
    studio: Studio,
) -> None:
    ask(studio, *SCHEMA)
    one, two, three = (add(studio, x) for x in (10, 30, 50))
    studio.session.describe([one, three], value_set("colour", "blue"))
    panel = studio.window.objects
    panel.search.setFocus()
    QTest.keyClicks(panel.search, "colour:blue")
    assert [panel.model.annotation(row).id for row in range(panel.model.rowCount())] == [three, one]
    studio.session.describe([two], value_set("colour", "blue"))
    assert panel.model.rowCount() == 3
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert studio.session.selection == {one, two, three}
    assert QApplication.focusWidget() is studio.canvas
    studio.session.describe([one], value_set("colour", "red"))
    assert panel.model.rowCount() == 2
    panel.search.setFocus()
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.model.rowCount() == 3


def test_the_review_goes_through_what_a_search_finds(studio: Studio) -> None:
    one, two = add(studio, 10), add(studio, 30)
    studio.session.set_state([one, two], State.PROPOSED)
    studio.session.describe([two], flag_set(Flag.DIFFICULT, True))
    studio.context.review.start()
    studio.window.review.filter.search.setText("difficult")
    assert studio.context.review.ids == (two,)
    studio.window.review.filter.search.setText("")
    assert set(studio.context.review.ids) == {one, two}


def values(studio: Studio) -> list[dict[str, object]]:
    return [dict(each.attributes) for each in studio.session.document or ()]


def test_in_attribute_mode_keys_change_values_and_arrows_go_on(studio: Studio) -> None:
    ask(studio, *SCHEMA)
    one, two = add(studio, 10), add(studio, 30)
    studio.key("e", Qt.KeyboardModifier.ShiftModifier)
    assert studio.session.selection == {one}
    studio.key("c")
    studio.key("2")
    studio.key("o")
    studio.key(Qt.Key.Key_Right)
    assert studio.session.selection == {two}
    studio.key("c", Qt.KeyboardModifier.ShiftModifier)
    studio.key("2")
    studio.key("2")
    studio.key("3")
    field = studio.window.objects.describing.fields["age"]
    assert isinstance(field, LineField)
    assert QApplication.focusWidget() is field.line
    QTest.keyClicks(field.line, "5")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert values(studio) == [
        {"colour": "blue", "worn": True},
        {"colour": "blue", "worn": False, "age": 5},
    ]
    assert [len(each.details.flags) for each in studio.session.document or ()] == [1, 0]
    studio.key(Qt.Key.Key_Escape)
    assert studio.session.selection == {two}
    studio.key("c")
    assert values(studio)[1]["colour"] == "blue"


def test_a_mask_that_is_begun_has_the_keys_for_itself(studio: Studio) -> None:
    ask(studio, *SCHEMA)
    add(studio, 100)
    studio.key("e", Qt.KeyboardModifier.ShiftModifier)
    studio.click(45, 30)
    studio.wait_answer()
    studio.key("2")
    studio.key("o")
    assert studio.mask_editor.active
    assert values(studio) == [{"colour": "red"}]
    studio.key(Qt.Key.Key_Escape)
    studio.key("2")
    assert not studio.mask_editor.active
    assert values(studio) == [{"colour": "red", "worn": True}]


def test_what_is_typed_wrongly_stays_with_the_reason_until_it_is_mended_or_given_up(
    studio: Studio,
) -> None:
    ask(studio, *SCHEMA)
    one = add(studio, 10)
    studio.session.select([one])
    panel = studio.window.objects.describing
    field = panel.fields["age"]
    assert isinstance(field, LineField)
    for line, typed, said in (
        (field.line, "-4", "The number is 0 or more."),
        (field.line, "four", "This is no number."),
        (panel.group, "first", "A group is a whole number from 0 on."),
    ):
        before = line.text()
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, typed)
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert line.hasFocus()
        assert (line.text(), line.told.text()) == (typed, said)
        assert line.told.isVisible()
        studio.canvas.setFocus()
        panel.refresh()
        assert line.text() == typed
        line.setFocus()
        QTest.keyClick(line, Qt.Key.Key_Escape)
        assert (line.text(), line.told.text()) == (before, "")
        assert QApplication.focusWidget() is studio.canvas
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, typed)
        QTest.keyClick(line, Qt.Key.Key_Return)
        line.selectAll()
        QTest.keyClicks(line, "7")
        assert line.told.text() == ""
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert studio.session.document is not None
    (made,) = studio.session.document
    assert (made.attributes["age"], made.details.group) == (7, 7)


def test_what_was_typed_wrongly_of_another_object_is_told_when_that_is_left(
    studio: Studio,
) -> None:
    ask(studio, *SCHEMA)
    one, two = add(studio, 10), add(studio, 40)
    studio.session.select([one])
    field = studio.window.objects.describing.fields["age"]
    assert isinstance(field, LineField)
    field.line.setFocus()
    QTest.keyClicks(field.line, "old")
    studio.session.select([two])
    assert "“old” was not taken" in studio.window.pane.banner.what.text()
    field = studio.window.objects.describing.fields["age"]
    assert isinstance(field, LineField)
    assert field.line.text() == ""


def test_a_group_is_taken_away_by_emptying_its_field(studio: Studio) -> None:
    one = add(studio, 10)
    studio.session.select([one])
    studio.session.describe([one], group_set(3))
    line = studio.window.objects.describing.group
    line.setFocus()
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert studio.session.document is not None
    (made,) = studio.session.document
    assert made.details.group is None


def typing(studio: Studio, attribute: Attribute, text: str) -> LineField:
    """The field of an attribute of a new object, with something typed that is not taken yet."""
    ask(studio, attribute)
    studio.session.select([add(studio, 10)])
    field = studio.window.objects.describing.fields[attribute.name]
    assert isinstance(field, LineField)
    field.line.setFocus()
    QTest.keyClicks(field.line, text)
    return field


def test_typing_goes_on_where_labels_change_meanwhile(studio: Studio) -> None:
    typing(studio, AGE, "12")
    ask(studio, COLOR, AGE)
    field = studio.window.objects.describing.fields["age"]
    assert isinstance(field, LineField)
    assert field.line.hasFocus()
    QTest.keyClicks(field.line, "3")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert studio.session.document is not None
    assert dict(studio.session.document.annotations[0].attributes)["age"] == 123


def test_what_is_typed_is_taken_where_nothing_asks_for_it_any_more(studio: Studio) -> None:
    typing(studio, AGE, "12")
    ask(studio, COLOR)
    assert studio.session.document is not None
    assert dict(studio.session.document.annotations[0].attributes)["age"] == 12
    assert "age" in studio.window.objects.describing.fields


def test_what_is_typed_wrongly_is_told_where_nothing_asks_for_it_any_more(studio: Studio) -> None:
    told: list[Problem] = []
    studio.session.problem.connect(told.append)
    typing(studio, AGE, "old")
    ask(studio, COLOR)
    assert ["“old”" in str(each) for each in told] == [True]
