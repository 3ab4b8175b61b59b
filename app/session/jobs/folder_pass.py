"""Changes image after image of a folder, each by itself, and takes all of it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.document import Document
from app.core.errors import Problem
from app.session.folder.folder_protocol import Folder, Token
from app.session.jobs.background_job import BackgroundJob, JobContext
from app.storage.sidecar import read_back


@dataclass(frozen=True, slots=True)
class ImageStep:
    """An image to be changed.

    Attributes:
        name: relative to the folder.
        size: of the image, height and width.
        wanted: what becomes of its objects.
        fits: whether they are as they must be for that.
    """

    name: str
    size: tuple[int, int]
    wanted: Callable[[Document], Document]
    fits: Callable[[Document], bool] = lambda document: True


@dataclass(frozen=True, slots=True)
class Ready:
    """A step about to be done: what its file holds, and what becomes of that."""

    step: ImageStep
    document: Document
    token: Token
    after: Document

    def back(self, wanted: Callable[[Document], Document]) -> ImageStep:
        """The way back, where the objects are still as they were left."""
        seen = hash(self.after)
        return ImageStep(self.step.name, self.step.size, wanted, lambda now: hash(now) == seen)


def ready_step(folder: Folder, step: ImageStep) -> Ready | None:
    """The step with what is there now; None if that was edited meanwhile or cannot be read."""
    try:
        loaded = folder.project.read_objects(folder.root / step.name, *step.size)
        if loaded.read_only is not None or not step.fits(loaded.document):
            return None
        # As it will be read again: memory and file never differ over what files leave out.
        return Ready(step, loaded.document, loaded.token, read_back(step.wanted(loaded.document)))
    except Problem:
        return None


class FolderPass(BackgroundJob):
    """A change of many images; the newest one can be taken back as a whole.

    Each image has a step of undo of its own, too. ``finished``: images changed, and images that
    were edited meanwhile and therefore left.
    """

    finished = Signal(int, int)
    name, undo_name = "", ""
    """Of the edits."""

    def __init__(self, context: JobContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._under_way = ""
        self._last: list[ImageStep] = []
        self._changed: list[ImageStep] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a pass in this folder that can be taken back as a whole."""
        return bool(self._last) and not self.running

    def undo(self) -> None:
        """Take the newest pass back, on every image that is still as it was left by it."""
        if self.can_undo:
            steps, self._last = self._last, []
            self.change_images(self.undo_name, steps)

    def change_images(self, name: str, steps: list[ImageStep]) -> None:
        folder = self.folder
        if folder is None:
            return
        self._under_way, self._changed = name, []
        changed = self._changed

        def change(step: ImageStep, ready: Ready | None) -> None:
            if ready is None:
                return
            found = ready.document, ready.token
            wanted = exactly(ready.document, ready.after)
            if self._session.commit_at(folder.root / step.name, name, wanted, found):
                changed.append(self.way_back(ready))

        def end() -> None:
            self.broken_off()
            self.passed(name)
            self.finished.emit(len(changed), len(steps) - len(changed))

        self.go_through(steps, lambda step: ready_step(folder, step), change, end)

    def way_back(self, ready: Ready) -> ImageStep:
        """What takes the change of one image back."""
        return ready.back(lambda _: ready.document)

    def passed(self, name: str) -> None:
        """To be done after the last image."""

    def broken_off(self) -> None:
        """What was changed until now can be taken back."""
        if self._under_way == self.name:
            self._last = self._changed
        self._under_way, self._changed = "", []

    def forget(self) -> None:
        self._under_way, self._last, self._changed = "", [], []


def exactly(expected: Document, wanted: Document) -> Callable[[Document], Document]:
    """``wanted`` in the place of ``expected``; what was edited meanwhile stays.

    ``expected`` was read from a file, and the document in memory may know what no file tells.
    """

    def changed(document: Document) -> Document:
        same = document == expected or read_back(document) == expected
        return wanted if same else document

    return changed
