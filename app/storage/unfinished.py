"""Masks that were begun and not accepted, kept for when their images are opened again."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.core.errors import Problem
from app.file_lock import holding
from app.storage.atomic import write_atomic
from app.storage.failures import not_understood, not_written
from app.storage.guarded import read_file
from app.storage.names import shown, to_text
from app.storage.own_files import can_never_be_read, make_own_directory, set_aside
from app.storage.sidecar import NEWER
from model.messages import say

LOG = logging.getLogger(__name__)
MAX_BYTES = 64 << 20
READ_BYTES = 8 * MAX_BYTES
"""Earlier versions wrote as much as there was."""
LOCK_S = 2.0
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
        label: number of the label it was begun with.
        drawn, cleared: run lengths of what was set and cleared by hand and stays so; empty for
            nothing.
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
    label: int | None = None
    drawn: str = ""
    cleared: str = ""


class _Content(msgspec.Struct, frozen=True):
    """Masks are understood one by one, so that a strange one costs itself alone."""

    version: int
    masks: tuple[msgspec.Raw, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    masks: tuple[Begun, ...] = ()
    strange: tuple[msgspec.Raw, ...] = ()


class UnfinishedFile:
    """One file of the user's, shared by all windows; one thread at a time.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Begun, ...]:
        """What is kept and can be understood; the rest stays as it is."""
        try:
            return self._look().masks
        except Problem as error:
            LOG.info("unfinished masks cannot be read: %s", error)
            return ()

    def counts(self) -> tuple[int, int]:
        """How many masks are kept, and how many entries that cannot be understood.

        Raises:
            Problem: the file cannot be read, or not be understood as a whole.
        """
        found = self._look()
        return len(found.masks), len(found.strange)

    def write(self, begun: Iterable[Begun], settled: Collection[Path]) -> Problem | None:
        """Keep these, and of those in the file what is not about the images ``settled``.

        Masks that cannot be understood stay in the file. A file that can never be read is set
        aside first. Where all of it would be too large to be read again, the oldest masks keep
        only their clicks and their box, from which the model makes them anew.

        Returns:
            What to tell, where a file was set aside.

        Raises:
            Problem: the file cannot be read or written; it is as it was.
        """
        make_own_directory(self.path)
        with holding(self.path.with_name(self.path.name + ".lock"), LOCK_S):
            told, found = None, _Found()
            try:
                found = self._look()
            except Problem as error:
                if not can_never_be_read(error):
                    raise
                told = _set_aside(self.path, error)
            names = {to_text(path) for path in settled}
            masks = [*(each for each in found.masks if each.path not in names), *begun]
            if masks or found.strange or self.path.exists():
                self._replace([*found.strange, *_fitting(masks, found.strange)])
        return told

    def _look(self) -> _Found:
        """Problem if the file cannot be read, or not be understood as a whole."""
        data = read_file(self.path, READ_BYTES)
        if not data:
            return _Found()
        try:
            content = msgspec.json.decode(data, type=_Content)
            if content.version > VERSION:
                raise ValueError(NEWER)  # noqa: TRY301  as whatever else is not understood
        except (ValueError, RecursionError) as error:
            raise not_understood(self.path, error) from error
        masks, strange = [], []
        for raw in content.masks:
            try:
                masks.append(msgspec.json.decode(raw, type=Begun))
            except (ValueError, RecursionError) as error:
                LOG.info("an unfinished mask cannot be understood and stays: %s", error)
                strange.append(raw)
        return _Found(tuple(masks), tuple(strange))

    def _replace(self, masks: Iterable[msgspec.Raw]) -> None:
        data = msgspec.json.encode(_Content(VERSION, tuple(masks)))
        if len(data) > READ_BYTES:
            raise Problem(
                say("{name} would be larger than {limit} MB.", shown(self.path), READ_BYTES >> 20)
            )
        try:
            write_atomic(self.path, data, private=True)
        except OSError as error:
            raise not_written(self.path, error) from error


def _set_aside(path: Path, error: Problem) -> Problem:
    aside = set_aside(path)
    return Problem(
        say(
            "The masks that were begun earlier cannot be read: {name} is damaged, or of a "
            "newer version.",
            shown(path.name),
        ),
        say("The file is now {name}; nothing in it was changed.", shown(aside)),
        error,
    )


def _fitting(masks: list[Begun], strange: Iterable[msgspec.Raw]) -> list[msgspec.Raw]:
    """All of them; the run lengths of the first ones give way where they are too many."""
    encoded = [msgspec.json.encode(each) for each in masks]
    over = sum(map(len, encoded)) + sum(len(bytes(each)) for each in strange) - MAX_BYTES
    for number, each in enumerate(masks):
        if over <= 0:
            break
        if each.points or each.box is not None:
            shorter = msgspec.json.encode(
                msgspec.structs.replace(each, counts="", drawn="", cleared="")
            )
            over -= len(encoded[number]) - len(shorter)
            encoded[number] = shorter
    return [msgspec.Raw(each) for each in encoded]
