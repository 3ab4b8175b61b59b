"""Undo gives back the very document, and of the labels exactly what the step changed."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.session.timeline import LabelTimeline, Timeline, moved


class Undoing(RuleBasedStateMachine):
    """The model is a list of pairs of a document and label names, and an index into it."""

    def __init__(self) -> None:
        super().__init__()
        start = Document(4, 5)
        self.timeline = Timeline(start)
        self.labels = LabelSet()
        self.moments = [(start, self.names)]
        self.position = 0

    @property
    def names(self) -> list[str]:
        return [label.name for label in self.labels]

    @rule(seed=st.integers(0, 9))
    def add_object(self, seed: int) -> None:
        pixels = np.random.default_rng(seed).random((4, 5)) < 0.5
        document = self.timeline.document.with_added(Mask.from_array(pixels))
        self.timeline.commit("Add object", document)
        self._moment()

    @precondition(lambda self: len(self.timeline.document) > 0)
    @rule(data=st.data())
    def delete_object(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(self.timeline.document.ids))
        self.timeline.commit("Delete objects", self.timeline.document.without(chosen))
        self._moment()

    @rule()
    def add_label(self) -> None:
        self._edit_labels(self.labels.with_added(f"label {self.labels.next_id}"))

    @precondition(lambda self: len(self.labels) > 1)
    @rule(data=st.data())
    def remove_label(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(self.labels.labels))
        self._edit_labels(self.labels.without(chosen.id))

    @rule()
    def undo(self) -> None:
        self.labels = self.timeline.undo(self.labels) or self.labels
        self.position = max(0, self.position - 1)

    @rule()
    def redo(self) -> None:
        self.labels = self.timeline.redo(self.labels) or self.labels
        self.position = min(len(self.moments) - 1, self.position + 1)

    @invariant()
    def shows_the_document_and_labels_of_that_moment(self) -> None:
        document, names = self.moments[self.position]
        assert self.timeline.document is document
        assert self.names == names

    @invariant()
    def names_what_can_be_done(self) -> None:
        assert (self.timeline.undo_name is None) == (self.position == 0)
        assert (self.timeline.redo_name is None) == (self.position == len(self.moments) - 1)

    def _edit_labels(self, after: LabelSet) -> None:
        before, self.labels = self.labels, after
        self.timeline.commit_labels("Edit labels", before, after)
        self._moment()

    def _moment(self) -> None:
        moment = self.timeline.document, self.names
        self.moments = [*self.moments[: self.position + 1], moment]
        self.position += 1


TestUndoing = Undoing.TestCase


def test_taking_back_a_label_keeps_those_that_another_image_added_since() -> None:
    timeline = Timeline(Document(4, 5))
    before = LabelSet()
    cat = before.with_added("cat")
    timeline.commit_labels("Add label", before, cat)
    meanwhile = cat.with_added("dog")
    after = timeline.undo(meanwhile)
    assert after is not None
    assert [label.name for label in after] == ["object", "dog"]


def test_a_label_id_is_never_given_twice_even_after_undo() -> None:
    cat = LabelSet().with_added("cat")
    assert moved(cat, cat, LabelSet()).next_id == cat.next_id


def test_a_name_that_was_taken_meanwhile_stays_with_the_other_label() -> None:
    before = LabelSet().with_added("cat")
    after = before.without(2)
    meanwhile = after.with_added("cat")
    restored = moved(meanwhile, after, before)
    assert sorted(label.name for label in restored) == ["cat", "cat'", "object"]
    assert restored.label(3).name == "cat"


def test_a_change_of_labels_is_taken_back_on_another_image_in_the_order_of_what_was_done() -> None:
    labels = LabelTimeline()
    first, second = (Timeline(Document(4, 5), labels) for _ in range(2))
    mask = Mask.from_array(np.ones((4, 5), np.bool_))
    first.commit("Add object", first.document.with_added(mask))
    before = LabelSet().with_added("cat")
    after = before.with_renamed(2, "tiger")
    first.commit_labels("Rename label", before, after)
    second.commit("Add object", second.document.with_added(mask))
    assert second.undo_name == "Add object"
    assert second.undo(after) == after
    assert second.undo_name == "Rename label"
    assert second.undo(after) == before
    assert [second.undo_name, first.undo_name] == [None, "Add object"]
    assert second.redo(before) == after
    assert second.redo_name == "Add object"


def test_a_change_of_labels_stays_once_somebody_worked_on_another_image() -> None:
    labels = LabelTimeline()
    first, second, third = (Timeline(Document(4, 5), labels) for _ in range(3))
    mask = Mask.from_array(np.ones((4, 5), np.bool_))
    before = LabelSet()
    after = before.with_added("cat")
    first.commit_labels("Change labels", before, after)
    second.commit("Add object", second.document.with_added(mask, label_id=2))
    assert (first.undo_name, third.undo_name) == (None, None)
    assert third.undo(after) is None
    assert second.undo(after) == after
    assert (first.undo_name, third.undo_name) == ("Change labels", "Change labels")
    second.redo(after)
    assert third.undo_name is None


def test_what_a_job_did_on_another_image_does_not_keep_a_change_of_labels_from_undo() -> None:
    labels = LabelTimeline()
    first, second = (Timeline(Document(4, 5), labels) for _ in range(2))
    mask = Mask.from_array(np.ones((4, 5), np.bool_))
    before = LabelSet()
    first.commit_labels("Merge labels", before, before.with_added("cat"))
    second.commit("Add object", second.document.with_added(mask), forget=False)
    assert first.undo_name == "Merge labels"
