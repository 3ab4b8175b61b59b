"""A save that fails changes nothing on disk, is seen at once, keeps the edit and is tried again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from app.core.document import Evidence
from app.core.mask import Mask
from app.session.folder import disk_folder
from app.storage.layout import to_document
from app.storage.places import Places
from app.storage.rescue import RescueFolder
from tests.desk import SIZE, Desk, saved_document

resource = pytest.importorskip("resource", reason="needs POSIX limits")


def noise(seed: int) -> Mask:
    return Mask.from_array(np.random.default_rng(seed).random(SIZE) < 0.5)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow beyond two kilobytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_told_and_the_work_saved_once_there_is_room(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    desk.label(30, 20)
    desk.saved()
    before = (folder / "0.png.json").read_bytes()
    with full_disk():
        desk.session.add(noise(1), Evidence())
        desk.wait(lambda: desk.session.save_state.kind == "failed")
    assert (folder / "0.png.json").read_bytes() == before
    assert desk.session.save_state.text
    assert desk.document.ids == (1, 2)
    desk.context.saver.retry()
    desk.wait(lambda: desk.session.save_state.kind == "saved")
    assert saved_document(folder, "0.png", places) == desk.document
    assert not [path for path in folder.iterdir() if path.name.endswith(".tmp")]


def test_a_folder_that_vanished_is_not_made_again_and_the_work_waits_for_it(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    away = folder.with_name("unplugged")
    folder.rename(away)
    desk.session.add(noise(1), Evidence())
    desk.wait(lambda: desk.session.save_state.kind == "rescued")
    assert not folder.exists()
    assert len(RescueFolder(places.rescue).rescued()[0]) == 1
    away.rename(folder)
    desk.context.saver.retry()
    desk.wait(lambda: desk.session.save_state.kind == "saved")
    assert saved_document(folder, "0.png", places).ids == (1,)
    assert RescueFolder(places.rescue).rescued() == ([], [])


def test_closing_leaves_what_cannot_be_saved_in_the_rescue_folder(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    folder.rename(folder.with_name("unplugged"))
    desk.session.add(noise(1), Evidence())
    shown = desk.document
    closing = desk.context.close()
    assert closing.unsaved == (folder / "0.png",)
    rescue = RescueFolder(places.rescue)
    waiting = rescue.rescued()[0]
    assert [each.path for each in waiting] == list(closing.rescued)
    assert to_document(rescue.content(waiting[0]), *SIZE) == shown


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_becomes_read_only_is_told(desk: Desk, folder: Path) -> None:
    desk.open(folder)
    folder.chmod(0o500)
    try:
        desk.session.add(noise(1), Evidence())
        desk.wait(lambda: desk.session.save_state.kind == "rescued")
    finally:
        folder.chmod(0o700)
    desk.context.saver.retry()
    desk.wait(lambda: desk.session.save_state.kind == "saved")


def test_the_objects_of_a_read_only_folder_are_kept_in_the_users_own(
    desk: Desk, folder: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_folder, "can_write", lambda root: False)
    before = sorted(folder.iterdir())
    desk.open(folder)
    assert "kept in" in str(desk.problems[0])
    desk.label(30, 20)
    desk.saved()
    assert sorted(folder.iterdir()) == before
    assert (places.mirror_of(folder) / "0.png.json").is_file()
    desk.go(1)
    desk.go(0)
    assert desk.document.ids == (1,)


def test_a_file_that_cannot_be_understood_is_shown_as_such_and_left_alone(
    desk: Desk, folder: Path
) -> None:
    (folder / "0.png.json").write_text('{"image": {"width": 64')
    desk.open(folder)
    assert desk.session.read_only is not None
    assert "cannot be understood" in desk.session.read_only
    assert desk.session.add(noise(1), Evidence()) is None
    desk.go(1)
    assert desk.session.read_only is None
    desk.close()
    assert (folder / "0.png.json").read_text() == '{"image": {"width": 64'
