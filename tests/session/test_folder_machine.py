"""However one edits, undoes, switches, fails to save and comes back: each file holds its own image.

The model is a dictionary of documents, one for each image.
"""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.core.document import Document, Evidence
from app.core.errors import Problem
from app.core.mask import Mask
from app.session.folder.saver import Saver
from app.session.session import Session
from tests.stand_ins import MemoryFolder

IMAGES = 3
SIZE = (6, 8)


class Working(RuleBasedStateMachine):
    """One session on three images in a folder that sometimes refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.qt = QCoreApplication.instance() or QApplication([])
        self.folder = MemoryFolder().with_pictures(IMAGES, *SIZE)
        self.expected = {n: Document(*SIZE) for n in range(IMAGES)}
        self.start()
        self.open(0)

    def start(self) -> None:
        self.saver = Saver(retry_ms=3_600_000)
        self.session = Session(self.saver)
        self.session.use_folder(self.folder)
        self.current = 0

    @rule(number=st.integers(0, IMAGES - 1))
    def open(self, number: int) -> None:
        self.session.show_opened(self.folder.opened(number))
        self.current = number

    @rule(seed=st.integers(0, 50))
    def add(self, seed: int) -> None:
        pixels = np.random.default_rng(seed).random(SIZE) < 0.5
        self.session.add(Mask.from_array(pixels), Evidence())
        self.note()

    @precondition(lambda self: len(self.shown) > 0)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.session.delete([data.draw(st.sampled_from(self.shown.ids))])
        self.note()

    @rule()
    def undo(self) -> None:
        self.session.undo()
        self.note()

    @rule()
    def redo(self) -> None:
        self.session.redo()
        self.note()

    @rule()
    def settle(self) -> None:
        """Everything that can be saved is."""
        assert self.saver.flush(5)
        self.qt.processEvents()

    @rule()
    def fail(self) -> None:
        # Whether a save under way is just before or behind the failure must not be left to chance.
        self.settle()
        self.folder.failure = Problem("The disk is full.")

    @rule()
    def work_again(self) -> None:
        self.folder.failure = None
        self.settle()
        self.saver.retry()
        self.settle()

    @rule(data=st.data())
    def edit_outside(self, data: st.DataObject) -> None:
        """Somebody else replaces the file of an image that is not open and wholly saved."""
        self.work_again()
        number = data.draw(st.sampled_from([n for n in range(IMAGES) if n != self.current]))
        theirs = self.expected[number].with_added(Mask.from_array(np.ones(SIZE, np.bool_)))
        path = self.folder.root / f"{number}.png"
        self.folder.files[path] = self.expected[number] = theirs
        self.folder.tokens[path] = f"theirs {theirs.next_id}"

    @rule()
    def start_again(self) -> None:
        """Close the program and start it: what could not be saved is in the rescue folder."""
        self.settle()
        assert self.saver.close(5)
        unsaved, _ = self.saver.settle()
        for path in unsaved:
            number = int(path.stem)
            assert self.folder.copies[path] == self.expected[number]
            found = self.folder.files.get(path, Document(*SIZE))
            assert isinstance(found, Document)
            self.expected[number] = found
        self.start()
        self.open(0)

    @property
    def shown(self) -> Document:
        assert self.session.document is not None
        return self.session.document

    def note(self) -> None:
        self.expected[self.current] = self.shown

    @invariant()
    def shows_what_was_last_made_of_the_image(self) -> None:
        assert self.shown == self.expected[self.current]

    @invariant()
    def what_is_called_saved_is_on_disk(self) -> None:
        if self.saver.unsaved:
            return
        for number, document in self.expected.items():
            found = self.folder.files.get(self.folder.root / f"{number}.png")
            assert found == document or (found is None and document == Document(*SIZE))

    def teardown(self) -> None:
        self.folder.failure = None
        self.folder.hold.set()
        assert self.saver.close(5)


TestWorking = Working.TestCase
TestWorking.settings = settings(max_examples=60, stateful_step_count=40)
