"""A folder for files of a store while they are worked on; what killed programs left is swept."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from app.file_lock import FileLock

PREFIX = "maskwright-stage-"
_LOCK = "in-use"


class Stage:
    """A folder that goes with this object, or with the program.

    Nothing lies in it alone that was done: what a program that is killed leaves here is less than
    one image's work, and is deleted by the next one.

    Attributes:
        root: the folder for files.
    """

    def __init__(self) -> None:
        above = Path(tempfile.gettempdir())
        _sweep(above)
        self._whole = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
        self._lock = FileLock(self._whole / _LOCK)
        with suppress(OSError):  # Where there are no locks nothing is swept either.
            self._lock.take()
        self.root = self._whole / "files"
        self.root.mkdir()
        self._end = weakref.finalize(self, _removed, self._whole, self._lock)

    def close(self) -> None:
        """Delete it now."""
        self._end()


def _removed(whole: Path, lock: FileLock) -> None:
    with suppress(OSError):
        lock.free()
    shutil.rmtree(whole, ignore_errors=True)


def _sweep(above: Path) -> None:
    with suppress(OSError):
        for each in above.glob(f"{PREFIX}*"):
            with suppress(OSError):
                lock = FileLock(each / _LOCK)
                # One without a lock file may be in the making.
                if (each / _LOCK).exists() and lock.take():
                    _removed(each, lock)
