"""What is proposed, accepted, edited and rejected is told apart wherever it is counted."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.core.document import Document, Source, State
from app.core.mask import Mask
from app.core.review import Progress
from app.ui.counts import words_of
from app.ui.panels.labels import COUNT_ROLE
from tests.ui.kit import Studio, drawn


def with_states(document: Document, *states: State) -> Document:
    mask = Mask.from_array(drawn()[..., 0] > 150)
    for state in states:
        document = document.with_added(mask, source=Source.AUTOMATIC, state=state)
    return document


def commit(studio: Studio, *states: State) -> None:
    assert studio.session.document is not None
    studio.session.commit("test", with_states(studio.session.document, *states))


def test_the_status_bar_tells_how_many_proposals_wait(studio: Studio) -> None:
    waiting = studio.window.status.waiting
    assert waiting.text == ""
    commit(studio, State.PROPOSED, State.PROPOSED, State.ACCEPTED)
    assert waiting.text.startswith("2 proposal")
    studio.go(1)
    commit(studio, State.PROPOSED, State.REJECTED)
    assert waiting.text.startswith("3 proposal")
    assert " in 2 image" in waiting.text
    here, folder = waiting.toolTip().split("\n")
    assert here == "This image: 1 proposed, 1 rejected"
    assert folder == "Folder: 1 accepted, 3 proposed, 1 rejected"
    studio.session.undo()
    assert waiting.text.startswith("2 proposal")


def test_the_list_tells_all_four_kinds_of_an_image(studio: Studio) -> None:
    commit(studio, *State)
    index = studio.window.files.model.index(0)
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("\n1 accepted, 1 edited, 1 proposed, 1 rejected")
    assert studio.window.objects._summary.text().endswith("1 proposed, 1 rejected")


def test_states_without_objects_are_left_out() -> None:
    assert words_of(Progress(edited=2)) == "2 edited"
    assert words_of(Progress()) == ""


def test_rejected_objects_count_for_no_label(studio: Studio) -> None:
    commit(studio, State.ACCEPTED, State.REJECTED)
    labels = studio.window.labels.model
    assert labels.data(labels.index(0), COUNT_ROLE) == 1
