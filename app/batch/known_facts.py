"""What reports have read of each image, by what its file held, so that a killed one goes on."""

from __future__ import annotations

import contextlib
import os
import time
from hashlib import blake2b
from pathlib import Path

import msgspec

from app import __version__
from app.core.fingerprint import fingerprint
from app.core.statistics import Fact
from app.storage.atomic import make_directory, write_atomic

KEPT_S = 90 * 86400.0


class _Line(msgspec.Struct):
    key: str
    facts: tuple[Fact, ...]


class KnownFacts:
    """A line of JSON for each image in a file of the user's cache, one file a folder of images.

    A line that a kill has cut off is read anew. Where the cache refuses, nothing is known.

    Args:
        place: where these files lie; None knows and keeps nothing.
        folder: of the images.
    """

    def __init__(self, place: Path | None = None, folder: Path = Path()) -> None:
        whole = os.fsencode(os.path.realpath(folder))
        name = blake2b(whole, digest_size=16).hexdigest()
        self._path = None if place is None else place / f"{name}.jsonl"
        self._known: dict[str, bytes] = {}
        self._used: dict[str, bytes] = {}
        if place is not None and self._path is not None:
            _forget_old(place)
            self._known = _read(self._path)

    def get(self, key: str) -> tuple[Fact, ...] | None:
        """The facts that were kept under this key."""
        line = self._known.get(key)
        if line is None:
            return None
        self._used[key] = line
        return msgspec.json.decode(line, type=_Line).facts

    def add(self, key: str, facts: tuple[Fact, ...]) -> None:
        """Keep the facts of an image; at once, for the next one may be the last."""
        if self._path is None or key in self._known:
            return
        try:
            line = msgspec.json.encode(_Line(key, facts))
            make_directory(self._path.parent)
            with open(self._path, "ab") as file:
                # The newline in front ends a line that a kill has cut off.
                file.write(b"\n" + line + b"\n")
        except (OSError, UnicodeEncodeError):
            return
        self._used[key] = line

    def close(self) -> None:
        """Forget what no image of the folder has any more."""
        if self._path is None or set(self._known) <= set(self._used):
            return
        with contextlib.suppress(OSError):
            write_atomic(self._path, b"\n".join([*self._used.values(), b""]), durable=False)


def key_of(*parts: object) -> str:
    """Of an image: what its facts depend on."""
    return fingerprint(__version__, *parts)


def _read(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with contextlib.suppress(OSError), open(path, "rb") as file:
        for line in file:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                found[msgspec.json.decode(line, type=_Line).key] = line.rstrip(b"\n")
    return found


def _forget_old(place: Path) -> None:
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.endswith(".jsonl") and entry.stat().st_mtime < time.time() - KEPT_S:
                os.unlink(entry.path)
