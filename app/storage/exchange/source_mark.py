"""What tells whether a file or folder that was read is still the same."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from app.core.errors import Problem
from app.core.fingerprint import fingerprint
from app.storage.exchange.gathering import walk
from app.storage.regular import open_regular
from model.messages import say


def source_mark(path: Path) -> str:
    """Of the content of a file; of a folder, of its files' names, sizes and times.

    Raises:
        Problem: it cannot be read.
    """
    try:
        if path.is_dir():
            # A link may lead nowhere, and a file may have gone since.
            return fingerprint(*((name, _state_of(path / name)) for name in walk(path, "")))
        digest = blake2b(digest_size=16)
        with open_regular(path) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise Problem(
            say("{name} cannot be read: {reason}.", path.name, error.strerror), "", error
        ) from error
    return digest.hexdigest()


def _state_of(path: Path) -> str:
    """Size and time of a file; of one that is not there nothing."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
