"""A folder left open on another computer can be taken over from the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.session.folder.lock import FolderLock
from tests.ui.kit import Studio


def left_by_another_computer(locks: Path, folder: Path) -> None:
    lock, before = FolderLock(locks), set(locks.iterdir()) if locks.exists() else set()
    assert lock.take(folder) is None
    (path,) = set(locks.iterdir()) - before
    lock.give_up(folder)
    path.write_text("77\nMaskwright\nelsewhere\n")


def test_the_folder_is_shown_with_its_owner_and_edited_after_one_click(
    empty_studio: Studio, images: Path, tmp_path: Path
) -> None:
    studio, banner = empty_studio, empty_studio.window.pane.banner
    left_by_another_computer(tmp_path / "home" / "locks", images)
    studio.open(images)
    assert "elsewhere" in banner.what.text()
    assert studio.session.read_only is not None
    assert banner.button.isVisible()
    QTest.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    studio.wait_for(lambda: studio.session.read_only is None and studio.session.picture is not None)
    assert not banner.isVisible()


def test_another_message_takes_the_button_away(
    empty_studio: Studio, images: Path, tmp_path: Path
) -> None:
    studio, banner = empty_studio, empty_studio.window.pane.banner
    left_by_another_computer(tmp_path / "home" / "locks", images)
    studio.open(images)
    banner.hide()
    banner.note("something else")
    assert not banner.button.isVisible()
