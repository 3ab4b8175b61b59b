"""Done, skipped and open again: said of any image of the folder, at any time, and taken back."""

from __future__ import annotations

from pathlib import Path

from app.core.document import Document, ImageStatus
from app.core.errors import Problem
from app.session.folder.folder_protocol import Token
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import SAVE_S, BackgroundJob
from app.session.session import STATUS
from app.storage.reading import read_size
from model.messages import say


class Marking(BackgroundJob):
    """Marks images, open or not; each mark is one step of its image's undo, saved like any other.

    ``failed``: a Problem that says why an image was not marked.
    """

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

        def read() -> tuple[Document, Token]:
            self._saver.flush(SAVE_S)
            loaded = folder.project.read_objects(path, *read_size(path))
            if loaded.read_only is not None:
                raise Problem(say("Nothing can be edited here."), loaded.read_only)
            return loaded.document, loaded.token

        def apply(found: tuple[Document, Token]) -> None:
            if folder is session.folder:
                session.commit_at(path, STATUS, change, found)

        self._readers.ask(Urgency.BACKGROUND, read, apply, self.fail)
