"""Saves, readings and answers that cross each other in time: nothing is lost, nothing misplaced."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.document import Document, Evidence, ImageStatus
from app.core.errors import Problem
from app.core.mask import Mask
from app.inference.questions import Choice
from app.session.folder.folder_protocol import Folder, Opened
from app.session.jobs.exporting import Order
from app.storage.exchange import exporting
from app.storage.exchange.formats import FORMATS
from tests.session.conftest import Bench
from tests.stand_ins import FakeModel, MemoryFolder


def square(x0: int, y0: int, x1: int, y1: int) -> Mask:
    pixels = np.zeros((48, 64), np.bool_)
    pixels[y0:y1, x0:x1] = True
    return Mask.from_array(pixels)


def add(bench: Bench, x: int = 1) -> Document:
    assert bench.session.add(square(x, 1, x + 8, 9), Evidence()) is not None
    assert bench.session.document is not None
    return bench.session.document


def failing(times: int, write: Callable[..., object]) -> Callable[..., object]:
    left = [times]

    def tried(*arguments: object) -> object:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(116, "Stale file handle")
        return write(*arguments)

    return tried


def test_a_save_that_fails_in_a_way_nobody_thought_of_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.show(0)
    monkeypatch.setattr(bench.folder, "write", failing(1, bench.folder.write))
    after = add(bench)
    bench.wait(lambda: bench.session.save_state.kind == "rescued")
    assert "Stale file handle" in bench.session.save_state.text
    assert "0.png was not saved" in caplog.text
    bench.context.saver.retry()
    bench.saved()
    assert bench.folder.files[bench.folder.root / "0.png"] is after


def test_a_rescue_that_fails_in_such_a_way_does_not_end_saving(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.show(0)
    monkeypatch.setattr(bench.folder, "write", failing(1, bench.folder.write))
    monkeypatch.setattr(bench.folder, "rescue", failing(1, bench.folder.rescue))
    add(bench)
    bench.wait(lambda: bench.session.save_state.kind == "failed")
    assert "the copy of" in caplog.text
    bench.context.saver.retry()
    bench.saved()


def test_a_folder_opened_again_shows_what_could_not_be_saved_yet(bench: Bench) -> None:
    bench.show(0)
    bench.folder.failure = Problem("The disk is full.")
    after = add(bench)
    bench.wait(lambda: bench.session.save_state.kind == "rescued")
    bench.session.use_folder(None)
    bench.show(0)
    assert bench.session.document is after
    bench.folder.failure = None
    both = add(bench, 20)
    bench.saved()
    assert bench.folder.files[bench.folder.root / "0.png"] is both
    assert bench.folder.beside == []


def test_labels_not_saved_yet_are_there_when_their_folder_is_opened_again(bench: Bench) -> None:
    bench.show(0)
    bench.folder.failure = Problem("The disk is full.")
    bench.session.folder_labels.add("cat")
    bench.wait(lambda: bench.session.save_state.kind == "rescued")
    bench.session.use_folder(None)
    bench.show(0)
    assert [label.name for label in bench.session.labels] == ["object", "cat"]


def test_labels_changed_by_another_program_are_shown_as_they_are_now(bench: Bench) -> None:
    bench.show(0)
    root = bench.folder.root
    theirs = bench.session.labels.with_added("theirs")
    bench.folder.files[root], bench.folder.tokens[root] = theirs, "theirs"
    with bench.qtbot.waitSignal(bench.context.saver.conflict):
        bench.session.folder_labels.add("ours")
    bench.saved()
    assert [label.name for label in bench.session.labels] == ["object", "theirs", "ours"]
    bench.session.folder_labels.add("more")
    bench.saved()
    assert bench.folder.files[root] == bench.session.labels
    assert len(bench.folder.beside) == 1


class SlowReading(MemoryFolder):
    """Opens images from what was read before the gate, and hands it over behind the gate."""

    gate = threading.Event()

    def open_image(self, path: Path, picture: object, stamp: object, limit: int = 0) -> Opened:
        opened = super().open_image(path, None, None)
        assert self.gate.wait(30)
        return opened


def listed(bench: Bench, folder: MemoryFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [path.name for path in folder.pictures]
    monkeypatch.setattr(
        "app.session.navigation.image_list.image_batches", lambda *_, **__: iter([names])
    )
    # The threads stand still for no file of that name.
    monkeypatch.setattr("app.session.navigation.prefetch.stamp_of", lambda path: None)
    bench.folder = folder
    bench.context.navigator.prefetch = 0
    bench.context.navigator.open_folder(folder.root)
    bench.wait(lambda: bench.session.picture is not None and bench.context.image_list.done)


def test_an_image_saved_while_it_is_read_again_is_shown_with_its_newest_objects(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SlowReading()
    folder.with_pictures(3)
    folder.gate.set()
    listed(bench, folder, monkeypatch)
    told: list[object] = []
    bench.session.problem.connect(told.append)
    folder.hold.clear()
    after = add(bench)
    bench.context.navigator.go(1)
    bench.wait(lambda: bench.session.image_path == folder.root / "1.png")
    folder.gate.clear()
    bench.context.navigator.go(0)
    bench.qtbot.wait(50)
    folder.hold.set()
    bench.saved()
    folder.gate.set()
    bench.wait(lambda: bench.session.image_path == folder.root / "0.png")
    assert bench.session.document is after
    assert told == []
    assert bench.session.undo_name is not None


def test_what_is_done_while_the_next_image_is_read_counts_for_the_one_on_the_screen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SlowReading()
    folder.with_pictures(3)
    folder.gate.set()
    listed(bench, folder, monkeypatch)
    folder.gate.clear()
    bench.context.navigator.go(1)
    bench.session.set_status(ImageStatus.DONE)
    statuses = [entry.status for entry in bench.context.image_list]
    folder.gate.set()
    assert statuses == [ImageStatus.DONE, ImageStatus.TODO, ImageStatus.TODO]


def test_an_image_that_cannot_be_read_is_not_edited_by_way_of_the_one_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = MemoryFolder().with_pictures(2)
    listed(bench, folder, monkeypatch)
    del folder.pictures[folder.root / "1.png"]
    with bench.qtbot.waitSignal(bench.session.image_failed):
        bench.context.navigator.go(1)
    assert bench.session.picture is None
    bench.context.navigator.done_and_next()
    assert folder.files == {}


def test_a_file_of_a_newer_program_is_not_changed_by_work_on_the_whole_folder(
    bench: Bench,
) -> None:
    bench.show(0)
    opened = replace(bench.folder.opened(1), read_only="A newer program wrote it.")
    bench.session.show_opened(opened)
    bench.show(0)
    path = bench.folder.root / "1.png"
    mask = square(1, 1, 9, 9)
    assert not bench.session.commit_at(path, "Propose", lambda old: old.with_added(mask))
    assert path not in bench.folder.files


def test_the_candidate_of_an_earlier_model_is_not_fed_to_the_one_that_came_after(
    bench: Bench,
) -> None:
    bench.ready()
    bench.mask_editor.click(30, 20)
    bench.answered()
    other = FakeModel()
    other.identity = "another"
    bench.model = other
    bench.mask_editor.choose((bench.mask_editor.chosen + 1) % 3)
    bench.host.use_model(Choice("another.pth"))
    bench.wait(lambda: bench.host.embedding_state == "ready" and bench.host.idle)
    bench.answered()
    bench.mask_editor.click(35, 22)
    bench.answered()
    assert bench.mask_editor.state.feed is None or isinstance(bench.mask_editor.state.feed, Mask)


def test_an_export_waits_for_no_save_that_failed_and_says_so(bench: Bench, tmp_path: Path) -> None:
    bench.show(0)
    bench.folder.failure = Problem("The disk is full.")
    add(bench)
    bench.wait(lambda: bench.session.save_state.kind == "rescued")
    target = tmp_path / "out.json"
    with bench.qtbot.waitSignal(bench.context.exporter.failed):
        bench.context.exporter.start(
            bench.folder, [], Order(FORMATS["coco"], target, exporting.Choice())
        )
    assert not target.exists()


class Closable(MemoryFolder):
    """Knows whether it was given up."""

    closed = False

    def close(self) -> None:
        self.closed = True


def test_a_folder_that_was_overtaken_by_another_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, gate = Closable(Path("/slow")), threading.Event()

    def open_slowly(root: Path) -> Folder:
        if root == first.root:
            assert gate.wait(30)
            return first
        return bench.folder

    monkeypatch.setattr(
        "app.session.navigation.image_list.image_batches", lambda *_, **__: iter([["0.png"]])
    )
    monkeypatch.setattr(bench.context.image_list, "_open_folder", open_slowly)
    bench.context.navigator.open_folder(first.root)
    bench.context.navigator.open_folder(bench.folder.root)
    bench.wait(lambda: bench.session.folder is bench.folder)
    gate.set()
    bench.wait(lambda: first.closed)
    assert bench.session.folder is bench.folder


def test_a_folder_whose_images_cannot_be_listed_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bench.folder = Closable()

    def refuse(*_: object, **__: object) -> object:
        raise Problem("It cannot be read.")
        yield

    monkeypatch.setattr("app.session.navigation.image_list.image_batches", refuse)
    with bench.qtbot.waitSignal(bench.context.navigator.problem):
        bench.context.navigator.open_folder(folder.root)
    assert folder.closed
