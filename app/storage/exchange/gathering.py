"""Formats of many small files: finding them and reading each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from app.core.errors import Problem
from app.core.progress import Progress
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
from model.messages import reason_of, say

Parse = Callable[[bytes, str, Records], ImportedImage | None]
Objects = Callable[[], Sequence[ImportedObject]]
MOST_HELD = 5000


def walk(root: Path, suffix: str, refused: list[Skip] | None = None) -> list[str]:
    """Names of the files below ``root`` with this suffix, with forward slashes, in natural order.

    Hidden files and folders are passed over, and linked folders, which may lead out.

    Args:
        refused: gets each folder inside that cannot be read, or is a link.

    Raises:
        Problem: ``root`` cannot be read.
    """
    found: list[str] = []
    records = Records([] if refused is None else refused)
    left = [""]
    while left:
        inside = left.pop()
        try:
            with os.scandir(root / inside) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        left.append(f"{inside}{entry.name}/")
                    elif _is_linked_folder(entry):
                        where = shown(inside + entry.name)
                        records.skip(where, say("it is a link to a folder, which is not followed"))
                    elif entry.name.lower().endswith(suffix):
                        found.append(inside + entry.name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            if not inside:
                what = say("{name} cannot be read: {reason}.", shown(root), reason)
                raise Problem(what, "", error) from error
            records.skip(shown(inside), say("the folder cannot be read: {reason}", reason))
    return sorted(found, key=natural_key)


def _is_linked_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        # A link in a circle; reading it says so.
        return False


@dataclass(frozen=True, slots=True)
class Source:
    """The files that are read.

    Attributes:
        root: the folder that ``names`` are relative to.
        names: of the files, with forward slashes.
        alone: whether one file was asked for, so that its faults are faults of the whole.
        refused: folders inside that cannot be read.
    """

    root: Path
    names: tuple[str, ...]
    alone: bool = False
    refused: tuple[Skip, ...] = ()

    @classmethod
    def of(cls, path: Path, suffix: str) -> Source:
        """``path``, one file, or every file with ``suffix`` below it.

        Raises:
            Problem: ``path`` cannot be read.
        """
        if not path.is_dir():
            return cls(path.parent, (path.name,), alone=True)
        refused: list[Skip] = []
        names = walk(path, suffix, refused)
        return cls(path, tuple(names), refused=tuple(refused))

    @property
    def files(self) -> Iterator[Path]:
        return (self.root / name for name in self.names)


def read_each(
    source: Path | Source,
    suffix: str,
    parse: Parse,
    progress: Progress | None = None,
    most_held: int | None = None,
) -> Gathered:
    """Read ``source``: one file, every file with ``suffix`` below a folder, or what was found.

    Args:
        parse: makes an image of a file's bytes and its name below ``source``; None if there is
            nothing to take. What it refuses becomes a skip, unless one file is read alone.
        progress: called with files read and in all; may raise to stop.
        most_held: so many objects are held; those of further files are read again when asked for.

    Raises:
        Problem: ``source`` cannot be read, or is one file that ``parse`` refuses.
    """
    source = Source.of(source, suffix) if isinstance(source, Path) else source
    gathered, tell = Gathered(most_held or MOST_HELD), progress or (lambda done, total: None)
    _tell_source(source, suffix, gathered)
    for done, name in enumerate(source.names):
        tell(done, len(source.names))
        records = Records(gathered.skipped, "" if source.alone else f"{shown(name)}, ")
        try:
            image, objects = _read(source.root / name, name, parse, records)
        except Problem as problem:
            if source.alone:
                raise
            Records(gathered.skipped).skip(shown(name), problem.what)
        except REFUSALS as error:
            reason = reason_of(error)
            if source.alone:
                what = say("{name} cannot be read: {reason}.", shown(name), reason)
                raise Problem(what, "", error) from error
            Records(gathered.skipped).skip(shown(name), reason)
        else:
            if image is not None:
                gathered.add(image, objects)
    return gathered


def _tell_source(source: Source, suffix: str, gathered: Gathered) -> None:
    gathered.skipped += source.refused
    if not source.names:
        reason = say("there are no files in it that end in {suffix}", suffix)
        Records(gathered.skipped).skip(shown(source.root.name), reason)


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
            raise Problem(
                say("{name} was changed while it was taken over.", shown(name)), say("Start again.")
            )
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
