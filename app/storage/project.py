"""A folder of images: where its objects and labels are kept, how they are read and written."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import Label, LabelSet
from app.core.overlap import OverlapPolicy
from app.core.review import Summary
from app.storage import schema
from app.storage.atomic import sweep_leftovers
from app.storage.failures import not_written
from app.storage.guarded import (
    Token,
    leading_out,
    read_file,
    replace_file,
    write_beside,
)
from app.storage.label_book import LabelBook
from app.storage.label_file import LoadedLabels, OldTable, labels_to_bytes, read_labels
from app.storage.layout import Fragments, to_bytes
from app.storage.names import shown
from app.storage.old_labels import LABELS, OWN_FOLDER, OldTables
from app.storage.outputs import output_of, refusal
from app.storage.own_files import make_own_directory
from app.storage.places import Places
from app.storage.settings import SettingsFile
from app.storage.sidecar import Loaded, Use, read_sidecar, read_summary, read_use, sidecar_name

__all__ = ["LABELS", "OWN_FOLDER", "FolderSettings", "Project", "can_write"]


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """Choices that belong to the folder, not to the user.

    Attributes:
        overlap: what happens where masks overlap.
    """

    overlap: OverlapPolicy = OverlapPolicy.ALLOW


def can_write(folder: Path) -> bool:
    """Whether the folder seems to take new files; found out without writing one."""
    return os.access(folder, os.W_OK | os.X_OK)


class Project:
    """The files of one folder of images.

    Objects lie beside their image, labels in ``.maskwright/labels.json``. Where the folder takes no
    files they lie in ``home``, in the same arrangement, and what the folder itself has is read as
    long as ``home`` has nothing of that name. Reading may happen on any thread, writing on one.

    Objects are read with the label ids of this folder, whatever ids their file has for the names,
    and written with the names. So a file means the same wherever it lies and is opened from.

    Args:
        root: the folder of the images.
        home: where files are written; ``root`` if None.
        output: the folder that was chosen to be written into, ``home`` or one above it; None for
            ``root`` and for a mirror of it among the user's own files.
    """

    def __init__(self, root: Path, home: Path | None = None, output: Path | None = None) -> None:
        self.root, self.output = root, output
        self.home = root if home is None else home
        self.settings = SettingsFile(self.own / "folder.toml", FolderSettings, (self.home,))
        self._kept: set[Path] = set()
        self._device = _device_of(output or root)
        self._lines: tuple[Path | None, Fragments] = (None, {})
        self._tables = OldTables(self.root, self.home)
        self._book: LabelBook | None = None
        self._old = OldTable()
        self._first = threading.Lock()

    @classmethod
    def of(cls, root: Path, places: Places, *, mirror: bool = False) -> Project:
        """The project of a folder: in its output folder if one was chosen; else in its mirror if
        there is one already, or if ``mirror``."""
        output = output_of(root, places)
        if output is not None:
            return cls(root, output.home, output.chosen)
        home = places.mirror_of(root)
        return cls(root, home if mirror or os.path.isdir(home) else None)

    @property
    def own(self) -> Path:
        """The folder for labels and backups."""
        return self.home / OWN_FOLDER

    @property
    def labels_path(self) -> Path:
        """Where the labels are written."""
        return self.own / LABELS

    @property
    def book(self) -> LabelBook:
        """The labels of the folder; what is read with labels that it does not have adds them."""
        with self._first:
            if self._book is None:
                return self._read_book()[1]
            return self._book

    @property
    def refusal(self) -> Problem | None:
        """Why nothing can be kept in the output folder; None if it can, or if there is none."""
        return None if self.output is None else refusal(self.output)

    @property
    def mirrored(self) -> bool:
        """Whether files are written somewhere else than beside the images."""
        return self.home != self.root

    def objects_path(self, image: Path) -> Path:
        """Where the objects of an image are written."""
        name = sidecar_name(image.name)
        if image.is_relative_to(self.root):
            return self.home / image.relative_to(self.root).parent / name
        return image.parent / name

    def read_objects(self, image: Path, height: int, width: int) -> Loaded:
        """The objects of an image of that size.

        Raises:
            Problem: they cannot be read or understood; then they must not be written either.
        """
        path = self.objects_path(image)
        loaded = read_sidecar(path, height, width, self._meaning)
        if loaded.token is None and self.mirrored:
            beside = read_sidecar(image.with_name(path.name), height, width, self._meaning)
            return Loaded(beside.document, None, beside.read_only)
        return replace(loaded, read_only=loaded.read_only or self._leading_out(path))

    def decide(self, folder: Path) -> None:
        """From now on files without names were written with the labels of this folder.

        Raises:
            Problem: it has no list of labels, or that cannot be read.
        """
        self._tables.decide(folder)

    def use_of(self, image: Path, listed: dict[Path, frozenset[str]] | None = None) -> Use:
        """The labels that an image's file uses, as they are written there; never raises.

        Args:
            image: whose objects they are.
            listed: folders that were listed already, for many images one after the other.
        """
        return self._use_of(image, {} if listed is None else listed)[1]

    def labels_with(self, images: Iterable[Path]) -> LabelSet:
        """The labels of the folder and all that objects of these images have besides.

        What cannot be read or known is passed over: reading its objects tells of it.
        """
        listed: dict[Path, frozenset[str]] = {}
        for image in images:
            path, use = self._use_of(image, listed)
            if use.ids:
                with contextlib.suppress(Problem):
                    self._meaning(path, use)
        return self.book.labels

    def _use_of(self, image: Path, listed: dict[Path, frozenset[str]]) -> tuple[Path, Use]:
        path = self.objects_path(image)
        for each in (path, image.with_name(path.name)):
            if _is_listed(each, listed):
                try:
                    return each, read_use(read_file(each, schema.MAX_BYTES) or b"")
                except Problem:
                    break
        return path, Use(frozenset())

    def write_objects(self, image: Path, document: Document, token: Token) -> Token:
        """Replace the objects of an image; the first time, what was there is kept as a backup.

        Args:
            image: whose objects they are.
            document: the objects.
            token: from ``read_objects``, or from the last call.

        Raises:
            Conflict: somebody else wrote the file meanwhile; nothing was written.
            Problem: it could not be written; the file is as it was.
        """
        return self._replace(self.objects_path(image), self._bytes(image, document), token)

    def write_objects_beside(self, image: Path, document: Document) -> Path:
        """Keep a document that lost against another program's; returns where."""
        return write_beside(self.objects_path(image), self.objects_bytes(image, document))

    def objects_bytes(self, image: Path, document: Document) -> bytes:
        """The file of a document, for a place other than its own; on any thread."""
        return to_bytes(document, shown(image.name), labels=self._used(document))

    def labels_bytes(self, labels: LabelSet) -> bytes:
        """The file of these labels."""
        return labels_to_bytes(labels, self.book.former, self._old)

    def summaries(self, images: Iterable[Path]) -> Iterator[tuple[Path, Summary]]:
        """Status and counts of each image, one by one as they are asked for.

        Each folder is listed once, so that the many images without objects cost next to nothing.
        """
        listed: dict[Path, frozenset[str]] = {}
        for image in images:
            path = self.objects_path(image)
            yield image, self._summary((path, image.with_name(path.name)), listed)

    def summary(self, image: Path) -> Summary:
        """Status and counts of one image."""
        return next(self.summaries([image]))[1]

    def read_labels(self) -> LoadedLabels:
        """The labels of the folder; the default ones if it has none or they cannot be read.

        Those that objects read until now have besides are among them.
        """
        with self._first:
            loaded, book = self._read_book()
            read_only = loaded.read_only or self._leading_out(self.labels_path)
            return replace(loaded, labels=book.labels, read_only=read_only)

    def write_labels(self, labels: LabelSet, token: Token) -> Token:
        """Replace the labels of the folder, in its book and in its file.

        Raises:
            Conflict, Problem: as ``write_objects``.
        """
        self.book.put(labels)
        return self.save_labels(labels, token)

    def save_labels(self, labels: LabelSet, token: Token) -> Token:
        """Replace the file of the labels alone; the book may be ahead of it.

        Raises:
            Conflict, Problem: as ``write_objects``.
        """
        new = self._replace(self.labels_path, self.labels_bytes(labels), token)
        self.book.written(labels)
        return new

    def write_labels_beside(self, labels: LabelSet) -> Path:
        """Keep labels that lost against another program's; returns where."""
        return write_beside(self.labels_path, self.labels_bytes(labels))

    def sweep(self) -> int:
        """Delete what killed writers left; call it only while holding the folder's lock."""
        return sum(sweep_leftovers(folder) for folder in (self.home, self.own))

    def _replace(self, path: Path, data: bytes, token: Token) -> Token:
        # Where a disk was taken out, its folder must not come into being on another one.
        own = self.mirrored and self.output is None
        there = _device_of(self.output or self.root)
        if not own and (self._device is None or there != self._device):
            raise not_written(path, FileNotFoundError(errno.ENOENT, "the folder is gone"))
        backup = None if path in self._kept else self._backup_path(path)
        if own:
            make_own_directory(self.home / OWN_FOLDER)
        homes = self._homes_of(path)
        new = replace_file(path, data, token, backup, schema.MAX_BYTES, homes)
        self._kept.add(path)
        return new

    @property
    def leading_out(self) -> str | None:
        """Why nothing can be kept in ``own``: it is a link out of the folder. None if it is not."""
        return leading_out(self.own, self.home)

    def _leading_out(self, path: Path) -> str | None:
        return leading_out(path, *self._homes_of(path))

    def _homes_of(self, path: Path) -> tuple[Path, ...]:
        """A link to a folder of images may lead anywhere: their objects lie beside them."""
        own = path.is_relative_to(self.own)
        return (self.home,) if own else (self.home, path.parent)

    def _bytes(self, image: Path, document: Document) -> bytes:
        path, lines = self._lines
        if path != image:
            lines = {}
            self._lines = (image, lines)
        return to_bytes(document, shown(image.name), lines, self._used(document))

    def _used(self, document: Document) -> list[Label]:
        used = sorted(document.label_ids)
        return [self.book.label(each) for each in used if each in self.book]

    def _meaning(self, path: Path, use: Use) -> Mapping[int, int]:
        told = {each: label for each, label in use.told.items() if each in use.ids}
        unnamed = use.ids - set(told)
        if unnamed:
            told |= self._tables.meant(path, sorted(unnamed), self.book)
            self.book.reserve(unnamed - set(told))
        return self.book.ids_of(told)

    def _read_book(self) -> tuple[LoadedLabels, LabelBook]:
        loaded, place = read_labels(self.labels_path), self.home
        if loaded.token is None and loaded.read_only is None and self.mirrored:
            beside = read_labels(self.root / OWN_FOLDER / LABELS)
            loaded, place = replace(beside, token=None), self.root
        if loaded.token is not None or loaded.damaged:
            self._tables.keep(place, loaded)
        self._old = loaded.old
        book = self._book = self._book or LabelBook(loaded.labels)
        book.read(loaded.labels, loaded.former)
        return loaded, book

    def _backup_path(self, path: Path) -> Path:
        inside = path.relative_to(self.home) if path.is_relative_to(self.home) else path.name
        return self.own / "backup" / inside

    def _summary(self, paths: tuple[Path, Path], listed: dict[Path, frozenset[str]]) -> Summary:
        for path in paths:
            if _is_listed(path, listed):
                return read_summary(path, self._name_of)
        return Summary()

    def _name_of(self, label_id: int) -> str | None:
        """As this folder has it: near enough for a list; opening the image asks all tables."""
        return self.book.label(label_id).name if label_id in self.book else None


def _device_of(folder: Path) -> int | None:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return None


def _is_listed(path: Path, listed: dict[Path, frozenset[str]]) -> bool:
    if path.parent not in listed:
        listed[path.parent] = _names_in(path.parent)
    return path.name in listed[path.parent]


def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return frozenset()
