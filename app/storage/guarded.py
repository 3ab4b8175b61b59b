"""Files that other programs may change too: nothing is written over that was not read before."""

from __future__ import annotations

import secrets
import time
from hashlib import blake2b
from pathlib import Path

from app.core.errors import Problem
from app.storage.atomic import make_directory, write_atomic
from app.storage.failures import not_read, not_written
from app.storage.names import shown
from app.storage.regular import open_regular

Token = str | None
"""A file as it was when it was read or written: a hash of its bytes, None if there was none."""

_IMAGE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


class Conflict(Problem):
    """The file is not what it was when it was read: somebody else wrote it; it is left alone.

    Attributes:
        path: the file.
        found: what it is now.
    """

    def __init__(self, path: Path, found: Token) -> None:
        super().__init__(
            f"{shown(path.name)} was changed by another program since it was opened.",
            "Neither version is written over: load the other one, or keep yours beside it.",
        )
        self.path = path
        self.found = found


def token_of(data: bytes | None) -> Token:
    """The token of a file with these bytes; None for no file."""
    return None if data is None else blake2b(data, digest_size=16).hexdigest()


def read_file(path: Path, limit: int) -> bytes | None:
    """The bytes of ``path``, None if there is no such file.

    Raises:
        Problem: it cannot be read, or is larger than ``limit`` bytes.
    """
    try:
        with open_regular(path) as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise not_read(path, error) from error
    if len(data) > limit:
        raise Problem(f"{shown(path)} is larger than {limit >> 20} MB and is left as it is.")
    return data


def replace_file(
    path: Path, data: bytes, token: Token, backup: Path | None = None, limit: int = 1 << 30
) -> Token:
    """Write ``data`` to ``path`` if what lies there is still what ``token`` stands for.

    A file that has gone meanwhile is written again: nothing is lost by that.

    Args:
        path: the file; its folder is made if need be.
        data: its new content.
        token: of the file as it was read, or as this function last wrote it.
        backup: where the bytes that are replaced are kept, if there are any.
        limit: a larger file cannot be ours.

    Returns:
        The new token.

    Raises:
        Conflict: something else lies there.
        Problem: it could not be written. The file is as it was.
    """
    old = read_file(path, limit)
    if old is not None and (token_of(old) != token or old.startswith(_IMAGE_STARTS)):
        raise Conflict(path, token_of(old))
    try:
        make_directory(path.parent)
        if backup is not None and old is not None:
            make_directory(backup.parent)
            write_atomic(backup, old)
        write_atomic(path, data)
    except OSError as error:
        raise not_written(path, error) from error
    return token_of(data)


def write_beside(path: Path, data: bytes) -> Path:
    """Write ``data`` next to ``path`` under a name that no file has; for both sides of a conflict.

    Raises:
        Problem: it could not be written.
    """
    moment = time.strftime("%Y%m%d-%H%M%S")
    name = f"{_cut(path.name)}.mine-{moment}-{secrets.token_hex(2)}{path.suffix}"
    beside = path.with_name(name)
    try:
        write_atomic(beside, data)
    except OSError as error:
        raise not_written(beside, error) from error
    return beside


def _cut(name: str) -> str:
    """As much of a name as leaves room for what is added to it."""
    while len(name.encode("utf-8", "surrogateescape")) > 200:
        name = name[:-1]
    return name
