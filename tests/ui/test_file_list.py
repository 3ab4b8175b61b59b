"""The list of images."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu

from app.core.document import ImageStatus
from app.core.image_filter import EVERY_STATUS, ImageFilter, ImageOrder, SortBy
from app.ui.dialogs.go_to import GoToDialog
from app.ui.panels.files import UNREADABLE_ROLE
from tests.ui.kit import Studio, write_image


def test_an_unreadable_image_says_so_in_the_list(studio: Studio, images: Path) -> None:
    (images / "c.png").write_bytes(b"no image")
    studio.context.navigator.open_folder(images)
    model = studio.window.files.model
    studio.wait_for(lambda: model.rowCount() == 3)
    studio.wait_for(lambda: model.index(2).data(UNREADABLE_ROLE))
    words = model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == "c.png, cannot be read"
    assert not model.index(0).data(UNREADABLE_ROLE)


@pytest.mark.parametrize("key", ["x", "n"])
def test_what_cannot_be_read_is_passed_over_and_can_be_skipped(
    studio: Studio, images: Path, key: str
) -> None:
    (images / "aa.png").write_bytes(b"no image")
    navigator = studio.context.navigator
    navigator.open_folder(images)
    studio.wait_for(lambda: len(navigator.images) == 3)
    studio.wait_for(lambda: studio.session.picture is not None)
    navigator.go(1)
    studio.wait_for(lambda: studio.session.picture is None)
    assert "aa.png" in navigator.images.unreadable
    assert "aa.png" in studio.window.files.model.index(1).data(Qt.ItemDataRole.ToolTipRole)
    assert "1 cannot be read" in studio.window.files._summary.text()
    studio.key(key)
    studio.wait_for(lambda: navigator.current == 2 and studio.session.picture is not None)
    navigator.next_todo()
    studio.wait_for(lambda: navigator.current == 0 and studio.session.picture is not None)
    navigator.next_todo()
    studio.wait_for(lambda: navigator.current == 2)


def test_a_folder_without_images_says_what_it_holds(empty_studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "notes" / "photos").mkdir(parents=True)
    (tmp_path / "notes" / "a.txt").touch()
    empty_studio.context.navigator.open_folder(tmp_path / "notes")
    banner = empty_studio.window.pane.banner
    empty_studio.wait_for(banner.isVisible)
    assert "no images" in banner.what.text()
    assert "another file (.txt)" in banner.advice.text()


def test_a_folder_with_images_one_level_down_says_where(
    empty_studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "notes" / "photos").mkdir(parents=True)
    (tmp_path / "notes" / "photos" / "1.jpg").touch()
    empty_studio.context.navigator.open_folder(tmp_path / "notes")
    banner = empty_studio.window.pane.banner
    empty_studio.wait_for(banner.isVisible)
    assert "photos" in banner.advice.text()


def test_a_folder_dropped_on_the_window_is_opened(empty_studio: Studio, images: Path) -> None:
    window, data = empty_studio.window, QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(images))])
    place, actions = window.rect().center(), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(place, actions, data, buttons, keys)
    QApplication.sendEvent(window, entered)
    assert entered.isAccepted()
    dropped = QDropEvent(QPointF(place), actions, data, buttons, keys)
    QApplication.sendEvent(window, dropped)
    assert dropped.isAccepted()
    empty_studio.wait_for(lambda: empty_studio.session.picture is not None)
    assert len(empty_studio.context.navigator.images) == 2


def test_a_model_dropped_on_the_window_is_used(studio: Studio, tmp_path: Path) -> None:
    own = tmp_path / "sam.encoder.onnx"
    own.write_bytes(b"weights")
    window, data = studio.window, QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(own))])
    place, actions = QPointF(window.rect().center()), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(place.toPoint(), actions, data, buttons, keys)
    QApplication.sendEvent(window, entered)
    QApplication.sendEvent(window, QDropEvent(place, actions, data, buttons, keys))
    host = studio.context.host
    studio.wait_for(lambda: host.title == own.name and host.state == "ready")
    assert studio.session.picture is not None
    assert studio.context.preferences.value.own_models == (str(own),)


def test_keys_walk_through_what_the_filter_shows(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "series"
    for name in ("1a.png", "2b.png", "3a.png", "4b.png", "5a.png"):
        write_image(folder, name)
    studio.context.navigator.open_folder(folder)
    studio.wait_for(lambda: studio.session.image_path == folder / "1a.png")
    studio.wait_for(lambda: studio.context.navigator.listing_done)
    studio.canvas.setFocus()
    files, actions = studio.window.files, studio.window.actions_

    def press(key: str, name: str) -> None:
        studio.key(key)
        studio.wait_for(lambda: studio.session.image_path == folder / name)

    files.search.setText("b")
    assert not actions["previous-image"].isEnabled()
    press("d", "2b.png")
    press("d", "4b.png")
    assert not actions["next-image"].isEnabled()
    press("a", "2b.png")
    files.search.clear()
    press("d", "3a.png")


def test_a_folder_whose_first_image_is_broken_is_open_nevertheless(
    empty_studio: Studio, images: Path
) -> None:
    (images / "a.png").write_bytes(b"no image")
    empty_studio.context.navigator.open_folder(images)
    empty_studio.wait_for(empty_studio.window.pane.banner.isVisible)
    assert not empty_studio.window.welcome.isVisible()
    empty_studio.go(1)
    empty_studio.wait_ready()
    empty_studio.pick(45, 30)


def test_files_that_cannot_be_shown_are_counted_in_the_list_and_told_once(
    studio: Studio, images: Path
) -> None:
    for number in range(9):
        (images / f"IMG_{number}.HEIC").touch()
    studio.context.navigator.open_folder(images)
    studio.wait_for(lambda: studio.context.image_list.left_out.files == 9)
    summary = studio.window.files._summary
    assert "9 not shown" in summary.text()
    assert "9 HEIC" in summary.toolTip()
    banner = studio.window.pane.banner
    assert "9 HEIC" in banner.what.text()
    assert "JPEG" in banner.advice.text()


def test_a_hundred_thousand_rows_are_counted_without_asking_python(studio: Studio) -> None:
    """The view asks once a row; what it asks must be Qt's own, or the window stops for seconds."""
    panel = studio.window.files
    panel.model.setStringList([""] * 100_000)
    begun = time.thread_time()
    panel.view.doItemsLayout()
    panel.view.visualRect(panel.model.index(99_999))
    assert panel.model.rowCount() == 100_000
    assert time.thread_time() - begun < 0.15
    studio.context.navigator.shown.refresh()


def test_words_and_states_together_choose_the_rows(studio: Studio, images: Path) -> None:
    for name in ("Cat 1.png", "cat 2.png", "dog.png"):
        write_image(images, name)
    studio.context.navigator.open_folder(images)
    listing = studio.context.image_list
    studio.wait_for(lambda: listing.place("dog.png") >= 0 and listing.done)
    cats = [listing.place("Cat 1.png"), listing.place("cat 2.png")]
    assert list(listing.places(ImageFilter())) == [*range(len(listing))]
    assert list(listing.places(ImageFilter("cat"))) == cats
    studio.context.navigator.go(cats[1])
    studio.wait_for(lambda: studio.session.image_path == images / "cat 2.png")
    studio.session.set_status(ImageStatus.DONE)
    done = frozenset({ImageStatus.DONE})
    assert listing.places(ImageFilter("cat", done)) == [cats[1]]
    assert listing.places(ImageFilter("cat", EVERY_STATUS - done)) == [cats[0]]


def test_the_list_says_that_folders_inside_hold_more(studio: Studio, images: Path) -> None:
    (images / "in").mkdir()
    write_image(images / "in", "z.png")
    studio.context.navigator.open_folder(images)
    summary = studio.window.files._summary
    studio.wait_for(lambda: "more in folders inside" in summary.text())
    assert "The folder in inside holds images" in summary.toolTip()
    assert not studio.window.pane.banner.isVisible()
    studio.context.preferences.set(include_subfolders=True)
    studio.wait_for(lambda: summary.text() == "0 of 3 done")


def series(studio: Studio, folder: Path, *names: str) -> Path:
    for name in names:
        write_image(folder, name)
    studio.context.navigator.open_folder(folder)
    studio.wait_for(lambda: studio.session.image_path == folder / names[0])
    studio.wait_for(lambda: studio.context.navigator.listing_done)
    studio.wait_ready()
    studio.canvas.setFocus()
    return folder


def test_the_list_is_filtered_by_labels_and_flags_of_what_is_on_the_images(
    studio: Studio, tmp_path: Path
) -> None:
    series(studio, tmp_path / "series", "1.png", "2.png", "3.png")
    session, shown = studio.session, studio.context.navigator.shown
    session.folder_labels.add("cat")
    studio.go(1)
    studio.wait_ready()
    cat = session.labels.named("cat")
    assert cat is not None
    session.folder_labels.activate(cat.id)
    studio.pick(45, 30)
    studio.key(Qt.Key.Key_Return)
    choices = studio.window.files.choices
    menu = choices.filter.menu()
    menu.aboutToShow.emit()
    entries = {entry.text(): entry for inside in menu.findChildren(QMenu)
               for entry in inside.actions()}  # fmt: skip
    entries["cat"].trigger()
    assert list(shown.rows) == [1]
    assert choices.filter.text() == "cat"
    session.folder_labels.rename(cat.id, "lynx")
    assert choices.filter.text() == "lynx"
    assert list(shown.rows) == [1]
    menu.aboutToShow.emit()
    next(entry for entry in menu.actions() if entry.text() == "Difficult").trigger()
    assert list(shown.rows) == []
    next(entry for entry in menu.actions() if entry.text() == "All objects").trigger()
    assert list(shown.rows) == [0, 1, 2]


def test_keys_walk_in_the_order_of_the_list_and_the_order_is_remembered(
    studio: Studio, images: Path, tmp_path: Path
) -> None:
    folder = series(studio, tmp_path / "series", "1.png", "2.png", "3.png")
    navigator = studio.context.navigator
    navigator.shown.sort(ImageOrder(SortBy.NAME, backwards=True))
    studio.key(Qt.Key.Key_End)
    studio.wait_for(lambda: studio.session.image_path == folder / "1.png")
    studio.key("a")
    studio.wait_for(lambda: studio.session.image_path == folder / "2.png")
    studio.key(Qt.Key.Key_Home)
    studio.wait_for(lambda: studio.session.image_path == folder / "3.png")
    navigator.open_folder(images)
    studio.wait_for(lambda: studio.session.image_path == images / "a.png")
    assert navigator.shown.order == ImageOrder()
    navigator.open_folder(folder)
    studio.wait_for(lambda: studio.session.image_path == folder / "3.png")
    assert navigator.shown.order == ImageOrder(SortBy.NAME, backwards=True)
    assert [*navigator.shown.rows] == [2, 1, 0]


def test_an_image_is_gone_to_by_its_number_or_by_its_name(studio: Studio, tmp_path: Path) -> None:
    folder = series(studio, tmp_path / "series", "1.png", "2 cat.png", "3 cat.png")
    studio.window.commands.ask("go-to")
    dialog = studio.window.dialogs.current("go-to")
    assert isinstance(dialog, GoToDialog)
    for text, place in (("3", 2), ("4", -1), ("CAT", 1), ("dog", -1), ("", -1), ("2 cat.png", 1)):
        dialog.field.setText(text)
        assert dialog.place == place, text
    dialog.accept()
    studio.wait_for(lambda: studio.session.image_path == folder / "2 cat.png")


def test_looking_again_keeps_the_image_or_goes_to_the_one_in_its_place(
    studio: Studio, tmp_path: Path
) -> None:
    folder = series(studio, tmp_path / "series", "1.png", "2.png", "3.png")
    studio.go(1)
    write_image(folder, "2b.png")
    studio.key(Qt.Key.Key_F5)
    banner = studio.window.pane.banner
    studio.wait_for(lambda: "1 new image" in banner.what.text())
    assert studio.session.image_path == folder / "2.png"
    assert "(2/4)" in studio.window.windowTitle()
    (folder / "2.png").unlink()
    studio.key(Qt.Key.Key_F5)
    studio.wait_for(lambda: studio.session.image_path == folder / "2b.png")
    assert "gone" in banner.what.text()


def test_the_menu_of_an_image_copies_its_name_and_takes_back_what_was_said(
    studio: Studio, images: Path
) -> None:
    studio.open(images)
    studio.session.set_status(ImageStatus.DONE)
    menu = studio.window.files.menu_of(0)
    entries = {entry.text(): entry for entry in menu.actions()}
    entries["Copy name"].trigger()
    assert QApplication.clipboard().text() == "a.png"
    entries["Copy path"].trigger()
    assert QApplication.clipboard().text() == str(images / "a.png")
    entries["Neither done nor skipped"].trigger()
    assert studio.session.document is not None
    assert studio.session.document.status is ImageStatus.TODO
    other = {entry.text(): entry for entry in studio.window.files.menu_of(1).actions()}
    assert not other["Show its file of objects"].isEnabled()
