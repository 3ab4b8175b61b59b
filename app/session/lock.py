"""One writer per folder: a second window shows the folder and says who has it."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from PySide6.QtCore import QLockFile


class FolderLock:
    """Held while a folder is open for editing; the system frees it when the program dies.

    The lock file lies with the user's own data, not in the folder: looking at pictures must leave
    no trace among them. Another user or another computer is not kept out by it; that a file was
    changed since it was read is noticed when it is saved.

    Args:
        place: the folder for lock files.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._lock: QLockFile | None = None
        self.lease = 0
        """Rises with every folder taken, so that only its own holder gives it up."""

    def take(self, folder: Path) -> str | None:
        """Take the folder, giving up the one before. None if it is ours, else who has it."""
        self.give_up()
        name = blake2b(str(folder.resolve()).encode("utf-8", "surrogateescape"), digest_size=16)
        try:
            self._place.mkdir(parents=True, exist_ok=True)
        except OSError:
            # Without a place for locks nobody else can hold one either.
            return None
        lock = QLockFile(str(self._place / f"{name.hexdigest()}.lock"))
        lock.setStaleLockTime(0)
        if lock.tryLock(0):
            self._lock = lock
            self.lease += 1
            return None
        if lock.error() is not QLockFile.LockError.LockFailedError:
            return None
        pid, host, program = lock.getLockInfo()
        return f"{program or 'another program'} (process {pid} on {host})"

    def give_up(self, lease: int | None = None) -> None:
        """Free what is held; with ``lease``, only if nothing was taken since."""
        if self._lock is not None and lease in (None, self.lease):
            self._lock.unlock()
            self._lock = None
