"""Accepting in the whole folder from the window: told first, done, taken back."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.core.document import State
from app.ui.dialogs.accept_many import AcceptManyDialog
from tests.ui.kit import Studio
from tests.ui.test_stage_two import propose_by_hand, states


def opened(studio: Studio) -> AcceptManyDialog:
    studio.window.dialogs.show("accept-many")
    dialog = studio.window.dialogs.current("accept-many")
    assert isinstance(dialog, AcceptManyDialog)
    return dialog


def test_what_it_means_is_told_before_it_is_done(studio: Studio) -> None:
    propose_by_hand(studio)
    dialog = opened(studio)
    studio.wait_for(dialog.go.isEnabled)
    assert dialog.go.text() == "Accept 4"
    # Plurals are English once a program was built in this process, and their sources before.
    told = dialog.outcome.text().replace("(s)", "s")
    assert "4 proposals on 2 images would be accepted" in told
    assert "lowest score is 0.90" in told
    assert "2 proposals on 2 images would still wait" in told
    dialog.threshold.setValue(0.93)
    assert not dialog.go.isEnabled()
    studio.wait_for(dialog.go.isEnabled)
    assert dialog.go.text() == "Accept 2"
    dialog.go.click()
    studio.wait_for(lambda: not studio.context.accepting.running)
    assert studio.context.navigator.images.proposed == (2, 4)
    assert states(studio) == [State.ACCEPTED, State.PROPOSED, State.PROPOSED]
    dialog.undo.click()
    studio.wait_for(lambda: not studio.context.accepting.running)
    assert states(studio) == [State.PROPOSED] * 3
    assert studio.context.navigator.images.proposed == (2, 6)
    studio.wait_for(dialog.go.isEnabled)
    assert "would be accepted: 2 x object" in dialog.outcome.text()


def test_the_filter_of_the_review_holds_for_all_images(studio: Studio) -> None:
    propose_by_hand(studio)
    studio.key("g")
    studio.window.review.filter.score.most.setValue(0.92)
    studio.window.review.above.everywhere.click()
    dialog = studio.window.dialogs.current("accept-many")
    assert isinstance(dialog, AcceptManyDialog)
    studio.wait_for(dialog.go.isEnabled)
    assert dialog.go.text() == "Accept 2"
    assert "filter of the review" in dialog.outcome.text()
    dialog.go.click()
    studio.wait_for(lambda: not studio.context.accepting.running)
    assert states(studio) == [State.PROPOSED, State.ACCEPTED, State.PROPOSED]


def test_it_has_a_key_of_its_own(studio: Studio) -> None:
    propose_by_hand(studio)
    studio.key("a", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert isinstance(studio.window.dialogs.current("accept-many"), AcceptManyDialog)
