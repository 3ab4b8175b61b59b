"""Done and skipped are said visibly, kept, and taken back at any time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.core.document import Document, ImageStatus, State
from app.core.mask import Mask
from tests.ui.kit import Studio, write_image

DONE, SKIPPED = ImageStatus.DONE, ImageStatus.SKIPPED
SHIFT = Qt.KeyboardModifier.ShiftModifier


def status(studio: Studio, place: int = 0) -> ImageStatus:
    """As the list shows it."""
    return studio.context.navigator.images[place].status


def document(studio: Studio) -> Document:
    assert studio.session.document is not None
    return studio.session.document


def test_done_is_taken_back_by_its_key_also_after_a_new_start(
    qtbot: QtBot, qapp: QApplication, images: Path, tmp_path: Path
) -> None:
    first = Studio(qtbot, qapp, tmp_path / "home")
    first.open(images)
    first.make(45, 30)
    first.key(Qt.Key.Key_N, SHIFT)
    assert status(first) is DONE
    first.close()
    second = Studio(qtbot, qapp, tmp_path / "home")
    second.open(images)
    second.go(0)
    assert second.window.status.status.isVisible()
    assert second.window.actions_["mark-done"].isChecked()
    second.key(Qt.Key.Key_N, SHIFT)
    assert document(second).status is ImageStatus.IN_PROGRESS
    assert not second.window.status.status.isVisible()
    second.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document(second).status is DONE
    second.window.status.status.click()
    assert document(second).status is ImageStatus.IN_PROGRESS
    second.close()


@pytest.mark.parametrize(("number", "wanted"), [(0, DONE), (1, SKIPPED)])
def test_the_menu_of_the_list_marks_an_image_that_is_not_open_and_takes_it_back(
    studio: Studio, images: Path, number: int, wanted: ImageStatus
) -> None:
    name = studio.context.navigator.images[1].name

    def chosen() -> None:
        menu = studio.window.files.menu_of(1)
        [action for action in menu.actions() if action.isCheckable()][number].trigger()

    chosen()
    studio.wait_for(lambda: status(studio, 1) is wanted)
    studio.wait_for(lambda: not studio.context.saver.unsaved)
    assert (images / f"{name}.json").exists()
    assert studio.session.image_path == images / "a.png"
    chosen()
    studio.wait_for(lambda: status(studio, 1) is ImageStatus.TODO)


def test_a_right_click_in_the_list_opens_its_menu_and_moves_no_highlight(studio: Studio) -> None:
    view, model = studio.window.files.view, studio.window.files.model
    at = view.visualRect(model.index(1)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=at)
    assert view.currentIndex().row() == 0
    where = view.viewport().mapToGlobal(at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
    QApplication.sendEvent(view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.actions()[0].trigger()
    menu.close()
    studio.wait_for(lambda: studio.context.navigator.current == 1)
    assert view.currentIndex().row() == 1


def test_a_drag_over_the_list_highlights_nothing_that_is_not_open(studio: Studio) -> None:
    view, model = studio.window.files.view, studio.window.files.model
    first, second = (view.visualRect(model.index(row)).center() for row in (0, 1))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(view.viewport(), second)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=second)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, control, QPoint(first))
    studio.wait_for(lambda: [i.row() for i in view.selectedIndexes()] == [0])
    assert studio.context.navigator.current == 0


@pytest.mark.parametrize("key", ["n", "x"])
def test_an_image_with_a_mask_begun_is_not_left_as_done_or_skipped(
    studio: Studio, key: str
) -> None:
    studio.pick(45, 30)
    studio.key(key)
    assert studio.context.navigator.current == 0
    assert status(studio) is ImageStatus.TODO
    banner = studio.window.pane.banner
    assert "Enter accepts it" in banner.what.text()
    studio.key(Qt.Key.Key_Return)
    assert not banner.isVisible()
    studio.key(key)
    studio.wait_for(lambda: studio.context.navigator.current == 1)
    assert status(studio) in (DONE, SKIPPED)


@pytest.mark.parametrize("told", [True, False])
def test_an_image_done_with_nothing_on_it_says_so(studio: Studio, told: bool) -> None:
    studio.context.preferences.set(empty_done_told=told)
    studio.key("n")
    path = studio.context.navigator.images[1].path
    studio.wait_for(lambda: studio.session.image_path == path)
    banner = studio.window.pane.banner
    assert banner.isVisible() is told
    if told:
        assert banner.what.text() == "a.png is done with nothing on it."
    studio.go(0)
    assert not banner.isVisible()
    assert status(studio) is DONE


def test_proposals_left_undecided_are_told_when_their_image_is_done(studio: Studio) -> None:
    mask = Mask.from_window(np.ones((9, 9), np.bool_), 4, 4, 120, 160)
    studio.session.commit("t", document(studio).with_added(mask, state=State.PROPOSED))
    studio.key("n")
    assert "1 proposal" in studio.window.pane.banner.what.text()


@pytest.mark.parametrize("marks", [True, False])
def test_a_review_marks_done_only_where_it_may_and_that_is_taken_back(
    studio: Studio, marks: bool
) -> None:
    studio.context.preferences.set(review_marks_done=marks)
    mask = Mask.from_window(np.ones((9, 9), np.bool_), 4, 4, 120, 160)
    studio.session.commit("t", document(studio).with_added(mask, state=State.PROPOSED))
    studio.context.review.start()
    studio.key("a")
    assert document(studio).annotations[0].state is State.ACCEPTED
    assert document(studio).status is (DONE if marks else ImageStatus.IN_PROGRESS)
    studio.context.review.stop()
    if marks:
        studio.key(Qt.Key.Key_N, SHIFT)
        assert document(studio).status is ImageStatus.IN_PROGRESS


def test_from_the_last_image_n_goes_on_with_what_was_passed_over(
    studio: Studio, images: Path
) -> None:
    studio.go(1)
    studio.make(45, 30)
    studio.key("n")
    studio.wait_for(lambda: studio.session.image_path == images / "a.png")
    studio.make(45, 30)
    studio.key("n")
    studio.wait_for(lambda: studio.context.navigator.current == 1)
    studio.key("n")
    assert "No other image" in studio.window.pane.banner.what.text()


def test_a_name_filter_ends_with_its_folder_and_an_empty_list_says_why(
    studio: Studio, tmp_path: Path
) -> None:
    files = studio.window.files
    files.search.setText("nothing is called so")
    assert files.model.rowCount() == 0
    assert "hides all 2 image" in files.view.reason
    write_image(tmp_path / "other", "c.png")
    studio.context.navigator.open_folder(tmp_path / "other")
    studio.wait_for(lambda: studio.context.navigator.listing_done and files.model.rowCount() == 1)
    assert files.search.text() == ""


def test_enter_in_the_filter_keeps_the_words_and_gives_the_keys_back(studio: Studio) -> None:
    files = studio.window.files
    files.search.setFocus()
    studio.key("a.p")
    studio.key(Qt.Key.Key_Return)
    assert files.search.text() == "a.p"
    assert QApplication.focusWidget() is studio.canvas
    assert studio.session.document is not None
    assert not len(studio.session.document)
