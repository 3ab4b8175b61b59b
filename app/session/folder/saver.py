"""Saves on a thread of its own: the newest document of each image, at once, until it is on disk."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.overlap import OverlapPolicy
from app.session.folder.folder_protocol import Conflict, Content, Folder, Token
from app.session.folder.last_writes import do_in_time
from model.messages import say

LOG = logging.getLogger(__name__)
RETRY_MS = 5000
SETTLE_S = 2.0

C = TypeVar("C", Document, LabelSet, OverlapPolicy)
Kind = Literal["saved", "saving", "failed", "rescued", "view_only"]


@dataclass(frozen=True, slots=True)
class SaveState:
    """For the status bar: what became of the newest edits, and a sentence where they failed."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to write; ``path`` tells where, never "the current image"."""

    folder: Folder
    path: Path
    content: Content
    number: int


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """What became of a task: nothing to say, or a Problem and whether ours lies elsewhere."""

    task: Task
    problem: Problem | None = None
    conflict: Conflict | None = None
    rescued: Path | None = None


class Saver(QObject):
    """Lives on the GUI thread; its thread writes.

    A save that fails keeps its document, puts a copy into the rescue folder, and is tried again
    every few seconds. One that finds the file changed by somebody else is saved beside it.
    """

    state_changed = Signal()
    saved = Signal(object)
    """Path of an image whose newest document is on disk."""
    conflict = Signal(object, object)
    """Path of an image, or a folder for its labels, and the Conflict: ours lies beside theirs."""
    _written = Signal()

    def __init__(self, parent: QObject | None = None, retry_ms: int = RETRY_MS) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._waiting: OrderedDict[Path, Task] = OrderedDict()
        self._writing = False
        self._stopping = False
        self._outcomes: deque[SaveOutcome] = deque()
        # Written by the GUI thread when a file is read, by the writer when it has written one.
        self._tokens: dict[Path, Token] = {}
        self._numbers: dict[Path, int] = {}
        self._refused: set[Path] = set()
        self._copied: set[Path] = set()
        self._newest: dict[Path, Task] = {}
        self._failed: dict[Path, SaveOutcome] = {}
        self._count = 0
        self._retry = QTimer(self, singleShot=True, interval=retry_ms)
        self._retry.timeout.connect(self.retry)
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SaveState:
        if self._failed:
            outcome = next(iter(self._failed.values()))
            return SaveState("rescued" if outcome.rescued else "failed", str(outcome.problem))
        return SaveState("saving" if self._newest else "saved")

    @property
    def unsaved(self) -> tuple[Path, ...]:
        """Images, or folders for their labels, whose newest edits are not where they belong."""
        return tuple(self._newest)

    def learn(self, path: Path, token: Token) -> None:
        """This is what the file was when it was read."""
        self._tokens[path] = token

    def newest(self, path: Path, read: C, token: Token) -> C:
        """What to go on from: what waits to be saved, else what was read, which is learnt."""
        task = self._newest.get(path)
        if task is not None and isinstance(task.content, type(read)):
            return task.content
        self.learn(path, token)
        return read

    def unwritten(self, path: Path) -> Task | None:
        """What waits to be saved there, and for which folder it was made."""
        return self._newest.get(path)

    def saves_of(self, path: Path) -> int:
        """Differs from before once the file was written: what was read meanwhile may be old."""
        return self._numbers.get(path, 0)

    def folder_saves(self, root: Path) -> tuple[int, int]:
        """As ``saves_of``, of the labels and the overlap policy; may be asked on any thread."""
        return self.saves_of(root), self.saves_of(_overlap_of(root))

    def newest_overlap(self, root: Path, read: OverlapPolicy) -> OverlapPolicy:
        """As ``newest``, of the overlap policy."""
        return self.newest(_overlap_of(root), read, None)

    def knows(self, path: Path, token: Token) -> bool:
        """Whether the file is as this program last read or wrote it, or is about to be written."""
        return path in self._newest or (path in self._tokens and self._tokens[path] == token)

    def save(self, folder: Folder, path: Path, document: Document) -> None:
        """Write the objects of the image ``path``; an older document that waits is dropped."""
        self._put(folder, path, document)

    def save_labels(self, folder: Folder, labels: LabelSet) -> None:
        """Write the labels of the folder."""
        self._put(folder, folder.root, labels)

    def save_overlap(self, folder: Folder, overlap: OverlapPolicy) -> None:
        """Write the overlap policy of the folder."""
        self._put(folder, _overlap_of(folder.root), overlap)

    @Slot()
    def retry(self) -> None:
        """Try again what failed."""
        for path in list(self._failed):
            task = self._newest[path]
            self._put(task.folder, path, task.content)

    @property
    def refused(self) -> bool:
        """Whether the newest try to save something failed; may be asked on any thread."""
        return bool(self._refused)

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits to be written. False if the disk is still busy after that."""
        with self._condition:
            return self._condition.wait_for(
                lambda: not self._waiting and not self._writing, timeout_s
            )

    def close(self, timeout_s: float = 5.0) -> bool:
        """Write what waits and end the thread. False if the disk is still busy after that."""
        self._retry.stop()
        flushed = self.flush(timeout_s)
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self._thread.join(timeout_s if flushed else 0.1)
        self._on_written()
        self._retry.stop()
        return not self._thread.is_alive()

    def settle(self, timeout_s: float = SETTLE_S) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """After ``close``: what is not in its place, and where copies of it lie.

        What never got its turn, because the disk did not answer, is copied now; within that time,
        for the disk of the copies may not answer either.
        """
        copies: dict[Path, Path] = {}
        unwritten = []
        for path, task in self._newest.items():
            failed = self._failed.get(path)
            if failed is None:
                unwritten.append(task)
            elif failed.rescued is not None:
                copies[path] = failed.rescued

        def copy() -> None:
            for task in unwritten:
                copied = self._rescue(task, "The disk did not answer.")
                if copied is not None:
                    copies[task.path] = copied

        if unwritten:
            do_in_time(timeout_s, [(unwritten[0].path, copy)])
        return tuple(self._newest), tuple(dict(copies).values())

    def _put(self, folder: Folder, path: Path, content: Content) -> None:
        if folder.read_only is not None:
            # Those who ask say so themselves; whoever forgets must not cost another window's work.
            LOG.error("%s is only shown; nothing is written there", folder.root)
            return
        self._count += 1
        task = Task(folder, path, content, self._count)
        self._newest[path] = task
        with self._condition:
            self._waiting[path] = task
            self._condition.notify_all()
        self.state_changed.emit()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._writing = False
                self._condition.notify_all()
                self._condition.wait_for(lambda: self._stopping or self._waiting)
                if not self._waiting:
                    return
                _, task = self._waiting.popitem(last=False)
                self._writing = True
            self._outcomes.append(self._write(task))
            self._written.emit()

    def _write(self, task: Task) -> SaveOutcome:
        """Runs on the writer's thread."""
        path = task.path
        try:
            self._tokens[path] = task.folder.write(path, task.content, self._tokens.get(path))
        except Conflict as conflict:
            self._refused.discard(path)
            return SaveOutcome(task, conflict.problem, conflict)
        except Exception as error:  # noqa: BLE001  else no later edit of any image would be saved
            problem = error if isinstance(error, Problem) else _unforeseen(path, error)
            self._refused.add(path)
            return SaveOutcome(task, problem, rescued=self._rescue(task, str(problem)))
        self._refused.discard(path)
        self._numbers[path] = task.number
        if path in self._copied:
            self._copied.discard(path)
            task.folder.saved(path)
        return SaveOutcome(task)

    def _rescue(self, task: Task, reason: str) -> Path | None:
        path = task.path
        try:
            copy = task.folder.rescue(path, task.content, self._tokens.get(path), reason)
        except Exception:  # the original failure is told; this must not end the thread
            LOG.exception("the copy of %s failed", path)
            return None
        if copy is not None:
            self._copied.add(path)
        return copy

    @Slot()
    def _on_written(self) -> None:
        changed = bool(self._outcomes)
        while self._outcomes:
            self._settle(self._outcomes.popleft())
        if changed:
            self.state_changed.emit()

    def _settle(self, outcome: SaveOutcome) -> None:
        path = outcome.task.path
        newest = self._newest.get(path) is outcome.task
        if outcome.problem is not None and outcome.conflict is None:
            if newest:
                self._failed[path] = outcome
                self._retry.start()
            return
        self._failed.pop(path, None)
        if newest:
            del self._newest[path]
        if outcome.conflict is not None:
            self.conflict.emit(path, outcome.conflict)
        elif newest:
            self.saved.emit(path)


def _overlap_of(root: Path) -> Path:
    """What the overlap policy is known by; no file is called so."""
    return root / "overlap"


def _unforeseen(path: Path, error: Exception) -> Problem:
    LOG.error("%s was not saved", path, exc_info=error)
    return Problem(
        say("{name} was not saved: {reason}.", path.name, error),
        say("The work is kept, and saving is tried again."),
        error,
    )
