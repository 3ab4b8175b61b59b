"""A label that was renamed gets its new name in every file that uses it, in the background."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.session.folder.folder_protocol import Folder, Token
from app.session.jobs.background_job import SAVE_S, BackgroundJob, JobContext, Report
from app.storage.exchange.label_use import called_otherwise, own_images
from app.storage.reading import read_size
from model.messages import say, say_count


class Renaming(BackgroundJob):
    """Begins by itself when a label has former names, also those of a run that was killed.

    Files say names. The folder's own file remembers the former ones until every sidecar has been
    written anew, so that all of them mean the same label meanwhile.

    ``finished``: images written anew, and images that could not be and keep the former name.
    """

    finished = Signal(int, int)

    def __init__(self, context: JobContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._former: frozenset[str] = frozenset()
        self._written = self._left = 0
        self.failed.connect(self._session.problem)
        self._session.folder_labels.changed.connect(self._look)

    def forget(self) -> None:
        self._look()

    @Slot()
    def _look(self) -> None:
        folder = self.folder
        if self.running or folder is None or not folder.book.former:
            return
        if folder.read_only is not None or folder.labels_read_only is not None:
            return
        self._written = self._left = 0
        self._former = frozenset(folder.book.former)
        names, former = self.names, dict(folder.book.former)

        def find(report: Report) -> list[str]:
            self._saver.flush(SAVE_S)
            every = dict.fromkeys((*names, *own_images(folder.root)))
            return called_otherwise(folder.project, every, former)

        def write(name: str, found: tuple[Document, Token] | None) -> None:
            done = self._session.save_again(folder.root / name, found)
            self._written += done
            self._left += not done

        def settled(report: Report) -> bool:
            return self._saver.flush(SAVE_S) and not self._saver.refused

        def end() -> None:
            self.ask(settled, lambda saved: self._end(folder, saved=saved))

        self.ask(find, lambda names: self.go_through(names, partial(_read, folder), write, end))

    def _end(self, folder: Folder, *, saved: bool) -> None:
        if not saved:
            # What could not be written is tried again when the folder is opened.
            return
        # A name that came meanwhile is the next run's.
        folder.book.forget_former(self._former)
        self._saver.save_labels(folder, folder.book.labels)
        if self._left:
            self._session.problem.emit(
                Problem(
                    say_count(
                        "One image could not be changed: there the label has its old name.",
                        "{count} images could not be changed: there the label has its old name.",
                        self._left,
                    ),
                    say("Merge that label into the new one once they can be."),
                )
            )
        self.finished.emit(self._written, self._left)
        self._look()


def _read(folder: Folder, name: str) -> tuple[Document, Token] | None:
    """What the file of an image was read as; None if it cannot be read or changed."""
    path = folder.root / name
    try:
        loaded = folder.project.read_objects(path, *read_size(path))
    except Problem:
        return None
    return None if loaded.read_only is not None else (loaded.document, loaded.token)
