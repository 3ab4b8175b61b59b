"""Two labels become one over a whole folder, with one undo."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Document, Evidence
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.session.folder.disk_folder import DiskFolder
from app.session.jobs.merge_labels import Counted
from app.storage.places import Places
from app.storage.project import Project
from app.storage.reading import read_size
from tests.desk import SIZE, Desk, make_images, saved_document

CAT, KITTY = 2, 3


def square(x: int) -> Mask:
    return Mask.from_window(np.ones((8, 8), np.bool_), x, 10, *SIZE)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five images: the first two and the last with a kitty, the third with a cat."""
    folder = tmp_path / "images"
    make_images(folder, 5)
    return folder


@pytest.fixture
def desk(qtbot: QtBot, places: Places, folder: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, places).open(folder)
    assert desk.session.folder_labels.add("cat") == CAT
    assert desk.session.folder_labels.add("kitty") == KITTY
    for number, label in ((0, KITTY), (0, CAT), (1, KITTY), (2, CAT), (4, KITTY)):
        desk.go(number)
        desk.session.folder_labels.activate(label)
        assert desk.session.add(square(4 + 12 * label), Evidence()) is not None
    desk.go(0)
    yield desk
    desk.context.close()


def counted(desk: Desk, source: int = KITTY, into: int = CAT) -> Counted:
    with desk.qtbot.waitSignal(desk.context.merger.counted, timeout=30_000) as signal:
        desk.context.merger.count(source, into)
    found = signal.args[0]
    assert isinstance(found, Counted)
    return found


def merge(desk: Desk, source: int = KITTY, into: int = CAT) -> list[int]:
    """Objects and images changed, and images left."""
    found = counted(desk, source, into)
    with desk.qtbot.waitSignal(desk.context.merger.finished, timeout=30_000) as signal:
        assert desk.context.merger.merge(found)
    return list(signal.args)


def settled(desk: Desk) -> None:
    desk.wait(lambda: not desk.context.merger.running)
    assert desk.context.saver.flush(10)


def labels_on(desk: Desk, folder: Path) -> list[list[int]]:
    """Of the objects of each image, as a fresh start would read them."""
    settled(desk)
    return [[a.label_id for a in saved_document(folder, f"{n}.png", desk.places)] for n in range(5)]


BEFORE = [[KITTY, CAT], [KITTY], [CAT], [], [KITTY]]
AFTER = [[CAT, CAT], [CAT], [CAT], [], [CAT]]


def test_what_a_merge_would_change_is_counted_first_and_changes_nothing(
    desk: Desk, folder: Path
) -> None:
    found = counted(desk)
    assert found.objects == 3
    assert [share.name for share in found.shares] == ["0.png", "1.png", "4.png"]
    assert labels_on(desk, folder) == BEFORE


def test_objects_on_all_images_get_the_label_that_stays_and_the_other_one_goes(
    desk: Desk, folder: Path, places: Places
) -> None:
    ids = [a.id for a in desk.session.document or ()]
    assert merge(desk) == [3, 3, 0]
    assert labels_on(desk, folder) == AFTER
    assert [a.id for a in desk.session.document or ()] == ids
    kept = Project.of(folder, places).read_labels().labels
    assert KITTY not in kept
    assert kept.label(CAT).name == "cat"
    assert kept.next_id == KITTY + 1


@pytest.mark.parametrize("place", [0, 1, 3])
def test_one_undo_takes_all_of_it_back_and_one_redo_does_it_again(
    desk: Desk, folder: Path, place: int
) -> None:
    # Image 3 has no such object: there the step is that of the labels alone.
    desk.go(place)
    merge(desk)
    desk.session.undo()
    assert labels_on(desk, folder) == BEFORE
    assert desk.session.labels.label(KITTY).name == "kitty"
    desk.session.redo()
    assert labels_on(desk, folder) == AFTER
    assert KITTY not in desk.session.labels
    desk.session.undo()
    assert labels_on(desk, folder) == BEFORE


def test_redo_reaches_objects_that_got_the_label_since_it_was_taken_back(
    desk: Desk, folder: Path
) -> None:
    merge(desk)
    desk.session.undo()
    settled(desk)
    desk.go(3)
    desk.session.folder_labels.activate(KITTY)
    assert desk.session.add(square(40), Evidence()) is not None
    desk.go(0)
    desk.session.redo()
    assert labels_on(desk, folder) == [*AFTER[:3], [CAT], AFTER[4]]
    assert KITTY not in desk.session.labels
    desk.session.undo()
    assert labels_on(desk, folder) == [*BEFORE[:3], [KITTY], BEFORE[4]]


@pytest.mark.parametrize("place", [0, 3])
def test_redo_leaves_the_label_where_an_image_cannot_be_changed_any_more(
    desk: Desk, folder: Path, place: int
) -> None:
    desk.go(place)
    merge(desk)
    desk.session.undo()
    settled(desk)
    (folder / "2.png.json").write_text("{", "utf-8")
    desk.session.redo()
    settled(desk)
    assert KITTY in desk.session.labels


def test_redo_that_fails_leaves_the_label(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There the step is that of the labels alone.
    desk.go(3)
    merge(desk)
    desk.session.undo()
    settled(desk)
    with monkeypatch.context() as busy, desk.qtbot.waitSignal(desk.context.merger.failed):
        busy.setattr(desk.context.saver, "flush", lambda timeout_s: False)
        desk.session.redo()
    assert labels_on(desk, folder) == BEFORE
    assert KITTY in desk.session.labels


class Slow:
    """Reading of sizes, by which counting begins with each image, that waits to be let go on."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, path: Path) -> tuple[int, int]:
        self.names.append(path.name)
        assert self.go_on.wait(30)
        return read_size(path)


@pytest.fixture
def slow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """A count is under way, at its first image."""
    settled(desk)
    slow = Slow()
    monkeypatch.setattr("app.storage.exchange.label_use.read_size", slow)
    desk.context.merger.count(CAT, KITTY)
    desk.wait(lambda: len(slow.names) == 1)
    return slow


def test_a_count_that_nobody_waits_for_any_more_reads_no_further(desk: Desk, slow: Slow) -> None:
    with desk.qtbot.waitSignal(desk.context.merger.counted, timeout=30_000) as signal:
        desk.context.merger.count(KITTY, CAT)
        slow.go_on.set()
    assert signal.args[0].objects == 3
    # Images whose files name other labels alone need not be read.
    assert len(slow.names) == 1 + 3


def test_a_count_ends_with_the_program(
    desk: Desk, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = desk.context.io_threads.stop

    def go_on(timeout_s: float) -> bool:
        slow.go_on.set()
        return stop(timeout_s)

    monkeypatch.setattr(desk.context.io_threads, "stop", go_on)
    desk.context.close()
    assert len(slow.names) == 1


def test_undo_on_another_image_takes_all_of_it_back_too(desk: Desk, folder: Path) -> None:
    merge(desk)
    desk.go(4)
    desk.session.undo()
    assert labels_on(desk, folder) == BEFORE
    assert KITTY in desk.session.labels


def test_objects_edited_after_the_merge_keep_what_was_done_to_them(
    desk: Desk, folder: Path
) -> None:
    merge(desk)
    desk.go(1)
    only = desk.session.document
    assert only is not None
    desk.session.replace_mask(only.annotations[0].id, square(40))
    desk.go(0)
    desk.session.undo()
    settled(desk)
    document = saved_document(folder, "1.png", desk.places)
    assert [a.label_id for a in document] == [KITTY]
    assert document.annotations[0].mask == square(40)


def test_locked_objects_and_those_that_wait_for_a_mask_are_merged_too(
    desk: Desk, folder: Path
) -> None:
    document = desk.session.document
    assert document is not None
    desk.session.set_locked([document.annotations[0].id], True)
    box = Unsegmented(KITTY, Prompt((), Box(1, 1, 9, 9)))
    document = desk.session.document
    assert document is not None
    desk.session.commit("Import", document.with_unsegmented([box]))
    assert merge(desk)[0] == 4
    after = desk.session.document
    assert after is not None
    assert {each.label_id for each in after.unsegmented} == {CAT}
    assert labels_on(desk, folder) == AFTER
    desk.session.undo()
    settled(desk)
    assert _waiting_labels(desk.session.document) == {KITTY}


def _waiting_labels(document: Document | None) -> set[int]:
    return {each.label_id for each in document.unsegmented} if document is not None else set()


def test_the_label_stays_where_an_image_cannot_be_changed(
    desk: Desk, folder: Path, qtbot: QtBot, places: Places
) -> None:
    desk.context.close()
    (folder / "1.png.json").write_text("{", "utf-8")
    later = Desk(qtbot, places).open(folder)
    assert counted(later).unclear == ("1.png",)
    assert merge(later) == [2, 2, 1]
    assert KITTY in later.session.labels
    later.context.close()


def test_new_objects_get_the_label_that_stays(desk: Desk) -> None:
    desk.session.folder_labels.activate(KITTY)
    merge(desk)
    assert desk.session.active_label == CAT


def test_images_that_are_not_in_the_list_are_merged_as_well(
    desk: Desk, folder: Path, qtbot: QtBot
) -> None:
    settled(desk)
    desk.navigator.open_files([folder / "2.png", folder / "3.png"])
    desk.wait(lambda: desk.navigator.listing_done and len(desk.navigator.images) == 2)
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    assert merge(desk)[:2] == [3, 3]
    assert labels_on(desk, folder) == AFTER


def test_a_folder_that_may_only_be_looked_at_is_not_merged(desk: Desk) -> None:
    found = counted(desk)
    opened = desk.session.folder
    assert isinstance(opened, DiskFolder)
    opened.read_only = "another window"
    assert not desk.context.merger.merge(found)


def remove(desk: Desk, label: int) -> None:
    """The label with its objects."""
    with desk.qtbot.waitSignal(desk.context.merger.counted, timeout=30_000) as signal:
        desk.context.merger.count(label, None)
    with desk.qtbot.waitSignal(desk.context.merger.finished, timeout=30_000):
        assert desk.context.merger.merge(signal.args[0])
    settled(desk)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_label_goes_with_its_objects_and_undo_brings_both_back_wherever_one_is(
    desk: Desk, folder: Path, place: int
) -> None:
    settled(desk)
    before = [saved_document(folder, f"{n}.png", desk.places) for n in range(5)]
    remove(desk, KITTY)
    assert labels_on(desk, folder) == [[CAT], [], [CAT], [], []]
    assert KITTY not in desk.session.labels
    desk.go(place)
    assert desk.session.undo_name == "Remove label and objects"
    desk.session.undo()
    settled(desk)
    assert labels_on(desk, folder) == BEFORE
    after = [saved_document(folder, f"{n}.png", desk.places) for n in range(5)]
    assert [[a.mask for a in d] for d in after] == [[a.mask for a in d] for d in before]
    desk.session.redo()
    settled(desk)
    assert labels_on(desk, folder) == [[CAT], [], [CAT], [], []]


def test_boxes_that_wait_for_a_mask_go_with_their_label_and_come_back(
    desk: Desk, folder: Path
) -> None:
    waits = [Unsegmented(label, Prompt(box=Box(1, 1, 9, 9))) for label in (CAT, KITTY)]
    desk.session.commit("Import", desk.document.with_unsegmented(waits))
    remove(desk, KITTY)
    assert [each.label_id for each in desk.document.unsegmented] == [CAT]
    desk.session.undo()
    settled(desk)
    assert [each.label_id for each in desk.document.unsegmented] == [CAT, KITTY]


def test_a_merge_is_taken_back_on_an_image_that_it_did_not_touch(desk: Desk, folder: Path) -> None:
    merge(desk)
    desk.go(3)
    desk.session.undo()
    settled(desk)
    assert labels_on(desk, folder) == BEFORE
    assert KITTY in desk.session.labels
