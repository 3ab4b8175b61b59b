"""Reads and embeds the images that come next, while nothing else is to be done."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from app.core.picture import Picture
from app.session.folder.folder_protocol import Stamp, stamp_of
from app.session.folder.io_threads import IoThreads, Reading, Urgency
from app.session.model.model_host import ModelHost
from app.session.navigation.large_images import LargeImages
from app.storage.reading import read_picture

HELD_BYTES = 384 << 20


class Prefetch(QObject):
    """Keeps the pictures just left and those expected next, within ``HELD_BYTES``."""

    def __init__(
        self,
        host: ModelHost,
        io_threads: IoThreads,
        large: LargeImages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._large = large
        self._host = host
        self._io_threads = io_threads
        self._held: OrderedDict[Path, tuple[Picture, Stamp | None]] = OrderedDict()
        self._wanted: list[Path] = []
        self._present = ""
        self._reading: Reading | None = None
        host.embedded.connect(self._on_embedded)

    def keep(self, picture: Picture, stamp: Stamp | None) -> None:
        """It is open now, and one may come back to it."""
        self._keep(picture, stamp)

    def want(self, paths: Sequence[Path], present: str) -> None:
        """Read ``paths`` and embed them, in that order; ``present`` is the open picture's key."""
        self._wanted = list(paths)
        self._present = present
        self._go_on()

    def take(self, path: Path) -> tuple[Picture | None, Stamp | None]:
        """The picture in ``path`` if it was read, and what its file was then."""
        found = self._held.get(path)
        if found is None:
            return None, None
        self._held.move_to_end(path)
        return found

    def clear(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self._wanted = []
        self._held.clear()

    def _go_on(self) -> None:
        if self._reading is not None or not self._wanted:
            return
        path = self._wanted[0]
        picture, _ = self.take(path)
        if picture is None:
            limit = self._large.limit_of(path)
            self._reading = self._io_threads.ask(
                Urgency.AHEAD, lambda: _read(path, limit), self._on_read, self._on_unread
            )
        elif picture.key == self._present:
            # A copy of the open image is ready with it; asking would call this again, for ever.
            self._wanted = self._wanted[1:]
            self._go_on()
        elif self._host.embedding is not None:
            # The open image comes first; once it is ready this is called again.
            self._host.prefetch(picture)

    def _on_read(self, found: tuple[Picture, Stamp | None]) -> None:
        self._reading = None
        self._keep(*found)
        self._go_on()

    def _on_unread(self, error: Exception) -> None:
        # It will be said when the image is opened.
        self._reading = None
        self._wanted = self._wanted[1:]
        self._go_on()

    @Slot(str)
    def _on_embedded(self, key: str) -> None:
        if self._wanted:
            picture, _ = self.take(self._wanted[0])
            if picture is not None and picture.key == key:
                self._wanted = self._wanted[1:]
        self._go_on()

    def _keep(self, picture: Picture, stamp: Stamp | None) -> None:
        self._held[picture.path] = (picture, stamp)
        self._held.move_to_end(picture.path)
        size = sum(held.pixels.nbytes for held, _ in self._held.values())
        while size > HELD_BYTES and len(self._held) > 1:
            _, (given_up, _) = self._held.popitem(last=False)
            size -= given_up.pixels.nbytes


def _read(path: Path, limit: int) -> tuple[Picture, Stamp | None]:
    stamp = stamp_of(path)
    return read_picture(path, limit), stamp
