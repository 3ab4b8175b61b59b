"""One installation at a time: two starts at once must not both fill the environment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

WAIT_S = 0.5

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock at ``path``, waiting for whoever has it; a process that dies lets go of it."""
    with path.open("ab") as file:
        if not _try_lock(file):
            say("Another start of Maskwright is installing; waiting for it to finish.")
            while not _try_lock(file):
                time.sleep(WAIT_S)
        yield
