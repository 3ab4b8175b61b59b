"""Looking at a folder leaves every byte and every time in it alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.desk import Desk


def everything(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    found: dict[str, tuple[int, bytes | None]] = {".": (os.stat(folder).st_mtime_ns, None)}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else None
        found[str(path)] = (os.stat(path).st_mtime_ns, content)
    return found


def test_opening_browsing_clicking_and_closing_writes_nothing(desk: Desk, folder: Path) -> None:
    before = everything(folder)
    desk.open(folder)
    for index in range(1, 8):
        desk.go(index)
        desk.ready()
        desk.click(30, 20)
        desk.navigator.request_thumbnail(index)
        desk.mask_editor.undo()
        desk.mask_editor.clear()
        desk.session.select([1])
        desk.session.folder_labels.activate(1)
    desk.close()
    assert everything(folder) == before


def test_undoing_nothing_and_deleting_nothing_writes_nothing(desk: Desk, folder: Path) -> None:
    before = everything(folder)
    desk.open(folder)
    desk.session.undo()
    desk.session.redo()
    desk.session.delete([1, 2])
    desk.session.set_label([], 1)
    desk.session.set_status(desk.document.status)
    desk.close()
    assert everything(folder) == before


@pytest.mark.parametrize("name", ["folder.toml", "review.toml", "labels.json", "audit.json"])
def test_files_of_ours_that_are_damaged_are_left_where_they_are(
    desk: Desk, folder: Path, name: str
) -> None:
    own = folder / ".maskwright"
    own.mkdir(exist_ok=True)
    (own / name).write_bytes(b"[[[ by hand")
    before = everything(folder)
    desk.open(folder)
    desk.context.auditing.load()
    desk.go(1)
    desk.close()
    assert everything(folder) == before
    assert name != "folder.toml" or "folder.toml is damaged" in str(desk.problems[0])
