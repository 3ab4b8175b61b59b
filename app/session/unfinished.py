"""Masks begun on other images: they wait until one comes back to them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.errors import Problem
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt
from app.session.draft import DraftLine
from app.session.readers import Readers, Urgency
from app.storage.names import to_text
from app.storage.unfinished import Begun, UnfinishedFile

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """A mask as it was left.

    Attributes:
        key: of the picture.
        size: of the picture, height and width.
        line: its states, so that undo goes on.
        editing: the object that was being corrected, or None.
        seconds: of work.
    """

    key: str
    size: tuple[int, int]
    line: DraftLine
    editing: int | None
    seconds: float


class Unfinished(QObject):
    """Keeps them by the paths of their images, and on disk between sessions.

    ``changed``: there are others now. ``read``: those of earlier sessions are known.
    """

    changed = Signal()
    read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left: dict[Path, Left] = {}
        self._earlier: dict[str, Begun] = {}
        self._settled: set[Path] = set()
        # Whichever reader comes first or last writes what is newest, one at a time.
        self._newest: tuple[Mapping[Path, Left], Collection[Path]] = ({}, ())
        self._writing = threading.Lock()
        self._file: UnfinishedFile | None = None
        self._readers: Readers | None = None

    def use(self, place: Path, readers: Readers) -> None:
        """Take up what earlier sessions left in a file; from now on it is kept there."""
        file = self._file = UnfinishedFile(place)
        self._readers = readers
        readers.ask(Urgency.LIST, file.read, self._on_read)

    def __contains__(self, path: object) -> bool:
        return path in self._left or (
            isinstance(path, Path) and path not in self._settled and to_text(path) in self._earlier
        )

    def put(self, path: Path, left: Left) -> None:
        self._left[path] = left
        self._note(path)

    def take(self, path: Path, key: str, size: tuple[int, int]) -> Left | None:
        """What was begun on this picture, no longer kept here; None if nothing was."""
        if path not in self:
            return None
        found = self._left.pop(path, None)
        begun = self._earlier.pop(to_text(path), None)
        if found is None and begun is not None:
            found = _again(begun)
        self._note(path)
        # Another picture under the old name has other objects.
        return found if found is not None and (found.key, found.size) == (key, size) else None

    def write(self) -> None:
        """Put on disk at once what is kept, when no reader is at work any more."""
        if self._file is not None and self._settled:
            self._write(self._file)

    def _note(self, path: Path) -> None:
        self._settled.add(path)
        self._newest = dict(self._left), frozenset(self._settled)
        file = self._file
        if file is not None and self._readers is not None:
            self._readers.ask(Urgency.KEEP, lambda: self._write(file))
        self.changed.emit()

    def _write(self, file: UnfinishedFile) -> None:
        with self._writing:
            _write(file, *self._newest)

    def _on_read(self, found: tuple[Begun, ...]) -> None:
        self._earlier = {each.path: each for each in found}
        self.read.emit()
        self.changed.emit()


def _write(file: UnfinishedFile, left: Mapping[Path, Left], settled: Collection[Path]) -> None:
    """A failure costs these masks and is noted, no more."""
    try:
        file.write([_begun(path, each) for path, each in left.items()], settled)
    except Problem as problem:
        LOG.warning("masks that were not accepted are not kept: %s", problem)


def _begun(path: Path, left: Left) -> Begun:
    state, mask = left.line.current, left.line.shown
    box = state.prompt.box
    return Begun(
        path=to_text(path),
        key=left.key,
        size=left.size,
        counts="" if mask is None else mask.counts,
        editing=left.editing,
        points=tuple((p.x, p.y, int(p.positive)) for p in state.prompt.points),
        box=None if box is None else (box.x0, box.y0, box.x1, box.y1),
        clicks=left.line.clicks,
        added_px=state.added_px,
        removed_px=state.removed_px,
        seconds=round(left.seconds, 2),
    )


def _again(begun: Begun) -> Left | None:
    """The mask with its prompt; None if the file says what cannot be."""
    try:
        points = tuple(Point(x, y, positive=bool(sign)) for x, y, sign in begun.points)
        prompt = Prompt(points, None if begun.box is None else Box(*begun.box))
        mask = Mask.from_counts(begun.counts, *begun.size) if begun.counts else None
    except ValueError as error:
        LOG.info("an unfinished mask is damaged: %s", error)
        return None
    line = DraftLine.resumed(prompt, mask, (begun.added_px, begun.removed_px), begun.clicks)
    return Left(begun.key, begun.size, line, begun.editing, max(0.0, begun.seconds))
