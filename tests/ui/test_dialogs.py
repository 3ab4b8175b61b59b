"""The windows that are opened from the menu."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.storage.settings import Theme
from app.ui.actions import ACTIONS
from app.ui.dialogs import model as model_dialog
from app.ui.dialogs.adjust import AdjustDialog
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.merge_labels import MergeDialog, RemoveDialog
from app.ui.dialogs.model import ModelDialog
from app.ui.dialogs.settings import SettingsDialog
from app.ui.dialogs.shortcuts import ShortcutSheet
from model import loading
from tests.ui.kit import Studio, write_image

RED = (45.0, 30.0)
NAMES = ["shortcuts", "guide", "about", "adjust", "settings", "model", "export"]


@pytest.mark.parametrize("name", NAMES)
def test_each_opens_once_and_closes_with_escape(studio: Studio, name: str) -> None:
    dialogs = studio.window.dialogs
    dialogs.show(name)
    dialogs.show(name)
    dialog = dialogs.current(name)
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.windowTitle()
    studio.qtbot.waitUntil(dialog.isActiveWindow)
    studio.key(Qt.Key.Key_Escape)
    studio.wait_for(lambda: dialogs.current(name) is None)


def test_the_choices_of_a_model_are_those_that_the_model_library_takes() -> None:
    assert set(model_dialog.PRECISIONS) == set(loading.PRECISIONS)
    assert set(model_dialog.RUNTIMES) == set(loading.RUNTIMES)


def shown(sheet: ShortcutSheet) -> list[tuple[str, str]]:
    rows = []
    for number in range(sheet.tree.topLevelItemCount()):
        group = sheet.tree.topLevelItem(number)
        assert group is not None
        for place in range(group.childCount()):
            item = group.child(place)
            if item is not None and not item.isHidden():
                rows.append((item.text(0), item.text(1)))
    return rows


def test_the_sheet_lists_every_key_and_can_be_searched(studio: Studio) -> None:
    studio.key("?")
    sheet = studio.window.dialogs.current("shortcuts")
    assert isinstance(sheet, ShortcutSheet)
    assert len(shown(sheet)) >= sum(bool(row.keys) for row in ACTIONS)
    sheet.search.setText("accept mask")
    assert shown(sheet) == [("Accept mask", "Enter, Space")]
    sheet.search.setText("ctrl+shift+d")
    assert shown(sheet) == [("Next image to do", "Ctrl+Shift+D")]


def test_settings_take_effect_at_once(studio: Studio) -> None:
    studio.window.dialogs.show("settings")
    settings = studio.window.dialogs.current("settings")
    assert isinstance(settings, SettingsDialog)
    settings.theme.setCurrentIndex(settings.theme.findData(Theme.LIGHT))
    settings.theme.activated.emit(settings.theme.currentIndex())
    assert not studio.window.theme.is_dark
    settings.hover.setChecked(False)
    assert not studio.mask_editor.hover_previews.enabled
    assert not studio.window.actions_["hover"].isChecked()
    settings.inside.setChecked(True)
    assert studio.context.image_list.recursive
    settings.specks.setValue(7)
    assert studio.window.toolbox.speck_px == 7


def test_images_of_the_folders_inside_come_and_go_with_their_setting(studio: Studio) -> None:
    folder, navigator = studio.session.folder, studio.context.navigator
    assert folder is not None
    (folder.root / "in").mkdir()
    write_image(folder.root / "in", "z.png")
    studio.key("d")
    studio.wait_for(lambda: navigator.current == 1)
    studio.context.preferences.set(include_subfolders=True)
    studio.wait_for(lambda: len(navigator.images) == 3 and studio.session.picture is not None)
    shown = navigator.images[navigator.current].name
    assert shown.startswith("b ")
    studio.context.preferences.set(include_subfolders=False)
    studio.wait_for(lambda: len(navigator.images) == 2 and studio.session.picture is not None)
    assert navigator.images[navigator.current].name == shown


def test_images_chosen_one_by_one_stay_when_folders_inside_are_to_be_shown(
    studio: Studio,
) -> None:
    navigator = studio.context.navigator
    navigator.open_files([each.path for each in navigator.images])
    studio.wait_for(lambda: navigator.images.given)
    studio.context.preferences.set(include_subfolders=True)
    assert navigator.images.given
    assert navigator.images.recursive


def test_brightness_is_for_the_eye_only(studio: Studio) -> None:
    place = studio.at(*RED)
    before = studio.canvas.grab().toImage().pixelColor(place)
    studio.window.dialogs.show("adjust")
    adjust = studio.window.dialogs.current("adjust")
    assert isinstance(adjust, AdjustDialog)
    picture = studio.session.picture
    adjust.brightness.setValue(60)
    assert studio.canvas.grab().toImage().pixelColor(place).lightness() > before.lightness()
    assert studio.session.picture is picture
    adjust._reset()
    assert studio.canvas.grab().toImage().pixelColor(place) == before


def test_every_accepted_mask_is_exported(studio: Studio, tmp_path: Path) -> None:
    studio.make(*RED)
    studio.window.dialogs.show("export")
    export = studio.window.dialogs.current("export")
    assert isinstance(export, ExportDialog)
    target = tmp_path / "out.json"
    export.target.setText(str(target))
    export.start.click()
    studio.wait_for(target.is_file)
    studio.wait_for(lambda: "1 " in export.outcome.text())
    (annotation,) = json.loads(target.read_text("utf-8"))["annotations"]
    document = studio.session.document
    assert document is not None
    assert annotation["segmentation"]["counts"] == document.annotations[0].mask.counts


def test_an_export_that_cannot_be_written_says_so(studio: Studio, tmp_path: Path) -> None:
    studio.make(*RED)
    studio.window.dialogs.show("export")
    export = studio.window.dialogs.current("export")
    assert isinstance(export, ExportDialog)
    export.target.setText(str(tmp_path / "nowhere" / "out.json"))
    export.start.click()
    studio.wait_for(lambda: bool(export.outcome.text()))
    assert export.start.isEnabled()
    assert "out.json" in export.outcome.text()


def test_the_model_board_tells_what_really_runs(studio: Studio) -> None:
    studio.pick(*RED)
    studio.window.dialogs.show("model")
    board = studio.window.dialogs.current("model")
    assert isinstance(board, ModelDialog)
    assert "onnxruntime" in board.state.text()
    assert "The only device here." in board.state.text()
    assert "prepared in" in board.speed.text()


def test_another_model_keeps_the_work(studio: Studio, tmp_path: Path) -> None:
    made = studio.make(*RED)
    studio.window.dialogs.show("model")
    board = studio.window.dialogs.current("model")
    assert isinstance(board, ModelDialog)
    own = tmp_path / "checkpoint 模型.pth"
    own.write_bytes(b"weights")
    board.use_file(own)
    studio.wait_for(lambda: studio.context.host.state == "ready")
    assert studio.window.status.model.text().startswith("checkpoint 模型.pth")
    assert studio.session.document is not None
    assert studio.session.document.ids == (made,)
    studio.wait_ready()
    titles = [item.text(0).split("\n")[0] for item in board.list.items()]
    assert "checkpoint 模型.pth" in titles
    assert QApplication.activeWindow() is not None


def model_board(studio: Studio) -> ModelDialog:
    studio.window.dialogs.show("model")
    board = studio.window.dialogs.current("model")
    assert isinstance(board, ModelDialog)
    return board


def test_a_model_that_does_not_load_is_told_and_the_one_before_answers(
    studio: Studio, tmp_path: Path
) -> None:
    board, host = model_board(studio), studio.context.host
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"")
    board.use_file(broken)
    studio.wait_for(board.trouble.isVisible)
    studio.wait_ready()
    assert "broken.pth could not be loaded: it is empty" in board.trouble.text()
    assert "Built-in is used" in board.trouble.text()
    assert "Built-in runs with onnxruntime" in board.state.text()
    banner = studio.window.pane.banner
    assert banner.tells_problem
    good = tmp_path / "good.pth"
    good.write_bytes(b"weights")
    board.use_file(good)
    studio.wait_for(lambda: host.title == "good.pth" and host.state == "ready")
    studio.wait_for(lambda: not banner.isVisible())
    assert not board.trouble.isVisible()


def test_a_file_that_is_gone_is_shown_as_such_and_can_be_taken_off_the_list(
    studio: Studio, tmp_path: Path
) -> None:
    gone, there = tmp_path / "gone.pth", tmp_path / "there.pth"
    there.write_bytes(b"weights")
    studio.context.preferences.set(own_models=(str(gone), str(there)))
    board = model_board(studio)
    board.list.choose("there.pth")
    assert board.use.isEnabled()
    board.list.choose("gone.pth")
    assert board.list.row is not None
    assert board.list.row.words == f"no longer in {tmp_path}"
    assert not board.use.isEnabled()
    assert not board.get.isVisible()
    board.forget.click()
    assert studio.context.preferences.value.own_models == (str(there),)
    board.list.choose("Built-in")
    assert not board.forget.isVisible()


def test_a_download_says_before_it_begins_what_it_takes(studio: Studio) -> None:
    board = model_board(studio)
    board.list.choose("SAM ViT-H")
    assert board.get.isVisible()
    for words in (
        "Fetches 2.6 GB from dl.fbaipublicfiles.com.",
        "free on the disk",
        "In use it takes about 5.6 GB of memory.",
        "Licence: Apache-2.0.",
    ):
        assert words in board.needs.text()
    board.list.choose("Built-in")
    assert not board.needs.isVisible()


def merging(studio: Studio) -> MergeDialog:
    dialog = studio.window.dialogs.current("merge-labels")
    assert isinstance(dialog, MergeDialog)
    return dialog


def test_labels_are_merged_after_the_dialog_told_how_much_that_changes(studio: Studio) -> None:
    old = studio.session.folder_labels.add("kitty")
    assert old is not None
    studio.make(*RED)
    studio.window.labels.merge_wanted.emit(old)
    dialog = merging(studio)
    assert dialog.source.currentText() == "kitty"
    assert dialog.into.currentText() == "object"
    studio.wait_for(dialog.go.isEnabled)
    assert "1 object" in dialog.outcome.text()
    assert "“kitty” goes" in dialog.outcome.text()
    dialog.go.click()
    studio.wait_for(lambda: old not in studio.session.labels)
    document = studio.session.document
    assert document is not None
    assert [a.label_id for a in document] == [1]
    studio.wait_for(lambda: studio.window.dialogs.current("merge-labels") is None)
    studio.window.actions_["undo"].trigger()
    studio.wait_for(lambda: old in studio.session.labels)
    document = studio.session.document
    assert document is not None
    assert [a.label_id for a in document] == [old]


def test_a_label_is_never_merged_with_itself(studio: Studio) -> None:
    studio.session.folder_labels.add("kitty")
    action = studio.window.actions_["merge-labels"]
    assert action.isEnabled()
    action.trigger()
    dialog = merging(studio)
    dialog.into.setCurrentText("kitty")
    assert dialog.source.currentText() == "object"
    dialog.source.setCurrentText("kitty")
    assert dialog.into.currentText() == "object"
    studio.session.folder_labels.remove(2)
    assert not dialog.go.isEnabled()


def test_a_label_in_use_is_removed_after_it_was_asked_what_becomes_of_its_objects(
    studio: Studio,
) -> None:
    old = studio.session.folder_labels.add("kitty")
    assert old is not None
    studio.make(*RED)
    studio.window.labels.remove_wanted.emit(old)
    studio.wait_for(lambda: studio.window.dialogs.current("remove-label") is not None)
    dialog = studio.window.dialogs.current("remove-label")
    assert isinstance(dialog, RemoveDialog)
    studio.wait_for(dialog.isVisible)
    assert dialog.source.currentText() == "kitty"
    assert "1 object" in dialog.outcome.text()
    assert "will get the label “object”" in dialog.outcome.text()
    dialog.into.setCurrentIndex(dialog.into.count() - 1)
    studio.wait_for(dialog.go.isEnabled)
    assert "will be deleted" in dialog.outcome.text()
    assert old in studio.session.labels
    dialog.go.click()
    studio.wait_for(lambda: old not in studio.session.labels)
    document = studio.session.document
    assert document is not None
    assert len(document) == 0
    studio.window.actions_["undo"].trigger()
    back = next(iter(studio.session.document or ()))
    assert studio.session.labels.label(back.label_id).name == "kitty"


def test_a_label_that_nothing_has_is_removed_unasked(studio: Studio) -> None:
    old = studio.session.folder_labels.add("kitty")
    assert old is not None
    studio.window.labels.remove_wanted.emit(old)
    studio.wait_for(lambda: old not in studio.session.labels)
    dialog = studio.window.dialogs.current("remove-label")
    assert dialog is None or not dialog.isVisible()
    studio.session.undo()
    assert old in studio.session.labels


def test_labels_are_not_merged_while_objects_are_being_proposed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposing = studio.context.proposing
    old = studio.session.folder_labels.add("kitty")
    assert old is not None
    with monkeypatch.context() as at_work:
        at_work.setattr(proposing, "running", True)
        studio.window.labels.merge_wanted.emit(old)
        dialog = merging(studio)
        studio.wait_for(lambda: "kitty" in dialog.outcome.text())
        assert not dialog.go.isEnabled()
    proposing.changed.emit()
    studio.wait_for(dialog.go.isEnabled)


def test_asking_what_to_do_with_a_label_leaves_new_objects_their_label(
    studio: Studio,
) -> None:
    other = studio.session.folder_labels.add("other")
    assert other is not None
    studio.session.folder_labels.activate(1)
    panel = studio.window.labels
    place = panel.view.visualRect(panel.model.index(1)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.RightButton, pos=place)
    panel.view.customContextMenuRequested.emit(place)
    menu = next(each for each in panel.findChildren(QMenu) if each.isVisible())
    menu.close()
    assert studio.session.active_label == 1
    assert panel.view.currentIndex().row() == 0


def test_a_label_that_no_object_has_is_merged_too_and_that_is_said(studio: Studio) -> None:
    old = studio.session.folder_labels.add("kitty")
    studio.session.folder_labels.add("cat")
    assert old is not None
    studio.window.labels.merge_wanted.emit(old)
    dialog = merging(studio)
    studio.wait_for(dialog.go.isEnabled)
    dialog.go.click()
    studio.wait_for(lambda: old not in studio.session.labels)
    studio.wait_for(lambda: studio.window.dialogs.current("merge-labels") is None)
    assert "No object" in studio.window.pane.banner.what.text()
    studio.window.actions_["undo"].trigger()
    studio.wait_for(lambda: old in studio.session.labels)
    studio.wait_for(lambda: "two again" in studio.window.pane.banner.what.text())
