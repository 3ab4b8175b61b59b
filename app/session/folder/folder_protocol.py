"""What the session needs of a place that keeps images, objects and labels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.overlap import OverlapPolicy
from app.core.picture import Picture
from app.core.review import Summary
from app.storage.guarded import Token
from app.storage.label_book import LabelBook
from app.storage.project import Project
from app.storage.reading import MAX_PIXELS

__all__ = ["Conflict", "Content", "Folder", "Opened", "Stamp", "Token", "stamp_of"]

Content = Document | LabelSet | OverlapPolicy
"""What is kept: the objects of an image; the labels of the folder; its overlap policy."""
Stamp = tuple[int, int]
"""Modification time in nanoseconds and size in bytes of an image file: it shows changes."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An image read completely.

    Attributes:
        token: of the file its objects were in.
        stamp: of the image file before it was read.
        read_only: why this image cannot be edited, or None.
    """

    path: Path
    picture: Picture
    document: Document
    token: Token = None
    stamp: Stamp | None = None
    read_only: str | None = None


def stamp_of(path: Path) -> Stamp | None:
    """None if the file is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


class Conflict(Exception):  # noqa: N818  it is an outcome: the work is saved, beside the other
    """The file was changed by somebody else since it was read; ours was saved beside it.

    Attributes:
        token: of the file that was found.
        problem: what to tell the annotator.
        labels: theirs, where it is the file of the labels.
    """

    def __init__(self, token: Token, problem: Problem, labels: LabelSet | None = None) -> None:
        super().__init__(token, problem)
        self.token = token
        self.problem = problem
        self.labels = labels


class Folder(Protocol):
    """A folder of images. Its methods touch no QObject and may be called on any thread.

    Attributes:
        project: its files, for work on all of them.
        root: where the images are.
        book: the labels, with those that objects have brought; ids in documents are its ids.
        labels: as they were when the folder was opened; ``labels_token`` stands for their file.
        labels_read_only: why the labels cannot be edited, or None.
        overlap: the folder's overlap policy.
        read_only: why nothing in it can be edited, or None.
        note: a sentence to tell when it is opened, or None.
        can_be_taken_over: whether only a lock that nobody may mean any more keeps this window from
            editing.
    """

    @property
    def project(self) -> Project: ...
    @property
    def root(self) -> Path: ...
    @property
    def book(self) -> LabelBook: ...
    @property
    def labels(self) -> LabelSet: ...
    @property
    def labels_token(self) -> Token: ...
    @property
    def labels_read_only(self) -> str | None: ...
    @property
    def overlap(self) -> OverlapPolicy: ...
    @property
    def read_only(self) -> str | None: ...
    @property
    def note(self) -> str | None: ...
    @property
    def can_be_taken_over(self) -> bool: ...

    def take_over(self) -> None:
        """Edit the folder when it is opened the next time, whatever that lock says."""

    def open_image(
        self, path: Path, picture: Picture | None, stamp: Stamp | None, limit: int = MAX_PIXELS
    ) -> Opened:
        """Read the image and its objects; ``picture`` is used if the file still has that stamp.

        No more than ``limit`` pixels are decoded.

        Objects that cannot be read make the image read-only, so that they are not overwritten.

        Raises:
            Problem: the image cannot be read.
        """

    def summaries(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Summary]]:
        """How far each image is, without opening it."""

    def write(self, path: Path, content: Content, token: Token) -> Token:
        """Replace the objects of the image ``path``, or what the folder has; returns the new token.

        Raises:
            Conflict: what lies there is not what ``token`` stands for; ours was saved beside it.
            Problem: nothing was written, nothing on disk is changed.
        """

    def rescue(self, path: Path, content: Content, token: Token, reason: str) -> Path | None:
        """Put a copy where it can be found again; None if even that fails.

        Args:
            path, content, token: what ``write`` was given.
            reason: why that failed, for people.
        """

    def saved(self, path: Path) -> None:
        """The rescued copy of ``path``, if there is one, is not needed any more."""

    def choose_output(self, output: Path | None) -> None:
        """Keep objects and labels there when it is opened the next time; beside the images if None.

        Raises:
            Problem: that folder cannot be used.
        """

    def close(self) -> None:
        """Let other windows edit it."""
