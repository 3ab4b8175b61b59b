"""The images of the open folder in natural order, and how far each of them is."""

from __future__ import annotations

import itertools
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.contents import Contents
from app.core.document import ImageStatus
from app.core.errors import Problem, problem_of
from app.core.image_filter import ImageFilter
from app.core.review import StateCounts, Summary
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.navigation.image_counts import UNTOUCHED, ImageCounts
from app.session.navigation.image_dates import ImageDates
from app.storage.folder import image_batches, list_images, merged, nothing_in
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
    again: bool = False


class ImageList(QObject):
    """A sequence of ``ImageEntry`` that grows while the folder is read.

    Attributes:
        given: whether it is of images chosen one by one, not of a folder.
        unreadable: why an image could not be opened, by its name; of this session alone.
        left_out: files and folders inside that are not listed.
        dates: of the images' files.

    ``opened`` comes once, then ``grew`` for each batch of names, then ``summarised`` with the names
    whose files were read for their status.

    Args:
        io_threads: read what is asked here.
        open_folder: makes a ``Folder`` of a path, on a reading thread.
        saves_of: differs from before once something was saved that a folder has beside its objects;
            asked on any thread.
    """

    opened = Signal()
    grew = Signal()
    summarised = Signal(list)
    refreshed = Signal(int, int)
    """How many images are new, and how many are gone."""
    failed = Signal(object)
    passed_over = Signal(object)
    """What the folder holds besides, a ``LeftOut``; after the last name, if there is something."""
    empty = Signal(object)
    """A Problem that says what there is instead of images."""
    _folder_read = Signal(int, object, object)
    _names_read = Signal(int, object)
    _summaries_read = Signal(int, object)
    _nothing_found = Signal(int, object)
    _left_out_found = Signal(int, object)

    def __init__(
        self,
        io_threads: IoThreads,
        open_folder: Callable[[Path], Folder],
        saves_of: Callable[[Path], object] = lambda _: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._io_threads = io_threads
        self._open_folder = open_folder
        self._saves_of = saves_of
        self._asked: tuple[Path | None, list[Path] | None] = None, None
        self.folder: Folder | None = None
        self.first: str | None = None
        self.recursive = False
        self.given = False
        self.unreadable: dict[str, str] = {}
        self.left_out = LeftOut()
        self._found = _Names([], {}, True)
        self._summaries = ImageCounts()
        self.dates = ImageDates(io_threads, self)
        self._newer: set[str] = set()
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

    def name_at(self, place: int) -> str:
        return self._found.names[place]

    def place_of(self, path: Path) -> int:
        if self.folder is None or not path.is_relative_to(self.folder.root):
            return -1
        return self.place(path.relative_to(self.folder.root).as_posix())

    def places(self, chosen: ImageFilter) -> Sequence[int]:
        """Of the images that the filter admits, ascending."""
        names, summaries = self._found.names, self._summaries
        found: Sequence[int] = range(len(names))
        if chosen.words:
            found = [place for place, name in enumerate(names) if chosen.words in name.casefold()]
        if not chosen.by_contents:
            return found
        return [place for place in found if chosen.admits(summaries[names[place]])]

    def summary_at(self, place: int) -> Summary:
        return self._summaries[self._found.names[place]]

    def date_at(self, place: int) -> int | None:
        """When the file was changed last, nanoseconds; None as long as that is not known."""
        return self.dates.get(self._found.names[place])

    def ask_dates(self) -> None:
        """Have the dates of all images read, as far as they are not known."""
        if self.folder is not None:
            self.dates.ask(self.folder.root, self._found.names)

    @property
    def contents(self) -> Collection[Contents]:
        """What images hold, each kind of it once; also what was there a while ago."""
        return self._summaries.contents

    def summary(self, name: str) -> Summary:
        return self._summaries[name]

    def put(self, name: str, summary: Summary) -> None:
        """What is known of an image now; it goes before what its file said."""
        self._newer.add(name)
        self._summaries.put(name, summary)

    def first_todo(self, places: Iterable[int]) -> int | None:
        """The first of these places where something is left to do.

        Where nothing can be done, as with a damaged file, is nothing to do.
        """
        finished = (ImageStatus.DONE, ImageStatus.SKIPPED)
        names = self._found.names
        return next(
            (i for i in places if names[i] not in self.unreadable
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
        self._asked = path, paths
        recursive = self.recursive
        self._io_threads.ask(
            Urgency.LIST, lambda: self._read(serial, path, paths, recursive), None, self._on_failed
        )

    def refresh(self, newer: Iterable[Path] = ()) -> None:
        """Look again in the background; what is known meanwhile stays.

        Args:
            newer: images of which more is known than their files say.
        """
        folder = self.folder
        if folder is None or not self.done:
            return
        self._serial += 1
        serial = self._serial
        given = self._found.names if self.given else None
        recursive, known = self.recursive, frozenset(self._summaries)
        self._newer = {self._found.names[i] for path in newer if (i := self.place_of(path)) >= 0}
        self.unreadable.clear()
        self.dates.clear()
        self._io_threads.ask(
            Urgency.LIST,
            lambda: self._read_again(serial, folder, given, recursive, known),
            None,
            self._on_failed,
        )

    def place_near(self, name: str) -> int:
        """Where an image of that name would stand."""
        return bisect_left(self._found.names, natural_key(name), key=natural_key)

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
        saves, folder = self._saves_of(root), self._open_folder(root)
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
                self._folder_read.emit(serial, folder, saves)
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

    def _read_again(
        self,
        serial: int,
        folder: Folder,
        given: Sequence[str] | None,
        recursive: bool,
        known: frozenset[str],
    ) -> None:
        left_out = LeftOut()
        if given is None:
            names = list_images(folder.root, recursive=recursive, left_out=left_out)
        else:
            names = [name for name in given if (folder.root / name).exists()]
        places = {name: place for place, name in enumerate(names)}
        self._names_read.emit(serial, _Names(names, places, True, again=True))
        self._left_out_found.emit(serial, left_out)
        self._summarise(serial, folder, names, known)

    def _summarise(
        self, serial: int, folder: Folder, names: Sequence[str], known: Container[str] = ()
    ) -> None:
        found: dict[str, Summary] = {}
        summaries = folder.summaries(folder.root / name for name in names)
        for name, (_, summary) in zip(names, summaries, strict=True):
            if summary != UNTOUCHED or name in known:
                found[name] = summary
            if len(found) >= SUMMARY_BATCH:
                self._summaries_read.emit(serial, found)
                found = {}
            if serial != self._serial:
                return
        if found:
            self._summaries_read.emit(serial, found)

    # -- on the GUI thread

    @Slot(int, object, object)
    def _on_folder(self, serial: int, folder: Folder, saves: object) -> None:
        if serial != self._serial:
            folder.close()
            return
        if self._saves_of(folder.root) != saves:
            # Its labels were saved while they were read, so what was read may be older than that.
            self.open(*self._asked, self.first)
            folder.close()
            return
        self.folder, self.given = folder, self._asked[1] is not None
        self._found = _Names([], {}, False)
        self._summaries = ImageCounts()
        self._newer = set()
        self.dates.clear()
        self.unreadable = {}
        self.left_out = LeftOut()
        self.opened.emit()

    @Slot(int, object)
    def _on_names(self, serial: int, found: _Names) -> None:
        if serial != self._serial:
            return
        before, self._found = self._found, found
        if not found.again:
            self.grew.emit()
            return
        gone = before.places.keys() - found.places.keys()
        self._summaries.forget(gone)
        self.grew.emit()
        self.refreshed.emit(len(found.names) - len(before.names) + len(gone), len(gone))

    @Slot(int, object)
    def _on_summaries(self, serial: int, found: dict[str, Summary]) -> None:
        if serial != self._serial:
            return
        # What was edited meanwhile is newer than what lay on disk.
        fresh = {name: found[name] for name in found if name not in self._newer}
        for name, summary in fresh.items():
            self._summaries.put(name, summary)
        self.summarised.emit(list(fresh))

    @Slot(int, object)
    def _on_left_out(self, serial: int, found: LeftOut) -> None:
        if serial == self._serial and found != self.left_out:
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
