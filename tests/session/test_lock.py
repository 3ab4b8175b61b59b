"""A folder has one writer; a lock that nobody holds keeps nobody out."""

from __future__ import annotations

import os
import platform
import threading
from pathlib import Path

import pytest

from app.file_lock import FileLock, holding
from app.session.folder.lock import FolderLock
from app.storage.translations import in_language

DEAD = 2**22 + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def lock_file(locks: Path, folder: Path) -> Path:
    """Where the lock of the folder lies."""
    lock = FolderLock(locks)
    assert lock.take(folder) is None
    (found,) = locks.iterdir()
    lock.give_up(folder)
    assert not found.exists()
    return found


LEFT = {
    "empty": b"",
    "garbage": bytes(range(256)),
    "no lines": b"12345",
    "a long one": b"x" * 1_000_000,
    "a dead process": f"{DEAD}\npython3\n{platform.node()}\n".encode(),
    "a process that lives but does not hold it": f"1\ninit\n{platform.node()}\n".encode(),
    "no number": f"one\npython3\n{platform.node()}\n".encode(),
    "no computer": b"12\npython3\n\n",
}


@pytest.mark.parametrize("content", LEFT.values(), ids=LEFT.keys())
def test_a_lock_file_that_nobody_holds_keeps_nobody_out(
    tmp_path: Path, folder: Path, content: bytes
) -> None:
    path = lock_file(tmp_path / "locks", folder)
    path.write_bytes(content)
    lock = FolderLock(tmp_path / "locks")
    assert lock.take(folder) is None
    assert path.read_bytes().startswith(f"{os.getpid()}\n".encode())
    other = FolderLock(tmp_path / "locks").take(folder)
    assert other is not None
    assert other.alive
    assert f"(process {os.getpid()} on {platform.node()})" in other.who


def test_a_held_lock_is_held_whatever_is_in_it(tmp_path: Path, folder: Path) -> None:
    path = lock_file(tmp_path / "locks", folder)
    held = FileLock(path)
    assert held.take()
    other = FolderLock(tmp_path / "locks").take(folder)
    assert other is not None
    assert (other.who, other.alive) == ("another program", True)
    assert in_language(other.who, "zh_CN") == "另一个程序"
    held.free()
    assert FolderLock(tmp_path / "locks").take(folder) is None


def test_the_lock_of_another_computer_is_told_and_taken_over_when_asked(
    tmp_path: Path, folder: Path
) -> None:
    path = lock_file(tmp_path / "locks", folder)
    path.write_text("77\nMaskwright\nelsewhere\n")
    lock = FolderLock(tmp_path / "locks")
    holder = lock.take(folder)
    assert holder is not None
    assert (holder.who, holder.alive) == ("Maskwright (process 77 on elsewhere)", False)
    assert in_language(holder.who, "zh_CN") == "Maskwright\uff08elsewhere 上的进程 77\uff09"
    assert path.read_text() == "77\nMaskwright\nelsewhere\n"
    lock.take_over(folder)
    assert lock.take(folder) is None
    assert FolderLock(tmp_path / "locks").take(folder) is not None


def test_a_lock_that_is_alive_cannot_be_taken_over(tmp_path: Path, folder: Path) -> None:
    first, second = FolderLock(tmp_path / "locks"), FolderLock(tmp_path / "locks")
    assert first.take(folder) is None
    second.take_over(folder)
    assert second.take(folder) is not None
    first.give_up(folder)
    assert second.take(folder) is None


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_lies_where_lock_files_belong_keeps_nobody_out(
    tmp_path: Path, folder: Path, kind: str
) -> None:
    path = lock_file(tmp_path / "locks", folder)
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "outside")
    assert FolderLock(tmp_path / "locks").take(folder) is None
    assert not (tmp_path / "outside").exists()


def test_of_many_who_take_and_free_it_only_one_ever_has_it(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "a.lock", [], []

    def work() -> None:
        for _ in range(30):
            with holding(path, 30) as held:
                assert held
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 120
    assert set(most) == {1}
    assert not path.exists()


def test_what_cannot_be_locked_is_done_all_the_same(tmp_path: Path) -> None:
    with holding(tmp_path / "nowhere" / "a.lock", 0) as held:
        assert not held
    lock = FileLock(tmp_path / "a.lock")
    assert lock.take()
    with holding(tmp_path / "a.lock", 0) as held:
        assert not held
