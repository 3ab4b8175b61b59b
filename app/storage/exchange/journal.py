"""What an export has written so far, so that one that was killed goes on where it was.

A line of JSON for each image, in order, in a folder of the user's cache that is named after all
that decides the result. A run that is started again takes over lines as long as the images are the
same as then, one after the other; from the first that is not, everything is written anew. So the
result is always the one of a run that was never interrupted.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from app.storage.atomic import is_unfinished

if TYPE_CHECKING:
    from app.storage.exchange.values import ExportImage

LINES, FILES, SPOOL = "images.jsonl", "files.jsonl", "spool"
KEPT_S = 30 * 86400.0
"""What nobody went on with for so long is forgotten."""
ROOM = 1 << 30
"""Bytes that are free where a spool outlives the program; with less, it lies beside its target."""


class Journal:
    """One run of an export; without a folder nothing is noted and nothing known.

    Args:
        place: where the journals of all exports lie, or None.
        run: names this one, and stands for all that decides its result but the images.

    Attributes:
        resumed: whether an earlier run of the same export did not come to its end.
    """

    def __init__(self, place: Path | None = None, run: str = "") -> None:
        self._folder = None if place is None else place / run
        self._known: list[tuple[dict[str, Any], int]] = []
        self._place = 0
        self._end = 0
        self.resumed = self._folder is not None and self._folder.is_dir()
        if place is not None:
            _forget_old(place)
            self._known = list(self._read())

    def next(self, image: ExportImage) -> dict[str, Any] | None:
        """What an earlier run noted on ``image``, if it has come to the same place."""
        if not self.knows(image.name, image.version):
            return None
        told, self._end = self._known[self._place]
        self._place += 1
        return dict(told["made"])

    def knows(self, name: str, version: str) -> bool:
        """Whether ``next`` would tell of such an image now."""
        if self._place >= len(self._known):
            return False
        told, _ = self._known[self._place]
        return bool((told["image"], told["version"]) == (name, version))

    def back(self) -> None:
        """What ``next`` told is no longer true: that image and all after it are made anew."""
        self._place -= 1
        self._end = self._known[self._place - 1][1] if self._place else 0

    def add(self, image: ExportImage, made: dict[str, Any]) -> None:
        """Note what was made of ``image``; what lay behind it is forgotten."""
        self._known = []
        if self._folder is None:
            return
        told = {"image": image.name, "version": image.version, "made": made}
        line = json.dumps(told).encode() + b"\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(self._folder / LINES, "ab") as file:
                file.truncate(self._end)
                file.write(line)
            self._end += len(line)
        except OSError:
            # The export is worth more than that it could be resumed.
            self._folder = None

    def begin(self, name: str, digest: str, unfinished: str) -> None:
        """Note that a file is about to be written with such content, and where it grows."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(self._folder / FILES, "ab") as file:
                file.write(json.dumps([name, digest, unfinished]).encode() + b"\n")
        except OSError:
            self._folder = None

    def begun(self) -> Iterator[tuple[str, str]]:
        """Name and content of every file that was begun, by earlier runs too."""
        return ((name, digest) for name, digest, _ in self._files())

    def sweep(self) -> None:
        """Delete what a killed run was just writing: that alone, for others may write there."""
        for _, _, unfinished in self._files():
            if is_unfinished(Path(unfinished)):
                with contextlib.suppress(OSError):
                    os.unlink(unfinished)

    def _files(self) -> Iterator[tuple[str, str, str]]:
        if self._folder is None or not self.resumed:
            return
        with contextlib.suppress(OSError), open(self._folder / FILES, "rb") as file:
            for line in file:
                with contextlib.suppress(ValueError, TypeError):
                    name, digest, unfinished = json.loads(line)
                    yield str(name), str(digest), str(unfinished)

    @contextlib.contextmanager
    def spool(self, beside: Path) -> Iterator[IO[bytes]]:
        """A file that outlives the program, for formats of one file; else one in ``beside``."""
        folder = self._folder
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                if shutil.disk_usage(folder).free < ROOM:
                    _remove(folder)
                    folder = self._folder = None
                else:
                    descriptor = os.open(folder / SPOOL, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
        except OSError:
            folder = self._folder = None
        with TemporaryFile(dir=beside) if folder is None else open(descriptor, "r+b") as file:
            yield file

    def close(self) -> None:
        """The export is whole: the next one begins anew."""
        if self._folder is not None:
            _remove(self._folder)

    def _read(self) -> Iterator[tuple[dict[str, Any], int]]:
        """The lines up to the first that is damaged, each with where it ends."""
        if self._folder is None:
            return
        end = 0
        try:
            with open(self._folder / LINES, "rb") as file:
                for line in file:
                    end += len(line)
                    told = json.loads(line)
                    if not line.endswith(b"\n") or {"image", "version", "made"} - set(told):
                        return
                    yield told, end
        except (OSError, ValueError, TypeError):
            return


_BINARY = getattr(os, "O_BINARY", 0)


def _forget_old(place: Path) -> None:
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            lines = Path(entry.path, LINES)
            last = lines if lines.exists() else Path(entry.path)
            if entry.is_dir(follow_symlinks=False) and _age_s(last) > KEPT_S:
                _remove(Path(entry.path))


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for name in (LINES, FILES, SPOOL):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
