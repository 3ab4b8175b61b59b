"""The mask being made: clicks, a box, the model's candidates and hand edits, not yet accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.brush import stroke
from app.core.document import Document, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.polygon import from_rings
from app.core.prompt import Box, Point, Prompt
from app.inference.questions import Answer, Choose, HoverPreview, Predict, Ticket
from app.session.mask.candidates import Candidate, candidates_of
from app.session.mask.draft import DraftHistory, DraftState, Scope
from app.session.mask.evidence import build_evidence
from app.session.mask.hover_preview import HoverPreviews
from app.session.mask.second_looks import SecondLooks
from app.session.mask.speculative_answers import SpeculativeAnswers
from app.session.mask.stopwatch import SLOW_OBJECT_S, Stopwatch
from app.session.mask.unaccepted_masks import Left, UnacceptedMasks, Untold
from app.session.mask.zoom_embeddings import ZoomEmbeddings
from app.session.model.model_host import ModelHost
from app.session.session import Session
from model.interface import Prediction
from model.messages import say

__all__ = ["Candidate", "HoverPreview", "MaskEditor"]

Track = Sequence[tuple[float, float]]


class MaskEditor(QObject):
    """What the tools work on. Every gesture is one step of its own undo.

    Attributes:
        leaves_rest: whether every corrective click leaves all as it is but what is around it; else
            that follows from how good the mask was (``app.core.correction``).

    Questions asked before the picture is embedded are kept and put when it is. An answer that is
    not for the state at hand is dropped.
    """

    changed = Signal()
    hover_changed = Signal()
    problem = Signal(object)
    slow_object = Signal()
    left_behind = Signal(object)
    """Path of the image on which a mask was begun and is kept."""
    resumed = Signal()
    """What was begun on this image before is at hand again."""

    leaves_rest = False
    boxes_in_a_row = True
    """Whether a box around another object accepts the new one at hand."""
    _box_mask: tuple[Mask | None, Mask | None] = None, None
    box_is_elsewhere = False
    """Whether the box being drawn will begin another object."""

    tidy = True
    """Whether specks and pinholes are left out of the model's masks."""
    hint_after_slow_object = True

    def __init__(
        self,
        session: Session,
        host: ModelHost,
        zoom_embeddings: ZoomEmbeddings,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._host = session, host
        self._zoom_embeddings = zoom_embeddings
        self._speculative = SpeculativeAnswers(host, self)
        self._speculative.taken.connect(host.on_answered_ahead)
        self._line = DraftHistory()
        self._editing: int | None = None
        self._failed_revision = 0
        self._candidates: tuple[Prediction | None, tuple[Candidate, ...]] = (None, ())
        self.stopwatch = Stopwatch(clock)
        self._slow = QTimer(self, singleShot=True)
        self._slow.timeout.connect(self.slow_object)
        host.embedded.connect(self._on_embedded)
        self.unfinished = UnacceptedMasks(self._at_hand, self)
        self._home: tuple[Path, str, tuple[int, int]] | None = None
        self._deleted: Left | None = None
        self._untold = Untold()
        session.image_swapped.connect(self._on_image_swapped)
        session.image_opened.connect(self._tell_of_image)
        session.deleted.connect(self._on_deleted)
        session.document_changed.connect(self._on_document)
        self.unfinished.read.connect(self._on_earlier)
        self.changed.connect(self.unfinished.stir)
        previews = HoverPreviews(session, host, zoom_embeddings, lambda: self.active, self)
        self.hover_previews = previews
        self.changed.connect(self.hover_previews.on_edited)
        self.hover_previews.changed.connect(self.hover_changed)
        self._speculative.changed.connect(self.hover_changed)
        self._dropped: Left | None = None
        self._second_looks = SecondLooks(host, zoom_embeddings, self._on_looked_again, self)
        self.changed.connect(self._on_changed)
        session.document_changed.connect(self._forget_dropped)

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
    def is_predicting(self) -> bool:
        return self.state.unanswered and self.state.revision != self._failed_revision

    @property
    def can_undo(self) -> bool:
        return self._line.can_undo or self._dropped is not None

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
        self._leave()
        self._tell_of_image()

    def _leave(self) -> None:
        begun, self._home = self._at_hand(), None
        if begun is not None:
            self.unfinished.put(*begun)
            self._untold.left_behind = begun[0]
        if self._take_up(DraftHistory(), None):
            self._untold.changed = True

    def _at_hand(self) -> tuple[Path, Left] | None:
        if self._home is None or not self.active:
            return None
        path, key, size = self._home
        seconds, label = self.stopwatch.active_s, self._session.active_label
        return path, Left(key, size, self._line, self._editing, seconds, label)

    @Slot()
    def _on_image_swapped(self) -> None:
        self._leave()
        self.hover_previews.forget()
        self._deleted = self._dropped = None
        path, picture = self._session.image_path, self._session.picture
        if path is not None and picture is not None:
            self._home = path, picture.key, (picture.height, picture.width)
            self._resume()

    @Slot()
    def _tell_of_image(self) -> None:
        """Of what was left, and of what is at hand instead."""
        untold, self._untold = self._untold, Untold()
        if untold.left_behind is not None:
            self.left_behind.emit(untold.left_behind)
        self.hover_changed.emit()
        if untold.changed:
            self.changed.emit()
        if untold.resumed:
            self.resumed.emit()

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
        self._session.folder_labels.look()
        self._tell_of_image()
        if self.state.unanswered:
            self._put_question()

    def _resume(self) -> None:
        if self._home is None or self.active or self._session.read_only:
            return
        left, document = self.unfinished.take(*self._home), self._session.document
        if left is None or left.is_accepted(document):
            return
        old = document.get(left.editing) if document and left.editing is not None else None
        gone = old is None or old.locked
        if self._take_up(left.line, None if gone else left.editing, left.seconds):
            self._untold.changed = True
        if left.label is not None:
            # Another one may be in hand by now; it was not meant for this mask.
            self._session.folder_labels.take_up(left.label)
        self._untold.resumed = True

    def undo(self) -> None:
        left = self._dropped
        if left is None:
            self.stopwatch.touch()
            self._after(self._line.undo())
            return
        self._start(left.line, left.editing, left.seconds)
        self._put_question()

    def redo(self) -> None:
        self.stopwatch.touch()
        self._after(self._line.redo())

    def _start(self, line: DraftHistory, editing: int | None, seconds: float = 0.0) -> None:
        self._speculative.end()
        if self._take_up(line, editing, seconds):
            self.changed.emit()

    def _take_up(self, line: DraftHistory, editing: int | None, seconds: float = 0.0) -> bool:
        """Go on with ``line`` and tell nobody; whether there is something to tell."""
        was_active = self.active
        self._line, self._editing = line, editing
        self._speculative.forget()
        self._slow.stop()
        self.stopwatch.restart(seconds)
        return was_active or self.active

    # -- giving up, and thinking better of it

    def drop(self) -> None:
        """Give the mask up; undo brings it back while nothing else was done."""
        begun = self._at_hand()
        self.clear()
        self._dropped = begun[1] if begun is not None else None
        self.changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        if self.active:
            self._dropped = None
        self._second_looks.follow(self._ticket(), self.state, self.tidy)

    @Slot()
    def _forget_dropped(self) -> None:
        self._dropped = None

    # -- the mouse before any click

    @property
    def hover_mask(self) -> HoverPreview | None:
        return self.hover_previews.preview

    @property
    def box_mask(self) -> Mask | None:
        """What the box being drawn would give, with what was drawn by hand."""
        found = self._speculative.preview
        if found is not self._box_mask[0]:
            # The same object each time: what is on the screen is painted again for another one.
            drawn = found if self.box_is_elsewhere else found and self.state.drawn.applied_to(found)
            self._box_mask = found, drawn
        return self._box_mask[1]

    def hover(self, x: float, y: float) -> None:
        """The mouse is at (x, y) in image pixels."""
        self.hover_previews.move(x, y)

    def hover_end(self) -> None:
        """The mouse has left the image."""
        self.hover_previews.end()

    # -- the smart tool

    def press(self, x: float, y: float, positive: bool = True) -> None:
        """A button went down and may come up as a click: its answer takes no longer than a hand."""
        if (x, y) != self._inside(x, y):
            return
        asked = self._question_with(Point(x, y, positive), self._line)
        if asked is not None:
            self._speculative.press(asked)

    def click(self, x: float, y: float, positive: bool = True, *, alone: bool = False) -> None:
        """A click in image pixels; nothing if it is beside the image.

        ``alone``: it leaves everything else as it is, however bad that was.
        """
        if (x, y) != self._inside(x, y):
            return
        self._line.clicks += 1
        scope = Scope.LOCAL if alone or self.leaves_rest else Scope.AUTO
        self._ask(self.prompt.with_point(Point(x, y, positive)), scope)

    def stretch(self, x0: float, y0: float, x1: float, y1: float, *, moved: bool = False) -> None:
        """A box is being drawn: its mask is seen before it is done, if previews are wanted."""
        box = self._box(x0, y0, x1, y1) if self.hover_previews.wanted else None
        line = self._line if box is None else self._line_of(box, moved)
        self.box_is_elsewhere = line is not self._line
        self._speculative.draw(None if box is None else self._question_with(box, line))

    def stretch_end(self) -> None:
        """No box is being drawn any more."""
        self._speculative.end()

    def box(self, x0: float, y0: float, x1: float, y1: float, *, moved: bool = False) -> bool:
        """A box by two opposite corners, instead of the one there is; nothing if it has no area.

        A drag may begin and end beside the image; the part inside counts. One around another object
        accepts the new object at hand and begins with that one, unless ``boxes_in_a_row`` is off
        or the box at hand was ``moved``.

        Returns:
            False if the box was not taken, as the mask to be accepted first is not there yet.
        """
        box = self._box(x0, y0, x1, y1)
        others = box is not None and self._line_of(box, moved) is not self._line
        waits = others and self.is_predicting
        if box is not None and not waits and (not others or self._accept_before()):
            self._line.clicks += 1
            self._ask(self.prompt.with_box(box))
        self.stretch_end()
        return not waits

    def _accept_before(self) -> bool:
        with self._speculative.held():
            return self.accept() is not None

    def _line_of(self, box: Box, moved: bool) -> DraftHistory:
        """The states of the object at hand, or a new object's if the box is not about that.

        An object that is corrected is left by a key: a review goes on from it.
        """
        chained = self.boxes_in_a_row and self._editing is None and not moved
        known = self.can_accept or self.is_predicting
        return DraftHistory() if chained and known and self.prompt.is_elsewhere(box) else self._line

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> Box | None:
        (x0, y0), (x1, y1) = self._inside(x0, y0), self._inside(x1, y1)
        return None if x0 == x1 or y0 == y1 else Box.between(x0, y0, x1, y1)

    def move_point(self, index: int, x: float, y: float) -> None:
        self._line.clicks += 1
        self._ask(self.prompt.with_point_moved(index, *self._inside(x, y)))

    def flip_point(self, index: int) -> None:
        self._line.clicks += 1
        self._ask(self.prompt.with_point_flipped(index))

    def remove_point(self, index: int) -> None:
        self._ask(self.prompt.without_point(index))

    def remove_box(self) -> None:
        self._ask(self.prompt.with_box(None))

    def choose(self, candidate: int) -> None:
        self._after(self._line.choose(candidate, self._touched_s()))

    def cycle(self) -> None:
        """The next candidate, after the last the first."""
        if len(self.candidates) > 1:
            self.choose((self.chosen + 1) % len(self.candidates))

    def toggle_scope(self) -> None:
        """All of the model's answer to the last click, or only what is around it, in turn."""
        self._after(self._line.toggle_scope(self._touched_s()))

    def refine(self) -> None:
        """Ask again with the mask at hand as a hint and no new click."""
        self._after(self._line.refine(self._host.identity, self._touched_s()))

    def start_from(self, annotation_id: int) -> bool:
        """Correct an object: its mask becomes the prompt. False if it is locked or not there."""
        document = self._session.document
        found = document.get(annotation_id) if document else None
        if found is None or found.locked or self._session.read_only:
            return False
        guessed = found.state is State.PROPOSED
        estimate = (found.evidence.predicted_iou or 0.0) if guessed else 1.0
        self._start(DraftHistory(found.mask, estimate), annotation_id)
        self._begin()
        return True

    # -- hand tools

    def paint(self, points: Track, radius: float, erase: bool = False) -> None:
        """A stroke of a round brush along ``points`` (x, y), ``radius`` in image pixels."""
        size = self._size
        if points and size is not None:
            self._combine(stroke(points, max(1.0, 2 * radius), *size), erase)

    def polygon(self, points: Track, erase: bool = False) -> None:
        """The area inside the outline ``points``, added or taken away; nothing below 3 points."""
        size = self._size
        if len(points) >= 3 and size is not None:
            self._combine(from_rings([np.asarray(points, np.float64)], *size), erase)

    def apply(self, repair: Callable[[Mask], Mask]) -> None:
        """One of the repairs of ``app.core.cleanup``, such as ``fill_holes``."""
        if self.state.mask is not None:
            self._after(self._line.paint(repair(self.state.mask), self._touched_s()))

    # -- the end

    def accept(self) -> int | None:
        """Make the mask on the screen an object, or the new shape of the one being corrected.

        Returns:
            The object's id; None if there is no mask, its answer is still out, or nothing of it
            is left by the overlap policy.
        """
        mask = self.state.mask
        if mask is None or not self.can_accept:
            return None
        document = self._session.document
        old = document.get(self._editing) if document and self._editing is not None else None
        evidence = build_evidence(self._line, mask, self.stopwatch.active_s, self._host, old)
        if old is not None:
            accepted = self._session.replace_mask(old.id, mask, evidence)
        else:
            smart = self._line.answered_state is not None or not self.prompt.is_empty
            source = Source.SMART if smart else Source.MANUAL
            accepted = self._session.add(mask, evidence, source)
        if accepted is not None:
            self.clear()
        return accepted

    # -- inside

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
            self._slow.start(round(SLOW_OBJECT_S * 1000))

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
        closer = self._zoom_embeddings.views_for(state.prompt, state.feed)
        asked = state.prompt, state.feed, state.refined, closer, self.tidy
        return Predict(ticket, embedding, *asked)

    def _question_with(self, mark: Point | Box, line: DraftHistory) -> Predict | None:
        """What a gesture under way will ask; None if that is not known, or is answered already."""
        prompt = line.current.prompt
        asked = prompt.with_point(mark) if isinstance(mark, Point) else prompt.with_box(mark)
        state = line.asked(asked, self._host.identity)
        idle = not (self._session.read_only or self.is_predicting)
        return self._question(state) if idle and state.unanswered else None

    def _put_question(self) -> None:
        """Ask what the current state needs, if the picture is ready; once it is, it is asked."""
        state, asked = self.state, self._question(self.state)
        if asked is None:
            return
        ticket = asked.ticket
        if state.wanted is not None and state.answer is not None:
            # Another candidate is the answer of whichever model gave the first.
            self._ask_host(
                Choose(ticket, state.answer.prediction, state.wanted, asked), state.model
            )
        elif state.unanswered:
            answer = self._speculative.take(asked)
            if answer is None:
                self._ask_host(asked, ticket.model)
            else:
                self._line.answered(ticket.revision, answer, ticket.model)

    @Slot(str)
    def _on_embedded(self, key: str) -> None:
        picture = self._session.picture
        if picture is not None and picture.key == key and self.state.unanswered:
            self._put_question()

    def _ask_host(self, question: Predict | Choose, model: str) -> None:
        ticket = question.ticket
        self._host.ask(
            question, partial(self._on_answered, ticket, model), partial(self._on_failed, ticket)
        )

    def _on_answered(self, ticket: Ticket, model: str, reply: Answer) -> None:
        if ticket == self._ticket() and self._line.answered(ticket.revision, reply, model):
            self.changed.emit()

    def _on_looked_again(self, ticket: Ticket, first: Answer, closer: Answer) -> None:
        """The same step with a finer mask, unless something was done meanwhile."""
        if self.state.answer is first:
            self._on_answered(ticket, ticket.model, closer)

    def _on_failed(self, ticket: Ticket, problem: Problem) -> None:
        if ticket == self._ticket():
            self._failed_revision = ticket.revision
            self.problem.emit(problem)
            self.changed.emit()

    def _ask(self, prompt: Prompt, scope: Scope = Scope.AUTO) -> None:
        if self._size is None or self._refused():
            return
        self._after(self._line.ask(prompt, self._host.identity, self._touched_s(), scope))

    def _combine(self, part: Mask, erase: bool) -> None:
        if self._refused():
            return
        old = self.state.mask or Mask.empty(part.height, part.width)
        new = old.subtract(part) if erase else old.union(part)
        if new.area or self.state.mask is not None:
            self._after(self._line.paint(new, self._touched_s()))

    def _refused(self) -> bool:
        """Whether nothing may be edited here; a click that does nothing has to say why."""
        why = self._session.read_only
        if why:
            self.problem.emit(Problem(say("Nothing can be edited here."), why))
        return bool(why)

    def _inside(self, x: float, y: float) -> tuple[float, float]:
        """The point of the image nearest to (x, y)."""
        height, width = self._size or (0, 0)
        return min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))
