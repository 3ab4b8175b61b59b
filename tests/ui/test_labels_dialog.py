"""Labels, their keys and attributes, and sets of them, in the window."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.core.attributes import Attribute, Kind
from app.core.evidence import NO_EVIDENCE
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.label_set_file import read_set, write_set
from app.storage.settings import Settings
from app.ui.dialogs.labels import LabelsDialog
from app.ui.dialogs.shortcuts import ShortcutSheet
from app.ui.keymap import command_keys
from app.ui.label_finder import LabelFinder
from app.ui.label_keys import offered, pressed_alone
from app.ui.panels.label_list import COUNT_ROLE, SHORT_ROLE, sign_of
from tests.ui.kit import Studio, move_mouse, write_image


@pytest.fixture
def dialog(studio: Studio) -> LabelsDialog:
    studio.session.folder_labels.add("vehicle/car")
    studio.window.commands.ask("labels")
    found = studio.window.dialogs.current("labels")
    assert isinstance(found, LabelsDialog)
    return found


def typed(widget: QLineEdit, text: str) -> None:
    widget.clear()
    QTest.keyClicks(widget, text)


def test_a_choice_is_asked_of_a_label_in_one_step(studio: Studio, dialog: LabelsDialog) -> None:
    assert dialog.list.currentRow() == 2
    editor = dialog.editor
    editor.add()
    typed(editor.name, "colour")
    editor.kind.setCurrentIndex(editor.kind.findData(Kind.CHOICE))
    editor.kind.activated.emit(0)
    assert dialog.outcome.text()
    editor.choices.setPlainText("red\nblue")
    typed(editor.default, "blue")
    editor.add()
    typed(editor.name, "parked")
    typed(editor.default, "no")
    assert dialog.outcome.text() == ""
    editor.shift(-1)
    dialog.description.setPlainText("vans too")
    dialog.list.setCurrentRow(0)
    editor.add()
    typed(editor.name, "age")
    editor.kind.setCurrentIndex(editor.kind.findData(Kind.NUMBER))
    editor.kind.activated.emit(0)
    typed(editor.least, "3")
    typed(editor.most, "2")
    assert "bounds" in dialog.outcome.text()
    typed(editor.most, "30")
    dialog.buttons.accepted.emit()
    labels = studio.session.labels
    assert labels.attributes == (Attribute("age", Kind.NUMBER, least=3, most=30),)
    car = labels.named("vehicle/car")
    assert car is not None
    assert car.description == "vans too"
    assert car.attributes == (
        Attribute("parked", default=False),
        Attribute("colour", Kind.CHOICE, ("red", "blue"), "blue"),
    )
    studio.session.undo()
    assert studio.session.labels.attributes == ()
    assert not any(each.attributes for each in studio.session.labels)


def test_a_choice_without_choices_is_neither_lost_nor_taken(
    studio: Studio, dialog: LabelsDialog
) -> None:
    editor = dialog.editor
    editor.add()
    typed(editor.name, "colour")
    editor.kind.setCurrentIndex(editor.kind.findData(Kind.CHOICE))
    editor.kind.activated.emit(0)
    editor.add()
    typed(editor.name, "seats")
    dialog.list.setCurrentRow(0)
    assert dialog.outcome.text() == ""
    before = studio.session.labels
    dialog.buttons.accepted.emit()
    assert dialog.isVisible()
    assert studio.session.labels == before
    assert dialog.list.currentRow() == 2
    assert (editor.name.text(), editor.kind.currentData()) == ("colour", Kind.CHOICE)
    assert "needs 1 to 1000 choices" in dialog.outcome.text()
    editor.choices.setPlainText("red")
    dialog.buttons.accepted.emit()
    assert not dialog.isVisible()
    assert studio.session.labels.label(2).attributes == (
        Attribute("colour", Kind.CHOICE, ("red",)),
        Attribute("seats"),
    )


def test_tab_goes_from_the_kind_to_the_choices(studio: Studio, dialog: LabelsDialog) -> None:
    editor = dialog.editor
    editor.add()
    editor.kind.setCurrentIndex(editor.kind.findData(Kind.CHOICE))
    editor.kind.activated.emit(0)
    dialog.activateWindow()
    studio.wait_for(dialog.isActiveWindow)
    editor.kind.setFocus()
    QTest.keyClick(editor.kind, Qt.Key.Key_Tab)
    assert editor.choices.hasFocus()


def test_labels_are_made_named_ordered_and_taken_away_in_one_step(
    studio: Studio, dialog: LabelsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = studio.session.labels
    dialog.add()
    row = dialog.list.currentItem()
    assert row is not None
    row.setText("vehicle/car")
    assert row.text() == "label"
    assert "the same name" in dialog.outcome.text()
    row.setText("vehicle/bus")
    monkeypatch.setattr("app.ui.dialogs.labels.asked_colour", lambda *_: "#102030")
    dialog.colour.click()
    dialog.editor.add()
    dialog.list.setCurrentRow(1)
    dialog.remove()
    dialog.shift(1)
    studio.session.folder_labels.add("dog")
    dialog.buttons.accepted.emit()
    after = studio.session.labels
    assert named(studio) == ["vehicle/bus", "vehicle/car", "dog"]
    bus = after.named("vehicle/bus")
    assert bus is not None
    assert (bus.color, len(bus.attributes)) == ("#102030", 1)
    studio.session.undo()
    assert named(studio) == [*(each.name for each in before), "dog"]


def test_a_label_of_objects_that_are_seen_is_not_taken_away_here(
    studio: Studio, dialog: LabelsDialog
) -> None:
    pixels = np.zeros((120, 160), np.bool_)
    pixels[10:20, 10:20] = True
    assert studio.session.add(Mask.from_array(pixels), NO_EVIDENCE) is not None
    dialog.remove()
    assert "Objects of this image have “vehicle/car”" in dialog.outcome.text()
    dialog.buttons.accepted.emit()
    assert named(studio) == ["object", "vehicle/car"]


def test_attributes_of_all_labels_are_told_at_each(dialog: LabelsDialog) -> None:
    dialog.list.setCurrentRow(0)
    dialog.editor.add()
    dialog.list.setCurrentRow(1)
    assert dialog.heading.text() == (
        "Objects of this label are described, beside attribute as all are, by"
    )


def test_cancel_changes_nothing(studio: Studio, dialog: LabelsDialog) -> None:
    before = studio.session.labels
    dialog.editor.add()
    dialog.buttons.rejected.emit()
    assert studio.session.labels == before


def test_a_label_renamed_meanwhile_keeps_its_new_name(studio: Studio, dialog: LabelsDialog) -> None:
    dialog.editor.add()
    studio.session.folder_labels.rename(2, "lorry")
    studio.session.folder_labels.add("dog")
    dialog.buttons.accepted.emit()
    assert [each.name for each in studio.session.labels] == ["object", "lorry", "dog"]
    assert len(studio.session.labels.label(2).attributes) == 1


def test_a_letter_of_its_own_chooses_a_label_and_is_told_among_the_keys(
    studio: Studio, dialog: LabelsDialog
) -> None:
    dialog.key.setCurrentIndex(dialog.key.findData("Shift+C"))
    dialog.key.activated.emit(0)
    dialog.buttons.accepted.emit()
    studio.session.folder_labels.activate(1)
    studio.window.activateWindow()
    studio.wait_for(studio.window.isActiveWindow)
    studio.canvas.setFocus()
    studio.key("c", Qt.KeyboardModifier.ShiftModifier)
    assert studio.session.active_label == 2
    sheet = ShortcutSheet(studio.window.actions_, studio.session.labels, studio.window)
    group = sheet.tree.topLevelItem(sheet.tree.topLevelItemCount() - 1)
    assert group is not None
    row = group.child(0)
    assert row is not None
    assert [row.text(0), row.text(1)] == ["vehicle/car", "Shift+C"]


def test_no_key_that_labels_may_have_means_anything_else() -> None:
    taken = command_keys(Settings())
    letters = {str(key) for key in offered(taken) if isinstance(key, str)}
    assert letters
    assert not letters & taken


def test_a_letter_that_a_command_has_stays_the_commands() -> None:
    labels = LabelSet().with_added("dog").with_added("cat")
    labels = labels.with_key(2, "D").with_key(3, "Shift+C")
    assert [
        (label.name, key) for label, key in pressed_alone(labels, command_keys(Settings()))
    ] == [("cat", "Shift+C")]


def test_a_digit_after_t_chooses_the_label_that_has_it(studio: Studio) -> None:
    studio.session.folder_labels.add("dog")
    studio.session.folder_labels.set_key(2, "T0")
    studio.session.folder_labels.activate(1)
    studio.key("t")
    finder = QApplication.activePopupWidget()
    assert isinstance(finder, LabelFinder)
    QTest.keyClick(finder.name, "0")  # type: ignore[call-overload]
    assert studio.session.active_label == 2


def test_a_set_is_told_of_before_it_is_merged_or_replaces(
    studio: Studio, dialog: LabelsDialog, tmp_path: Path
) -> None:
    path = tmp_path / "set.json"
    write_set(LabelSet().with_names(["tree", "object"]).without(1).with_added("rock"), path)
    question = dialog.load(path)
    assert question is not None
    assert question.outcome.text().splitlines()[0] == "New: tree, rock."
    question.replace.setChecked(True)
    text = question.outcome.text()
    assert "Taken from the list: object, vehicle/car." in text
    question.merge.setChecked(True)
    question._on_ok()
    assert [each.name for each in studio.session.labels] == ["object", "vehicle/car"]
    dialog.buttons.accepted.emit()
    names = ["object", "vehicle/car", "tree", "rock"]
    assert [each.name for each in studio.session.labels] == names
    studio.session.undo()
    assert [each.name for each in studio.session.labels] == names[:2]


def test_labels_are_saved_as_a_set_and_what_is_none_is_told(
    dialog: LabelsDialog, tmp_path: Path
) -> None:
    dialog.save(tmp_path / "mine")
    assert [each.name for each in read_set(tmp_path / "mine.json")] == ["object", "vehicle/car"]
    (tmp_path / "none.json").write_text("{}")
    assert dialog.load(tmp_path / "none.json") is None
    assert "holds no labels" in dialog.outcome.text()


def test_labels_used_last_come_first_after_t(studio: Studio) -> None:
    for name in ("dog", "cat", "cow"):
        studio.session.folder_labels.add(name)
    for name in ("dog", "cow", "cat"):
        label = studio.session.labels.named(name)
        assert label is not None
        studio.session.folder_labels.activate(label.id)
    studio.key("t")
    finder = QApplication.activePopupWidget()
    assert isinstance(finder, LabelFinder)
    rows = [finder.list.item(row) for row in range(finder.list.count())]
    assert [row.text().split()[0] for row in rows] == ["cow", "dog", "object", "cat"]
    finder.close()


def named(studio: Studio) -> list[str]:
    return [each.name for each in studio.session.labels]


def test_labels_are_put_elsewhere_by_drag_and_by_keys(studio: Studio) -> None:
    for name in ("dog", "cat", "cow"):
        studio.session.folder_labels.add(name)
    view = studio.window.labels.view
    port = view.viewport()
    middles = [view.visualRect(view.model().index(row, 0)).center() for row in range(4)]
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=middles[3])
    for y in (middles[3].y() - 15, middles[1].y() - 4):
        move_mouse(port, QPoint(middles[3].x(), y), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(middles[3].x(), middles[1].y()))
    assert named(studio) == ["object", "cow", "dog", "cat"]
    assert studio.session.labels.label(studio.session.active_label).name == "cow"
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert named(studio) == ["object", "dog", "cow", "cat"]
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert named(studio) == ["cow", "object", "dog", "cat"]
    for _ in range(4):
        studio.session.undo()
    assert named(studio) == ["object", "dog", "cat", "cow"]


def shown(studio: Studio) -> list[str]:
    """What the list says, with two blanks for each row that a row lies in."""
    model = studio.window.labels.model
    rows = range(model.rowCount())
    return ["  " * model.row(row).depth + model.index(row).data(SHORT_ROLE) for row in rows]


def test_nested_names_stand_together_and_are_indented(studio: Studio) -> None:
    for name in ("vehicle/car", "dog", "vehicle/bus", "vehicle/bus/double", "vehicle/truck"):
        studio.session.folder_labels.add(name)
    assert named(studio)[1:] == [
        "vehicle/car", "vehicle/bus", "vehicle/bus/double", "vehicle/truck", "dog",
    ]  # fmt: skip
    assert shown(studio) == [
        "object", "vehicle", "  car", "  bus", "    double", "  truck", "dog",
    ]  # fmt: skip


def test_what_a_label_is_for_is_told_in_the_panel(studio: Studio) -> None:
    labels = studio.session.labels.with_added("dog")
    dog = replace(labels.labels[-1], description="no wolves")
    studio.session.folder_labels.change("Change labels", labels.with_replaced(dog))
    panel = studio.window.labels
    assert not panel.description.isVisible()
    studio.session.folder_labels.activate(dog.id)
    assert panel.description.text() == "no wolves"
    assert panel.description.isVisible()
    assert "no wolves" in panel.model.index(1).data(Qt.ItemDataRole.ToolTipRole)


NESTED = ("vehicle/car", "vehicle/bus", "animal/cat", "animal/dog")


def sign_at(studio: Studio, row: int) -> QPoint:
    panel = studio.window.labels
    rect = panel.view.visualRect(panel.model.index(row))
    return sign_of(rect, panel.model.row(row).depth).center()


def test_nested_labels_fold_by_their_sign_and_by_keys_and_stay_so(
    studio: Studio, images: Path, tmp_path: Path
) -> None:
    for name in NESTED:
        studio.session.folder_labels.add(name)
    view = studio.window.labels.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=sign_at(studio, 1))
    assert shown(studio) == ["object", "vehicle", "animal", "  cat", "  dog"]
    assert studio.session.labels.label(studio.session.active_label).name == "animal/dog"
    view.setFocus()
    studio.key(Qt.Key.Key_Left)
    assert shown(studio) == ["object", "vehicle", "animal/dog"]
    assert view.currentIndex().row() == 2
    studio.key(Qt.Key.Key_Up)
    assert studio.session.labels.label(studio.session.active_label).name == "vehicle/car"
    assert shown(studio) == ["object", "vehicle/car", "animal"]
    write_image(tmp_path / "other", "o.png")
    studio.open(tmp_path / "other")
    studio.wait_for(lambda: shown(studio) == ["object"])
    studio.open(images)
    studio.wait_for(lambda: shown(studio) == ["object", "vehicle/car", "animal"])
    view.setFocus()
    studio.key(Qt.Key.Key_Right)
    assert shown(studio) == ["object", "vehicle", "  car", "  bus", "animal"]
    studio.key(Qt.Key.Key_Down)
    studio.key(Qt.Key.Key_Up)
    studio.key(Qt.Key.Key_Up)
    assert studio.session.labels.label(studio.session.active_label).name == "object"


def test_a_folded_row_counts_what_is_in_it_and_moves_as_one(studio: Studio) -> None:
    for name in NESTED:
        studio.session.folder_labels.add(name)
    studio.make(45, 30)
    panel = studio.window.labels
    panel.model.fold_all(folded=True)
    index = panel.model.index(2)
    assert index.data(COUNT_ROLE).total == 1
    assert "2 label(s) folded in" in index.data(Qt.ItemDataRole.ToolTipRole)
    panel.view.setFocus()
    studio.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert named(studio) == ["object", "animal/cat", "animal/dog", "vehicle/car", "vehicle/bus"]
    panel.view.put.emit(1, 0)
    assert named(studio)[:3] == ["animal/cat", "animal/dog", "object"]
    panel.view.put.emit(0, 3)
    assert named(studio)[-2:] == ["animal/cat", "animal/dog"]
    panel.model.fold_all(folded=False)
    studio.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert named(studio)[-2:] == ["animal/dog", "animal/cat"]
    studio.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert named(studio)[-2:] == ["animal/dog", "animal/cat"]


def test_a_row_without_a_label_has_no_name_to_change(studio: Studio) -> None:
    for name in NESTED:
        studio.session.folder_labels.add(name)
    model = studio.window.labels.model
    assert not model.flags(model.index(1)) & Qt.ItemFlag.ItemIsEditable
    assert model.flags(model.index(2)) & Qt.ItemFlag.ItemIsEditable


def renaming(studio: Studio, text: str) -> QLineEdit:
    """The field in the list of labels, with a name that is not taken yet."""
    studio.session.folder_labels.add("car")
    view = studio.window.labels.view
    view.setCurrentIndex(view.model().index(1, 0))
    view.edit(view.currentIndex())
    field = view.viewport().findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    typed(field, text)
    return field


def test_a_name_goes_on_being_typed_where_labels_change_meanwhile(studio: Studio) -> None:
    renaming(studio, "lor")
    studio.session.folder_labels.put(studio.session.labels.with_names(["dog"]).with_moved(3, 0))
    field = studio.window.labels.view.viewport().findChildren(QLineEdit)[-1]
    assert field.text() == "lor"
    QTest.keyClicks(field, "ry")
    QTest.keyClick(field, Qt.Key.Key_Return)
    studio.wait_for(lambda: studio.session.labels.label(2).name == "lorry")


def test_a_name_typed_for_a_label_that_goes_can_be_one_of_its_own(studio: Studio) -> None:
    renaming(studio, "lorry")
    studio.session.folder_labels.put(studio.session.labels.without(2))
    assert studio.window.labels.new_name.text() == "lorry"
