"""When the files of the images were changed last, read once somebody wants to sort by it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.session.folder.io_threads import IoThreads, Urgency

BATCH = 2000


class ImageDates(QObject):
    """Dates by the names of images, nanoseconds since 1970; asked for in the background.

    ``found``: some more of them are known.
    """

    found = Signal()
    _read = Signal(int, object)

    def __init__(self, io_threads: IoThreads, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._io_threads = io_threads
        self._by_name: dict[str, int] = {}
        self._asked: set[str] = set()
        self._serial = 0
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def get(self, name: str) -> int | None:
        return self._by_name.get(name)

    def clear(self) -> None:
        """Another folder: what is known and what is still being read is of no use."""
        self._serial += 1
        self._by_name, self._asked = {}, set()

    def ask(self, root: Path, names: Sequence[str]) -> None:
        """Read those that were not asked for yet."""
        new = [name for name in names if name not in self._asked]
        if not new:
            return
        self._asked.update(new)
        serial = self._serial
        self._io_threads.ask(Urgency.LIST, lambda: self._look(serial, root, new))

    def _look(self, serial: int, root: Path, names: Sequence[str]) -> None:
        for start in range(0, len(names), BATCH):
            if serial != self._serial:
                return
            batch = names[start : start + BATCH]
            self._read.emit(serial, dict(_dated(root, batch)))

    @Slot(int, object)
    def _on_read(self, serial: int, dates: dict[str, int]) -> None:
        if serial == self._serial:
            self._by_name.update(dates)
            self.found.emit()


def _dated(root: Path, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        try:
            yield name, os.stat(root / name).st_mtime_ns
        except OSError:
            continue
