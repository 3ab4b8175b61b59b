"""Replace a file so that a reader sees the old bytes or the new bytes, never a mixture."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_TEMPORARY = re.compile(r"\.maskwright-[0-9a-f]{16}\.tmp")
_SHARING_VIOLATIONS = {5, 32, 33}  # Windows: denied, sharing, lock; all transient under scanners
_RETRY_DELAYS_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
# What file systems answer that cannot sync a directory, or let it be written but not listed.
_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}

LEFTOVER_AGE_S = 3600.0


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write ``data`` to ``path``, or raise ``OSError`` with the file whole, old or new.

    As ``replacing`` does, in one piece.

    Args:
        path: the file; its folder exists.
        data: its new content.
        durable: see ``replacing``.
    """
    with replacing(path, durable=durable) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A new file, to be written and read back, that takes the place of ``path`` at the end.

    If the block raises, or a step fails with ``OSError``, ``path`` is as it was.

    A symbolic link is followed, so the file it names is replaced and the link stays. The
    permissions of an existing file are kept. A file that is marked read-only, and anything that is
    no regular file, is left alone.

    Args:
        path: the file; its folder exists.
        durable: wait until the content would survive a loss of power. Not needed for what can be
            made again, such as a cache.
    """
    target = Path(os.path.realpath(path))
    mode = _mode_of(target)
    # Not made from the file's own name, which may be as long as names can be.
    temporary = target.with_name(f".maskwright-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "x+b") as file:
            yield file
            file.flush()
            if mode is not None:
                # Some network file systems know no permissions; the content matters more.
                with contextlib.suppress(PermissionError):
                    os.chmod(temporary, mode)
            if durable:
                os.fsync(file.fileno())
        _replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_directory(target.parent)


def make_directory(path: Path) -> None:
    """Make ``path`` and its parents, durably; nothing happens if it is there already."""
    if path.is_dir():
        return
    make_directory(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir()
    _sync_directory(path.parent)


def is_unfinished(path: Path) -> bool:
    """Whether a file has a name that ``replacing`` gives to new ones."""
    return _TEMPORARY.fullmatch(path.name) is not None


def sweep_leftovers(folder: Path, older_than_s: float = LEFTOVER_AGE_S) -> int:
    """Delete what killed writers left in ``folder``; call it only while holding the folder's lock.

    Returns:
        How many files went. A folder or a file that refuses is passed over.
    """
    before = time.time() - older_than_s
    swept = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _TEMPORARY.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and found.st_mtime < before:
                    os.unlink(entry.path)
                    swept += 1
    return swept


def _mode_of(path: Path) -> int | None:
    """Permissions of the file to be replaced, None if there is none; refuses what must stay."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    # Replacing needs the folder's permission only; the file's own says what its owner wants.
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is marked read-only", str(path))
    return stat.S_IMODE(mode)


def _replace(source: Path, target: Path) -> None:
    for delay in _RETRY_DELAYS_S:
        try:
            os.replace(source, target)
        except OSError as error:
            if getattr(error, "winerror", None) not in _SHARING_VIOLATIONS:
                raise
            time.sleep(delay)
        else:
            return
    os.replace(source, target)


def _sync_directory(directory: Path) -> None:
    """Make the new name itself survive power loss; a no-op where directories cannot be synced."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
