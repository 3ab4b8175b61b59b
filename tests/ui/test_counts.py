"""What is proposed, accepted, edited and rejected is told apart wherever it is counted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleOptionViewItem

from app.core.document import Document, Source, State
from app.core.mask import Mask
from app.core.review import StateCounts
from app.ui.counts import words_of
from app.ui.panels.label_list import COUNT_ROLE, LabelDelegate, counted
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
    waiting = studio.window.status.needs_review
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


def test_a_label_counts_what_was_looked_at_apart_from_what_is_proposed(studio: Studio) -> None:
    commit(studio, *State, State.PROPOSED)
    index = studio.window.labels.model.index(0)
    counts = index.data(COUNT_ROLE)
    assert (counts.accepted + counts.edited, counts.proposed) == (2, 2)
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "object: 1 accepted, 1 edited, 2 proposed, 1 rejected"
    written = [text for text, _, _ in counted(studio.window.labels.font(), index)]
    assert written == ["2", "+2"]


def test_a_long_label_gives_way_to_its_counts(studio: Studio) -> None:
    label = studio.session.folder_labels.add(
        "a label with a name much longer than any panel is wide" * 2
    )
    assert label is not None
    assert studio.session.document is not None
    document = with_states(studio.session.document, *State)
    studio.session.commit("test", document.with_label(document.ids, label))
    view = studio.window.labels.view
    option, index = QStyleOptionViewItem(), studio.window.labels.model.index(1)
    option.rect = view.visualRect(index)
    delegate = view.itemDelegate()
    assert isinstance(delegate, LabelDelegate)
    delegate.initStyleOption(option, index)
    assert option.text.endswith("…")


def test_states_without_objects_are_left_out() -> None:
    assert words_of(StateCounts(edited=2)) == "2 edited"
    assert words_of(StateCounts()) == ""


def test_rejected_objects_count_for_no_label(studio: Studio) -> None:
    commit(studio, State.ACCEPTED, State.REJECTED)
    index = studio.window.labels.model.index(0)
    assert [text for text, _, _ in counted(studio.window.labels.font(), index)] == ["1"]
