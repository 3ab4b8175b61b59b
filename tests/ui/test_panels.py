"""The lists beside the canvas and what they change."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest

from app.core.document import ImageStatus
from app.core.errors import Problem
from app.core.overlap import OverlapPolicy
from app.ui.dialogs.merge_labels import MergeDialog
from app.ui.panels.objects import Column
from tests.ui.kit import Studio, drawn, write_image

RED, GREEN, BLUE = (45.0, 30.0), (110.0, 80.0), (30.0, 95.0)


def press(studio: Studio, row: int, column: Column) -> None:
    view = studio.window.objects.view
    rect = view.visualRect(studio.window.objects.model.index(row, column))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def texts(studio: Studio) -> list[str]:
    model = studio.window.objects.model
    return [str(model.index(row, Column.LABEL).data()) for row in range(model.rowCount())]


def test_accepted_objects_are_listed_the_newest_on_top(studio: Studio) -> None:
    studio.make(*RED)
    studio.session.folder_labels.add("고양이")
    studio.make(*GREEN)
    assert texts(studio) == ["고양이  #2", "object  #1"]
    studio.key("z", Qt.KeyboardModifier.ControlModifier)
    assert texts(studio) == ["object  #1"]


def test_area_and_score_are_shown(studio: Studio) -> None:
    studio.make(*RED)
    model = studio.window.objects.model
    document = studio.session.document
    assert document is not None
    area = str(model.index(0, Column.AREA).data()).replace(",", "")
    assert int(area) == document.annotations[0].mask.area
    assert model.index(0, Column.SCORE).data() == "0.91"


def test_selecting_works_in_both_directions(studio: Studio) -> None:
    first, second = studio.make(*RED), studio.make(*GREEN)
    press(studio, 0, Column.LABEL)
    assert studio.session.selection == {second}
    studio.key("v")
    studio.click(*RED)
    assert studio.session.selection == {first}
    rows = studio.window.objects.view.selectionModel().selectedRows()
    assert [index.row() for index in rows] == [1]


def test_the_label_of_the_next_object_is_not_given_to_the_one_selected_before(
    studio: Studio,
) -> None:
    cat = studio.session.folder_labels.add("cat")
    assert cat is not None
    studio.session.folder_labels.activate(1)
    made = studio.make(*RED)
    studio.key("v")
    studio.click(*RED)
    studio.key("q")
    studio.key("2")
    document = studio.session.document
    assert document is not None
    assert document.annotation(made).label_id == 1
    assert studio.session.folder_labels.active == cat


def test_several_are_selected_with_shift(studio: Studio) -> None:
    both = {studio.make(*RED), studio.make(*GREEN)}
    studio.key("v")
    studio.click(*RED)
    studio.click(*GREEN, keys=Qt.KeyboardModifier.ShiftModifier)
    assert studio.session.selection == both
    assert len(studio.window.objects.view.selectionModel().selectedRows()) == 2
    studio.key(Qt.Key.Key_Escape)
    assert studio.session.selection == frozenset()


def test_a_hidden_object_is_not_painted_and_not_hit(studio: Studio) -> None:
    made = studio.make(*RED)
    place = studio.at(*RED)
    shown = studio.canvas.grab().toImage().pixelColor(place)
    press(studio, 0, Column.SHOWN)
    assert studio.session.hidden == {made}
    assert studio.canvas.grab().toImage().pixelColor(place) != shown
    studio.key("v")
    studio.click(*RED)
    assert studio.session.selection == frozenset()


def test_a_locked_object_stays(studio: Studio) -> None:
    made = studio.make(*RED)
    press(studio, 0, Column.LOCK)
    studio.session.select([made])
    studio.key(Qt.Key.Key_Delete)
    assert made in (studio.session.document.ids if studio.session.document else ())
    assert "Locked objects stay" in studio.window.pane.banner.what.text()
    assert studio.window.pane.banner.isVisible()
    studio.key("s")
    assert not studio.mask_editor.active
    assert studio.window.pane.banner.isVisible()


def test_delete_and_relabel_by_key(studio: Studio) -> None:
    first, second = studio.make(*RED), studio.make(*GREEN)
    label = studio.session.folder_labels.add("second")
    studio.session.select([first])
    studio.key("2")
    document = studio.session.document
    assert document is not None
    assert document.annotation(first).label_id == label
    studio.session.select([second])
    studio.key(Qt.Key.Key_Delete)
    assert studio.session.document is not None
    assert studio.session.document.ids == (first,)


def test_masks_are_hidden_while_h_is_held(studio: Studio) -> None:
    studio.make(*RED)
    place = studio.at(*RED)
    with_mask = studio.canvas.grab().toImage().pixelColor(place)
    QTest.keyPress(studio.canvas, Qt.Key.Key_H)
    assert studio.canvas.grab().toImage().pixelColor(place) != with_mask
    QTest.keyRelease(studio.canvas, Qt.Key.Key_H)
    assert studio.canvas.grab().toImage().pixelColor(place) == with_mask


def test_a_label_is_added_renamed_and_undone(studio: Studio) -> None:
    labels = studio.window.labels
    studio.key("n", Qt.KeyboardModifier.ControlModifier)
    assert labels.new_name.hasFocus()
    studio.key("cat")
    studio.key(Qt.Key.Key_Return)
    assert studio.session.labels.label(studio.session.active_label).name == "cat"
    assert labels.model.setData(labels.model.index(1), "猫")
    assert studio.session.labels.named("猫") is not None
    studio.canvas.setFocus()
    studio.key("z", Qt.KeyboardModifier.ControlModifier)
    assert studio.session.labels.named("cat") is not None


def test_clicking_a_label_makes_it_the_active_one(studio: Studio) -> None:
    studio.session.folder_labels.add("second")
    view = studio.window.labels.view
    rect = view.visualRect(studio.window.labels.model.index(0))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert studio.session.active_label == 1
    assert studio.window.options.label.currentData() == 1


def test_typing_the_name_of_a_label_that_is_there_chooses_it(studio: Studio) -> None:
    studio.session.folder_labels.add("person")
    studio.session.folder_labels.activate(1)
    told: list[Problem] = []
    studio.session.problem.connect(told.append)
    labels = studio.window.labels
    labels.new_name.setText("person")
    labels.new_name.returnPressed.emit()
    assert (studio.session.active_label, labels.new_name.text(), told) == (2, "", [])


@pytest.mark.parametrize("name", ["Person", "per son"])
def test_a_name_that_differs_by_case_or_blanks_is_asked_about(studio: Studio, name: str) -> None:
    studio.session.folder_labels.add("person")
    studio.session.folder_labels.activate(1)
    told: list[Problem] = []
    studio.session.problem.connect(told.append)
    labels = studio.window.labels
    labels.new_name.setText(name)
    labels.new_name.returnPressed.emit()
    assert studio.session.active_label == 2
    assert ["“person” already" in str(each) for each in told] == [True]
    assert len(studio.session.labels) == 2
    labels.new_name.returnPressed.emit()
    assert studio.session.labels.label(studio.session.active_label).name == name


def test_renaming_a_label_to_another_ones_name_offers_to_merge_them(studio: Studio) -> None:
    studio.session.folder_labels.add("kitty")
    studio.session.folder_labels.add("cat")
    model = studio.window.labels.model
    assert not model.setData(model.index(1), "cat")
    dialog = studio.window.dialogs.current("merge-labels")
    assert isinstance(dialog, MergeDialog)
    assert (dialog.source.currentText(), dialog.into.currentText()) == ("kitty", "cat")
    dialog.close()


def test_dragging_over_labels_marks_none_that_is_not_active(studio: Studio) -> None:
    for name in ("second", "third"):
        studio.session.folder_labels.add(name)
    view, model = studio.window.labels.view, studio.window.labels.model
    places = [view.visualRect(model.index(row)).center() for row in range(3)]
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=places[0])
    QTest.mouseMove(view.viewport(), places[1])
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=places[2])
    assert model.label(view.currentIndex().row()).id == studio.session.active_label == 1
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=places[2])
    assert model.label(view.currentIndex().row()).id == studio.session.active_label == 1
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert model.label(view.currentIndex().row()).id == studio.session.active_label == 2


def test_masks_are_coloured_by_label_unless_it_is_chosen_otherwise(studio: Studio) -> None:
    assert studio.canvas.scene.style.by_label
    studio.window.actions_["by-label"].trigger()
    assert not studio.canvas.scene.style.by_label


def test_the_overlap_rule_is_shown_and_chosen(studio: Studio) -> None:
    box = studio.window.options.overlap
    assert box.currentData() == OverlapPolicy.ALLOW
    box.setCurrentIndex(box.findData(OverlapPolicy.NEWEST_WINS))
    box.activated.emit(box.currentIndex())
    assert studio.session.overlap_policy is OverlapPolicy.NEWEST_WINS
    studio.session.set_overlap_policy(OverlapPolicy.PROTECT_EXISTING)
    assert box.currentData() == OverlapPolicy.PROTECT_EXISTING


def test_names_of_any_script_are_listed_and_can_be_drawn(studio: Studio) -> None:
    files = studio.window.files
    names = [files.model.index(row).data() for row in range(files.model.rowCount())]
    assert names == ["a.png", "b 图像 이미지.png"]
    assert QFontMetrics(files.font()).horizontalAdvance(names[1]) > 0
    studio.go(1)
    assert "图像" in studio.window.windowTitle()


def test_the_filter_narrows_the_list(studio: Studio) -> None:
    files = studio.window.files
    files.search.setText("图")
    assert files.model.rowCount() == 1
    files.search.clear()
    files.status.setCurrentIndex(files.status.findText("Done"))
    assert files.model.rowCount() == 0


def test_done_and_next_moves_the_progress(studio: Studio) -> None:
    studio.key("n")
    studio.wait_for(lambda: studio.context.navigator.counts[ImageStatus.DONE] == 1)
    assert studio.window.files.progress.value() == 1
    assert studio.window.files._summary.text() == "1 of 2 done"
    studio.wait_for(lambda: studio.context.navigator.current == 1)


@pytest.mark.parametrize(
    ("forward", "back"), [("d", "a"), (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)]
)
def test_keys_change_the_image(studio: Studio, forward: str | Qt.Key, back: str | Qt.Key) -> None:
    first, second = (entry.path for entry in studio.context.navigator.images)
    studio.key(forward)
    studio.wait_for(lambda: studio.session.image_path == second)
    studio.key(back)
    studio.wait_for(lambda: studio.session.image_path == first)


def test_a_click_in_the_list_opens_the_image(studio: Studio) -> None:
    view = studio.window.files.view
    rect = view.visualRect(studio.window.files.model.index(1))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    studio.wait_for(lambda: studio.context.navigator.current == 1)


def test_thumbnails_come_by_themselves(studio: Studio) -> None:
    studio.wait_for(lambda: len(studio.window.files.model._thumbnails) == 2)


def test_answers_are_cards_that_can_be_clicked(studio: Studio) -> None:
    cards = studio.window.pane.cards
    assert not cards.isVisible()
    studio.pick(*RED)
    assert cards.isVisible()
    QTest.mouseClick(cards, Qt.MouseButton.LeftButton, pos=QPoint(cards.width() - 30, 40))
    assert studio.mask_editor.chosen == 2
    assert "0.91" in cards.accessibleDescription()
    studio.key(Qt.Key.Key_Escape)
    assert not cards.isVisible()


def test_the_hint_follows_the_tool(studio: Studio) -> None:
    hint = studio.window.pane.hint
    assert "pick an object" in hint.accessibleDescription()
    studio.pick(*RED)
    assert "accept" in hint.accessibleDescription()
    studio.key("b")
    assert "size 24 px" in hint.accessibleDescription()


def test_a_problem_is_told_and_stays_until_closed(studio: Studio) -> None:
    banner = studio.window.pane.banner
    studio.session.problem.emit(Problem("It broke.", "Mend it."))
    assert banner.isVisible()
    banner.note("only a note")
    assert banner.what.text() == "It broke."
    assert banner.advice.text() == "Mend it."


def test_an_unreadable_image_is_a_message_and_the_next_one_opens(
    studio: Studio, images: Path
) -> None:
    (images / "c.png").write_bytes(b"no image")
    write_image(images, "d.png")
    studio.context.navigator.open_folder(images)
    studio.wait_for(lambda: len(studio.context.navigator.images) == 4)
    studio.wait_for(lambda: studio.session.picture is not None)
    studio.context.navigator.go(2)
    studio.wait_for(studio.window.pane.banner.isVisible)
    assert "c.png" in studio.window.pane.banner.what.text()
    studio.go(3)
    assert not studio.window.pane.banner.isVisible()


def test_the_status_bar_says_saved_only_when_it_is_on_disk(studio: Studio, images: Path) -> None:
    studio.make(*RED)
    saved = studio.window.status.saved
    studio.wait_for(lambda: saved.text == "Saved")
    assert (images / "a.png.json").is_file()


def test_the_status_bar_tells_place_and_zoom(studio: Studio) -> None:
    studio.move(12.5, 34.5)
    assert studio.window.status.place.text() == "12, 34"
    studio.move(-5, 3)
    assert studio.window.status.place.text() == ""
    studio.key("0", Qt.KeyboardModifier.ControlModifier)
    assert studio.window.status.zoom.text() == "100 %"


def test_the_place_is_that_on_the_next_image(studio: Studio, images: Path) -> None:
    write_image(images, "c.png", drawn(60, 300))
    studio.context.navigator.open_folder(images)
    studio.wait_for(lambda: len(studio.context.navigator.images) == 3)
    studio.wait_for(lambda: studio.session.picture is not None)
    studio.move(80, 60)
    before = studio.window.status.place.text()
    studio.go(2)
    assert studio.window.status.place.text() != before


def test_nothing_in_the_status_bar_moves_while_it_is_saved(studio: Studio) -> None:
    studio.make(*RED)
    status = studio.window.status
    studio.wait_for(lambda: status.saved.text == "Saved")
    before = status.saved.sizeHint().width()
    status.saved.put("Saving…", "save", "#808080")
    assert status.saved.sizeHint().width() == before


def test_the_status_bar_names_the_device_in_use(studio: Studio) -> None:
    assert studio.window.status.model.text() == "Built-in · CPU"
    assert "The only device here." in studio.window.status.model.toolTip()


def test_without_an_image_the_window_says_what_to_do(empty_studio: Studio) -> None:
    welcome = empty_studio.window.welcome
    assert welcome.isVisible()
    assert "folder" in welcome._title.text()
    assert not empty_studio.canvas.isVisible()


def test_recent_folders_are_offered(empty_studio: Studio, images: Path) -> None:
    empty_studio.open(images)
    assert empty_studio.context.preferences.value.recent == (images,)
    menu = empty_studio.window._recent
    assert menu.actions()[0].text() == str(images)


def test_selection_model_survives_an_edit_of_another_object(studio: Studio) -> None:
    first = studio.make(*RED)
    studio.session.select([first])
    studio.session.delete([])
    other = studio.window.objects.view.selectionModel()
    assert isinstance(other, QItemSelectionModel)
    assert len(other.selectedRows()) == 1


def test_a_model_that_hangs_can_be_restarted_from_the_status_bar(studio: Studio) -> None:
    status = studio.window.status
    assert not status.restart.isVisible()
    studio.context.host.watchdog.stalled = True
    studio.context.host.watchdog.changed.emit()
    assert status.restart.isVisible()
    assert status.embedding.text == "The model does not answer"
    status.restart.click()
    assert not status.restart.isVisible()
    studio.wait_ready()
    studio.pick(*RED)
