"""The images of the open folder in natural order, and how far each of them is."""

from __future__ import annotations

import itertools
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.document import ImageStatus
from app.core.errors import Problem, problem_of
from app.core.review import StateCounts, Summary
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.navigation.image_counts import UNTOUCHED, ImageCounts
from app.storage.folder import image_batches, merged, nothing_in
from app.storage.foreign_files import LeftOut
from app.storage.names import natural_key
from model.messages import say

SUMMARY_BATCH = 200


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """A row of the list."""

    name: str
    path: Path
    summary: Summary = UNTOUCHED

    @property
    def status(self) -> ImageStatus:
        return self.summary.status

    @property
    def counts(self) -> tuple[int, int]:
        """Objects accepted as they were or corrected, and objects proposed."""
        objects = self.summary.objects
        return objects.accepted + objects.edited, objects.proposed


@dataclass(frozen=True, slots=True)
class _Names:
    """What the reading thread found so far; ``places`` tells the index of each name."""

    names: list[str]
    places: dict[str, int]
    done: bool


class ImageList(QObject):
    """A sequence of ``ImageEntry`` that grows while the folder is read.

    Attributes:
        given: whether it is of images chosen one by one, not of a folder.
        unreadable: why an image could not be opened, by its name; of this session alone.
        left_out: files and folders inside that are not listed.

    ``opened`` comes once, then ``grew`` for each batch of names, then ``summarised`` with the names
    whose files were read for their status.
    """

    opened = Signal()
    grew = Signal()
    summarised = Signal(list)
    failed = Signal(object)
    passed_over = Signal(object)
    """What the folder holds besides, a ``LeftOut``; after the last name, if there is something."""
    empty = Signal(object)
    """A Problem that says what there is instead of images."""
    _folder_read = Signal(int, object)
    _names_read = Signal(int, object)
    _summaries_read = Signal(int, object)
    _nothing_found = Signal(int, object)
    _left_out_found = Signal(int, object)

    def __init__(
        self,
        readers: IoThreads,
        open_folder: Callable[[Path], Folder],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._readers = readers
        self._open_folder = open_folder
        self.folder: Folder | None = None
        self.first: str | None = None
        self.recursive = False
        self.given = self._asked_given = False
        self.unreadable: dict[str, str] = {}
        self.left_out = LeftOut()
        self._found = _Names([], {}, True)
        self._summaries = ImageCounts()
        self._serial = 0
        queued = Qt.ConnectionType.QueuedConnection
        self._folder_read.connect(self._on_folder, queued)
        self._names_read.connect(self._on_names, queued)
        self._summaries_read.connect(self._on_summaries, queued)
        self._nothing_found.connect(self._on_nothing, queued)
        self._left_out_found.connect(self._on_left_out, queued)

    def __len__(self) -> int:
        return len(self._found.names)

    def __getitem__(self, index: int) -> ImageEntry:
        name = self._found.names[index]
        return ImageEntry(name, self._path(name), self.summary(name))

    def __iter__(self) -> Iterator[ImageEntry]:
        return (self[index] for index in range(len(self)))

    @property
    def done(self) -> bool:
        """Whether all names are known."""
        return self._found.done

    @property
    def counts(self) -> Counter[ImageStatus]:
        """Images by status; those never worked on count as to do."""
        found = self._summaries.statuses.copy()
        found[ImageStatus.TODO] += len(self) - len(self._summaries)
        return found

    def place(self, name: str) -> int:
        """Index of the image of that name; -1 if it is not listed."""
        return self._found.places.get(name, -1)

    def place_of(self, path: Path) -> int:
        if self.folder is None or not path.is_relative_to(self.folder.root):
            return -1
        return self.place(path.relative_to(self.folder.root).as_posix())

    def places(self, words: str, statuses: Collection[ImageStatus]) -> list[int]:
        """Of the images with these statuses whose names hold ``words``, given in small letters."""
        names, summaries = self._found.names, self._summaries
        found: Iterable[int] = range(len(names))
        if words:
            found = [place for place, name in enumerate(names) if words in name.casefold()]
        if len(statuses) == len(ImageStatus):
            return [*found]
        return [place for place in found if summaries[names[place]].status in statuses]

    def summary(self, name: str) -> Summary:
        return self._summaries[name]

    def put(self, name: str, summary: Summary) -> None:
        """What is known of an image now; it goes before what its file said."""
        self._summaries.put(name, summary)

    def next_todo(self, after: int, among: Sequence[int] | None = None) -> int | None:
        """Place of the next image to do behind ``after``, from the top again at the end.

        Where nothing can be done, as with a damaged file, is nothing to do.

        Args:
            after: place of the image at hand, which is not meant; -1 if none.
            among: ascending places to choose from; None for all.
        """
        places = range(len(self)) if among is None else among
        behind = bisect_right(places, after)
        rest = (
            places[number]
            for number in itertools.chain(range(behind, len(places)), range(behind))
            if places[number] != after
        )
        finished = (ImageStatus.DONE, ImageStatus.SKIPPED)
        names = self._found.names
        return next(
            (i for i in rest if names[i] not in self.unreadable
             and self.summary(names[i]).status not in finished),
            None,
        )  # fmt: skip

    def next_proposed(self, after: int, passed_over: Container[str] = ()) -> int | None:
        """Place of the next image on which something is proposed, from the top again at the end."""
        names = self._found.names
        rest = itertools.chain(range(after + 1, len(self)), range(max(0, after)))
        return next(
            (i for i in rest if self.summary(names[i]).objects.proposed
             and names[i] not in passed_over),
            None,
        )  # fmt: skip

    @property
    def proposed(self) -> tuple[int, int]:
        """Images on which something is proposed, and how many objects that are."""
        return self._summaries.proposed_images, self._summaries.objects.proposed

    @property
    def objects(self) -> StateCounts:
        """Those of all images, by state."""
        return self._summaries.objects

    def open(self, path: Path | None, paths: list[Path] | None, first: str | None = None) -> None:
        """Read the folder ``path``, or take the images ``paths`` alone, in the background."""
        self._serial += 1
        serial = self._serial
        self.first = first
        self._asked_given = paths is not None
        recursive = self.recursive
        self._readers.ask(
            Urgency.LIST, lambda: self._read(serial, path, paths, recursive), None, self._on_failed
        )

    # -- on the reading thread: touches nothing of the object but its signals

    def _read(
        self, serial: int, path: Path | None, paths: list[Path] | None, recursive: bool
    ) -> None:
        left_out = LeftOut()
        if path is None:
            root, batches = _given(paths or [])
        else:
            root = Path(os.path.abspath(path))
            batches = image_batches(root, recursive=recursive, left_out=left_out)
        folder = self._open_folder(root)
        try:
            batches = itertools.chain(list(itertools.islice(batches, 1)), batches)
        except Exception:
            # It will not be shown, so nobody else would give it up.
            folder.close()
            raise
        names: list[str] = []
        first = True
        for batch in itertools.chain(batches, [[]]):
            names = merged(names, batch) if batch else names
            if first:
                self._folder_read.emit(serial, folder)
                first = False
            places = {name: place for place, name in enumerate(names)}
            self._names_read.emit(serial, _Names(names, places, not batch))
            if serial != self._serial:
                return
        if not names:
            self._nothing_found.emit(serial, nothing_in(root, recursive=recursive))
        elif left_out.anything:
            self._left_out_found.emit(serial, left_out)
        self._summarise(serial, folder, names)

    def _summarise(self, serial: int, folder: Folder, names: Sequence[str]) -> None:
        found: dict[str, Summary] = {}
        summaries = folder.summaries(folder.root / name for name in names)
        for name, (_, summary) in zip(names, summaries, strict=True):
            if summary != UNTOUCHED:
                found[name] = summary
            if len(found) >= SUMMARY_BATCH:
                self._summaries_read.emit(serial, found)
                found = {}
            if serial != self._serial:
                return
        if found:
            self._summaries_read.emit(serial, found)

    # -- on the GUI thread

    @Slot(int, object)
    def _on_folder(self, serial: int, folder: Folder) -> None:
        if serial != self._serial:
            folder.close()
            return
        self.folder, self.given = folder, self._asked_given
        self._found = _Names([], {}, False)
        self._summaries = ImageCounts()
        self.unreadable = {}
        self.left_out = LeftOut()
        self.opened.emit()

    @Slot(int, object)
    def _on_names(self, serial: int, found: _Names) -> None:
        if serial == self._serial:
            self._found = found
            self.grew.emit()

    @Slot(int, object)
    def _on_summaries(self, serial: int, found: dict[str, Summary]) -> None:
        if serial != self._serial:
            return
        # What was edited meanwhile is newer than what lay on disk.
        fresh = {name: found[name] for name in found if name not in self._summaries}
        for name, summary in fresh.items():
            self._summaries.put(name, summary)
        self.summarised.emit(list(fresh))

    @Slot(int, object)
    def _on_left_out(self, serial: int, found: LeftOut) -> None:
        if serial == self._serial:
            self.left_out = found
            self.passed_over.emit(found)

    @Slot(int, object)
    def _on_nothing(self, serial: int, problem: Problem) -> None:
        if serial == self._serial:
            self.empty.emit(problem)

    def _on_failed(self, error: Exception) -> None:
        problem = problem_of(error)
        self.failed.emit(problem)

    def _path(self, name: str) -> Path:
        root = self.folder.root if self.folder else Path()
        return root / name


def _given(paths: Iterable[Path]) -> tuple[Path, Iterator[list[str]]]:
    """The folder that holds all of ``paths``, and their names in it."""
    whole = [Path(os.path.abspath(path)) for path in paths]
    try:
        root = Path(os.path.commonpath([path.parent for path in whole]))
    except ValueError as error:
        raise Problem(
            say("These images lie on different drives."), say("Open one folder at a time."), error
        ) from error
    names = sorted({path.relative_to(root).as_posix() for path in whole}, key=natural_key)
    return root, iter([names])
