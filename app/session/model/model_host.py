"""Owns the inference thread: which model runs, which picture it knows, what it is asked."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.errors import Problem
from app.core.picture import Picture
from app.inference import questions as q
from app.inference.engine import Engine, unexpected
from app.inference.latest import LatestWorker
from app.session.model.server_watch import ServerWatch, comes_back
from app.session.model.watchdog import Watchdog
from model.interface import Cancelled, Embedding, Model, Prompt, RuntimeReport
from model.messages import say

CORNER = Prompt(points=np.zeros((1, 2), np.float32), labels=np.ones(1, np.int64))
WARMING_CLICKS = 9  # enough for `FastestVariant` to settle
RETRY_PREFETCH_MS = 400
_Click = q.Predict | q.Choose
R = TypeVar("R")


class _Numbered(NamedTuple):
    """What crosses to the thread: who asked stays on this side."""

    number: int
    question: q.Question


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who is told of a question that is out; ``question`` by its identity."""

    question: q.Question
    since_s: float
    answered: Callable[[Any], None]
    failed: Callable[[Problem], None] | None
    given_up: Callable[[Cancelled], None] | None


class ModelHost(QObject):
    """The model as the window sees it.

    Every question is asked with what is called when it is answered; nobody else is told. A question
    that is overtaken by a newer one of its kind, or cancelled, is not answered at all.

    Attributes:
        state: ``none``, ``loading``, ``ready`` or ``failed``.
        embedding_state: of the current picture: ``none``, ``computing``, ``ready`` or ``failed``.
        last_embed_ms, last_click_ms: what the newest ones took; None before the first.
        stands_in: for the choice that could not be loaded, where another model is used instead.
        beside: the model before, while it is kept in memory too.
        let_go: the model before, if memory did not allow to keep it.
        server: whether the machine that prepares images is away, where that is another one.
    """

    state_changed = Signal()
    embedded = Signal(str)
    """Key of a picture that is ready for clicks, the current one or one made ahead."""
    problem = Signal(object)
    over = Signal(object)
    """One of those problems that is none any more."""
    fell_back = Signal()
    """The model that was chosen cannot be loaded or its terms were refused, and ``choice`` is the
    one that worked before."""
    terms_asked = Signal(object)
    """The Terms of a model that is loaded and waits for ``agree`` or ``refuse``."""
    made = Signal(object)
    """An Embedded that was computed, for whoever keeps it on disk."""
    clicked = Signal(float)
    """A click was answered in so many seconds, waiting not counted."""
    _replied = Signal(int, object)

    def __init__(
        self,
        engine: Engine,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
        agreed: Callable[[str], bool] = lambda family: False,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._agreed = agreed
        self._unagreed: tuple[q.Choice, q.Loaded] | None = None
        self.state = "none"
        self.embedding_state = "none"
        self.choice = q.Choice()
        self.last_embed_ms: float | None = None
        self.last_click_ms: float | None = None
        self.stands_in: q.Choice | None = None
        self.beside: q.Choice | None = None
        self.let_go: q.Choice | None = None
        self._loaded: q.Loaded | None = None
        self._worked: q.Choice | None = None
        self._told: Problem | None = None
        self._report: RuntimeReport | None = None
        self._picture: Picture | None = None
        self._embedding: Embedding | None = None
        self._ahead: Picture | None = None
        self._numbers = itertools.count(1)
        self._askers: dict[int, _Asker] = {}
        self._warm = False
        self._retry = QTimer(self, singleShot=True, interval=RETRY_PREFETCH_MS)
        self._retry.timeout.connect(self._ask_ahead)
        self._replied.connect(self._on_replied, Qt.ConnectionType.QueuedConnection)
        self.server = ServerWatch(self)
        self.server.changed.connect(self.state_changed)
        self.server.again.connect(self._ask_server)
        self._engine = engine
        self._abandoned: list[LatestWorker[_Numbered, q.Reply]] = []
        self._worker = self._new_worker()
        self.watchdog = Watchdog(self._running, self, clock, lambda: self._worker.unheeded)
        self.watchdog.changed.connect(self._on_watched)

    def _new_worker(self) -> LatestWorker[_Numbered, q.Reply]:
        engine = self._engine

        def reply(asked: _Numbered, answer: q.Reply | Exception) -> None:
            self._replied.emit(asked.number, answer)

        return LatestWorker(
            lambda asked, cancelled: engine.answer(asked.question, cancelled),
            reply,
            reply,
            rank=lambda asked: q.rank(asked.question),
            interrupts=lambda new, old: q.interrupts(new.question, old.question),
            gives_way=lambda asked: q.gives_way(asked.question),
            name="inference",
            clock=self._clock,
        )

    def _running(self) -> tuple[q.Question, float] | None:
        found = self._worker.running
        return None if found is None else (found[0].question, found[1])

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
    def image_identity(self) -> str:
        """Of the model in use, by which its embeddings are known; empty if none is."""
        return self._loaded.image_identity if self._loaded else ""

    @property
    def loaded(self) -> q.Loaded | None:
        """What is told of the model in use; None if none is."""
        return self._loaded

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
        before = self.choice if self.state == "loading" else None
        if choice != self.choice:
            self.server.well()
        self.choice = choice
        self.state = "loading"
        self.stands_in = None
        self.beside = self.let_go = None
        self._loaded = self._unagreed = None
        self._warm = False
        self._embedding = None
        self.embedding_state = "computing" if self._picture else "none"
        self._withdraw(lambda question: not isinstance(question, q.Load))
        others = (self._worked, before, q.Choice(device=choice.device), q.Choice())
        instead = [other for other in others if other is not None and other != choice]
        if choice.served:
            # A server may come back; whether another model is used until then, a person says.
            instead = []
        load = q.Load(choice, tuple(dict.fromkeys(instead)))
        self.ask(load, partial(self._on_loaded, choice), partial(self._on_not_loaded, choice))
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
        # Whatever else was asked is asked anew once the model is there.
        left = [self._askers.pop(each.number, None) for each in asked]
        self._askers.clear()
        for asker in left:
            if asker is not None and isinstance(asker.question, q.Job):
                _tell_failed(
                    asker, Problem(say("The model was started anew."), say("Begin once more."))
                )

    def set_picture(self, picture: Picture | None) -> None:
        """Make this the picture that is clicked on; whatever was asked about another is dropped.

        ``state_changed`` is not told: the image around it may not be in place yet.
        """
        if picture is self._picture:
            return
        self._picture = picture
        self._embedding = None
        key = picture.key if picture is not None else None
        self._withdraw(lambda question: q.is_left(question, key))
        self.embedding_state = "computing" if picture else "none"
        self._ask_embedding()

    def prefetch(self, picture: Picture) -> None:
        """Embed it when nothing else is to be done; the newest such wish counts."""
        self._ahead = picture
        self._ask_ahead()

    def ask(
        self,
        question: q.Asks[R],
        answered: Callable[[R], None],
        failed: Callable[[Problem], None] | None = None,
        given_up: Callable[[Cancelled], None] | None = None,
    ) -> None:
        """Put a question; at most one of the three is called, on this thread, and at most once.

        None of them is where a newer question of its kind overtakes this one while it waits, where
        it is cancelled, where the host is closed, or where the asker is a QObject that is no more.

        Args:
            question: a value; what is asked is told by its type.
            answered: gets the answer.
            failed: gets the reason why there is none.
            given_up: is told that something more urgent came between, or that it took too long.
        """
        # A generic parameter cannot be narrowed to the union of all that ask for something.
        asked = _Numbered(next(self._numbers), cast("q.Question", question))
        now = time.perf_counter()
        self._askers[asked.number] = _Asker(asked.question, now, answered, failed, given_up)
        forgotten = self._worker.ask(asked)
        if forgotten is not None:
            self._askers.pop(forgotten.number, None)
        self.watchdog.wake()

    def cancel(self, unwanted: q.SpeculativePredict | q.LookAgain | q.CloseUp | q.Job[Any]) -> None:
        """Give up this one, whose asker hears no more of it; others go on."""
        self._withdraw(lambda question: question is unwanted)
        for number in [n for n, each in self._askers.items() if each.question is unwanted]:
            del self._askers[number]

    def _withdraw(self, unwanted: Callable[[q.Question], bool]) -> None:
        for forgotten in self._worker.withdraw(lambda asked: unwanted(asked.question)):
            self._askers.pop(forgotten.number, None)

    @Slot(float)
    def on_answered_ahead(self, seconds: float) -> None:
        """A click was answered with what had been asked before it was made."""
        self.last_click_ms = seconds * 1000

    def close(self, timeout_s: float = 10.0) -> bool:
        """End the thread; False if the model is still busy after that time."""
        self._retry.stop()
        self._askers.clear()
        self._ahead = None
        self.watchdog.rest()
        self.server.rest()
        ended = self._worker.stop(timeout_s)
        # One that has only just come back needs a moment to end.
        return all([ended, *(each.stop(0.2) for each in self._abandoned)])

    def _ask_embedding(self) -> None:
        if self._loaded is not None and self._picture is not None:
            self._embed(self._picture)

    @Slot()
    def _ask_ahead(self) -> None:
        if self._loaded is not None and self._ahead is not None:
            self._embed(self._ahead, prefetch=True)

    @Slot()
    def _ask_server(self) -> None:
        """Whether it is back: then what waits for it is done."""
        if self.state == "failed":
            self.use_model(self.choice)
        elif self.state == "ready":
            asked = q.Job("server", _asked_server)
            self.ask(asked, self._on_server_back, self._on_server_failed)

    def _on_server_failed(self, problem: Problem) -> None:
        if comes_back(problem):
            self.server.failed(problem)
        else:
            # It is there, but another one than it was.
            self.server.well()
            self._tell(problem)

    def _on_server_back(self, answers: bool) -> None:
        self.server.well()
        if self.embedding_state == "failed" and self._picture is not None:
            self.embedding_state = "computing"
            self._ask_embedding()
            self.state_changed.emit()
        self._ask_ahead()

    def _embed(self, picture: Picture, *, prefetch: bool = False) -> None:
        self.ask(
            q.Embed(picture, prefetch),
            self._on_embedded,
            partial(self._on_not_embedded, picture),
            partial(self._on_embedding_given_up, picture),
        )

    @Slot()
    def _on_watched(self) -> None:
        if self.stalled:
            what = say("The model does not answer.")
            self._tell(Problem(what, say("Restart it in the status bar; your clicks are kept.")))
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

    @Slot(int, object)
    def _on_replied(self, number: int, reply: q.Reply | Exception) -> None:
        asker = self._askers.pop(number, None)
        if asker is None:
            return
        if isinstance(reply, Cancelled):
            if asker.given_up is not None and _is_there(asker.given_up):
                asker.given_up(reply)
        elif isinstance(reply, Exception):
            _tell_failed(asker, reply if isinstance(reply, Problem) else unexpected(reply))
        else:
            self._note(reply)
            if isinstance(asker.question, _Click):
                self.last_click_ms = (time.perf_counter() - asker.since_s) * 1000
            if _is_there(asker.answered):
                asker.answered(reply.result if isinstance(reply, q.Done) else reply)
            if isinstance(reply, q.Answer) and reply.seconds is not None:
                # Last: noting how fast the model is must not keep the mask from the screen.
                self.clicked.emit(reply.seconds)

    def _on_loaded(self, choice: q.Choice, loaded: q.Loaded) -> None:
        if choice is self.choice:
            self._is_well()
            self._take(choice, loaded)

    def agree(self) -> None:
        """The terms of the model that waits are agreed to: it is used."""
        waiting, self._unagreed = self._unagreed, None
        if waiting is not None:
            self._use(*waiting)

    def refuse(self) -> None:
        """The model that waits is not used, but the one before."""
        waiting, self._unagreed = self._unagreed, None
        if waiting is not None:
            # It is not what the other one could fall back on either.
            self.state = "none"
            self.use_model(self._worked or q.Choice(device=waiting[0].device))
            self.fell_back.emit()

    def _take(self, choice: q.Choice, loaded: q.Loaded) -> None:
        """This model is in use from now on, unless there are terms that nobody agreed to."""
        terms = loaded.report.terms
        if terms is None or self._agreed(terms.family):
            self._use(choice, loaded)
            return
        self._unagreed = choice, loaded
        self.terms_asked.emit(terms)

    def _use(self, choice: q.Choice, loaded: q.Loaded) -> None:
        self.choice = self._worked = choice
        self._loaded = loaded
        self._report = loaded.report
        self.beside, self.let_go = loaded.beside, loaded.let_go
        self.state = "ready"
        self._ask_embedding()
        if choice.served:
            self._ask_server()
        self.state_changed.emit()

    def _on_not_loaded(self, choice: q.Choice, why: Problem) -> None:
        if choice is not self.choice:
            return
        known = self.server.away
        self.server.failed(why)
        before = self._worked
        problem = why if isinstance(why, q.NotLoaded) else q.NotLoaded(why)
        if problem.choice is None or problem.loaded is None:
            self.state = "failed"
            self.embedding_state = "failed" if self._picture else "none"
            if not (known and self.server.away):
                self._tell(problem)
            self.state_changed.emit()
            return
        self._tell(problem)
        self.stands_in = choice
        self._take(problem.choice, problem.loaded)
        if problem.choice == before:
            self.fell_back.emit()

    def _on_embedded(self, reply: q.Embedded) -> None:
        if reply.embedding.model != self.image_identity:
            return
        if self.beside != reply.beside:
            self.let_go, self.beside = self.beside, reply.beside
        if reply.origin == "computed":
            self.last_embed_ms = reply.seconds * 1000
            self.watchdog.usual_embed_s = reply.seconds
            self.made.emit(reply)
            self.server.well()
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
            self.ask(q.Job("warm-up", partial(_warmed_up, embedding)), lambda done: None)
        self._warm = True

    def _on_not_embedded(self, picture: Picture, problem: Problem) -> None:
        known = self.server.away and self._told is not None
        self.server.failed(problem)
        if picture is self._ahead and not comes_back(problem):
            self._ahead = None
        if picture is self._picture:
            self.embedding_state = "failed"
            if not (known and comes_back(problem)):
                self._tell(problem)
            self.state_changed.emit()

    def _on_embedding_given_up(self, picture: Picture, why: Cancelled) -> None:
        if picture is self._ahead:
            self._retry.start()

    def _note(self, reply: q.Reply) -> None:
        """Follow what the model really runs on; say so when it had to change."""
        report = getattr(reply, "report", None)
        if not isinstance(report, RuntimeReport) or report == self._report:
            return
        before, self._report = self._report, report
        if before is not None and before.device != report.device and self.state == "ready":
            self.problem.emit(
                Problem(say("{reason}.", report.reason), say("Your work is not touched."))
            )
        self.state_changed.emit()


def _tell_failed(asker: _Asker, problem: Problem) -> None:
    if asker.failed is not None and _is_there(asker.failed):
        asker.failed(problem)


def _is_there(called: Callable[..., None]) -> bool:
    """Whether the object that a method belongs to still exists on Qt's side."""
    method = called.func if isinstance(called, partial) else called
    owner = getattr(method, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def _warmed_up(embedding: Embedding, model: Model, cancelled: Callable[[], bool]) -> None:
    for _ in range(WARMING_CLICKS):
        if not cancelled():
            model.decode(embedding, CORNER)


def _asked_server(model: Model, cancelled: Callable[[], bool]) -> bool:
    """Raises: ServerError: it does not answer."""
    ask = getattr(model, "ask_server", None)
    if ask is not None:
        ask(cancelled)
    return True
