"""Teaches the model on the folder's accepted masks, in a process of its own, and follows it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.batch.folder import BatchFolder
from app.core.errors import Problem
from app.inference.questions import Choice
from app.session.folder.folder_protocol import Folder
from app.session.folder.io_threads import Urgency
from app.session.jobs.background_job import BackgroundJob, JobContext, Report
from app.session.model.model_host import ModelHost
from app.storage.places import Places
from app.storage.taught_models import TaughtModel, TaughtModels
from model.messages import say

if TYPE_CHECKING:
    from subprocess import Popen

    from app.batch.lesson_data import Material, Prepared
    from app.batch.teachable import Wanted
    from app.batch.teaching import Plan, Run, Status

LOOK_MS = 700
MOST_DEATHS = 2
"""A process that dies so often without getting on is not started again."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is of a folder's lesson and its models.

    Attributes:
        running: whether a process works at it.
        status, plan: None where there is no lesson.
        models: of the folder, the newest first.
    """

    running: bool = False
    status: Status | None = None
    plan: Plan | None = None
    models: tuple[TaughtModel, ...] = ()

    @property
    def can_go_on(self) -> bool:
        """Whether a lesson waits that nobody works at."""
        if self.status is None or self.plan is None or self.running:
            return False
        return self.status.stage not in ("done", "nothing")


class ModelTeaching(BackgroundJob):
    """Reads what its process tells, and starts one anew that was killed.

    ``counted``: the folder's ``Material``. ``prepared``: a ``Prepared``. ``made``: the
    ``TaughtModel`` that came of a lesson. ``told_nothing``: it ended before anything was learned.

    Attributes:
        places: where lessons are kept while they go on.
        seen: what was read last.
        material: what the folder has to teach; None until it is counted.
        preparing: whether images are being copied for the trainer.
    """

    counted = Signal(object)
    prepared = Signal(object)
    made = Signal(object)
    told_nothing = Signal()

    def __init__(
        self,
        context: JobContext,
        host: ModelHost,
        places: Callable[[], Places] = Places.of_user,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(context, parent)
        self._host, self.places = host, places
        self.seen = Seen()
        self.material: Material | None = None
        self.preparing = False
        self._process: Popen[bytes] | None = None
        self._deaths, self._reached = 0, -1.0
        self._looking = self._again = False
        self._mine = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._session.folder_used.connect(self.look)

    @property
    def is_learning(self) -> bool:
        """Whether a lesson of this folder is under way, in this window or elsewhere."""
        return self.preparing or self.seen.running

    @property
    def is_learning_here(self) -> bool:
        """Whether a lesson that this window began is under way."""
        return self._mine and self.seen.running

    def count(self) -> None:
        """Find out what the folder has to teach."""
        images = self.images()
        if images is None or self.preparing:
            return
        self.ask(partial(_counted, images), self._on_counted, running=False)

    def start(self, choice: Choice, wanted: Wanted) -> bool:
        """Begin a lesson; False if one is under way or nothing is open.

        Args:
            choice: the model to start from.
        """
        images, run, material = self.images(), self._run(), self.material
        if images is None or run is None or material is None or self.is_learning:
            return False

        def work(report: Report) -> Prepared:
            from app.batch.teachable import begin, teachable

            model = teachable(choice)
            return begin(images, material, run, model, wanted, report, self.saved)

        self.preparing = True
        self.ask(work, partial(self._on_prepared, run))
        return True

    def go_on(self) -> None:
        """Take up a lesson that was interrupted."""
        run = self._run()
        if run is not None and self.seen.can_go_on:
            self._deaths, self._reached = 0, -1.0
            self._launch(run, "go")

    def finish_interrupted(self) -> None:
        """Make a model of what an interrupted lesson has learned."""
        run = self._run()
        if run is not None and self.seen.can_go_on:
            self._launch(run, "stop")

    def want(self, wish: str) -> None:
        """``go``, ``pause``, ``stop`` to keep what is best so far, ``leave`` to go on later."""
        run = self._run()
        if run is not None:
            try:
                run.want(wish)
            except Problem as problem:
                self.failed.emit(problem)

    def throw_away(self) -> None:
        """Forget a lesson that nobody works at."""
        run = self._run()
        if run is not None:
            self._do(run.forget, lambda done: self.look())

    # -- the folder's models

    def rename(self, model: TaughtModel, title: str) -> None:
        self._on_models(lambda models: models.rename(model, title))

    def delete(self, model: TaughtModel) -> None:
        """One that is in use stays."""
        if self.is_used(model):
            self.failed.emit(
                Problem(
                    say("{title} is in use.", model.card.title),
                    say("Use another model first, then delete it."),
                )
            )
            return
        self._on_models(lambda models: models.delete(model))

    def export(self, model: TaughtModel, target: Path, written: Callable[[Path], None]) -> None:
        """Copy a model to ``target``: as safetensors, or for ``.onnx`` as such files beside it."""
        self._do(partial(_exported, model, target), written)

    def is_used(self, model: TaughtModel) -> bool:
        return self._host.choice.source == str(model.path)

    # -- inside

    def forget(self) -> None:
        self._timer.stop()
        self.seen, self.material, self.preparing = Seen(), None, False
        self._process = None
        self._mine = False

    def broken_off(self) -> None:
        self.preparing = False

    def _run(self) -> Run | None:
        from app.batch.teaching import Run

        folder = self.folder
        return None if folder is None else Run.of(folder.project, self.places())

    def _do(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        self._io_threads.ask(Urgency.BACKGROUND, work, done, self.fail)

    def _on_models(self, change: Callable[[TaughtModels], object]) -> None:
        folder = self.folder
        if folder is not None:
            models = TaughtModels(folder.project)
            self._do(lambda: change(models), lambda done: self.look())

    def _on_counted(self, material: Material) -> None:
        self.material = material
        self.counted.emit(material)

    def _on_prepared(self, run: Run, prepared: Prepared) -> None:
        self.preparing = False
        self.prepared.emit(prepared)
        self._deaths, self._reached = 0, -1.0
        self._launch(run, "go")

    def _launch(self, run: Run, wish: str) -> None:
        try:
            run.want(wish)
            self._process = run.spawn()
        except Problem as problem:
            self.failed.emit(problem)
        self._mine = True
        self._timer.start()
        self.look()

    @Slot()
    def look(self) -> None:
        """Read how far it is."""
        folder, run = self.folder, self._run()
        if folder is None or run is None:
            return
        if self._looking:
            # What is being read may be from before what one wants to see.
            self._again = True
            return
        self._looking, self._again = True, False
        self._io_threads.ask(
            Urgency.BACKGROUND, lambda: _seen(folder, run), partial(self._on_seen, run),
            self._on_not_seen,
        )  # fmt: skip

    def _on_not_seen(self, error: Exception) -> None:
        self._looking = False
        self.fail(error)

    def _on_seen(self, run: Run, seen: Seen) -> None:
        self._looking = False
        if run != self._run():
            self.look()
            return
        if self._again:
            self.look()
        before, self.seen = self.seen, seen
        starting = self._process is not None and self._process.poll() is None
        if starting and not seen.running and seen.status is not None:
            # Its process has not taken the lock yet, or has just let it go.
            self.seen = seen = Seen(True, seen.status, seen.plan, seen.models)
        if seen.running:
            self._timer.start()
        elif before.running or self._mine:
            self._timer.stop()
            self._on_ended(run, seen)
        if self.seen != before:
            self.changed.emit()

    def _on_ended(self, run: Run, seen: Seen) -> None:
        self._process, mine, self._mine = None, self._mine, False
        status = seen.status
        if status is None or status.stage == "left":
            return
        if status.stage == "done":
            made = next((m for m in seen.models if m.place.name == status.made), None)
            self._do(run.forget, lambda done: self.look())
            if made is not None:
                self.made.emit(made)
        elif status.stage == "nothing":
            self._do(run.forget, lambda done: self.look())
            self.told_nothing.emit()
        elif status.stage == "failed":
            self.failed.emit(status.problem or Problem(say("The training failed."), ""))
        elif mine:
            self._on_killed(run, status)

    def _on_killed(self, run: Run, status: Status) -> None:
        """It died without a word: it goes on from its last state, unless it gets nowhere."""
        reached = status.step + len(status.checks)
        self._deaths = 1 if reached > self._reached else self._deaths + 1
        self._reached = reached
        if self._deaths < MOST_DEATHS:
            self._launch(run, "go" if run.wish() == "pause" else run.wish())
            return
        self.failed.emit(
            Problem(
                say("The training ended unexpectedly: {words}.", run.last_words() or "killed"),
                say("Close other programs and go on, or throw it away."),
            )
        )


def _counted(images: BatchFolder, report: Report) -> Material:
    from app.batch.lesson_data import material_of

    return material_of(images, report)


def _seen(folder: Folder, run: Run) -> Seen:
    # The lock first: a process that ends meanwhile has told its end before it lets go.
    running = run.is_running
    models = tuple(TaughtModels(folder.project).entries())
    return Seen(running, run.status(), run.plan(), models)


def _exported(model: TaughtModel, target: Path) -> Path:
    """Raises: Problem, ModelError, OSError."""
    if not model.is_there:
        raise Problem(
            say("The model's file is gone: {path}", model.path), say("Delete it from the list.")
        )
    if target.suffix.lower() != ".onnx":
        shutil.copyfile(model.path, target)
        return target
    parts = sorted(model.place.glob("model.*.onnx"))
    if not parts:
        from model.runtime_onnx.export import build_pair

        written = build_pair(model.path, target.parent)
        parts = list(written)
    stem = target.with_suffix("").name
    for part in parts:
        place = target.parent / part.name.replace("model.", f"{stem}.", 1)
        if part.parent == target.parent:
            part.replace(place)
        else:
            shutil.copyfile(part, place)
    return target.parent / f"{stem}.encoder.onnx"
