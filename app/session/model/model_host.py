"""Owns the inference thread: which model runs, which picture it knows, what it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.errors import Problem
from app.core.picture import Picture
from app.inference import questions as q
from app.inference.engine import Engine, unexpected
from app.inference.latest import LatestWorker
from app.session.model.watchdog import Watchdog
from model.interface import Cancelled, Embedding, Model, Prompt, RuntimeReport

CORNER = Prompt(points=np.zeros((1, 2), np.float32), labels=np.ones(1, np.int64))
WARMING_CLICKS = 9  # enough for `FastestVariant` to settle
RETRY_PREFETCH_MS = 400
_Click = q.Predict | q.Choose


class ModelHost(QObject):
    """The model as the window sees it.

    Attributes:
        state: ``none``, ``loading``, ``ready`` or ``failed``.
        embedding_state: of the current picture: ``none``, ``computing``, ``ready`` or ``failed``.
        last_embed_ms, last_click_ms: what the newest ones took; None before the first.
    """

    state_changed = Signal()
    embedded = Signal(str)
    """Key of a picture that is ready for clicks, the current one or one made ahead."""
    answered = Signal(object, object)
    """A Predict, Choose, SpeculativePredict, Hover or CloseUp and its reply."""
    unanswered = Signal(object, object)
    """One of those and its Problem; a CloseUp also when it was given up."""
    job_done = Signal(object, object)
    """A Job and its result or Problem."""
    problem = Signal(object)
    over = Signal(object)
    """One of those problems that is none any more."""
    fell_back = Signal()
    """The model that was chosen cannot be loaded, and ``choice`` is the one that worked before."""
    made = Signal(object)
    """An Embedded that was computed, for whoever keeps it on disk."""
    _replied = Signal(int, object, object)

    def __init__(
        self,
        engine: Engine,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self.state = "none"
        self.embedding_state = "none"
        self.choice = q.Choice()
        self.last_embed_ms: float | None = None
        self.last_click_ms: float | None = None
        self._loaded: q.Loaded | None = None
        self._worked: q.Choice | None = None
        self._told: Problem | None = None
        self._report: RuntimeReport | None = None
        self._picture: Picture | None = None
        self._embedding: Embedding | None = None
        self._ahead: Picture | None = None
        self._asked_s = 0.0
        self._warm = False
        self._retry = QTimer(self, singleShot=True, interval=RETRY_PREFETCH_MS)
        self._retry.timeout.connect(self._ask_ahead)
        self._replied.connect(self._on_replied, Qt.ConnectionType.QueuedConnection)
        self._engine = engine
        self._abandoned: list[LatestWorker[q.Question, q.Reply]] = []
        self._worker = self._new_worker()
        self.watchdog = Watchdog(
            lambda: self._worker.running, self, clock, lambda: self._worker.unheeded
        )
        self.watchdog.changed.connect(self._on_watched)

    def _new_worker(self) -> LatestWorker[q.Question, q.Reply]:
        reply = partial(self._replied.emit, len(self._abandoned))
        return LatestWorker(
            self._engine.answer, reply, reply, rank=q.rank, interrupts=q.interrupts,
            gives_way=lambda question: isinstance(question, q.Job),
            name="inference", clock=self._clock,
        )  # fmt: skip

    @property
    def title(self) -> str:
        return self.choice.title

    @property
    def report(self) -> RuntimeReport | None:
        """What really runs, and why."""
        return self._report

    @property
    def facts(self) -> str:
        """What runs and where, in one line, for a log."""
        report = self._report
        where = f", {report.runtime} on {report.device}, {report.precision}" if report else ""
        return f"{self.variant or self.title} ({self.state}){where}"

    @property
    def identity(self) -> str:
        """Of the model in use; empty if none is."""
        return self._loaded.identity if self._loaded else ""

    @property
    def variant(self) -> str:
        return self._loaded.variant if self._loaded else ""

    @property
    def embedding(self) -> Embedding | None:
        """Of the current picture, once it is ready."""
        return self._embedding

    @property
    def idle(self) -> bool:
        """Whether the thread has nothing to do and nothing waits."""
        return self._worker.idle

    def use_model(self, choice: q.Choice) -> None:
        """Load another model in the background; clicks wait for it."""
        if self.stalled:
            self._replace_worker()
        self.choice = choice
        self.state = "loading"
        self._loaded = None
        self._warm = False
        self._embedding = None
        self.embedding_state = "computing" if self._picture else "none"
        self._worker.withdraw(lambda question: not isinstance(question, q.Load))
        others = (self._worked, q.Choice(device=choice.device), q.Choice())
        instead = [other for other in others if other is not None and other != choice]
        self._put(q.Load(choice, tuple(dict.fromkeys(instead))))
        self.state_changed.emit()

    @property
    def stalled(self) -> bool:
        """Whether the model has not answered for longer than anybody should wait."""
        return self.watchdog.stalled

    def restart(self) -> None:
        """Give up a model that does not answer, and load it anew; clicks are kept."""
        self._replace_worker()
        self.use_model(self.choice)

    def _replace_worker(self) -> None:
        """Threads cannot be ended from outside: the old one is left alone with its model."""
        asked = self._worker.abandon()
        self._abandoned.append(self._worker)
        self._engine = self._engine.afresh()
        self._worker = self._new_worker()
        self.watchdog.rest()
        for job in asked:
            if isinstance(job, q.Job):
                self.job_done.emit(job, Problem("The model was started anew.", "Begin once more."))

    def _put(self, question: q.Question) -> None:
        self._worker.ask(question)
        self.watchdog.wake()

    def set_picture(self, picture: Picture | None) -> None:
        """Make this the picture that is clicked on; whatever was asked about another is dropped."""
        if picture is self._picture:
            return
        self._picture = picture
        self._embedding = None
        key = picture.key if picture is not None else None
        self._worker.withdraw(lambda question: q.is_left(question, key))
        self.embedding_state = "computing" if picture else "none"
        self._ask_embedding()
        self.state_changed.emit()

    def prefetch(self, picture: Picture) -> None:
        """Embed it when nothing else is to be done; the newest such wish counts."""
        self._ahead = picture
        self._ask_ahead()

    def ask(self, question: _Click | q.SpeculativePredict | q.Hover | q.CloseUp | q.Job) -> None:
        """Answered by ``answered``, ``unanswered`` or ``job_done``, or overtaken by a newer one."""
        if isinstance(question, _Click):
            self._asked_s = time.perf_counter()
        self._put(question)

    def cancel(self, unwanted: q.SpeculativePredict | q.Job | q.CloseUp) -> None:
        """Give up this one; others go on."""
        self._worker.withdraw(lambda question: question is unwanted)

    def close(self, timeout_s: float = 10.0) -> bool:
        """End the thread; False if the model is still busy after that time."""
        self._retry.stop()
        self._ahead = None
        self.watchdog.rest()
        ended = self._worker.stop(timeout_s)
        # One that has only just come back needs a moment to end.
        return all([ended, *(each.stop(0.2) for each in self._abandoned)])

    def _ask_embedding(self) -> None:
        if self._loaded is not None and self._picture is not None:
            self._put(q.Embed(self._picture))

    @Slot()
    def _ask_ahead(self) -> None:
        if self._loaded is not None and self._ahead is not None:
            self._put(q.Embed(self._ahead, prefetch=True))

    @Slot()
    def _on_watched(self) -> None:
        if self.stalled:
            what = "The model does not answer."
            self._tell(Problem(what, "Restart it in the status bar; your clicks are kept."))
        else:
            self._is_well()
        self.state_changed.emit()

    def _tell(self, problem: Problem) -> None:
        """Of a problem that may pass by itself."""
        self._is_well()
        self._told = problem
        self.problem.emit(problem)

    def _is_well(self) -> None:
        told, self._told = self._told, None
        if told is not None:
            self.over.emit(told)

    @Slot(int, object, object)
    def _on_replied(self, worker: int, question: q.Question, reply: q.Reply | Exception) -> None:
        if worker != len(self._abandoned):
            return
        if isinstance(reply, Exception):
            self._on_failed(question, reply)
            return
        self._note(reply)
        if isinstance(reply, q.Loaded):
            self._on_loaded(question, reply)
        elif isinstance(reply, q.Embedded):
            self._on_embedded(reply)
        elif isinstance(reply, q.Done):
            self.job_done.emit(question, reply.result)
        else:
            if isinstance(question, _Click):
                self.last_click_ms = (time.perf_counter() - self._asked_s) * 1000
            self.answered.emit(question, reply)

    def _on_loaded(self, question: q.Question, reply: q.Loaded) -> None:
        if not isinstance(question, q.Load) or question.choice is not self.choice:
            return
        self._is_well()
        self._take(self.choice, reply)

    def _take(self, choice: q.Choice, loaded: q.Loaded) -> None:
        """This model is in use from now on."""
        self.choice = self._worked = choice
        self._loaded = loaded
        self._report = loaded.report
        self.state = "ready"
        self._ask_embedding()
        self.state_changed.emit()

    def _on_not_loaded(self, problem: q.NotLoaded) -> None:
        before = self._worked
        if problem.choice is None or problem.loaded is None:
            self.state = "failed"
            self.embedding_state = "failed" if self._picture else "none"
            self._tell(problem)
            self.state_changed.emit()
            return
        self._tell(problem)
        self._take(problem.choice, problem.loaded)
        if problem.choice == before:
            self.fell_back.emit()

    def _on_embedded(self, reply: q.Embedded) -> None:
        if reply.embedding.model != self.identity:
            return
        if reply.origin == "computed":
            self.last_embed_ms = reply.seconds * 1000
            self.watchdog.usual_embed_s = reply.seconds
            self.made.emit(reply)
        self._warm_up(reply.embedding)
        if self._ahead is not None and self._ahead.key == reply.key:
            self._ahead = None
        if self._picture is not None and reply.key == self._picture.key:
            self._embedding = reply.embedding
            self.embedding_state = "ready"
            if not isinstance(self._told, q.NotLoaded):
                self._is_well()
            self.state_changed.emit()
        self.embedded.emit(reply.key)

    def _warm_up(self, embedding: Embedding) -> None:
        """Answer clicks nobody made: the first ones of a model take several times as long."""
        if not self._warm:
            self._put(q.Job("warm-up", partial(_warmed_up, embedding)))
        self._warm = True

    def _on_failed(self, question: q.Question, error: Exception) -> None:
        if isinstance(error, Cancelled):
            if isinstance(question, q.Embed) and question.picture is self._ahead:
                self._retry.start()
            elif isinstance(question, q.CloseUp):
                self.unanswered.emit(question, error)
            return
        problem = error if isinstance(error, Problem) else unexpected(error)
        match question:
            case q.Load(choice=choice):
                if choice is not self.choice:
                    return
                if not isinstance(problem, q.NotLoaded):
                    problem = q.NotLoaded(problem)
                self._on_not_loaded(problem)
                return
            case q.Embed(picture=picture):
                if picture is self._ahead:
                    self._ahead = None
                if picture is not self._picture:
                    return
                self.embedding_state = "failed"
            case q.Job():
                self.job_done.emit(question, problem)
                return
            case _:
                self.unanswered.emit(question, problem)
                return
        self._tell(problem)
        self.state_changed.emit()

    def _note(self, reply: q.Reply) -> None:
        """Follow what the model really runs on; say so when it had to change."""
        report = getattr(reply, "report", None)
        if not isinstance(report, RuntimeReport) or report == self._report:
            return
        before, self._report = self._report, report
        if before is not None and before.device != report.device and self.state == "ready":
            self.problem.emit(Problem(f"{report.reason}.", "Your work is not touched."))
        self.state_changed.emit()


def _warmed_up(embedding: Embedding, model: Model, cancelled: Callable[[], bool]) -> None:
    for _ in range(WARMING_CLICKS):
        if not cancelled():
            model.decode(embedding, CORNER)
