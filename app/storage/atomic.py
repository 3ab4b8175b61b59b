"""Replace a file so that a reader sees the old bytes or the new bytes, never a mixture."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

LOG = logging.getLogger(__name__)
_TEMPORARY = re.compile(r"\.maskwright-[0-9a-f]{16}\.tmp")
_SHARING_VIOLATIONS = {5, 32, 33}  # Windows: denied, sharing, lock; all transient under scanners
_RETRY_DELAYS_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
# What file systems answer that know no syncing, or let a directory be written but not listed.
_CANNOT_SYNC = {
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EBADF,
    errno.EACCES,
    errno.EPERM,
}

LEFTOVER_AGE_S = 3600.0
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700

Put = Callable[[Path, Path], None]
"""Brings a finished file, the first, to the place of the second."""


def write_atomic(
    path: Path,
    data: bytes,
    *,
    durable: bool = True,
    private: bool = False,
    put: Put | None = None,
) -> None:
    """Write ``data`` to ``path``, or raise ``OSError`` with the file as it was.

    As ``replacing`` does, in one piece.

    Args:
        path: the file; its folder exists.
        data: its new content.
        durable, private, put: see ``replacing``.
    """
    with replacing(path, durable=durable, private=private, put=put) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(
    path: Path, *, durable: bool = True, private: bool = False, put: Put | None = None
) -> Iterator[BinaryIO]:
    """A new file, to be written and read back, that takes the place of ``path`` at the end.

    If the block raises, or a step fails with ``OSError``, ``path`` is as it was. Once the new file
    has its place nothing fails any more: where the folder cannot be synced, that goes to the log.

    A symbolic link is followed, so the file it names is replaced and the link stays. The
    permissions of an existing file are kept. A file that is marked read-only, and anything that is
    no regular file, is left alone.

    Args:
        path: the file; its folder exists.
        durable: wait until the content would survive a loss of power. Not needed for what can be
            made again, such as a cache.
        private: for the user's eyes alone, whatever the permissions were.
        put: brings the finished file to its place, which may leave another one under its old name;
            None to replace what is there.
    """
    target = Path(os.path.realpath(path))
    mode = _mode_of(target)
    if private:
        mode = PRIVATE_FILE
    # Not made from the file's own name, which may be as long as names can be.
    temporary = target.with_name(f".maskwright-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "x+b", opener=_private_opener if private else None) as file:
            yield file
            file.flush()
            if mode is not None:
                _change_mode(temporary, mode)
            if durable:
                _sync_file(file.fileno())
        (put or replace_name)(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    if durable:
        _sync_directory(target.parent)


def make_directory(path: Path, *, private: bool = False) -> None:
    """Make ``path`` and its parents, durably; nothing happens if it is there already.

    Args:
        path: the folder.
        private: nobody else may look into what is made.
    """
    missing = []
    while not path.is_dir():
        missing.append(path)
        if path == path.parent:
            break
        path = path.parent
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=PRIVATE_FOLDER if private else 0o777)
        _sync_directory(each.parent)


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


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


def _change_mode(path: Path, mode: int) -> None:
    """Some network file systems know no permissions; the content matters more."""
    try:
        os.chmod(path, mode)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def replace_name(source: Path, target: Path) -> None:
    """``os.replace``, tried again for a moment where a scanner holds the file on Windows."""
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


def _sync_file(descriptor: int) -> None:
    """Wait for the disk; some file systems of their users know no such call, and never will."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _sync_directory(directory: Path) -> None:
    """Make the new name itself survive power loss.

    The file has its place by now: to say that it was not saved would be wrong. A disk that refuses
    this will refuse the next file too.
    """
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
            LOG.info("the names in %s may not survive a loss of power: %s", directory, error)
