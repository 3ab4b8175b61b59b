"""A lock that the system frees when its holder dies. Standard library only: the launcher has it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_AGAIN_S = 0.02
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

if sys.platform == "win32":
    import msvcrt

    _PLACE = 1 << 30  # beyond all content, which others may read meanwhile

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _PLACE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """What counts is whether the system lets one hold the file; what it holds is for people alone.

    So an empty or a strange file is no lock, and neither is one whose program was killed.

    Args:
        path: the lock file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, timeout_s: float = 0.0) -> bool:
        """Whether it is held now; another holder is waited for as long as that.

        Raises:
            OSError: there can be no such file, or the file system knows no locks.
        """
        until = time.monotonic() + timeout_s
        while not self._try():
            if time.monotonic() >= until:
                return False
            time.sleep(_AGAIN_S)
        return True

    def read(self) -> bytes:
        """What the holder wrote, or an earlier one; at most 4 kB, and nothing if it cannot be."""
        with suppress(OSError):
            descriptor = self._descriptor
            if descriptor is None:
                with open(self.path, "rb") as file:
                    return file.read(4096)
            os.lseek(descriptor, 0, os.SEEK_SET)
            return os.read(descriptor, 4096)
        return b""

    def write(self, content: bytes) -> None:
        """Tell others who holds it; a disk that refuses costs that, not the lock."""
        descriptor = self._descriptor
        if descriptor is not None:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
                os.lseek(descriptor, 0, os.SEEK_SET)
                os.write(descriptor, content)

    def free(self, *, delete: bool = False) -> None:
        """Let others have it.

        Args:
            delete: leave no file; not for one that a holder was read from and is still to be seen.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if delete and os.name != "nt":
            # While it is held: a file that somebody else locks meanwhile is another one.
            with suppress(OSError):
                self.path.unlink()
        with suppress(OSError):
            os.close(descriptor)
        if delete and os.name == "nt":
            with suppress(OSError):
                self.path.unlink()

    def _try(self) -> bool:
        descriptor = os.open(self.path, _FLAGS, 0o600)
        try:
            if _lock(descriptor) and self._is_there(descriptor):
                self._descriptor = descriptor
                return True
        finally:
            if self._descriptor != descriptor:
                os.close(descriptor)
        return False

    def _is_there(self, descriptor: int) -> bool:
        """Whether the file was not deleted by its last holder while it was being locked."""
        held = os.fstat(descriptor)
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False
        return (held.st_dev, held.st_ino) == (found.st_dev, found.st_ino)


@contextmanager
def holding(path: Path, timeout_s: float) -> Iterator[bool]:
    """Hold the lock at ``path`` for a short piece of work; whether it could be had in time.

    Where there can be no lock, the work is done without: it is worth more than what it prevents.
    """
    lock = FileLock(path)
    try:
        held = lock.take(timeout_s)
    except OSError:
        held = False
    try:
        yield held
    finally:
        lock.free(delete=True)
