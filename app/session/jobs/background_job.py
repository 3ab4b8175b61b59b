"""Work that goes on beside the window: one base for all that reads or changes a whole folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.batch.folder import BatchFolder
from app.core.errors import Problem, problem_of
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.folder.saver import Saver
from app.session.navigation.navigator import Navigator
from app.session.session import Session
from model.messages import say

SAVE_S = 30.0
"""How long is waited for objects to be written before they are read."""
AT_ONCE = 25
"""Images read and changed before the next ones are read: so many are held at most."""
T = TypeVar("T")
R = TypeVar("R")


class Stopped(Exception):  # noqa: N818  it is an outcome, not a fault
    """The work is no longer wanted."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What every job works with."""

    session: Session
    navigator: Navigator
    io_threads: IoThreads
    saver: Saver


class Report:
    """Called on any thread with what is done and of how much; raises ``Stopped`` after ``stop``."""

    def __init__(self, tell: Callable[[Report, int, int], object]) -> None:
        self._tell, self._stop = tell, threading.Event()

    def __call__(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Stopped
        self._tell(self, done, total)

    def stop(self) -> None:
        self._stop.set()


class BackgroundJob(QObject):
    """One piece of work at a time; a new one takes the place of the one before.

    ``progress``: done and in all. ``failed``: a Problem. ``stopped``: it was given up.
    ``changed``: whether it runs, or what can be done with it.

    Attributes:
        running: whether it works; what only counts ahead of a decision does not count as that.
    """

    progress = Signal(int, int)
    failed = Signal(object)
    stopped = Signal()
    changed = Signal()
    _told = Signal(object, int, int)
    outlives_folder = False
    """Whether it is finished though another folder is opened."""

    def __init__(self, context: JobContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._navigator = context.session, context.navigator
        self._io_threads, self._saver = context.io_threads, context.saver
        self._report: Report | None = None
        self.running = False
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)
        if not self.outlives_folder:
            self._session.folder_used.connect(self._on_folder)

    @property
    def folder(self) -> Folder | None:
        return self._session.folder

    @property
    def names(self) -> list[str]:
        """Of the images of the list."""
        return [entry.name for entry in self._navigator.images]

    def images(self) -> BatchFolder | None:
        """The images of the list, to be read on another thread."""
        folder, limit = self.folder, self._navigator.large.largest_px
        return None if folder is None else BatchFolder(folder.project, self.names, limit=limit)

    def stop(self) -> None:
        """Give up what reads; images under way are all changed, for half of it is worse."""
        if self._report is not None:
            self._report.stop()

    # -- for the jobs

    def begin(self, *, running: bool = True) -> Report:
        """The report of new work; that of the work before is stopped and no longer heard."""
        self.drop()
        self._report = report = Report(self._told.emit)
        self.running = running
        return report

    def drop(self) -> None:
        """What is under way is not gone on with, and not told of."""
        if self._report is not None:
            self._report.stop()
        self._report, self.running = None, False

    def saved(self, *, nothing_refused: bool = False) -> None:
        """Wait, on another thread, until all is on disk; raises Problem."""
        if not self._saver.flush(SAVE_S) or (nothing_refused and self._saver.refused):
            raise Problem(say("Some objects are not saved yet."), say("Try again when they are."))

    def ask(
        self,
        work: Callable[[Report], T],
        done: Callable[[T], object],
        urgency: Urgency = Urgency.BACKGROUND,
        *,
        running: bool = True,
    ) -> None:
        """``work`` on a reading thread; ``done`` gets what it returns, if it is still wanted."""
        report = self.begin(running=running)

        def answered(found: T) -> None:
            if report is self._report:
                self.running, self._report = False, None
                done(found)
                self.changed.emit()

        self._io_threads.ask(
            urgency,
            lambda: work(report),
            answered,
            lambda error: self.end_with(error) if report is self._report else None,
        )
        self.changed.emit()

    def go_through(
        self,
        items: Sequence[T],
        read: Callable[[T], R],
        change: Callable[[T, R], object],
        then: Callable[[], object],
        done: int = 0,
    ) -> None:
        """``read`` each on a reading thread, after the images before are written; ``change`` each.

        Not all on the disk is no reason to end: what is in memory counts, see ``commit_at``.
        """
        self.running = True
        self.progress.emit(done, len(items))
        if not self.running:
            return  # whoever heard of it dropped it
        now = items[done : done + AT_ONCE]
        if not now:
            self.running = False
            then()
            self.changed.emit()
            return

        def work(report: Report) -> list[R]:
            self._saver.flush(SAVE_S)
            return [read(each) for each in now]

        def answered(found: list[R]) -> None:
            self.running = True
            for each, what in zip(now, found, strict=True):
                change(each, what)
            self.go_through(items, read, change, then, done + len(now))

        self.ask(work, answered)

    def end_with(self, error: Exception) -> None:
        """It failed, or was stopped."""
        self.drop()
        self.broken_off()
        if isinstance(error, Stopped):
            self.stopped.emit()
        else:
            self.fail(error)
        self.changed.emit()

    def fail(self, error: Exception) -> None:
        """Tell of it; what is under way goes on."""
        self.failed.emit(problem_of(error))

    def broken_off(self) -> None:
        """To be done where a job ends before it is through."""

    def forget(self) -> None:
        """What is known of the folder that was open."""

    @Slot(object, int, int)
    def _on_told(self, report: Report, done: int, total: int) -> None:
        if report is self._report:
            self.progress.emit(done, total)

    @Slot()
    def _on_folder(self) -> None:
        self.drop()
        self.forget()
        self.changed.emit()
