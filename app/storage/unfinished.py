"""Masks that were begun and not accepted, kept for when their images are opened again."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from app.core.errors import Problem
from app.storage.atomic import make_directory, write_atomic
from app.storage.failures import not_written
from app.storage.guarded import read_file
from app.storage.names import to_text

LOG = logging.getLogger(__name__)
MAX_BYTES = 64 << 20
VERSION = 1


class Begun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mask as it was when its image was left.

    Attributes:
        path: of the image, as ``names.to_text`` writes it.
        key: of its content.
        size: height and width.
        counts: COCO's run lengths of the mask; empty if its answer was still out.
        editing: id of the object that was being corrected.
        points: x, y, 1 or 0 for positive or not.
        box: x0, y0, x1, y1.
        clicks, added_px, removed_px, seconds: the work done so far.
    """

    path: str
    key: str
    size: tuple[int, int]
    counts: str = ""
    editing: int | None = None
    points: tuple[tuple[float, float, int], ...] = ()
    box: tuple[float, float, float, float] | None = None
    clicks: int = 0
    added_px: int = 0
    removed_px: int = 0
    seconds: float = 0.0


class _Content(msgspec.Struct, frozen=True):
    version: int
    masks: tuple[Begun, ...]


class UnfinishedFile:
    """One file of the user's, shared by all windows; one thread at a time.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Begun, ...]:
        """What is kept; nothing where the file cannot be understood, which is left as it is."""
        try:
            data = read_file(self.path, MAX_BYTES)
            return msgspec.json.decode(data, type=_Content).masks if data else ()
        except (Problem, msgspec.DecodeError, UnicodeDecodeError) as error:
            LOG.info("unfinished masks cannot be read: %s", error)
            return ()

    def write(self, begun: Iterable[Begun], settled: Collection[Path]) -> None:
        """Keep these, and of those in the file what is not about the images ``settled``.

        Raises:
            Problem: the file cannot be written.
        """
        names = {to_text(path) for path in settled}
        others = tuple(each for each in self.read() if each.path not in names)
        masks = (*others, *begun)
        if not masks and not self.path.exists():
            return
        try:
            make_directory(self.path.parent)
            write_atomic(self.path, msgspec.json.encode(_Content(VERSION, masks)))
        except OSError as error:
            raise not_written(self.path, error) from error
