"""Small pictures for the list, read when they come into view."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.session.folder.io_threads import IoThreads, Reading, Urgency
from app.storage.reading import read_thumbnail

SIDE_PX = 128
HELD = 2000
WAITING = 64


class Thumbnails(QObject):
    """Thumbnails by path. Of many that are asked for, only the newest are read."""

    ready = Signal(object, QImage)
    failed = Signal(object, object)

    def __init__(self, io_threads: IoThreads, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._io_threads = io_threads
        self._held: OrderedDict[Path, QImage] = OrderedDict()
        self._asked: OrderedDict[Path, Reading] = OrderedDict()

    def get(self, path: Path) -> QImage | None:
        """At hand, or None; then ask."""
        found = self._held.get(path)
        if found is not None:
            self._held.move_to_end(path)
        return found

    def ask(self, path: Path) -> None:
        """Answered by ``ready`` or ``failed``, unless it scrolls out of view before its turn."""
        if path in self._asked:
            return
        found = self.get(path)
        if found is not None:
            self.ready.emit(path, found)
            return
        self._asked[path] = self._io_threads.ask(
            Urgency.THUMBNAIL,
            lambda: qimage(read_thumbnail(path, SIDE_PX)),
            lambda image: self._done(path, image),
            lambda error: self._lost(path, error),
        )
        while len(self._asked) > WAITING:
            _, reading = self._asked.popitem(last=False)
            reading.cancel()

    def clear(self) -> None:
        for reading in self._asked.values():
            reading.cancel()
        self._asked.clear()
        self._held.clear()

    def _done(self, path: Path, image: QImage) -> None:
        self._asked.pop(path, None)
        self._held[path] = image
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        self.ready.emit(path, image)

    def _lost(self, path: Path, error: Exception) -> None:
        self._asked.pop(path, None)
        self.failed.emit(path, error)


def qimage(pixels: npt.NDArray[np.uint8]) -> QImage:
    """(h, w, 3) uint8 as an image of its own; may be used on any thread."""
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels)
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
