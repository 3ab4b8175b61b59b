"""The mask not yet accepted: its line of states, and the questions they put to the model."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.document import Document
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.prompt import Prompt
from app.inference.questions import Answer, Choose, Predict, Ticket
from app.session.mask.candidates import Candidate, candidates_of
from app.session.mask.draft import DraftHistory, DraftState
from app.session.mask.speculative_answers import SpeculativeAnswers
from app.session.mask.stopwatch import SLOW_OBJECT_S, Stopwatch
from app.session.mask.unaccepted_masks import Left, UnacceptedMasks
from app.session.mask.zoom_embeddings import ZoomEmbeddings
from app.session.model.model_host import ModelHost
from app.session.session import Session
from model.interface import Prediction


class Drafting(QObject):
    """What ``Pending`` and its gestures stand on.

    Questions asked before the picture is embedded are kept and put when it is. An answer that is
    not for the state at hand is dropped.
    """

    changed = Signal()
    problem = Signal(object)
    slow_object = Signal()
    left_behind = Signal(object)
    """Path of the image on which a mask was begun and is kept."""
    resumed = Signal()
    """What was begun on this image before is at hand again."""

    def __init__(
        self,
        session: Session,
        host: ModelHost,
        close_ups: ZoomEmbeddings,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._host = host
        self._close_ups = close_ups
        self._foresight = SpeculativeAnswers(session, host, self)
        self._line = DraftHistory()
        self._editing: int | None = None
        self._failed_revision = 0
        self._candidates: tuple[Prediction | None, tuple[Candidate, ...]] = (None, ())
        self.stopwatch = Stopwatch(clock)
        self._slow = QTimer(self, singleShot=True, interval=int(SLOW_OBJECT_S * 1000))
        self._slow.timeout.connect(self.slow_object)
        self.hint_after_slow_object = True
        host.embedded.connect(self._on_embedded)
        host.answered.connect(self._on_answered)
        host.unanswered.connect(self._on_unanswered)
        self.unfinished = UnacceptedMasks(self._at_hand, self)
        self._home: tuple[Path, str, tuple[int, int]] | None = None
        self._deleted: Left | None = None
        session.image_opened.connect(self._on_image)
        session.deleted.connect(self._on_deleted)
        session.document_changed.connect(self._on_document)
        self.unfinished.read.connect(self._on_earlier)
        self.changed.connect(self.unfinished.stir)

    # -- what is there

    @property
    def state(self) -> DraftState:
        return self._line.current

    @property
    def prompt(self) -> Prompt:
        return self.state.prompt

    @property
    def mask(self) -> Mask | None:
        """For the screen: while an answer is out, the mask before it."""
        return self._line.shown

    @property
    def can_accept(self) -> bool:
        """Whether the mask on the screen is the answer to the prompt on the screen, not empty."""
        mask = self.state.mask
        return self.active and mask is not None and mask.area > 0

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The model's answers to choose from; one or none where there is no choice."""
        answer = self.state.answer
        prediction = answer.prediction if answer else None
        if prediction is not self._candidates[0]:
            self._candidates = prediction, candidates_of(prediction)
        return self._candidates[1]

    @property
    def chosen(self) -> int:
        """Which candidate the mask is; -1 if none."""
        answer = self.state.answer
        return answer.chosen if answer else -1

    @property
    def active(self) -> bool:
        """Whether anything has been done that Enter or Escape would end."""
        return self._line.can_undo or self._editing is not None

    @property
    def editing(self) -> int | None:
        """The object being corrected; None for a new one."""
        return self._editing

    @property
    def waiting(self) -> bool:
        return self.state.unanswered and self.state.revision != self._failed_revision

    @property
    def can_undo(self) -> bool:
        return self._line.can_undo

    @property
    def can_redo(self) -> bool:
        return self._line.can_redo

    # -- going on

    @Slot()
    def clear(self) -> None:
        """Back to nothing; what was asked is not waited for any more."""
        self._start(DraftHistory(), None)

    def leave(self) -> None:
        """Keep what was begun on the image at hand for when it is opened again."""
        begun, self._home = self._at_hand(), None
        if begun is not None:
            self.unfinished.put(*begun)
            self.left_behind.emit(begun[0])
        self.clear()

    def _at_hand(self) -> tuple[Path, Left] | None:
        if self._home is None or not self.active:
            return None
        path, key, size = self._home
        seconds, label = self.stopwatch.active_s, self._session.active_label
        return path, Left(key, size, self._line, self._editing, seconds, label)

    @Slot()
    def _on_image(self) -> None:
        self.leave()
        self._deleted = None
        path, picture = self._session.image_path, self._session.picture
        if path is not None and picture is not None:
            self._home = path, picture.key, (picture.height, picture.width)
            self._resume()

    @Slot(object)
    def _on_deleted(self, ids: Collection[int]) -> None:
        """The correction of an object goes with it; what others take away leaves it here."""
        begun = self._at_hand()
        if begun is not None and self._editing in ids:
            self._deleted = begun[1]
            self.clear()

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        """It comes back with the object, unless another mask was begun meanwhile."""
        left = self._deleted
        if left is not None and left.editing in after.ids:
            self._deleted = None
            if not self.active:
                self._start(left.line, left.editing, left.seconds)
                self._put_question()

    @Slot()
    def _on_earlier(self) -> None:
        self._resume()
        if self.state.unanswered:
            self._put_question()

    def _resume(self) -> None:
        if self._home is None or self.active or self._session.read_only:
            return
        left, document = self.unfinished.take(*self._home), self._session.document
        if left is None or _is_accepted(left, document):
            return
        old = document.get(left.editing) if document and left.editing is not None else None
        gone = old is None or old.locked
        self._start(left.line, None if gone else left.editing, left.seconds)
        if left.label is not None and left.label in self._session.labels:
            # Another one may be in hand by now; it was not meant for this mask.
            self._session.set_active_label(left.label)
        self.resumed.emit()

    def undo(self) -> None:
        self.stopwatch.touch()
        self._after(self._line.undo())

    def redo(self) -> None:
        self.stopwatch.touch()
        self._after(self._line.redo())

    def _start(self, line: DraftHistory, editing: int | None, seconds: float = 0.0) -> None:
        was_active = self.active
        self._line, self._editing = line, editing
        self._foresight.end()
        self._slow.stop()
        self.stopwatch.restart(seconds)
        if was_active or self.active:
            self.changed.emit()

    @property
    def _size(self) -> tuple[int, int] | None:
        picture = self._session.picture
        return None if picture is None else (picture.height, picture.width)

    def _touched_s(self) -> float:
        if not self.active:
            self._begin()
        self.stopwatch.touch()
        return self.stopwatch.active_s

    def _begin(self) -> None:
        self.stopwatch.restart()
        self.stopwatch.touch()
        if self.hint_after_slow_object:
            self._slow.start()

    def _after(self, moved: bool) -> None:
        if not moved:
            return
        self._put_question()
        self.changed.emit()

    def _ticket(self) -> Ticket | None:
        picture = self._session.picture
        if picture is None:
            return None
        return Ticket(picture.key, self._host.identity, self.state.revision)

    def _question(self, state: DraftState) -> Predict | None:
        """What ``state`` asks; None while the picture is not ready."""
        if (ticket := self._ticket()) is None or (embedding := self._host.embedding) is None:
            return None
        closer = self._close_ups.view_for(state.prompt, state.feed)
        return Predict(ticket, embedding, state.prompt, state.feed, state.refined, closer)

    def _question_with(self, prompt: Prompt) -> Predict | None:
        """What a gesture under way will ask; None if that is not known, or is answered already."""
        state = self._line.asked(prompt, self._host.identity)
        idle = not (self._session.read_only or self.waiting)
        return self._question(state) if idle and state.unanswered else None

    def _put_question(self) -> None:
        """Ask what the current state needs, if the picture is ready; once it is, it is asked."""
        state, asked = self.state, self._question(self.state)
        if asked is None:
            return
        ticket = asked.ticket
        if state.wanted is not None and state.answer is not None:
            self._host.ask(Choose(ticket, state.answer.prediction, state.wanted, asked))
        elif state.unanswered:
            answer = self._foresight.take(asked)
            if answer is None:
                self._host.ask(asked)
            else:
                self._line.answered(ticket.revision, answer, ticket.model)

    @Slot(str)
    def _on_embedded(self, key: str) -> None:
        picture = self._session.picture
        if picture is not None and picture.key == key and self.state.unanswered:
            self._put_question()

    @Slot(object, object)
    def _on_answered(self, question: object, reply: object) -> None:
        if not isinstance(question, Predict | Choose) or not isinstance(reply, Answer):
            return
        if question.ticket != self._ticket():
            return
        # Another candidate is the answer of whichever model gave the first.
        model = self.state.model if isinstance(question, Choose) else question.ticket.model
        if self._line.answered(question.ticket.revision, reply, model):
            self.changed.emit()

    @Slot(object, object)
    def _on_unanswered(self, question: object, problem: Problem) -> None:
        if isinstance(question, Predict | Choose) and question.ticket == self._ticket():
            self._failed_revision = question.ticket.revision
            self.problem.emit(problem)
            self.changed.emit()


def _is_accepted(left: Left, document: Document | None) -> bool:
    """Killed between accepting and forgetting, the program finds the mask in both places."""
    mask = left.line.shown
    return mask is not None and any(each.mask == mask for each in document or ())
