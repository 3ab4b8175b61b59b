"""Walking through a folder leaves nothing behind; ``tests/bench/soak.py`` is the long walk."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.main import build
from app.storage.places import Places
from app.storage.settings import Settings, SettingsFile
from tests.bench.soak import MIB, make_images, walk


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_threads_and_files_stay_as_they_are(qtbot: QtBot, tmp_path: Path) -> None:
    make_images(tmp_path / "images", 20, 0.1)
    places = Places.below(tmp_path / "user")
    SettingsFile(places.settings, Settings).write(Settings(memory_bytes=8 * MIB))
    application = build(places=places)
    application.window.show()
    _, begun, _, ended = walk(application, tmp_path / "images", 5)
    application.window.close()
    application.close()
    application.window.deleteLater()
    assert ended.rss_mib - begun.rss_mib < 32
    assert ended.threads <= begun.threads + 1
    assert ended.files <= begun.files + 2
