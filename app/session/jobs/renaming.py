"""A label that was renamed gets its new name in every file that uses it, in the background."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.folder_protocol import Token
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from app.storage.exchange.label_use import called_otherwise, own_images
from app.storage.reading import read_size

SAVE_S = 30.0
AT_ONCE = 25
Found = tuple[str, tuple[Document, Token] | None]
"""Name of an image, and what its file was read as; None if it cannot be read or changed."""


class Renaming(QObject):
    """Begins by itself when a label has former names, also those of a run that was killed.

    Files say names. The folder's own file remembers the former ones until every sidecar has been
    written anew, so that all of them mean the same label meanwhile.

    ``finished``: images written anew, and images that could not be and keep the former name.
    """

    finished = Signal(int, int)
    progress = Signal(int, int)

    def __init__(
        self,
        session: Session,
        navigator: Navigator,
        readers: IoThreads,
        saver: Saver,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._navigator = session, navigator
        self._readers, self._saver = readers, saver
        self._folder: DiskFolder | None = None
        self._former: frozenset[str] = frozenset()
        self._written = self._left = 0
        session.labels_changed.connect(self._look)
        session.folder_used.connect(self._on_folder)

    @property
    def running(self) -> bool:
        return self._folder is not None

    @Slot()
    def _on_folder(self) -> None:
        self._folder = None
        self._look()

    @Slot()
    def _look(self) -> None:
        folder = self._session.folder
        if self.running or not isinstance(folder, DiskFolder) or not folder.book.former:
            return
        if folder.read_only is not None or folder.labels_read_only is not None:
            return
        self._folder, self._written, self._left = folder, 0, 0
        self._former = frozenset(folder.book.former)
        names = [entry.name for entry in self._navigator.images]
        former = dict(folder.book.former)

        def find() -> list[str]:
            self._saver.flush(SAVE_S)
            every = dict.fromkeys((*names, *own_images(folder.root)))
            return called_otherwise(folder.project, every, former)

        self._readers.ask(
            Urgency.BACKGROUND,
            find,
            lambda found: self._go_on(folder, found, len(found)),
            self._failed,
        )

    def _go_on(self, folder: DiskFolder, names: list[str], total: int) -> None:
        if folder is not self._folder:
            return
        self.progress.emit(total - len(names), total)
        now, rest = names[:AT_ONCE], names[AT_ONCE:]

        def read() -> list[Found]:
            self._saver.flush(SAVE_S)
            return [(name, _read(folder, name)) for name in now]

        def write(found: list[Found]) -> None:
            if folder is not self._folder:
                return
            for name, each in found:
                done = self._session.save_again(folder.root / name, each)
                self._written += done
                self._left += not done
            self._go_on(folder, rest, total)

        if now:
            self._readers.ask(Urgency.BACKGROUND, read, write, self._failed)
        else:
            self._readers.ask(
                Urgency.BACKGROUND,
                lambda: self._saver.flush(SAVE_S) and not self._saver.refused,
                lambda saved: self._end(folder, saved=saved),
                self._failed,
            )

    def _end(self, folder: DiskFolder, *, saved: bool) -> None:
        if folder is not self._folder:
            return
        self._folder = None
        if not saved:
            # What could not be written is tried again when the folder is opened.
            return
        # A name that came meanwhile is the next run's.
        folder.book.forget_former(self._former)
        self._saver.save_labels(folder, folder.book.labels)
        if self._left:
            self._session.problem.emit(
                Problem(
                    f"{self._left} images could not be changed: there the label has its old name.",
                    "Merge that label into the new one once they can be.",
                )
            )
        self.finished.emit(self._written, self._left)
        self._look()

    def _failed(self, error: Exception) -> None:
        self._folder = None
        problem = error if isinstance(error, Problem) else Problem(f"{error}", "", error)
        self._session.problem.emit(problem)


def _read(folder: DiskFolder, name: str) -> tuple[Document, Token] | None:
    path = folder.root / name
    try:
        loaded = folder.project.read_objects(path, *read_size(path))
    except Problem:
        return None
    return None if loaded.read_only is not None else (loaded.document, loaded.token)
