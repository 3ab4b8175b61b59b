"""Several images of the list are selected together and marked, copied and walked as one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.document import ImageStatus, State
from app.core.image_filter import ImageOrder, SortBy
from app.core.mask import Mask
from app.ui.dialogs.done_question import DoneQuestion
from app.ui.dialogs.find_alike import FindDialog
from tests.ui.kit import Studio, write_image

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
NAMES = [f"{number}.png" for number in range(1, 6)]
TODO, DONE, SKIPPED = ImageStatus.TODO, ImageStatus.DONE, ImageStatus.SKIPPED


@pytest.fixture
def five(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    """A window on five images, the first of them open."""
    for name in NAMES:
        write_image(tmp_path / "series", name)
    studio = Studio(qtbot, qapp, tmp_path / "home")
    studio.open(tmp_path / "series")
    studio.wait_for(lambda: studio.context.navigator.listing_done)
    yield studio
    studio.close()


def click(studio: Studio, row: int, held: Qt.KeyboardModifier = NONE) -> None:
    view = studio.window.files.view
    at = view.visualRect(studio.window.files.model.index(row)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, held, at)


def selected(studio: Studio) -> list[str]:
    """By what the list highlights, and by what is acted on."""
    rows = sorted(index.row() for index in studio.window.files.view.selectedIndexes())
    images, shown = studio.context.navigator.images, studio.context.navigator.shown
    names = studio.context.navigator.selected.names
    highlighted = [images[shown.rows[row]].name for row in rows]
    assert not names or highlighted == list(names)
    return highlighted


def statuses(studio: Studio) -> list[ImageStatus]:
    return [entry.status for entry in studio.context.navigator.images]


def choose(studio: Studio, place: int, text: str) -> None:
    """An entry of the menu of an image in the list."""
    for action in studio.window.files.menu_of(place).actions():
        if action.text() == text:
            action.trigger()
            return
    raise AssertionError(text)


def test_clicks_with_ctrl_and_shift_select_and_a_plain_one_opens(five: Studio) -> None:
    click(five, 2, CTRL)
    assert selected(five) == ["1.png", "3.png"]
    click(five, 4, SHIFT)
    assert selected(five) == ["3.png", "4.png", "5.png"]
    click(five, 0, CTRL)
    click(five, 3, CTRL)
    assert selected(five) == ["1.png", "3.png", "5.png"]
    click(five, 1, SHIFT | CTRL)
    assert selected(five) == NAMES[:5]
    assert five.session.image_path is not None
    assert five.session.image_path.name == "1.png"
    click(five, 3)
    assert not len(five.context.navigator.selected)
    five.wait_for(lambda: selected(five) == ["4.png"])
    assert five.context.navigator.current == 3


def test_keys_of_the_list_select_and_esc_ends_it(five: Studio) -> None:
    view = five.window.files.view
    view.setFocus()
    five.key(Qt.Key.Key_Down, SHIFT)
    five.key(Qt.Key.Key_Down, SHIFT)
    assert selected(five) == ["1.png", "2.png", "3.png"]
    five.key(Qt.Key.Key_Up, SHIFT)
    five.key(Qt.Key.Key_End, CTRL)
    five.key(Qt.Key.Key_Space, CTRL)
    assert selected(five) == ["1.png", "2.png", "5.png"]
    five.key(Qt.Key.Key_A, CTRL)
    assert selected(five) == NAMES
    five.key(Qt.Key.Key_Escape)
    assert selected(five) == ["1.png"]
    assert not five.context.navigator.selected.names
    five.key(Qt.Key.Key_Down)
    five.key(Qt.Key.Key_Return)
    five.wait_for(lambda: five.context.navigator.current >= 1)


def test_shift_selects_from_the_open_image_whatever_was_clicked_before(five: Studio) -> None:
    click(five, 4)
    five.wait_for(lambda: five.context.navigator.current == 4)
    five.go(1)
    click(five, 3, SHIFT)
    assert selected(five) == ["2.png", "3.png", "4.png"]


def test_selected_images_stay_so_while_one_looks_through_them_but_not_unseen(
    five: Studio,
) -> None:
    click(five, 2, SHIFT)
    five.go(4)
    assert selected(five) == NAMES[:3]
    five.context.navigator.shown.sort(ImageOrder(SortBy.NAME, backwards=True))
    assert list(five.context.navigator.selected) == ["3.png", "2.png", "1.png"]
    assert len(selected(five)) == 3
    five.window.files.search.setText("2")
    assert list(five.context.navigator.selected) == ["2.png"]
    five.window.files.search.clear()
    assert list(five.context.navigator.selected) == ["2.png"]


def test_several_are_marked_at_once_each_undoable_and_taken_back_together(five: Studio) -> None:
    five.context.marking.toggle_at(1, SKIPPED)
    five.wait_for(lambda: statuses(five)[1] is SKIPPED)
    click(five, 2, SHIFT)
    choose(five, 1, "These 3 images are done")
    five.wait_for(lambda: statuses(five) == [DONE, DONE, DONE, TODO, TODO])
    five.wait_for(lambda: not five.context.saver.unsaved)
    assert five.session.folder is not None
    root = five.session.folder.root
    assert all((root / f"{name}.json").exists() for name in NAMES[:3])
    banner = five.window.pane.banner
    five.wait_for(lambda: banner.what.text() == "3 image(s) marked done.")
    five.canvas.setFocus()
    five.key(Qt.Key.Key_Z, CTRL)
    assert statuses(five)[:3] == [TODO, DONE, DONE]
    choose(five, 0, "Take back the last mark of several images (3)")
    five.wait_for(lambda: statuses(five) == [TODO, SKIPPED, TODO, TODO, TODO])
    assert not five.context.marking.can_take_back


def test_the_keys_of_one_image_mean_all_that_are_selected_while_the_list_has_the_keyboard(
    five: Studio,
) -> None:
    click(five, 2, CTRL)
    click(five, 4, CTRL)
    five.key(Qt.Key.Key_X, SHIFT)
    five.wait_for(lambda: statuses(five) == [SKIPPED, TODO, SKIPPED, TODO, SKIPPED])
    five.key(Qt.Key.Key_X, SHIFT)
    five.wait_for(lambda: statuses(five) == [TODO] * 5)
    five.key(Qt.Key.Key_C, CTRL)
    assert QApplication.clipboard().text() == "1.png\n3.png\n5.png"
    five.canvas.setFocus()
    five.key(Qt.Key.Key_N, SHIFT)
    five.wait_for(lambda: statuses(five) == [DONE, TODO, TODO, TODO, TODO])


def test_what_cannot_be_changed_is_counted_and_stays(five: Studio) -> None:
    assert five.session.folder is not None
    (five.session.folder.root / "2.png.json").write_text("no sidecar", encoding="utf-8")
    click(five, 2, SHIFT)
    choose(five, 0, "These 3 images are skipped")
    five.wait_for(lambda: statuses(five) == [SKIPPED, TODO, SKIPPED, TODO, TODO])
    banner = five.window.pane.banner
    five.wait_for(lambda: banner.what.text() == "2 image(s) marked skipped.")
    assert "1 image(s) cannot be changed" in banner.advice.text()


def test_something_is_looked_for_on_the_selected_images(five: Studio) -> None:
    click(five, 2, SHIFT)
    choose(five, 0, "Find in these 3 images…")
    dialog = five.window.dialogs.current("find-alike")
    assert isinstance(dialog, FindDialog)
    assert [path.name for path in dialog.where.paths] == NAMES[:3]


def test_the_menu_of_an_image_that_is_not_selected_is_of_that_image_alone(five: Studio) -> None:
    click(five, 2, SHIFT)
    choose(five, 4, "This image is done")
    five.wait_for(lambda: statuses(five) == [TODO, TODO, TODO, TODO, DONE])
    choose(five, 4, "Select all that are shown")
    assert selected(five) == NAMES
    choose(five, 0, "Select none")
    assert selected(five) == ["1.png"]


def proposed(studio: Studio, place: int, count: int) -> None:
    """Put so many proposals on an image, beside one accepted object."""
    studio.go(place)
    studio.wait_ready()
    document = studio.session.document
    assert document is not None
    for number in range(count + 1):
        pixels = np.zeros((120, 160), np.bool_)
        pixels[10 * number : 10 * number + 8, 10:20] = True
        state = State.PROPOSED if number else State.ACCEPTED
        document = document.with_added(Mask.from_array(pixels), state=state)
    studio.session.commit("Add object", document)


def states(studio: Studio, place: int) -> list[State]:
    path = studio.context.navigator.images[place].path
    document = studio.session.document_at(path)
    assert document is not None
    return [each.state for each in document]


def asked(studio: Studio) -> DoneQuestion:
    (found,) = studio.window.findChildren(DoneQuestion)
    return found


WAITS, REFUSED, TAKEN = State.PROPOSED, State.REJECTED, State.ACCEPTED


def test_images_with_proposals_are_marked_done_after_it_was_asked_what_becomes_of_these(
    five: Studio,
) -> None:
    proposed(five, 1, 2)
    proposed(five, 3, 1)
    five.go(0)
    five.context.navigator.selected.all()
    choose(five, 0, "These 5 images are done")
    question = asked(five)
    assert question.text() == "Not decided yet: 3 proposal(s) on 2 of 5 images."
    assert statuses(five).count(DONE) == 0
    question.reject_rest.click()
    five.wait_for(lambda: statuses(five) == [DONE] * 5)
    assert states(five, 1) == [TAKEN, REFUSED, REFUSED]
    choose(five, 0, "Take back the last mark of several images (5)")
    five.wait_for(lambda: statuses(five).count(DONE) == 0)
    assert states(five, 1) == [TAKEN, WAITS, WAITS]
    assert states(five, 3) == [TAKEN, WAITS]


def test_only_images_without_proposals_are_marked_done_if_that_is_chosen(five: Studio) -> None:
    proposed(five, 1, 2)
    five.context.navigator.selected.all()
    choose(five, 0, "These 5 images are done")
    only = asked(five).only
    assert only is not None
    assert only.text() == "Only the 4 without any"
    only.click()
    five.wait_for(lambda: statuses(five).count(DONE) == 4)
    assert statuses(five)[1] is not DONE
    assert states(five, 1) == [TAKEN, WAITS, WAITS]


def test_enter_keeps_the_proposals_of_an_image_that_is_done_and_escape_marks_nothing(
    five: Studio,
) -> None:
    proposed(five, 1, 2)
    five.window.commands.toggle_done()
    QTest.keyClick(asked(five), Qt.Key.Key_Escape)
    assert statuses(five)[1] is not DONE
    five.wait_for(lambda: not five.window.findChildren(DoneQuestion))
    five.window.commands.toggle_done()
    assert asked(five).text() == "Not decided yet: 2 proposal(s) on this image."
    assert asked(five).only is None
    QTest.keyClick(asked(five), Qt.Key.Key_Return)
    five.wait_for(lambda: statuses(five)[1] is DONE)
    assert states(five, 1) == [TAKEN, WAITS, WAITS]


def test_locked_proposals_wait_for_a_look_when_the_others_are_rejected(five: Studio) -> None:
    proposed(five, 1, 2)
    document = five.session.document
    assert document is not None
    five.session.commit("Lock objects", document.with_locked(2, True))
    five.window.commands.toggle_done()
    asked(five).reject_rest.click()
    five.wait_for(lambda: statuses(five)[1] is DONE)
    assert states(five, 1) == [TAKEN, WAITS, REFUSED]


def test_one_undo_takes_back_that_an_image_is_done_with_the_rest_rejected(five: Studio) -> None:
    proposed(five, 1, 2)
    five.window.commands.toggle_done()
    asked(five).reject_rest.click()
    five.wait_for(lambda: states(five, 1) == [TAKEN, REFUSED, REFUSED])
    five.session.undo()
    assert states(five, 1) == [TAKEN, WAITS, WAITS]
    assert statuses(five)[1] is not DONE


def test_nobody_is_asked_where_no_proposal_waits_nor_when_done_is_taken_back(five: Studio) -> None:
    proposed(five, 1, 0)
    five.window.commands.toggle_done()
    five.wait_for(lambda: statuses(five)[1] is DONE)
    five.window.commands.toggle_done()
    five.wait_for(lambda: statuses(five)[1] is not DONE)
    assert not five.window.findChildren(DoneQuestion)
