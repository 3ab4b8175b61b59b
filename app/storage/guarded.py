"""Files that other programs may change too: nothing is written over that was not read before."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from app.core.errors import Problem
from app.storage.atomic import make_directory, replace_name, write_atomic
from app.storage.failures import not_read, not_written
from app.storage.names import shown
from app.storage.regular import open_regular
from app.storage.renaming import exchange, take_name
from model.messages import say

LOG = logging.getLogger(__name__)

Token = str | None
"""A file as it was when it was read or written: a hash of its bytes, None if there was none."""

TOO_LARGE = say("It could not be read again, so it is not written: split up what it holds.")

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


class TooLarge(Problem):
    """The file is larger than any that this program writes."""


def leading_out(path: Path, *homes: Path) -> str | None:
    """Why a file must not be written: links take it out of all of these folders. None if not.

    What lies behind such a link is another program's, whoever made the link.
    """
    real = Path(os.path.realpath(path))
    if any(real.is_relative_to(os.path.realpath(home)) for home in homes):
        return None
    return str(_leads_out(path))


def _leads_out(path: Path) -> Problem:
    return Problem(
        say("A link takes {path} out of its folder.", shown(path)),
        say("Nothing is written through it: put a file or a folder in the place of the link."),
    )


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
        raise TooLarge(
            say("{name} is larger than {limit} MB and is left as it is.", shown(path), limit >> 20)
        )
    return data


def replace_file(
    path: Path, data: bytes, token: Token, backup: Path | None = None,
    limit: int = 1 << 30, homes: Sequence[Path] = (),
) -> Token:  # fmt: skip
    """Write ``data`` to ``path`` if what lies there is still what ``token`` stands for.

    A file that has gone meanwhile is written again: nothing is lost by that. What somebody else
    writes while this one is being written is seen where two names can change places in one step,
    as on Linux: theirs gets its place back. Elsewhere the last look is just before the replacing.

    Args:
        path: the file; its folder is made if need be.
        data: its new content.
        token: of the file as it was read, or as this function last wrote it.
        backup: where the bytes that are replaced are kept, if there are any.
        limit: a larger file cannot be ours.
        homes: links may not lead out of all of these folders; none to follow them anywhere.

    Returns:
        The new token.

    Raises:
        Conflict: something else lies there.
        Problem: it could not be written. The file is as it was.
    """
    _check(path, data, backup, limit, homes)
    old = read_file(path, limit)
    if old is not None and (token_of(old) != token or old.startswith(_IMAGE_STARTS)):
        raise Conflict(path, token_of(old))
    try:
        make_directory(path.parent)
        if backup is not None and old is not None:
            make_directory(backup.parent)
            write_atomic(backup, old)
        write_atomic(path, data, put=_Guard(path, data, token, limit).put)
    except OSError as error:
        raise not_written(path, error) from error
    return token_of(data)


def _check(path: Path, data: bytes, backup: Path | None, limit: int, homes: Sequence[Path]) -> None:
    for each in (path, backup):
        if each is not None and homes and leading_out(each, *homes):
            raise _leads_out(each)
    if len(data) > limit:
        raise Problem(
            say("{name} would be larger than {limit} MB.", shown(path), limit >> 20), TOO_LARGE
        )


class _Guard:
    """Brings a finished file to its place if what lies there is still what it was.

    Args:
        path: as people know it.
        data: what the finished file holds.
        token: of the file that is to be replaced.
        limit: a larger file cannot be ours.
    """

    def __init__(self, path: Path, data: bytes, token: Token, limit: int) -> None:
        self._path, self._data, self._token, self._limit = path, data, token, limit

    def put(self, new: Path, target: Path) -> None:
        """Afterwards the old file, if it is anywhere, has the name of ``new``."""
        try:
            swapped = exchange(new, target)
        except FileNotFoundError:
            self._put_first(new, target)
            return
        if not swapped:
            found = self._token_at(target)
            if found is not None and found != self._token:
                raise Conflict(self._path, found)
            replace_name(new, target)
            return
        try:
            found = self._token_at(new)
        except OSError:
            self._put_back(new, target)
            raise
        if found != self._token:
            self._put_back(new, target)
            raise Conflict(self._path, found)

    def _put_first(self, new: Path, target: Path) -> None:
        try:
            if not take_name(new, target):
                replace_name(new, target)
        except FileExistsError as error:
            raise Conflict(self._path, self._token_at(target)) from error

    def _put_back(self, new: Path, target: Path) -> None:
        """Let theirs have its place again; what is then displaced and not ours is kept beside."""
        try:
            exchange(new, target)
            kept = self._token_at(new) == token_of(self._data)
        except OSError as error:
            LOG.info("%s was written by two programs at once: %s", self._path, error)
            kept = False
        if not kept:
            with contextlib.suppress(OSError):
                new.rename(_beside(self._path, "theirs"))

    def _token_at(self, path: Path) -> Token:
        try:
            with open_regular(path) as file:
                return token_of(file.read(self._limit + 1))
        except FileNotFoundError:
            return None


def write_beside(path: Path, data: bytes) -> Path:
    """Write ``data`` next to ``path`` under a name that no file has; for both sides of a conflict.

    Raises:
        Problem: it could not be written.
    """
    beside = _beside(path, "mine")
    try:
        write_atomic(beside, data)
    except OSError as error:
        raise not_written(beside, error) from error
    return beside


def _beside(path: Path, whose: str) -> Path:
    """A name next to ``path`` that no file has."""
    moment = time.strftime("%Y%m%d-%H%M%S")
    name = f"{_cut(path.name)}.{whose}-{moment}-{secrets.token_hex(2)}{path.suffix}"
    return path.with_name(name)


def _cut(name: str) -> str:
    """As much of a name as leaves room for what is added to it."""
    while len(name.encode("utf-8", "surrogateescape")) > 200:
        name = name[:-1]
    return name
