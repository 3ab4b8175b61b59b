"""Images that are asked about before they are opened, and what was answered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.storage.reading import MAX_PIXELS, TooLarge


class LargeImages(QObject):
    """How many pixels an image may have to be opened without a question.

    ``asked``: a ``TooLarge`` waits for an answer. ``allowed``: the image at hand may be opened now.

    Attributes:
        largest_px: of any image, as the settings have it.
    """

    asked = Signal(object)
    allowed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.largest_px = MAX_PIXELS
        self._once: dict[Path, int] = {}

    def limit_of(self, path: Path) -> int:
        """The most pixels with which that image is opened."""
        return max(self.largest_px, self._once.get(path, 0))

    def refused(self, problem: TooLarge) -> None:
        """It was not opened: somebody has to be asked."""
        self.asked.emit(problem)

    def allow(self, problem: TooLarge) -> None:
        """Open it, and again until the program ends, whatever it takes."""
        self._once[problem.path] = problem.needed_px
        self.allowed.emit()
