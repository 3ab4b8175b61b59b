"""Opening files that somebody names: only what is a file, and no more of it than it may hold."""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from model.messages import say

MAX_WEIGHTS = 16 << 30
"""Bytes of a file of weights, with the state of a training: the largest published ones have 3."""
UNPACKED, UNPACKED_MORE = 4, 64 << 20
"""Times its size, and bytes more, that a packed file may unpack to; weights hardly shrink."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """``path`` for reading, if it is a regular file: a pipe or a device could block for ever.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except ValueError as error:  # a zero character
        raise OSError(errno.EINVAL, str(error), os.fspath(path)) from error
    with open(descriptor, "rb") as file:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise OSError(errno.EISDIR, "it is a folder", os.fspath(path))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", os.fspath(path))
        yield file


def check_unpacked(path: Path) -> None:
    """Whether the packed file ``path`` unpacks to what its size allows, by its own directory.

    Files of PyTorch are packed without being compressed. A directory that promises much more is
    made to fill the memory of whoever opens it.

    Raises:
        ValueError: it does not; the text says how much it would unpack to.
        OSError, zipfile.BadZipFile: it cannot be read, or has no directory.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        with zipfile.ZipFile(file) as packed:
            entries = packed.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED * size + UNPACKED_MORE:
        raise ValueError(
            say(
                "its {size} bytes unpack to {unpacked}, which no weights do",
                f"{size:,}",
                f"{unpacked:,}",
            )
        )
    if sum(entry.compress_size for entry in entries) > size:
        raise ValueError(say("its directory lists more than the file holds"))
