"""Which image: the list of them, how far each is, and the way from one to the next."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from app.core.document import Document, ImageStatus
from app.core.errors import problem_of
from app.core.review import Summary
from app.session.folder.folder_protocol import Opened
from app.session.folder.io_threads import IoThreads, Reading, Urgency
from app.session.mask.unaccepted_masks import UnacceptedMasks
from app.session.model.model_host import ModelHost
from app.session.navigation.image_list import ImageEntry, ImageList
from app.session.navigation.large_images import LargeImages
from app.session.navigation.prefetch import Prefetch
from app.session.navigation.selected_images import SelectedImages
from app.session.navigation.shown_images import ShownImages
from app.session.navigation.thumbnails import Thumbnails
from app.session.session import Session
from app.storage.reading import TooLarge

__all__ = ["ImageEntry", "Navigator"]


class Navigator(QObject):
    """Moves the session from image to image; nothing it does waits for a disk.

    Attributes:
        shown: the images that next and previous lead through.
        selected: those selected together in the list.

    Args:
        unfinished: the images on which a mask was begun and left.
        last_name: given a folder, the name of the image one was on there the last time, or None.
    """

    folder_changed = Signal()
    listing_grew = Signal()
    current_changed = Signal()
    statuses_changed = Signal(list)
    """Places in the list."""
    thumbnail_ready = Signal(int, QImage)
    problem = Signal(object)
    shown_changed = Signal()
    """Next and previous may be others than before."""
    all_done = Signal()
    """Of the images that are shown, nothing is left to do."""
    marks_changed = Signal()
    """Masks were begun on other images than before."""

    def __init__(
        self,
        session: Session,
        host: ModelHost,
        io_threads: IoThreads,
        image_list: ImageList,
        unfinished: UnacceptedMasks,
        last_name: Callable[[Path], str | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._io_threads, self._image_list = session, io_threads, image_list
        self.shown = ShownImages(image_list, self)
        self.selected = SelectedImages(image_list, self.shown, self)
        self.shown.changed.connect(self.shown_changed)
        self._name: str | None = None
        self.prefetch = 2
        self._unfinished, self._last_name = unfinished, last_name
        unfinished.changed.connect(self.marks_changed)
        self._opening: Reading | None = None
        self._wanted: str | None = None
        self.large = LargeImages(self)
        self.large.allowed.connect(self.reload)
        self.ahead = Prefetch(host, io_threads, self.large, self)
        self._thumbnails = Thumbnails(io_threads, self)
        self._thumbnails.ready.connect(self._on_thumbnail)
        self._thumbnails.failed.connect(self._on_no_thumbnail)
        image_list.opened.connect(self._on_folder)
        image_list.grew.connect(self._on_grew)
        image_list.summarised.connect(self._on_summarised)
        image_list.refreshed.connect(self._on_refreshed)
        image_list.failed.connect(self.problem)
        image_list.empty.connect(self.problem)
        session.reload_wanted.connect(self.reload)
        session.document_changed.connect(self._on_document)
        session.elsewhere_changed.connect(self._on_elsewhere)
        session.image_swapped.connect(self._on_image_swapped)
        session.image_opened.connect(self._on_image_opened)
        host.embedded.connect(self._on_embedded)

    # -- the list

    @property
    def images(self) -> ImageList:
        return self._image_list

    @property
    def current(self) -> int:
        """Place of the image that is open or being opened; -1 if none."""
        return -1 if self._name is None else self._image_list.place(self._name)

    @property
    def counts(self) -> Counter[ImageStatus]:
        return self._image_list.counts

    @property
    def listing_done(self) -> bool:
        return self._image_list.done

    def open_folder(self, path: Path) -> None:
        """Show the images of a folder; the one left last, or the first, opens once it is known."""
        self._image_list.open(path, None, first=self._last_name(Path(os.path.abspath(path))))

    def open_files(self, paths: Sequence[Path]) -> None:
        """One file: its folder, with it opened. Several: these alone."""
        if len(paths) == 1 and paths[0].is_dir():
            self.open_folder(paths[0])
        elif len(paths) == 1:
            self._image_list.open(paths[0].parent, None, first=paths[0].name)
        elif paths:
            self._image_list.open(None, list(paths))

    def set_recursive(self, *, recursive: bool) -> None:
        """Whether the images of the folders inside are shown, too; an open folder is read anew."""
        if recursive == self._image_list.recursive:
            return
        self._image_list.recursive = recursive
        self.open_again()

    def open_again(self) -> None:
        """Open the same folder anew, at the same image."""
        folder = self._image_list.folder
        if folder is not None and not self._image_list.given:
            self._image_list.open(
                folder.root, None, first=self._name or self._last_name(folder.root)
            )

    def refresh(self, unsaved: Collection[Path] = ()) -> None:
        """Look which images there are by now, and how far; the folder and the image stay open.

        Args:
            unsaved: images of which more is known than their files say.
        """
        self._thumbnails.clear()
        self._image_list.refresh([path for path in (self._session.image_path, *unsaved) if path])

    def request_thumbnail(self, index: int) -> None:
        if 0 <= index < len(self._image_list):
            self._thumbnails.ask(self._image_list[index].path)

    def is_unfinished(self, path: Path) -> bool:
        """Whether a mask was begun on an image, and left."""
        return path in self._unfinished

    # -- moving

    def go(self, index: int) -> None:
        """Open the image at that place; until it is read completely the present one stays."""
        folder = self._image_list.folder
        if folder is None or not 0 <= index < len(self._image_list):
            return
        entry = self._image_list[index]
        if entry.name == self._name and self._opening is None and self._session.picture:
            return
        if self._opening is not None:
            self._opening.cancel()
        self._name = entry.name
        self.current_changed.emit()
        self._session.image_opening.emit(entry.name)
        picture, stamp = self.ahead.take(entry.path)
        saves = self._session.saves_of(entry.path)
        limit = self.large.limit_of(entry.path)
        self._opening = self._io_threads.ask(
            Urgency.OPEN,
            lambda: folder.open_image(entry.path, picture, stamp, limit),
            lambda opened: self._on_read(opened, saves),
            self._on_unread,
        )

    @Slot()
    def reload(self) -> None:
        """Read the image at hand again, with what lies on disk now."""
        place, self._name = self.current, None
        self.go(place)

    def beside(self, step: int) -> int:
        """Place of the next (1) or previous (-1) image of those shown in the list; -1 if none."""
        return self.shown.beside(self.current, step)

    def first(self) -> None:
        """To the first image of those shown."""
        self.go(self.shown.first())

    def last(self) -> None:
        self.go(self.shown.last())

    def next(self) -> None:
        self.go(self.beside(1))

    def previous(self) -> None:
        self.go(self.beside(-1))

    def next_todo(self) -> None:
        """The next image that is not done or skipped; after the last comes the first.

        Of those shown in the list, where a filter hides others; ``all_done`` if there is none.
        """
        place = self._image_list.first_todo(self.shown.behind(self.current))
        if place is not None:
            self.go(place)
        elif self._image_list.done:
            self.all_done.emit()

    def done_and_next(self) -> None:
        self._session.set_status(ImageStatus.DONE)
        self._onward()

    def skip_and_next(self) -> None:
        self._session.set_status(ImageStatus.SKIPPED)
        self._onward()

    def _onward(self) -> None:
        """To the next one; from the last to what was passed over before it."""
        if self.beside(1) >= 0:
            self.next()
        else:
            self.next_todo()

    # -- inside

    @Slot()
    def _on_folder(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        self._name = None
        self._thumbnails.clear()
        self.ahead.clear()
        self._session.use_folder(self._image_list.folder)
        self.folder_changed.emit()
        self.current_changed.emit()

    @Slot()
    def _on_grew(self) -> None:
        self.listing_grew.emit()
        first = self._image_list.first
        if self._name is None and len(self._image_list):
            place = self._image_list.place(first) if first else -1
            if place < 0 and self._image_list.done:
                # Which is the first is known once all names are: a disk gives them in any order.
                place = 0
            if place >= 0:
                self.go(place)

    @Slot(int, int)
    def _on_refreshed(self, new: int, gone: int) -> None:
        """From an image that is gone to the one that stands in its place."""
        if self._name is None or self.current >= 0:
            return
        place, self._name = self._image_list.place_near(self._name), None
        if len(self._image_list):
            self.go(min(place, len(self._image_list) - 1))
        else:
            self._session.close_image()
            self.current_changed.emit()

    def _on_read(self, opened: Opened, saves: int) -> None:
        self._opening = None
        self.ahead.keep(opened.picture, opened.stamp)
        if self._session.saves_of(opened.path) != saves:
            # Its last edit was saved while it was read, so what was read may be older than that.
            self.reload()
            return
        self._session.show_opened(opened)

    def _on_unread(self, error: Exception) -> None:
        self._opening = None
        problem = problem_of(error)
        # The image before must not stay under this one's name, to be edited in its place.
        self._session.close_image()
        if self._name is not None:
            self._note_unreadable(self._name, problem)
        self._session.image_failed.emit(problem)
        if isinstance(problem, TooLarge):
            self.large.refused(problem)

    @Slot()
    def _on_image_swapped(self) -> None:
        document = self._session.document
        if document is not None and self._name is not None:
            self._image_list.put(self._name, self._summary_of(document))
            self._image_list.unreadable.pop(self._name, None)

    @Slot()
    def _on_image_opened(self) -> None:
        if self._session.document is not None and self._name is not None:
            self.statuses_changed.emit([self.current])
        self._look_ahead()

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        # Not the image of ``current``: that may still be on its way.
        if self._session.image_path is not None:
            self._on_elsewhere(self._session.image_path, after)

    @Slot(object, object)
    def _on_elsewhere(self, path: Path, document: Document) -> None:
        place, summary = self._image_list.place_of(path), self._summary_of(document)
        if place >= 0 and summary != self._image_list[place].summary:
            self._image_list.put(self._image_list[place].name, summary)
            self.statuses_changed.emit([place])

    def _summary_of(self, document: Document) -> Summary:
        return Summary.of(document, {label.id: label.name for label in self._session.labels})

    @Slot(list)
    def _on_summarised(self, names: list[str]) -> None:
        self.statuses_changed.emit([self._image_list.place(name) for name in names])

    @Slot(str)
    def _on_embedded(self, key: str) -> None:
        picture = self._session.picture
        if picture is not None and picture.key == key:
            self._look_ahead()

    def _look_ahead(self) -> None:
        """Once the open image is ready, read and embed those that come next."""
        if self._opening is None and self._session.picture is not None:
            steps = range(1, self.prefetch + 1)
            places = [self.shown.beside(self.current, step) for step in steps]
            paths = [self._image_list[place].path for place in places if place >= 0]
            self.ahead.want(paths, self._session.picture.key)

    @Slot(object, QImage)
    def _on_thumbnail(self, path: Path, image: QImage) -> None:
        place = self._image_list.place_of(path)
        if place >= 0:
            self.thumbnail_ready.emit(place, image)

    @Slot(object, object)
    def _on_no_thumbnail(self, path: Path, problem: object) -> None:
        place = self._image_list.place_of(path)
        if place >= 0:
            self._note_unreadable(self._image_list[place].name, problem)

    def _note_unreadable(self, name: str, problem: object) -> None:
        if isinstance(problem, TooLarge):
            return  # it can be opened, if somebody wants to
        self._image_list.unreadable[name] = f"{problem}"
        self.statuses_changed.emit([self._image_list.place(name)])
