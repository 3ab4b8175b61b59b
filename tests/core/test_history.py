from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.document import Document, ImageStatus, State
from app.core.history import Edit, History
from app.core.mask import Mask

EMPTY = Document(40, 50)


def mask(seed: int) -> Mask:
    return Mask.from_array(np.random.default_rng(seed).random((40, 50)) < 0.5)


class Undoing(RuleBasedStateMachine):
    """The model is a list of whole documents and a place in it."""

    def __init__(self) -> None:
        super().__init__()
        self.limit = 6
        self.history = History(EMPTY, limit=self.limit)
        self.timeline = [EMPTY]
        self.names: list[str] = []
        self.position = 0

    def commit(self, name: str, after: Document) -> None:
        changed = after is not self.timeline[self.position]
        assert self.history.commit(name, after) is changed
        if changed:
            del self.timeline[self.position + 1 :], self.names[self.position :]
            self.timeline.append(after)
            self.names.append(name)
            self.position += 1
            if len(self.names) > self.limit:
                del self.timeline[0], self.names[0]
                self.position -= 1

    @rule(seed=st.integers(0, 3), name=st.text(max_size=3))
    def add(self, seed: int, name: str) -> None:
        self.commit(name, self.history.document.with_added(mask(seed)))

    @rule(data=st.data(), label=st.integers(1, 3))
    @precondition(lambda self: bool(self.history.document.ids))
    def relabel(self, data: st.DataObject, label: int) -> None:
        chosen = data.draw(st.sampled_from(self.history.document.ids))
        self.commit("label", self.history.document.with_label(chosen, label))

    @rule(data=st.data())
    @precondition(lambda self: bool(self.history.document.ids))
    def remove(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(self.history.document.ids))
        self.commit("remove", self.history.document.without(chosen))

    @rule(status=st.sampled_from(ImageStatus))
    def mark(self, status: ImageStatus) -> None:
        self.commit("mark", self.history.document.with_status(status))

    @rule()
    def undo(self) -> None:
        assert self.history.undo() is (self.position > 0)
        self.position = max(self.position - 1, 0)

    @rule()
    def redo(self) -> None:
        assert self.history.redo() is (self.position < len(self.names))
        self.position = min(self.position + 1, len(self.names))

    @invariant()
    def shows_the_document_of_that_moment(self) -> None:
        assert self.history.document is self.timeline[self.position]

    @invariant()
    def names_what_comes_next_in_both_directions(self) -> None:
        back = self.names[self.position - 1] if self.position else None
        forth = self.names[self.position] if self.position < len(self.names) else None
        assert (self.history.undo_name, self.history.redo_name) == (back, forth)

    @invariant()
    def counts_the_bytes_of_the_edits_it_holds(self) -> None:
        pairs = zip(self.timeline, self.timeline[1:], strict=False)
        assert self.history.size_bytes == sum(Edit.between("", *p).size_bytes for p in pairs)


TestUndoing = Undoing.TestCase


def test_the_oldest_edits_are_forgotten_beyond_the_bytes() -> None:
    document = EMPTY
    step = Edit.between("", document, document.with_added(mask(0))).size_bytes
    history = History(document, limit_bytes=step * 3)
    for seed in range(8):
        document = document.with_added(mask(seed))
        history.commit(f"add {seed}", document)
        assert history.size_bytes <= step * 3
    steps = 0
    while history.undo():
        steps += 1
    assert steps == 2
    assert len(history.document) == 6


def test_the_newest_edit_can_be_undone_however_large_it_is() -> None:
    history = History(EMPTY, limit_bytes=1)
    history.commit("add", EMPTY.with_added(mask(0)))
    history.commit("add", history.document.with_added(mask(1)))
    assert history.undo()
    assert len(history.document) == 1
    assert not history.undo()


def test_an_equal_document_is_no_edit() -> None:
    history = History(EMPTY)
    assert not history.commit("nothing", Document(40, 50))
    assert history.document is EMPTY
    assert history.undo_name is None


def test_an_edit_weighs_what_only_it_keeps_alive() -> None:
    many = EMPTY
    for seed in range(20):
        many = many.with_added(mask(seed))
    one_more = many.with_state(3, State.EDITED)
    weight = Edit.between("state", many, one_more).size_bytes
    one = many.annotation(3).size_bytes
    assert 2 * one <= weight < 3 * one


def test_a_history_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        History(EMPTY, limit=0)


def test_a_step_that_is_amended_is_still_one_step_and_what_was_undone_is_forgotten() -> None:
    start = Document(4, 5)
    first, second, third = (start.with_added(Mask.empty(4, 5), n) for n in (1, 2, 3))
    history = History(start)
    assert not history.amend(first)
    history.commit("move", first)
    history.commit("other", second)
    history.undo()
    assert history.amend(third)
    assert not history.amend(third)
    assert history.document is third
    assert history.redo_name is None
    assert history.undo_name == "move"
    assert history.undo()
    assert history.document is start
    assert history.redo()
    assert history.document is third
