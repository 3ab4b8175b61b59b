"""Whatever lies in the user's own folders, the program starts, shows images and saves them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.document import Evidence
from app.core.mask import Mask
from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.session.pace import PaceKeeper
from app.storage.daylog import DayLog, Made
from app.storage.embeddings import EmbeddingFiles
from app.storage.places import Places
from model.weights.embedding_file import FORMAT, dumps, loads
from tests.desk import SIZE, Desk, saved_document
from tests.stand_ins import FakeModel

MASK = Mask.from_array(np.tri(*SIZE, dtype=bool))

Put = Callable[[Path], object]
KINDS: dict[str, Put] = {
    "a file": lambda path: path.write_bytes(b"x"),
    "no text": lambda path: path.write_bytes(bytes(range(256)) * 20),
    "a list": lambda path: path.write_bytes(b"[1, 2]"),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "a long number": lambda path: path.write_bytes(b"version = " + b"9" * 5000),
    "half a surrogate": lambda path: path.write_bytes(b'{"version": 1, "masks": ["\\ud800"]}'),
    "latin-1": lambda path: path.write_bytes('language = "é"'.encode("latin-1")),
    "a folder": os.mkdir,
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: os.symlink(path, path),
    "a link to nothing": lambda path: os.symlink(path.with_name("nowhere") / "x", path),
}
PLACES: dict[str, Callable[[Places], Path]] = {
    "config": lambda places: places.config,
    "data": lambda places: places.data,
    "cache": lambda places: places.cache,
    "settings": lambda places: places.settings,
    "unfinished": lambda places: places.unfinished,
    "locks": lambda places: places.locks,
    "days": lambda places: places.days,
    "the month": lambda places: places.days / f"{date.today():%Y-%m}.jsonl",
    "rescue": lambda places: places.rescue,
    "in rescue": lambda places: places.rescue / "a.json",
    "embeddings": lambda places: places.embeddings,
    "models": lambda places: places.models,
    "mirrors": lambda places: places.data / "folders",
}


@pytest.mark.parametrize("put", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES.keys())
def test_nothing_in_the_users_folders_stops_the_work(
    qtbot: QtBot,
    folder: Path,
    places: Places,
    caplog: pytest.LogCaptureFixture,
    where: Callable[[Places], Path],
    put: Put,
) -> None:
    path = where(places)
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path)
    parts = AppContext(
        FolderOpener(FolderLock(places.locks), places),
        load=lambda choice: FakeModel(),
        store=EmbeddingFiles(places.embeddings, dumps, loads, FORMAT),
        settings=places.settings,
        rescue=places.rescue,
        unfinished=places.unfinished,
    )
    PaceKeeper(parts.session, parts.io_threads, DayLog(places.days), parts)
    places.tidy()
    assert parts.recovery is not None
    parts.recovery.look()
    parts.host.use_model(Choice())
    parts.navigator.open_folder(folder)
    qtbot.waitUntil(lambda: parts.session.picture is not None)
    assert parts.session.add(MASK, Evidence(active_s=1.0)) is not None
    qtbot.waitUntil(lambda: not parts.saver.unsaved)
    parts.preferences.set(prefetch=4)
    parts.close(20)
    assert saved_document(folder, "0.png", places).ids == (1,)


def test_what_is_written_there_is_for_its_owner_alone(desk: Desk, folder: Path) -> None:
    before = os.umask(0o022)
    try:
        desk.open(folder)
        DayLog(desk.places.days).add(Made("2026-01-02T03:04:05+00:00", 1.0))
        desk.label(30, 20)
        desk.click(10, 10)
        desk.context.preferences.set(prefetch=4)
        desk.saved()
        desk.close()
        (desk.places.data / "open").mkdir()
    finally:
        os.umask(before)
    found = [path for root in (desk.places.config, desk.places.data) for path in root.rglob("*")]
    readable = [path.name for path in found if path.lstat().st_mode & 0o077]
    assert readable == ["open"]
    assert {"settings.toml", "unfinished.json", "days"} <= {path.name for path in found}
    assert (folder / "0.png.json").stat().st_mode & 0o777 == 0o644


def test_folders_of_earlier_versions_are_closed_to_others_and_swept(places: Places) -> None:
    for root in (places.config, places.data, places.cache):
        root.mkdir(parents=True, mode=0o755)
    stale, young = (places.data / f".maskwright-{n * 16}.tmp" for n in "ab")
    for path in (stale, young, places.data / "other.tmp"):
        path.touch()
    os.utime(stale, (time.time() - 4000,) * 2)
    assert places.tidy() == 1
    assert {path.name for path in places.data.iterdir()} == {young.name, "other.tmp"}
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (places.config, places.data)}
    assert modes == {0o700}


def test_a_window_sweeps_what_killed_ones_left_beside_the_images(desk: Desk, folder: Path) -> None:
    stale, young = (folder / f".maskwright-{n * 16}.tmp" for n in "ab")
    for path in (stale, young):
        path.touch()
    os.utime(stale, (time.time() - 4000,) * 2)
    desk.open(folder)
    desk.wait(lambda: not stale.exists())
    assert young.exists()
