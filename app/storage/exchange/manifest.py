"""What an export wrote into a folder, so that the next one knows what of it is stale.

A hidden file for each format, ``.maskwright-export-<format>``: a line of JSON with the source, then
one for each file with its name and a hash of its content. No program that reads the data set takes
it for a part of it. It is never believed alone: a file is removed only if it lies inside the
folder, is no link, and still has the content that was written.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from app.core.errors import Problem
from app.storage.atomic import write_atomic
from app.storage.names import resolve_inside
from app.storage.regular import open_regular

PREFIX = ".maskwright-export-"
ANY = "*"
MAX_BYTES = 256 << 20


class Manifest:
    """The manifest of one format in one folder.

    Args:
        root: the folder that is exported into.
        form: short name of the format.
        source: names what is exported; files of another source are never taken for stale. To look
            at a manifest of whatever source, it is ``ANY``.

    Attributes:
        source: of the manifest that lies there; None if there is none.
    """

    def __init__(self, root: Path, form: str, source: str) -> None:
        self._root, self._path = root, root / f"{PREFIX}{form}"
        self._head = json.dumps({"program": "maskwright", "source": source})
        self._begun = False
        self.source: str | None = None
        self._before: dict[str, set[str]] = {}
        self._written: dict[str, str] = {}
        self._read()
        if source not in (self.source, ANY):
            self._before = {}

    @property
    def anything(self) -> bool:
        """Whether any file of an earlier export is still there."""
        return any(os.path.lexists(self._root / name) for name in self._before)

    def wrote(self, name: str) -> bool:
        """Whether the file ``name`` is still as an earlier export left it."""
        digests = self._before.get(name)
        return digests is not None and _digest_of(self._root / name) in digests

    def add(self, name: str, data: bytes) -> None:
        """Note that ``name`` is about to be written, so that a killed export is known too."""
        self._written[name] = digest = _digest(data)
        lines = [] if self._begun else ["", self._head]
        lines.append(json.dumps([name, digest]))
        # A folder that takes the export but not this is no reason to stop.
        with contextlib.suppress(OSError):
            mode = "ab" if self._begun or self._before else "wb"
            with open(self._path, mode) as file:
                file.write(("\n".join(lines) + "\n").encode())
            self._begun = True

    def take_back(self, name: str) -> None:
        """``name`` was not written after all, or is deleted again."""
        self._written.pop(name, None)

    def stale(self) -> Iterator[Path]:
        """Files of an earlier export that this one did not write, and that nobody changed."""
        # Where case does not matter, a file that was written anew may have had another name.
        written = {name.casefold() for name in self._written}
        for name, digests in self._before.items():
            if name.casefold() in written:
                continue
            with contextlib.suppress(Problem):
                path = resolve_inside(self._root, name)
                if not path.is_symlink() and _digest_of(path) in digests:
                    yield path

    def close(self) -> None:
        """Forget what is no longer there: the export is whole."""
        if not self._written:
            if self._before:
                self._path.unlink(missing_ok=True)
            return
        lines = [self._head, *(json.dumps(each) for each in self._written.items())]
        with contextlib.suppress(OSError):
            write_atomic(self._path, ("\n".join(lines) + "\n").encode(), durable=False)

    def _read(self) -> None:
        """Lines that a kill or a hand has damaged are passed over."""
        try:
            if self._path.is_symlink() or self._path.stat().st_size > MAX_BYTES:
                return
            with open_regular(self._path) as file:
                lines = file.read().splitlines()
        except OSError:
            return
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, RecursionError):
                found = json.loads(line)
                if isinstance(found, dict):
                    self.source = str(found["source"]) if "source" in found else self.source
                elif isinstance(found, list) and all(isinstance(each, str) for each in found):
                    name, digest = found
                    self._before.setdefault(name, set()).add(digest)


def formats_in(root: Path) -> list[str]:
    """Short names of the formats that were exported into the folder ``root``."""
    found: list[str] = []
    with contextlib.suppress(OSError), os.scandir(root) as entries:
        found = sorted(e.name.removeprefix(PREFIX) for e in entries if e.name.startswith(PREFIX))
    return [form for form in found if Manifest(root, form, ANY).anything]


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _digest_of(path: Path) -> str | None:
    try:
        with open_regular(path) as file:
            return _digest(file.read())
    except OSError:
        return None
