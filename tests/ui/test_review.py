"""The review in the window: keys that mean something else while it goes on, and what is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from app.core.document import Evidence, ImageStatus, Source, State
from app.core.mask import Mask
from app.core.previous import Previous
from app.storage.settings import Settings
from app.ui.action_set import ALL_ACTIONS
from app.ui.actions import ACTIONS
from app.ui.dialogs.done_question import DoneQuestion
from app.ui.keymap import lent_keys
from app.ui.label_finder import LabelFinder
from app.ui.review_actions import REVIEW_ACTIONS
from tests.ui.kit import Studio

RED, DISC, BAR = (20, 10, 70, 50), (85, 55, 135, 105), (10, 90, 60, 100)


def block(box: tuple[int, int, int, int]) -> Mask:
    x0, y0, x1, y1 = box
    return Mask.from_window(np.ones((y1 - y0, x1 - x0), np.bool_), x0, y0, 120, 160)


@pytest.fixture
def reviewed(studio: Studio) -> Studio:
    """Three proposals on the open image, the review begun with its key."""
    document = studio.session.document
    assert document is not None
    for box, score in ((RED, 0.95), (DISC, 0.9), (BAR, 0.8)):
        evidence = Evidence(predicted_iou=score)
        document = document.with_added(
            block(box), source=Source.AUTOMATIC, state=State.PROPOSED, evidence=evidence
        )
    studio.session.commit("propose", document)
    studio.key("g")
    return studio


def states(studio: Studio) -> list[State]:
    return [a.state for a in studio.session.document or ()]


def at_hand(studio: Studio) -> int | None:
    current = studio.context.review.current
    return current.id if current else None


def test_the_proposal_at_hand_is_in_the_middle_and_large(reviewed: Studio) -> None:
    view = reviewed.canvas.viewport
    x, y = view.to_device(45, 30)
    assert x == pytest.approx(view.width / 2, abs=2)
    assert y == pytest.approx(view.height / 2, abs=2)
    assert 50 * view.scale > 0.3 * view.width


def test_three_keys_decide_three_proposals(reviewed: Studio) -> None:
    reviewed.key("ax")
    assert states(reviewed) == [State.ACCEPTED, State.REJECTED, State.PROPOSED]
    reviewed.key(Qt.Key.Key_Space)
    assert states(reviewed)[2] is State.ACCEPTED
    document = reviewed.session.document
    assert document is not None
    assert document.status is ImageStatus.DONE
    assert reviewed.context.navigator.current == 0


def test_u_takes_back_and_shows_it_again(reviewed: Studio) -> None:
    reviewed.key("aau")
    assert (at_hand(reviewed), states(reviewed)[1]) == (2, State.PROPOSED)


def test_a_click_corrects_the_proposal_and_a_accepts_it(reviewed: Studio) -> None:
    reviewed.click(110, 80)
    reviewed.wait_answer()
    assert reviewed.mask_editor.editing == 1
    assert reviewed.mask_editor.mask is not None
    reviewed.key("a")
    document = reviewed.session.document
    assert document is not None
    assert document.annotation(1).state is State.EDITED
    assert document.annotation(1).mask.contains(110, 80)
    assert at_hand(reviewed) == 2


def test_e_begins_a_correction_and_x_throws_it_away_with_the_proposal(reviewed: Studio) -> None:
    reviewed.key("e")
    assert reviewed.mask_editor.editing == 1
    reviewed.key("x")
    assert not reviewed.mask_editor.active
    assert states(reviewed)[0] is State.REJECTED


def test_escape_drops_the_correction_first_and_then_leaves(reviewed: Studio) -> None:
    reviewed.key("e")
    reviewed.key(Qt.Key.Key_Escape)
    assert (reviewed.mask_editor.active, reviewed.context.review.active) == (False, True)
    reviewed.key(Qt.Key.Key_Escape)
    assert not reviewed.context.review.active
    assert not reviewed.window.review_bar.isVisible()


def test_after_the_review_the_letters_are_the_others_again(reviewed: Studio) -> None:
    reviewed.key(Qt.Key.Key_Escape)
    reviewed.key("e")
    assert reviewed.window.toolbox.current.name == "eraser"
    for row in ACTIONS:
        shortcuts = reviewed.window.actions_[row.id].shortcuts()
        assert shortcuts == [QKeySequence(key) for key in row.keys]


def test_while_it_goes_on_no_key_has_two_meanings(reviewed: Studio) -> None:
    actions = [reviewed.window.actions_[row.id] for row in ALL_ACTIONS]
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert {"A", "X", "E", "L", "U"} <= lent_keys(Settings())


def test_digits_and_the_search_for_labels_relabel_what_is_at_hand(reviewed: Studio) -> None:
    reviewed.session.folder_labels.add("dog")
    reviewed.session.folder_labels.add("cat")
    reviewed.key("2")
    document = reviewed.session.document
    assert document is not None
    assert document.annotation(1).label_id == 2
    reviewed.key("l")
    finder = QApplication.activePopupWidget()
    assert isinstance(finder, LabelFinder)
    QTest.keyClick(finder.name, Qt.Key.Key_3)
    document = reviewed.session.document
    assert document is not None
    assert document.annotation(1).label_id == 3
    assert at_hand(reviewed) == 1
    reviewed.key("l")
    finder = QApplication.activePopupWidget()
    assert isinstance(finder, LabelFinder)
    QTest.keyClicks(finder.name, "do")
    QTest.keyClick(finder.name, Qt.Key.Key_Return)
    document = reviewed.session.document
    assert document is not None
    assert document.annotation(1).label_id == 2


def test_the_hint_strip_tells_the_keys_of_the_review(reviewed: Studio) -> None:
    hint = reviewed.window.pane.hint
    assert hint.accessibleDescription().startswith("A: accept, X: reject")
    reviewed.key(Qt.Key.Key_Escape)
    assert hint.accessibleDescription().startswith("Left click: pick an object")


def test_accepting_many_is_shown_first_and_undone_at_once(reviewed: Studio) -> None:
    above = reviewed.window.review.above
    above.threshold.setValue(0.99)
    assert above.words.text() == "No proposal here has such a score. The highest is 0.95."
    above.threshold.setValue(0.85)
    assert reviewed.session.selection == {1, 2}
    assert above.accept_them.text() == "Accept 2"
    above.accept_them.click()
    assert states(reviewed) == [State.ACCEPTED, State.ACCEPTED, State.PROPOSED]
    reviewed.key("u")
    assert states(reviewed) == [State.PROPOSED] * 3


def test_old_and_new_are_compared_and_the_old_one_kept(reviewed: Studio) -> None:
    document = reviewed.session.document
    assert document is not None
    old = block((30, 10, 80, 50))
    new = replace(document.annotation(1), previous=Previous(mask=old, iou=0.67))
    reviewed.session.commit("relabel", document.with_replaced(new))
    scene, panel = reviewed.canvas.scene, reviewed.window.review
    assert scene.veil is None
    reviewed.key("cc")
    assert scene.veil is not None
    assert scene.veil.box == (20, 10, 80, 50)
    assert panel.comparison.words.text().endswith("0.67")
    reviewed.key("k")
    document = reviewed.session.document
    assert document is not None
    assert document.annotation(1).mask == old
    assert scene.veil is None
    assert at_hand(reviewed) == 2


def test_after_the_last_decision_it_can_be_taken_back_and_the_whole_image_is_seen(
    reviewed: Studio,
) -> None:
    reviewed.key("aaa")
    assert reviewed.context.review.ended
    assert reviewed.canvas.viewport.fits
    assert reviewed.window.review_bar.told.text().startswith("All reviewed")
    assert ("U", "take the last decision back") in reviewed.window.pane.hint.shown
    reviewed.key("u")
    assert (at_hand(reviewed), states(reviewed)[2]) == (3, State.PROPOSED)
    reviewed.key("a")
    reviewed.key(Qt.Key.Key_Escape)
    assert not reviewed.context.review.active


def test_leaving_the_review_shows_the_whole_image_again(reviewed: Studio) -> None:
    assert not reviewed.canvas.viewport.fits
    reviewed.key(Qt.Key.Key_Escape)
    assert reviewed.canvas.viewport.fits


def test_letters_of_the_review_are_given_once() -> None:
    keys = [key for each in REVIEW_ACTIONS for key in each.keys]
    assert len(keys) == len(set(keys))


def test_there_is_nothing_to_review_without_proposals(studio: Studio) -> None:
    assert not studio.window.actions_["review"].isEnabled()
    studio.key("g")
    assert not studio.context.review.active


def test_the_buttons_of_the_bar_stay_where_they_are_while_one_decides(reviewed: Studio) -> None:
    bar = reviewed.window.review_bar
    bar.setFixedWidth(730)
    places = [button.geometry() for button in bar.findChildren(QToolButton)]
    reviewed.key("a")
    reviewed.key("a")
    bar.refresh()
    assert reviewed.context.review.decided == 2
    assert [button.geometry() for button in bar.findChildren(QToolButton)] == places
    assert bar.told.shown == bar.told.text()
    assert bar.told.text().startswith("2 of 3 decided here")
    assert "per minute" in bar.told.toolTip()


# -- whole images


def test_on_a_whole_image_clicks_decide_and_a_key_settles_the_rest(reviewed: Studio) -> None:
    reviewed.key("d")
    assert reviewed.canvas.viewport.visible_box[2] >= 160
    reviewed.click(45, 30)
    reviewed.click(110, 80, button=Qt.MouseButton.RightButton)
    assert states(reviewed) == [State.ACCEPTED, State.REJECTED, State.PROPOSED]
    assert not reviewed.mask_editor.active
    reviewed.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert states(reviewed)[2] is State.REJECTED
    reviewed.key("u")
    assert states(reviewed) == [State.ACCEPTED, State.REJECTED, State.PROPOSED]
    reviewed.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert states(reviewed)[2] is State.ACCEPTED


def test_the_next_box_accepts_the_mask_before_and_what_it_covers_is_settled(
    reviewed: Studio,
) -> None:
    reviewed.key("d")
    reviewed.wait_ready()
    reviewed.drag((18, 8), (72, 52))
    reviewed.wait_answer()
    reviewed.drag((83, 53), (137, 107))
    document = reviewed.session.document
    assert document is not None
    assert document.annotations[-1].state is State.ACCEPTED
    assert states(reviewed)[0] is State.REJECTED
    reviewed.wait_answer()
    reviewed.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert states(reviewed)[1:] == [State.REJECTED, State.REJECTED, State.ACCEPTED, State.ACCEPTED]


def test_the_bar_offers_what_the_way_of_reviewing_needs(reviewed: Studio) -> None:
    def offered() -> set[str]:
        bar = reviewed.window.review_bar
        return {
            button.defaultAction().objectName()
            for button in bar.findChildren(QToolButton)
            if not button.isHidden()
        }

    assert {"review-accept", "review-edit", "review-whole"} <= offered()
    reviewed.key("d")
    assert offered() == {
        "review-accept-selected", "review-accept-rest", "review-reject-rest", "review-whole",
        "review-undo", "review",
    }  # fmt: skip
    reviewed.key("d")
    assert at_hand(reviewed) == 1
    assert reviewed.window.pane.toolbox.current.name == "smart"


def test_leaving_the_review_puts_its_tool_away_and_it_comes_back_with_the_next(
    reviewed: Studio,
) -> None:
    reviewed.key("d")
    reviewed.key(Qt.Key.Key_Escape)
    assert reviewed.window.pane.toolbox.current.name == "smart"
    reviewed.key("g")
    assert reviewed.window.pane.toolbox.current.name == "decide"


def test_the_view_stays_where_it_is_while_one_decides_on_a_whole_image(reviewed: Studio) -> None:
    reviewed.key("d")
    canvas = reviewed.canvas
    canvas.set_viewport(canvas.viewport.showing((10, 0, 90, 60)))
    before = canvas.viewport
    reviewed.click(45, 30)
    assert canvas.viewport == before
    reviewed.key("u")
    assert canvas.viewport == before
    reviewed.session.select([2])
    assert canvas.viewport == before


def test_on_a_whole_image_the_proposal_that_a_click_would_decide_on_is_seen(
    reviewed: Studio,
) -> None:
    scene = reviewed.canvas.scene
    reviewed.move(45, 30)
    assert scene.pointed is None
    reviewed.key("d")
    reviewed.move(46, 30)
    assert scene.pointed is not None
    assert scene.hover is scene.pointed.mask
    assert scene.pointed.mask.contains(45, 30)
    reviewed.click(45, 30)
    assert scene.pointed is None
    reviewed.move(110, 80)
    assert scene.pointed is not None
    reviewed.drag((18, 8), (72, 52))
    assert scene.pointed is None


def test_on_a_whole_image_only_what_is_selected_and_decided_is_filled(reviewed: Studio) -> None:
    assert not reviewed.canvas.scene.style.deciding
    reviewed.key("d")
    assert reviewed.canvas.scene.style.deciding
    reviewed.key(Qt.Key.Key_Escape)
    assert not reviewed.canvas.scene.style.deciding


def test_on_a_whole_image_delete_leaves_what_the_program_has_selected(reviewed: Studio) -> None:
    reviewed.key("d")
    review, session = reviewed.context.review, reviewed.session
    review._suggested = review._chosen = frozenset({1, 2})
    session.select([1, 2])
    reviewed.key(Qt.Key.Key_Delete)
    assert len(states(reviewed)) == 3
    assert "nothing was deleted" in reviewed.window.pane.banner.what.text()
    session.select([1, 2, 3])
    reviewed.key(Qt.Key.Key_Delete)
    assert {a.id for a in session.document or ()} == {1, 2}
    session.select([1])
    reviewed.key(Qt.Key.Key_Delete)
    assert {a.id for a in session.document or ()} == {2}


def test_the_way_of_reviewing_is_that_of_the_last_time(reviewed: Studio) -> None:
    reviewed.key("d")
    assert reviewed.context.preferences.value.review_by_image
    whole = reviewed.window.actions_["review-whole"]
    assert whole in reviewed.window.strip.actions()
    assert whole.isChecked()
    reviewed.key("d")
    assert not reviewed.context.preferences.value.review_by_image
    reviewed.context.preferences.set(review_by_image=True)
    assert reviewed.context.review.by_image


@pytest.mark.parametrize("rejecting", [False, True])
def test_in_a_review_done_asks_what_becomes_of_the_undecided(
    reviewed: Studio, rejecting: bool
) -> None:
    reviewed.key("n")
    (asked,) = reviewed.window.findChildren(DoneQuestion)
    document = reviewed.session.document
    assert document is not None
    assert document.status is not ImageStatus.DONE
    path = reviewed.session.image_path
    (asked.reject_rest if rejecting else asked.keep).click()
    reviewed.wait_for(lambda: reviewed.session.image_path != path)
    reviewed.go(0)
    wanted = State.REJECTED if rejecting else State.PROPOSED
    assert states(reviewed) == [wanted] * 3
    document = reviewed.session.document
    assert document is not None
    assert document.status is ImageStatus.DONE


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ("review-accept-rest", [State.ACCEPTED] * 3),
        ("review-reject-rest", [State.REJECTED] * 3),
        ("review-accept-selected", [State.ACCEPTED, State.REJECTED, State.REJECTED]),
    ],
)
def test_hidden_proposals_are_shown_before_an_image_is_settled(
    reviewed: Studio, action: str, after: list[State]
) -> None:
    reviewed.key("d")
    reviewed.session.select([1])
    reviewed.session.set_hidden([1, 2])
    rest = reviewed.window.actions_[action]
    rest.trigger()
    assert not reviewed.session.hidden
    assert states(reviewed) == [State.PROPOSED] * 3
    assert "Hidden proposals are shown now" in reviewed.window.pane.banner.what.text()
    rest.trigger()
    assert states(reviewed) == after
