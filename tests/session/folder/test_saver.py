"""Saving: the newest of each image, told when it fails, kept, tried again, never over another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.session.folder.saver import Saver
from tests.stand_ins import MemoryFolder

A, B = Path("/pictures/a.png"), Path("/pictures/b.png")


def document(objects: int) -> Document:
    made = Document(4, 5)
    for _ in range(objects):
        made = made.with_added(Mask.from_array(np.ones((4, 5), np.bool_)))
    return made


@pytest.fixture
def folder() -> MemoryFolder:
    return MemoryFolder()


@pytest.fixture
def saver(qtbot: QtBot, folder: MemoryFolder) -> Iterator[Saver]:
    saver = Saver(retry_ms=20)
    for path in (A, B, folder.root):
        saver.learn(path, None)
    yield saver
    folder.hold.set()
    saver.close(5)


def test_an_edit_is_on_disk_before_it_is_called_saved(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    saver.save(folder, A, document(1))
    assert saver.state.kind == "saving"
    qtbot.waitUntil(lambda: saver.state.kind == "saved")
    assert folder.files[A] == document(1)


def test_of_many_edits_that_wait_only_the_newest_of_each_image_is_written(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    folder.hold.clear()
    for objects in range(1, 10):
        saver.save(folder, A, document(objects))
        saver.save(folder, B, document(objects + 1))
    folder.hold.set()
    qtbot.waitUntil(lambda: saver.state.kind == "saved")
    assert folder.files == {A: document(9), B: document(10)}
    assert folder.writes <= 3


def test_a_failed_save_is_told_copied_to_the_rescue_folder_and_tried_again(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    folder.failure = Problem("The disk is full.", "Make room.")
    saver.save(folder, A, document(2))
    qtbot.waitUntil(lambda: saver.state.kind == "rescued")
    assert "disk is full" in saver.state.text
    assert saver.unsaved == (A,)
    assert folder.copies == {A: document(2)}
    assert A not in folder.files
    folder.failure = None
    qtbot.waitUntil(lambda: saver.state.kind == "saved")
    assert folder.files[A] == document(2)
    assert folder.copies == {}


def test_an_edit_after_a_failed_save_replaces_what_is_tried_again(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    folder.failure = Problem("The folder is read-only.")
    saver.save(folder, A, document(1))
    qtbot.waitUntil(lambda: saver.state.kind == "rescued")
    saver.save(folder, A, document(2))
    qtbot.waitUntil(lambda: folder.copies[A] == document(2))
    folder.failure = None
    qtbot.waitUntil(lambda: saver.state.kind == "saved")
    assert folder.files[A] == document(2)


def test_one_images_failure_does_not_hold_up_another(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    other = MemoryFolder()
    folder.failure = Problem("The folder is gone.")
    saver.save(folder, A, document(1))
    saver.save(other, B, document(1))
    qtbot.waitUntil(lambda: B in other.files)
    qtbot.waitUntil(lambda: saver.unsaved == (A,))


def test_a_file_somebody_else_changed_is_not_overwritten(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    folder.files[A], folder.tokens[A] = document(7), "theirs"
    with qtbot.waitSignal(saver.conflict) as told:
        saver.save(folder, A, document(1))
    assert told.args is not None
    assert told.args[0] == A
    assert folder.files[A] == document(7)
    assert folder.beside == [document(1)]
    assert saver.unsaved == ()


def test_our_own_saves_are_no_change_by_somebody_else(
    qtbot: QtBot, saver: Saver, folder: MemoryFolder
) -> None:
    for objects in range(1, 5):
        saver.save(folder, A, document(objects))
        qtbot.waitUntil(lambda: saver.state.kind == "saved")
    assert folder.beside == []
    assert saver.knows(A, folder.tokens[A])
    assert not saver.knows(A, "theirs")


def test_closing_writes_what_waits(saver: Saver, folder: MemoryFolder) -> None:
    for objects in range(1, 4):
        saver.save(folder, A, document(objects))
    saver.save_labels(folder, LabelSet().with_added("cat"))
    assert saver.close(5)
    assert saver.settle() == ((), ())
    assert folder.files[A] == document(3)
    assert folder.files[folder.root] == LabelSet().with_added("cat")


def test_closing_names_what_could_not_be_saved_and_where_a_copy_lies(
    saver: Saver, folder: MemoryFolder
) -> None:
    folder.failure = Problem("The disk is full.")
    saver.save(folder, A, document(1))
    assert saver.close(5)
    assert saver.settle() == ((A,), (Path("/rescue/a.png"),))


def test_closing_does_not_wait_for_a_disk_that_hangs_and_copies_what_never_got_its_turn(
    saver: Saver, folder: MemoryFolder
) -> None:
    folder.hold.clear()
    saver.save(folder, A, document(1))
    saver.save(folder, B, document(2))
    assert not saver.close(0.2)
    unsaved, copies = saver.settle()
    assert set(unsaved) == {A, B}
    assert len(copies) == 2
    assert folder.copies[B] == document(2)
