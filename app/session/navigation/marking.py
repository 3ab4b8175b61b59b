"""Done, skipped and open again: said of any images of the folder, at any time, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.review import settled
from app.session.folder.folder_protocol import Folder, Token
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import SAVE_S, BackgroundJob, JobContext
from app.session.session import STATUS
from app.storage.reading import read_size
from model.messages import say

Found = tuple[Document, Token]


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a mark changed: the status before and after it, and the proposals it rejected."""

    before: ImageStatus
    after: ImageStatus
    rejected: frozenset[int]

    @classmethod
    def between(cls, before: Document, after: Document) -> _Mark:
        rejected = {each.id for each in after if each.state is State.REJECTED}
        return cls(before.status, after.status, frozenset(rejected.intersection(_proposed(before))))

    def taken_back(self, document: Document) -> Document:
        """The document without it; what was decided since then stays."""
        if document.status is not self.after:
            return document
        still = [
            each.id for each in document
            if each.id in self.rejected and each.state is State.REJECTED
        ]  # fmt: skip
        return document.with_state(still, State.PROPOSED).with_status(self.before)


class Marking(BackgroundJob):
    """Marks images, open or not; each mark is one step of its image's undo, saved like any other.

    ``failed``: a Problem that says why an image was not marked. ``marked``: of several images,
    their new status (None if it was taken back), how many were changed, and how many could not be.
    """

    marked = Signal(object, int, int)

    def __init__(self, context: JobContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._last: dict[str, _Mark] = {}

    @property
    def current(self) -> ImageStatus:
        """Of the open image; to do if none is."""
        document = self._session.document
        return document.status if document is not None else ImageStatus.TODO

    def toggle(self, status: ImageStatus) -> None:
        """Mark the open image so, or take that back."""
        path = self._session.image_path
        if path is not None:
            self._toggle(path, status, to=self.current is not status)

    def toggle_at(self, place: int, status: ImageStatus) -> None:
        """The same for the image at that place of the list."""
        entry = self._navigator.images[place]
        self._toggle(entry.path, status, to=entry.status is not status)

    def toggle_named(self, name: str, status: ImageStatus) -> None:
        """The same for the image of that name; the open one is asked itself."""
        folder = self._session.folder
        if folder is not None and folder.root / name == self._session.image_path:
            self.toggle(status)
        else:
            self.toggle_at(self._navigator.images.place(name), status)

    def _toggle(self, path: Path, status: ImageStatus, *, to: bool) -> None:
        def change(document: Document) -> Document:
            if to:
                return document.with_status(status)
            return document.reopened() if document.status is status else document

        session, folder = self._session, self._session.folder
        if session.commit_at(path, STATUS, change) or folder is None:
            return
        if session.document_at(path) is not None:
            return

        def read() -> Found:
            self._saver.flush(SAVE_S)
            return _read(folder, path)

        def apply(found: Found) -> None:
            if folder is session.folder:
                session.commit_at(path, STATUS, change, found)

        self._io_threads.ask(Urgency.BACKGROUND, read, apply, self.fail)

    # -- several at once

    def status_of(self, names: Sequence[str]) -> ImageStatus | None:
        """That which all of these images have; None if they differ."""
        found = {self._navigator.images.summary(name).status for name in names}
        return found.pop() if len(found) == 1 else None

    def waiting(self, names: Sequence[str]) -> dict[str, int]:
        """How many proposals are undecided on each of these images that has any."""
        objects = {name: self._navigator.images.summary(name).objects for name in names}
        return {name: found.proposed for name, found in objects.items() if found.proposed}

    def toggle_all(self, names: Sequence[str], status: ImageStatus) -> None:
        """Mark all of these images so; where all are, they are open again."""
        if self.status_of(names) is status:
            self.mark(names, None)
        else:
            self.mark(names, status)

    def mark(
        self, names: Sequence[str], status: ImageStatus | None, *, rejecting: bool = False
    ) -> None:
        """Say of all of these images that they are done or skipped, or neither (None).

        Args:
            rejecting: their proposals that are undecided are rejected in the same step, but for
                locked ones, which wait for a look at each.
        """
        folder = self._session.folder
        if folder is None or self.running:
            return
        made: dict[str, _Mark] = {}
        refused: list[str] = []

        def wanted(document: Document) -> Document:
            if status is None:
                return _reopened(document)
            rest = _proposed(document) if rejecting else ()
            return (settled(document, rest, accept=False) if rest else document).with_status(status)

        def change(name: str, found: Found | None) -> None:
            steps = self._put(folder, name, found, wanted)
            if steps is None:
                refused.append(name)
            elif steps[0] is not steps[1]:
                made[name] = _Mark.between(*steps)

        def end() -> None:
            self._last = made
            self.marked.emit(status or ImageStatus.TODO, len(made), len(refused))

        self.go_through(names, lambda name: _read_or_none(folder, name), change, end)

    def _put(
        self, folder: Folder, name: str, found: Found | None, change: Callable[[Document], Document]
    ) -> tuple[Document, Document] | None:
        """Change one image; before and after, None if nothing can be changed there."""
        seen: list[tuple[Document, Document]] = []

        def changed(document: Document) -> Document:
            after = change(document)
            seen.append((document, after))
            return after

        done = self._session.commit_at(folder.root / name, STATUS, changed, found)
        if not seen or (seen[-1][0] is not seen[-1][1] and not done):
            return None
        return seen[-1]

    @property
    def can_take_back(self) -> int:
        """Of how many images the newest mark of several can be taken back."""
        return 0 if self.running else len(self._last)

    def take_back(self) -> None:
        """Give the images that were marked together the status that each had, unless it has another
        one by now, and what was rejected with that waits again."""
        folder = self._session.folder
        if folder is None or self.running or not self._last:
            return
        steps, self._last = self._last, {}
        changed: list[bool] = []

        def change(name: str, found: Found | None) -> None:
            put = self._put(folder, name, found, steps[name].taken_back)
            changed.append(put is not None and put[0] is not put[1])

        def end() -> None:
            self.marked.emit(None, sum(changed), len(changed) - sum(changed))

        self.go_through(list(steps), lambda name: _read_or_none(folder, name), change, end)

    def forget(self) -> None:
        self._last = {}


def _proposed(document: Document) -> list[int]:
    return [each.id for each in document if each.state is State.PROPOSED]


def _reopened(document: Document) -> Document:
    decided = document.status in (ImageStatus.DONE, ImageStatus.SKIPPED)
    return document.reopened() if decided else document


def _read(folder: Folder, path: Path) -> Found:
    """Raises Problem if nothing can be changed there."""
    loaded = folder.project.read_objects(path, *read_size(path))
    if loaded.read_only is not None:
        raise Problem(say("Nothing can be edited here."), loaded.read_only)
    return loaded.document, loaded.token


def _read_or_none(folder: Folder, name: str) -> Found | None:
    try:
        return _read(folder, folder.root / name)
    except Problem:
        return None
