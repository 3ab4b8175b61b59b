"""One installation at a time: two starts at once must not both fill the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.file_lock import FileLock
from app.launcher.words import sentence

WAIT_S = 0.5


@contextmanager
def locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock at ``path``, waiting for whoever has it; a process that dies lets go of it."""
    lock = FileLock(path)
    if not lock.take():
        say(sentence("Another start of Maskwright is installing; waiting for it to finish."))
        while not lock.take(WAIT_S):
            pass
    try:
        yield
    finally:
        lock.free()
