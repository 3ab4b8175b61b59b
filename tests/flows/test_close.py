"""Closing always ends, within its time, with everything saved or named."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.inference.questions import Choice
from app.session.folder.last_writes import do_in_time
from app.storage.places import Places
from tests.desk import Desk, saved_document


def test_closing_right_after_an_edit_saves_it(desk: Desk, folder: Path, places: Places) -> None:
    desk.open(folder)
    desk.label(30, 20)
    desk.label(10, 40)
    shown = desk.document
    closing = desk.context.close()
    assert closing.unsaved == ()
    assert saved_document(folder, "0.png", places) == shown


def test_closing_while_embedding_stops_it(desk: Desk, folder: Path) -> None:
    desk.model.hold = True
    desk.host.use_model(Choice())
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.picture is not None)
    desk.wait(lambda: desk.model.embeds == 1)
    begun = time.monotonic()
    assert desk.context.close(10).busy == ()
    assert time.monotonic() - begun < 5


def test_closing_does_not_wait_for_a_model_that_does_not_stop(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    desk.label(30, 20)
    desk.model.hold_decode = True
    desk.mask_editor.click(10, 10)
    desk.wait(lambda: len(desk.model.prompts) == 2)
    begun = time.monotonic()
    closing = desk.context.close(1.0)
    assert time.monotonic() - begun < 5
    assert closing.busy == ("inference",)
    assert closing.unsaved == ()
    assert saved_document(folder, "0.png", places).ids == (1,)
    desk.model.release.set()


def test_closing_twice_is_closing_once(desk: Desk, folder: Path) -> None:
    desk.open(folder)
    desk.close()
    assert desk.context.close(1).unsaved == ()


class Disk:
    """Opening a file below ``place`` takes until the disk answers again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place: Path | None = None
        self.answers = threading.Event()
        real = os.open

        def opened(path: Path, flags: int, mode: int = 0o777) -> int:
            if self.place is not None and self.place in Path(path).parents:
                self.answers.wait(30)
            return real(path, flags, mode)

        monkeypatch.setattr(os, "open", opened)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(monkeypatch)
    yield disk
    disk.answers.set()


def test_closing_does_not_wait_for_the_disk_of_the_settings_and_names_what_is_not_there(
    desk: Desk, folder: Path, places: Places, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.open(folder)
    desk.label(30, 20)
    desk.saved()
    disk.place = places.config
    desk.context.preferences.set(prefetch=4)
    begun = time.monotonic()
    closing = desk.context.close(2.0)
    assert time.monotonic() - begun < 2.5
    assert closing.unsaved == (places.settings,)
    assert "disk" in closing.busy
    disk.answers.set()


def test_closing_does_not_wait_for_the_disk_of_the_images_and_keeps_a_copy(
    desk: Desk, folder: Path, disk: Disk
) -> None:
    desk.open(folder)
    disk.place = folder
    desk.label(30, 20)
    begun = time.monotonic()
    closing = desk.context.close(2.0)
    assert time.monotonic() - begun < 2.5
    assert folder / "0.png" in closing.unsaved
    assert len(closing.rescued) == 1
    assert closing.rescued[0].is_file()
    disk.answers.set()


def test_work_on_a_disk_that_hangs_does_not_hold_up_that_on_another() -> None:
    gate, done = threading.Event(), threading.Event()

    def refused() -> None:
        raise Problem("The disk is full.")

    works = [(Path("hung"), lambda: gate.wait(30)), (Path("full"), refused),
             (Path("fine"), done.set)]  # fmt: skip
    undone = do_in_time(0.1, works)
    gate.set()
    assert done.is_set()
    assert undone.late == (Path("hung"),)
    assert [path for path, _ in undone.failed] == [Path("full")]
    assert undone.paths == (Path("full"), Path("hung"))
