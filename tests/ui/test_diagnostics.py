"""The Help menu gathers what is needed to find out what went wrong."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication

from app.storage.places import Places
from tests.ui.kit import Studio


def test_the_diagnostics_go_into_the_clipboard(studio: Studio, tmp_path: Path) -> None:
    studio.window.diagnostics.places = Places.below(tmp_path / "home")
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    studio.window.actions_["diagnostics"].trigger()
    studio.wait_for(lambda: clipboard.text() != "before")
    text = clipboard.text()
    for part in ("maskwright: ", "Qt: ", "model: ", "screens: ", "folder: ", "locks: ", "log ends"):
        assert part in text
    assert "clipboard" in studio.window.pane.banner.what.text()
