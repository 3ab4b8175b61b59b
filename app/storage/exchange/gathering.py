"""Formats of many small files: finding them and reading each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from app.core.errors import Problem
from app.storage.exchange.records import REFUSALS, Records, read_limited
from app.storage.exchange.values import (
    Imported,
    ImportedCategory,
    ImportedImage,
    ImportedObject,
    Later,
    Skip,
)
from app.storage.names import natural_key, shown

Progress = Callable[[int, int], None]
Parse = Callable[[bytes, str, Records], ImportedImage | None]
Objects = Callable[[], Sequence[ImportedObject]]
MOST_HELD = 5000


def walk(root: Path, suffix: str) -> list[str]:
    """Names of the files below ``root`` with this suffix, with forward slashes, in natural order.

    Hidden files and folders are passed over, and linked folders, which may lead out.

    Raises:
        Problem: ``root`` cannot be read.
    """

    def refuse(error: OSError) -> None:
        if error.filename in (root, os.fspath(root)):
            raise Problem(f"{shown(root)} cannot be read: {error.strerror}.", "", error) from error

    found: list[str] = []
    for folder, inner, names in os.walk(root, onerror=refuse):
        inner[:] = [name for name in inner if not name.startswith(".")]
        inside = Path(folder).relative_to(root).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        found += [
            prefix + name
            for name in names
            if name.lower().endswith(suffix) and not name.startswith(".")
        ]
    return sorted(found, key=natural_key)


def read_each(
    path: Path,
    suffix: str,
    parse: Parse,
    progress: Progress | None = None,
    most_held: int | None = None,
) -> Gathered:
    """Read ``path``, one file, or every file with ``suffix`` below it.

    Args:
        parse: makes an image of a file's bytes and its name below ``path``; None if there is
            nothing to take. What it refuses becomes a skip, unless ``path`` is the file itself.
        progress: called with files read and in all; may raise to stop.
        most_held: so many objects are held; those of further files are read again when asked for.

    Raises:
        Problem: ``path`` cannot be read, or is one file that ``parse`` refuses.
    """
    alone = not path.is_dir()
    names = [path.name] if alone else walk(path, suffix)
    root = path.parent if alone else path
    gathered, tell = Gathered(most_held or MOST_HELD), progress or (lambda done, total: None)
    for done, name in enumerate(names):
        tell(done, len(names))
        records = Records(gathered.skipped, "" if alone else f"{shown(name)}, ")
        try:
            image, objects = _read(root / name, name, parse, records)
        except Problem as problem:
            if alone:
                raise
            Records(gathered.skipped).skip(shown(name), problem.what)
        except REFUSALS as error:
            reason = str(error) or type(error).__name__
            if alone:
                raise Problem(f"{shown(name)} cannot be read: {reason}.", "", error) from error
            Records(gathered.skipped).skip(shown(name), reason)
        else:
            if image is not None:
                gathered.add(image, objects)
    return gathered


def _read(
    path: Path, name: str, parse: Parse, records: Records
) -> tuple[ImportedImage | None, Objects]:
    """What a file holds, and what makes its objects again; Problem if it is another one by then."""
    data = read_limited(path)
    image, digest = parse(data, name, records), _digest(data)

    def objects() -> Sequence[ImportedObject]:
        data = read_limited(path)
        again = parse(data, name, Records()) if _digest(data) == digest else None
        if again is None:
            raise Problem(f"{shown(name)} was changed while it was taken over.", "Start again.")
        return again.objects

    return image, objects


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


class Gathered:
    """Images read one by one, on their way to an ``Imported``."""

    def __init__(self, most_held: int = sys.maxsize) -> None:
        self._most_held = most_held
        self.images: list[ImportedImage] = []
        self.skipped: list[Skip] = []
        self._labels: dict[str, None] = {}
        self._held = 0

    def add(self, image: ImportedImage, again: Objects | None = None) -> None:
        """One more; of many objects only what makes them ``again`` is held, where it is given."""
        self._labels |= dict.fromkeys(each.label for each in image.objects)
        self._held += len(image.objects)
        if again is not None and self._held > self._most_held:
            image = replace(image, objects=Later(len(image.objects), again))
        self.images.append(image)

    def imported(
        self, form: str, categories: tuple[ImportedCategory, ...] | None = None
    ) -> Imported:
        """All of it; without ``categories`` the labels in the order they came first."""
        if categories is None:
            categories = tuple(ImportedCategory(name) for name in self._labels)
        return Imported(form, tuple(self.images), categories, tuple(self.skipped))
