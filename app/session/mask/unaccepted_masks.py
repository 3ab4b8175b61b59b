"""Masks begun and not accepted: on other images they wait, and all of them outlive the program."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.correction import Drawn
from app.core.document import Document
from app.core.errors import Problem, problem_of
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.last_writes import Work
from app.session.mask.draft import DraftHistory, DraftState
from app.storage.names import to_text
from app.storage.unfinished import Begun, UnfinishedFile

LOG = logging.getLogger(__name__)
WRITE_AFTER_MS = 300
RETRY_AFTER_MS = 5000
WHOLE_ANSWERS = 24
"""Answers of the model that are kept with the masks left last, of about a megabyte each."""


@dataclass(frozen=True, slots=True)
class Left:
    """A mask as it was left.

    Attributes:
        key: of the picture.
        size: of the picture, height and width.
        line: its states, so that undo goes on.
        editing: the object that was being corrected, or None.
        seconds: of work.
        label: the one it was begun with; None if that is not known.
    """

    key: str
    size: tuple[int, int]
    line: DraftHistory
    editing: int | None
    seconds: float
    label: int | None = None

    def is_accepted(self, document: Document | None) -> bool:
        """Killed between accepting and forgetting, the program finds the mask in both places."""
        mask = self.line.shown
        return mask is not None and any(each.mask == mask for each in document or ())


@dataclass(slots=True)
class Untold:
    """What is told of the mask once everything is in place on the image that was opened.

    Attributes:
        left_behind: path of the image on which a mask was begun and is kept.
        changed: whether the mask at hand is another one.
        resumed: whether one begun before is at hand again.
    """

    left_behind: Path | None = None
    changed: bool = False
    resumed: bool = False


AtHand = Callable[[], tuple[Path, Left] | None]
"""What is begun on the image that is open, and that image."""


@dataclass(frozen=True, slots=True)
class _Sketch:
    """What of a mask goes into the file: values alone, for the thread that writes."""

    path: Path
    left: Left
    state: DraftState
    mask: Mask | None
    clicks: int

    @classmethod
    def of(cls, path: Path, left: Left) -> _Sketch:
        line = left.line
        return cls(path, left, line.current, line.shown, line.clicks)


@dataclass(frozen=True, slots=True)
class _Newest:
    sketches: tuple[_Sketch, ...] = ()
    settled: Collection[Path] = ()


class UnacceptedMasks(QObject):
    """Keeps them by the paths of their images, and on disk between sessions.

    ``changed``: there are others now. ``read``: those of earlier sessions are known. ``failed``:
    the file cannot be written; told once, tried again until it can. ``set_aside``: those of earlier
    sessions cannot be read, and where they are now.

    Args:
        at_hand: asked whenever the file is written.
    """

    changed = Signal()
    read = Signal()
    failed = Signal(object)
    set_aside = Signal(object)

    def __init__(self, at_hand: AtHand, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._at_hand = at_hand
        self._left: dict[Path, Left] = {}
        self._earlier: dict[str, Begun] = {}
        self._settled: set[Path] = set()
        # Whichever reader comes first or last writes what is newest, one at a time.
        self._newest = _Newest()
        self._writing = threading.Lock()
        self._file: UnfinishedFile | None = None
        self._io_threads: IoThreads | None = None
        self._encoded: dict[Path, tuple[Left, Begun]] = {}
        self._on_disk: Path | None = None
        self._told = False
        self._timer = QTimer(self, singleShot=True, interval=WRITE_AFTER_MS)
        self._timer.timeout.connect(self._ask_to_write)

    def use(self, place: Path, io_threads: IoThreads) -> None:
        """Take up what earlier sessions left in a file; from now on it is kept there."""
        file = self._file = UnfinishedFile(place)
        self._io_threads = io_threads
        io_threads.ask(Urgency.LIST, file.read, self._on_read)

    def __contains__(self, path: object) -> bool:
        return path in self._left or (
            isinstance(path, Path) and path not in self._settled and to_text(path) in self._earlier
        )

    def put(self, path: Path, left: Left) -> None:
        """Keep what was begun on an image that is being left."""
        self._left.pop(path, None)
        self._left[path] = left
        self._lighten()
        self._settled.add(path)
        self._ask_to_write()
        self.changed.emit()

    def _lighten(self) -> None:
        """Of masks left long ago, only the run lengths stay in memory."""
        answers = 0
        for path, left in reversed(self._left.items()):
            held = left.line.answers
            answers += held
            if held and answers > WHOLE_ANSWERS:
                self._left[path] = replace(left, line=left.line.without_answers())

    def take(self, path: Path, key: str, size: tuple[int, int]) -> Left | None:
        """What was begun on this picture, no longer kept here; None if nothing was.

        On disk it stays until the next writing, which asks what is at hand.
        """
        if path not in self:
            return None
        found = self._left.pop(path, None)
        begun = self._earlier.pop(to_text(path), None)
        if found is None and begun is not None:
            found = _again(begun)
        self._settled.add(path)
        self.stir()
        self.changed.emit()
        # Another picture under the old name has other objects.
        return found if found is not None and (found.key, found.size) == (key, size) else None

    def stir(self) -> None:
        """What is at hand may be other than before: on disk within a moment."""
        if self._at_hand() is None and self._on_disk is not None:
            # It was accepted or dropped: it must not come back.
            self._ask_to_write()
        elif self._file is not None and not self._timer.isActive():
            self._timer.start(WRITE_AFTER_MS)

    def last_write(self) -> tuple[Path, Work] | None:
        """Puts on disk for the last time what is kept; raises Problem if it cannot be.

        No reader is at work any more when it is done.
        """
        self._timer.stop()
        file, self._file = self._file, None
        if file is None or not self._settled:
            return None
        self._note_newest()
        return file.path, lambda: self._write(file)

    def _note_newest(self) -> None:
        at_hand = self._at_hand()
        kept = dict(self._left)
        if at_hand is not None:
            kept[at_hand[0]] = at_hand[1]
            self._settled.add(at_hand[0])
        self._on_disk = at_hand[0] if at_hand is not None else None
        sketches = tuple(_Sketch.of(path, left) for path, left in kept.items())
        self._newest = _Newest(sketches, frozenset(self._settled))

    @Slot()
    def _ask_to_write(self) -> None:
        self._timer.stop()
        self._note_newest()
        file = self._file
        if file is not None and self._io_threads is not None and self._settled:
            self._io_threads.ask(
                Urgency.BEGUN, lambda: self._write(file), self._on_written, self._on_unwritten
            )

    def _write(self, file: UnfinishedFile) -> Problem | None:
        with self._writing:
            newest = self._newest
            self._encoded = {each.path: self._begun(each) for each in newest.sketches}
            return file.write([begun for _, begun in self._encoded.values()], newest.settled)

    def _begun(self, sketch: _Sketch) -> tuple[Left, Begun]:
        """What waits elsewhere is the same each time; only what is at hand is encoded again."""
        known = self._encoded.get(sketch.path)
        if known is not None and known[0] is sketch.left:
            return known
        return sketch.left, _begun(sketch)

    def _on_written(self, told: Problem | None) -> None:
        self._told = False
        if told is not None:
            self.set_aside.emit(told)

    def _on_unwritten(self, error: Exception) -> None:
        if self._file is None:
            return
        if not self._timer.isActive():
            self._timer.start(RETRY_AFTER_MS)
        if not self._told:
            self._told = True
            LOG.warning("masks that were not accepted are not kept: %s", error)
            self.failed.emit(problem_of(error))

    def _on_read(self, found: tuple[Begun, ...]) -> None:
        self._earlier = {each.path: each for each in found}
        self.read.emit()
        self.changed.emit()


def _begun(sketch: _Sketch) -> Begun:
    left, state, mask = sketch.left, sketch.state, sketch.mask
    box = state.prompt.box
    return Begun(
        path=to_text(sketch.path),
        key=left.key,
        size=left.size,
        counts="" if mask is None else mask.counts,
        editing=left.editing,
        points=tuple((p.x, p.y, int(p.positive)) for p in state.prompt.points),
        box=None if box is None else (box.x0, box.y0, box.x1, box.y1),
        clicks=sketch.clicks,
        added_px=state.added_px,
        removed_px=state.removed_px,
        seconds=round(left.seconds, 2),
        label=left.label,
        drawn="" if state.drawn.added is None else state.drawn.added.counts,
        cleared="" if state.drawn.removed is None else state.drawn.removed.counts,
    )


def _again(begun: Begun) -> Left | None:
    """The mask with its prompt; None if the file says what cannot be."""
    try:
        points = tuple(Point(x, y, positive=bool(sign)) for x, y, sign in begun.points)
        prompt = Prompt(points, None if begun.box is None else Box(*begun.box))
        mask, added, removed = (
            Mask.from_counts(counts, *begun.size) if counts else None
            for counts in (begun.counts, begun.drawn, begun.cleared)
        )
    except ValueError as error:
        LOG.info("an unfinished mask is damaged: %s", error)
        return None
    brushed, drawn = (begun.added_px, begun.removed_px), Drawn(added, removed)
    line = DraftHistory.resumed(prompt, mask, brushed, begun.clicks, drawn)
    seconds = max(0.0, begun.seconds)
    return Left(begun.key, begun.size, line, begun.editing, seconds, begun.label)
