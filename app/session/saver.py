"""Saves on a thread of its own: the newest document of each image, at once, until it is on disk."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.session.keeping import Conflict, Folder, Token

RETRY_MS = 5000

Kind = Literal["saved", "saving", "failed", "rescued", "view_only"]


@dataclass(frozen=True, slots=True)
class SaveState:
    """For the status bar: what became of the newest edits, and a sentence where they failed."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to write; ``what`` tells where, never "the current image"."""

    folder: Folder
    path: Path
    content: Document | LabelSet
    token: Token | None
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the token of what lies on disk now, or the Problem and a copy."""

    token: Token | None = None
    problem: Problem | None = None
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
    """Path of an image and a Problem: somebody else changed its file; ours lies beside it."""
    _written = Signal(object, object)

    def __init__(self, parent: QObject | None = None, retry_ms: int = RETRY_MS) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._waiting: OrderedDict[Path, Task] = OrderedDict()
        self._writing: Path | None = None
        self._stopping = False
        self._tokens: dict[Path, Token] = {}
        self._newest: dict[Path, int] = {}
        self._failed: dict[Path, tuple[Task, Outcome]] = {}
        self._count = 0
        self._retry = QTimer(self, singleShot=True, interval=retry_ms)
        self._retry.timeout.connect(self.retry)
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SaveState:
        if self._failed:
            _, outcome = next(iter(self._failed.values()))
            kind: Kind = "rescued" if outcome.rescued else "failed"
            return SaveState(kind, str(outcome.problem or ""))
        return SaveState("saving" if self._newest else "saved")

    @property
    def unsaved(self) -> tuple[Path, ...]:
        """Images, or folders for their labels, whose newest edits are not where they belong."""
        return tuple(self._newest)

    @property
    def rescued(self) -> tuple[Path, ...]:
        """Where copies of what could not be saved lie."""
        return tuple(o.rescued for _, o in self._failed.values() if o.rescued is not None)

    def learn(self, path: Path, token: Token) -> None:
        """This is what the file was when it was read."""
        self._tokens[path] = token

    def knows(self, path: Path, token: Token) -> bool:
        """Whether the file is as this program last read or wrote it, or is about to be written."""
        return path in self._newest or self._tokens.get(path) == token

    def save(self, folder: Folder, path: Path, document: Document) -> None:
        """Write the objects of the image ``path``; an older document that waits is dropped."""
        self._put(folder, path, document)

    def save_labels(self, folder: Folder, labels: LabelSet) -> None:
        self._put(folder, folder.root, labels)

    @Slot()
    def retry(self) -> None:
        """Try again what failed."""
        failed, self._failed = self._failed, {}
        for task, _ in failed.values():
            self._put(task.folder, task.path, task.content)

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits to be written. False if the disk is still busy after that."""
        deadline = time.monotonic() + timeout_s
        with self._condition:
            done = self._condition.wait_for(
                lambda: not self._waiting and self._writing is None,
                max(0.0, deadline - time.monotonic()),
            )
        return done

    def close(self, timeout_s: float = 5.0) -> bool:
        """Write what waits and end the thread. False if the disk is still busy after that."""
        self._retry.stop()
        flushed = self.flush(timeout_s)
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self._thread.join(timeout_s if flushed else 0.1)
        return not self._thread.is_alive()

    def _put(self, folder: Folder, path: Path, content: Document | LabelSet) -> None:
        self._count += 1
        self._newest[path] = self._count
        task = Task(folder, path, content, self._tokens.get(path), self._count)
        with self._condition:
            self._waiting[path] = task
            self._condition.notify_all()
        self.state_changed.emit()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._writing = None
                self._condition.notify_all()
                self._condition.wait_for(lambda: self._stopping or self._waiting)
                if not self._waiting:
                    return
                path, task = self._waiting.popitem(last=False)
                self._writing = path
            self._written.emit(task, _write(task, self._tokens))

    @Slot(object, object)
    def _on_written(self, task: Task, outcome: Outcome) -> None:
        newest = self._newest.get(task.path) == task.number
        if outcome.token is not None and newest:
            del self._newest[task.path]
            self._failed.pop(task.path, None)
            self.saved.emit(task.path)
        elif outcome.problem is not None and newest:
            self._failed[task.path] = (task, outcome)
            self._retry.start()
        if outcome.token is not None and isinstance(outcome.problem, Problem):
            self.conflict.emit(task.path, outcome.problem)
        self.state_changed.emit()


def _write(task: Task, tokens: dict[Path, Any]) -> Outcome:
    """Runs on the writer's thread; the tokens of a path are its own once it has written it."""
    try:
        token = task.folder.write(task.path, task.content, tokens.get(task.path, task.token))
    except Conflict as conflict:
        tokens[task.path] = conflict.token
        return Outcome(conflict.token, conflict.problem)
    except Problem as problem:
        return Outcome(None, problem, task.folder.rescue(task.path, task.content))
    tokens[task.path] = token
    return Outcome(token)
