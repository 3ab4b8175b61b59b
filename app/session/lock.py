"""One writer per folder: a second window shows the folder and says who has it."""

from __future__ import annotations

import threading
from hashlib import blake2b
from pathlib import Path

from PySide6.QtCore import QLockFile


class FolderLock:
    """Held while a folder is open for editing; the system frees it when the program dies.

    The lock file lies with the user's own data, not in the folder: looking at pictures must leave
    no trace among them. Another user or another computer is not kept out by it; that a file was
    changed since it was read is noticed when it is saved. Several folders may be held at once: the
    open one keeps its lock until the next one is shown in its place. Any thread may use it.

    Args:
        place: the folder for lock files.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._guard = threading.Lock()
        # How often each folder was taken, for one that is opened again takes its place.
        self._held: dict[str, tuple[QLockFile, int]] = {}

    def take(self, folder: Path) -> str | None:
        """Take the folder, once more if it is held already. None if it is ours, else who has it."""
        name = _name_of(folder)
        with self._guard:
            if name in self._held:
                lock, times = self._held[name]
                self._held[name] = lock, times + 1
                return None
            try:
                self._place.mkdir(parents=True, exist_ok=True)
            except OSError:
                # Without a place for locks nobody else can hold one either.
                return None
            lock = QLockFile(str(self._place / f"{name}.lock"))
            lock.setStaleLockTime(0)
            if lock.tryLock(0):
                self._held[name] = lock, 1
                return None
            if lock.error() is not QLockFile.LockError.LockFailedError:
                return None
            pid, host, program = lock.getLockInfo()
            return f"{program or 'another program'} (process {pid} on {host})"

    def give_up(self, folder: Path) -> None:
        """Free a folder that was taken, as often as it was taken."""
        name = _name_of(folder)
        with self._guard:
            if name not in self._held:
                return
            lock, times = self._held.pop(name)
            if times > 1:
                self._held[name] = lock, times - 1
            else:
                lock.unlock()


def _name_of(folder: Path) -> str:
    whole = str(folder.resolve()).encode("utf-8", "surrogateescape")
    return blake2b(whole, digest_size=16).hexdigest()
