"""The disk space that was chosen for prepared images is what they take."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.commands.options import embedding_store
from app.main import app_context
from app.storage.embeddings import SUFFIX
from app.storage.places import Places
from app.storage.settings import Settings, SettingsFile

SIZE = 4000  # bytes of each file, so that counting names needs no look at files being deleted


def kept(places: Places) -> int:
    """Bytes of the prepared images on disk."""
    return SIZE * len(list(places.embeddings.glob("*" + SUFFIX)))


def test_a_smaller_limit_frees_the_disk_while_the_program_runs(
    qtbot: QtBot, tmp_path: Path
) -> None:
    places = Places.below(tmp_path)
    SettingsFile(places.settings, Settings).write(Settings(cache_bytes=50_000))
    places.embeddings.mkdir(parents=True)
    for number in range(10):
        (places.embeddings / f"{number}{SUFFIX}").write_bytes(bytes(SIZE))
    parts = app_context(places)
    parts.preferences.set(prefetch=3)
    qtbot.wait(50)
    assert kept(places) == 40_000
    parts.preferences.set(cache_bytes=20_000)
    qtbot.waitUntil(lambda: kept(places) <= 20_000)
    assert kept(places) > 0
    parts.preferences.set(cache_bytes=0)
    qtbot.waitUntil(lambda: kept(places) == 0)
    assert parts.close().busy == ()


def test_commands_keep_to_what_was_chosen_in_the_window(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = Places.below(tmp_path)
    SettingsFile(places.settings, Settings).write(Settings(cache_bytes=123_456))
    monkeypatch.setattr(Places, "of_user", lambda: places)
    assert embedding_store().limit_bytes == 123_456
    assert embedding_store(99).limit_bytes == 99
