"""Two windows on one folder: one edits, the other looks; nobody's work is overwritten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.errors import Problem
from app.storage.places import Places
from tests.desk import Desk, make_images, saved_document


def test_the_second_window_is_view_only_and_says_who_edits(
    new_desk: Callable[[], Desk], folder: Path
) -> None:
    first, second = new_desk().open(folder), new_desk().open(folder)
    assert first.session.read_only is None
    assert second.session.read_only is not None
    assert "another window" in second.session.read_only
    assert "open the folder again" in second.session.read_only
    assert second.session.save_state.kind == "view_only"
    told: list[Problem] = []
    second.mask_editor.problem.connect(told.append)
    second.mask_editor.click(10, 10)
    second.mask_editor.paint([(10.0, 10.0), (20.0, 10.0)], 4)
    assert not second.mask_editor.active
    assert ["another window" in each.advice for each in told] == [True, True]


def test_closing_the_first_window_lets_the_next_one_edit(
    new_desk: Callable[[], Desk], folder: Path
) -> None:
    first = new_desk().open(folder)
    first.label(10, 10)
    first.close()
    second = new_desk().open(folder)
    assert second.session.read_only is None
    second.label(40, 30)
    assert second.document.ids == (1, 2)


def test_a_window_that_goes_to_another_folder_gives_up_the_first(
    new_desk: Callable[[], Desk], folder: Path, tmp_path: Path
) -> None:
    first = new_desk().open(folder)
    make_images(tmp_path / "other", 1)
    first.navigator.open_folder(tmp_path / "other")
    first.wait(lambda: first.session.image_path == tmp_path / "other" / "0.png")
    assert new_desk().open(folder).session.read_only is None


def test_a_folder_that_cannot_be_shown_leaves_the_open_one_locked(
    new_desk: Callable[[], Desk], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(root: Path, **_: object) -> Iterator[list[str]]:
        raise Problem(f"{root.name} cannot be read.")
        yield

    first = new_desk().open(folder)
    other = tmp_path / "other"
    other.mkdir()
    with monkeypatch.context() as refusing:
        refusing.setattr("app.session.navigation.image_list.image_batches", refuse)
        first.navigator.open_folder(other)
        first.wait(lambda: bool(first.problems))
    assert first.session.folder is not None
    assert first.session.folder.root == folder
    assert new_desk().open(folder).session.read_only is not None
    make_images(other, 1)
    assert new_desk().open(other).session.read_only is None


def test_opening_the_same_folder_again_keeps_it(new_desk: Callable[[], Desk], folder: Path) -> None:
    first = new_desk().open(folder)
    first.go(1)
    first.navigator.open_folder(folder)
    first.wait(lambda: first.session.image_path == folder / "0.png")
    assert first.session.read_only is None
    assert new_desk().open(folder).session.read_only is not None


def test_a_killed_window_does_not_keep_the_folder(
    new_desk: Callable[[], Desk], folder: Path, places: Places
) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from app.session.folder.lock import FolderLock\n"
        "qt = QCoreApplication([])\n"
        "lock = FolderLock(Path(sys.argv[1]))\n"
        "assert lock.take(Path(sys.argv[2])) is None\n"
        "print('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(places.data / "locks"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "held"
        desk = new_desk().open(folder)
        assert desk.session.read_only is not None
        assert str(child.pid) in desk.session.read_only
        desk.close()
        child.kill()
    assert new_desk().open(folder).session.read_only is None


def test_an_edit_behind_our_back_is_kept_beside_ours(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    desk.label(10, 10)
    desk.saved()
    sidecar = folder / "0.png.json"
    theirs = sidecar.read_text("utf-8").replace('"status": "in_progress"', '"status": "done"')
    sidecar.write_text(theirs, "utf-8")
    desk.label(40, 30)
    desk.wait(lambda: bool(desk.problems))
    assert sidecar.read_text("utf-8") == theirs
    beside = [path for path in folder.glob("0.png.*json") if "mine" in path.name]
    assert len(beside) == 1
    desk.wait(lambda: desk.document.ids == (1,))
    desk.label(40, 30)
    desk.saved()
    assert saved_document(folder, "0.png", places).ids == (1, 2)
