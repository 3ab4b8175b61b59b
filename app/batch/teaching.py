"""A lesson under way: its folder in the user's cache, what is wanted of it, how far it is.

The trainer is a process of its own, so that it outlives the window and a click never waits for it.
Whoever follows it reads files that are replaced whole; whether it lives is told by a lock that the
system frees when it dies.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from app.core.errors import Problem
from app.file_lock import FileLock
from app.storage.atomic import make_directory, sweep_leftovers, write_atomic
from app.storage.failures import not_written
from app.storage.guarded import read_file
from app.storage.places import Places
from app.storage.project import Project
from model.messages import Message, as_it_is, reason_of, say

MAX_BYTES = 1 << 24
KEPT_S = 30 * 86400.0
ENDED = frozenset({"done", "nothing"})
"""Stages after which there is nothing to go on with."""
T = TypeVar("T")
PREFIX = "teach-"


class CheckRecord(Struct, frozen=True):
    """Scores on held-out objects after so many seconds of learning; the first are of before."""

    elapsed: float
    miou_1: float
    miou_3: float
    miou_5: float
    box: float
    best: bool


class Status(Struct, frozen=True):
    """How far a lesson is.

    Attributes:
        stage: ``waiting`` for its process, ``scoring``, ``learning``, ``paused``, ``comparing``,
            ``writing``; or ``done``, ``failed``, ``nothing`` learned, or ``left`` to go on later.
        done, total: of the stage: objects, or seconds while it learns.
        made: name of the new model's folder, where it is done.
        what, advice: why it failed, as ``packed``.
    """

    stage: str = "waiting"
    done: float = 0.0
    total: float = 0.0
    step: int = 0
    loss: float | None = None
    checks: tuple[CheckRecord, ...] = ()
    unkept: str = ""
    made: str = ""
    what: dict[str, Any] = {}
    advice: dict[str, Any] = {}

    @property
    def problem(self) -> Problem | None:
        return Problem(unpacked(self.what), unpacked(self.advice)) if self.what else None


class Plan(Struct, frozen=True):
    """What a lesson is about, for whoever takes it up again.

    Attributes:
        root: folder of the images. models: where the new one goes.
        lesson: values of a ``model.training.lesson.Lesson``.
        names: of the images in the folder, by the names they have here.
    """

    root: str
    models: str
    title: str
    start_title: str
    images: int
    masks: int
    held_images: int
    names: dict[str, str]
    lesson: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """The lesson of a folder; there is one at a time.

    Attributes:
        place: its folder, which need not be there.
    """

    place: Path

    @classmethod
    def of(cls, project: Project, places: Places) -> Run:
        """That of a folder."""
        whole = os.fsencode(os.path.realpath(project.root))
        return cls(places.trainings / f"{PREFIX}{blake2b(whole, digest_size=8).hexdigest()}")

    # -- what is wanted

    def wish(self) -> str:
        """``go``, ``pause``, ``stop`` or ``leave``, which it is too where somebody deleted it."""
        if not (self.place / "plan.json").exists():
            return "leave"
        try:
            return (self.place / "wish").read_text(encoding="ascii")[:16]
        except (OSError, ValueError):
            return "go"

    def want(self, wish: str) -> None:
        """Raises: Problem: it cannot be written."""
        self._write("wish", wish.encode("ascii"))

    # -- how far it is

    def status(self) -> Status | None:
        """None where there is no lesson, or what is there cannot be understood."""
        return _read(self.place / "status.json", Status)

    def tell(self, status: Status) -> None:
        """A disk that refuses costs the news alone."""
        with contextlib.suppress(Problem):
            self._write("status.json", msgspec.json.encode(status))

    def plan(self) -> Plan | None:
        return _read(self.place / "plan.json", Plan)

    def write_plan(self, plan: Plan) -> None:
        """Raises: Problem: it cannot be written."""
        self._write("plan.json", msgspec.json.encode(plan))

    @property
    def can_go_on(self) -> bool:
        """Whether there is a lesson that is not at its end."""
        status, plan = self.status(), self.plan()
        return status is not None and plan is not None and status.stage not in ENDED

    # -- who works at it

    def lock(self) -> FileLock:
        """Held by whoever works at it."""
        return FileLock(self.place / "lock")

    @property
    def is_running(self) -> bool:
        """Whether a process works at it, whoever started it."""
        if not self.place.is_dir():
            return False
        lock = self.lock()
        try:
            if not lock.take():
                return True
        except OSError:
            return False
        lock.free()
        return False

    def begin(self) -> None:
        """An empty folder for a new lesson.

        Raises:
            Problem: somebody works at one, or it cannot be made.
        """
        if self.is_running:
            raise already_taught()
        self.forget()
        try:
            make_directory(self.place, private=True)
        except OSError as error:
            raise not_written(self.place, error) from error

    def forget(self) -> None:
        """Throw it away; nothing happens while somebody works at it."""
        if not self.is_running:
            shutil.rmtree(self.place, ignore_errors=True)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a process that takes it up, at low priority; it outlives this one.

        Raises:
            Problem: the system does not start it.
        """
        status = self.status() or Status()
        self.tell(msgspec.structs.replace(status, stage="waiting"))
        root = Path(__file__).resolve().parent.parent.parent
        variables = {**os.environ, "PYTHONPATH": str(root), "OMP_WAIT_POLICY": "PASSIVE"}
        command = [sys.executable, "-P", "-m", "app.batch.teacher", str(self.place)]
        try:
            with open(self.place / "log", "wb") as log:
                return subprocess.Popen(  # noqa: S603  the program itself
                    command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    cwd=self.place, **_apart(),
                )  # fmt: skip
        except OSError as error:
            raise Problem(say("The trainer cannot be started: {reason}.", error), "") from error

    def last_words(self) -> str:
        """What a process that ended by itself wrote last."""
        try:
            text = (self.place / "log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = text.strip().splitlines()
        return lines[-1][:300].rstrip(".") if lines else ""

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_atomic(self.place / name, data, durable=False, private=True)
        except OSError as error:
            raise not_written(self.place / name, error) from error


def already_taught() -> Problem:
    """Another window, or the command line, teaches on this folder."""
    return Problem(
        say("A model is being taught on this folder already."),
        say("Wait for it, or stop it where it was begun."),
    )


def forget_old(places: Places) -> None:
    """Throw away lessons that nobody took up for a month."""
    with contextlib.suppress(OSError):
        for place in places.trainings.glob(f"{PREFIX}*"):
            sweep_leftovers(place)
            if place.stat().st_mtime < time.time() - KEPT_S:
                Run(place).forget()


def _apart() -> dict[str, Any]:
    """So that what ends the window does not end the trainer, and no console flashes up."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        data = read_file(path, MAX_BYTES)
        return None if data is None else msgspec.json.decode(data, type=kind)
    except (Problem, ValueError, RecursionError):
        return None


def packed(text: str) -> dict[str, Any]:
    """A message as plain JSON values, that another process can say it in its language."""
    message = as_it_is(text)
    places = {
        name: packed(value) if isinstance(value, Message) else value
        for name, value in message.places.items()
    }
    return {"template": message.template, "places": places, "one": getattr(message, "one", "")}


def unpacked(values: Mapping[str, Any]) -> str:
    """The message that ``packed`` made these of; empty if they are none."""
    try:
        places = {
            str(name): unpacked(value) if isinstance(value, dict) else value
            for name, value in values["places"].items()
        }
        return Message(str(values["template"]), places, str(values["one"]))
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        return ""


def failed(status: Status, error: BaseException) -> Status:
    """``status`` with why it ended."""
    what: str = reason_of(error)
    advice: str = ""
    if isinstance(error, Problem):
        what, advice = error.what, error.advice
    return msgspec.structs.replace(
        status, stage="failed", what=packed(what), advice=packed(advice) if advice else {}
    )
