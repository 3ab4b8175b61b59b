"""The file on disk is the old one or the new one, whatever fails and whenever."""

from __future__ import annotations

import errno
import itertools
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from app.storage import atomic
from app.storage.atomic import make_directory, sweep_leftovers, write_atomic
from tests.faults.failing import FailingOs

OLD, NEW = b"old" * 1000, b"new" * 2000


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_every_single_failure_leaves_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.json"
    for fail_at in itertools.count(1):
        target.write_bytes(OLD)
        with monkeypatch.context() as patched:
            failing = FailingOs(fail_at)
            patched.setattr(atomic, "os", failing)
            try:
                write_atomic(target, NEW)
            except OSError:
                assert target.read_bytes() == OLD
            else:
                assert target.read_bytes() == NEW
        assert names_in(tmp_path) == ["a.json"]
        if failing.calls < fail_at:
            assert fail_at > 8
            return


def test_content_is_synced_before_it_is_renamed_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("directories cannot be synced")
    order: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content")
        fsync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        order.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write_atomic(tmp_path / "a.json", NEW)
    assert order == ["content", "rename", "folder"]


def test_what_can_be_made_again_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(descriptor: int) -> None:
        raise AssertionError("synced")

    monkeypatch.setattr(os, "fsync", refused)
    write_atomic(tmp_path / "a.bin", NEW, durable=False)
    assert (tmp_path / "a.bin").read_bytes() == NEW


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO, errno.ENOSPC, errno.EROFS])
def test_a_folder_that_cannot_be_synced_does_not_fail_the_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    fsync = os.fsync

    def picky(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, "refused")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", picky)
    write_atomic(tmp_path / "a.json", NEW)
    assert (tmp_path / "a.json").read_bytes() == NEW


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_knows_no_syncing_takes_files_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def unknown(descriptor: int) -> None:
        raise OSError(code, "no such call")

    monkeypatch.setattr(os, "fsync", unknown)
    write_atomic(tmp_path / "a.json", NEW)
    assert (tmp_path / "a.json").read_bytes() == NEW


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_what_is_private_is_for_its_owner_alone(tmp_path: Path) -> None:
    target = tmp_path / "home" / "data" / "a.json"
    make_directory(target.parent, private=True)
    write_atomic(target, OLD, private=True)
    target.chmod(0o644)
    write_atomic(target, NEW, private=True)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [each.stat().st_mode & 0o777 for each in target.parents[:2]] == [0o700, 0o700]


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_scanner_that_holds_the_file_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    replace, attempts = os.replace, itertools.count(1)

    def held(source: Path, target: Path) -> None:
        if next(attempts) < 4:
            error = PermissionError(errno.EACCES, "held")
            error.winerror = code  # type: ignore[attr-defined,unused-ignore]
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    write_atomic(tmp_path / "a.json", NEW)
    assert (tmp_path / "a.json").read_bytes() == NEW


def test_a_file_held_for_good_fails_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_bytes(OLD)
    waits: list[float] = []

    def held(source: Path, target: Path) -> None:
        error = PermissionError(errno.EACCES, "held")
        error.winerror = 32  # type: ignore[attr-defined,unused-ignore]
        raise error

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(time, "sleep", waits.append)
    with pytest.raises(PermissionError):
        write_atomic(tmp_path / "a.json", NEW)
    assert (tmp_path / "a.json").read_bytes() == OLD
    assert names_in(tmp_path) == ["a.json"]
    assert 1 < sum(waits) < 3


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "real.json"
    target.write_bytes(OLD)
    link = tmp_path / "link.json"
    link.symlink_to(target.name)
    write_atomic(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_permissions_are_kept_and_new_files_follow_the_umask(tmp_path: Path) -> None:
    kept, new = tmp_path / "kept.json", tmp_path / "new.json"
    kept.write_bytes(OLD)
    kept.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_atomic(kept, NEW)
        write_atomic(new, NEW)
    finally:
        os.umask(before)
    assert kept.stat().st_mode & 0o777 == 0o640
    assert new.stat().st_mode & 0o777 == 0o640


def test_a_name_as_long_as_the_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 125 + ".json")
    write_atomic(target, NEW)
    assert target.read_bytes() == NEW


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    for name in ("pipe.json", "folder.json"):
        with pytest.raises(OSError, match="not a regular file"):
            write_atomic(tmp_path / name, NEW)
    assert names_in(tmp_path) == ["folder.json", "pipe.json"]


def test_a_folder_is_made_with_its_parents_and_may_be_there_already(tmp_path: Path) -> None:
    make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_directory(tmp_path / "file" / "c")


def test_only_our_own_old_leftovers_are_swept(tmp_path: Path) -> None:
    ours, young = ".maskwright-0123456789abcdef.tmp", ".maskwright-0123456789abcdee.tmp"
    others = [".0123456789abcdef.tmp", "maskwright-0123456789abcdef.tmp", "a.jpg.json"]
    for name in (ours, young, *others):
        (tmp_path / name).write_bytes(b"x")
        if name != young:
            os.utime(tmp_path / name, (time.time() - 4000,) * 2)
    assert sweep_leftovers(tmp_path) == 1
    assert names_in(tmp_path) == sorted([young, *others])
    assert sweep_leftovers(tmp_path / "nowhere") == 0
