"""The mask being made: clicks, a box, the model's candidates and hand edits, not yet accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from app.core.brush import stroke
from app.core.document import Source
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.polygon import from_rings
from app.core.prompt import Box, Point, Prompt
from app.inference.questions import HoverPreview
from app.session.mask.candidates import Candidate
from app.session.mask.draft import DraftHistory
from app.session.mask.drafting import Drafting
from app.session.mask.evidence import build_evidence
from app.session.mask.hover_preview import HoverPreviews
from app.session.mask.unaccepted_masks import Left
from app.session.mask.zoom_embeddings import ZoomEmbeddings
from app.session.model.model_host import ModelHost
from app.session.session import Session

__all__ = ["Candidate", "HoverPreview", "Pending"]

Track = Sequence[tuple[float, float]]


class Pending(Drafting):
    """What the tools work on. Every gesture is one step of its own undo."""

    hover_changed = Signal()

    def __init__(
        self,
        session: Session,
        host: ModelHost,
        close_ups: ZoomEmbeddings,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(session, host, close_ups, clock, parent)
        self.hover_guide = HoverPreviews(session, host, close_ups, self)
        self.hover_guide.changed.connect(self.hover_changed)
        self._foresight.changed.connect(self.hover_changed)
        self._dropped: Left | None = None
        self.changed.connect(self._on_changed)
        session.document_changed.connect(self._forget_dropped)
        session.image_opened.connect(self._forget_dropped)

    # -- giving up, and thinking better of it

    def drop(self) -> None:
        """Give the mask up; undo brings it back while nothing else was done."""
        begun = self._at_hand()
        self.clear()
        self._dropped = begun[1] if begun is not None else None
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        return super().can_undo or self._dropped is not None

    def undo(self) -> None:
        left = self._dropped
        if left is None:
            super().undo()
            return
        self._start(left.line, left.editing, left.seconds)
        self._put_question()

    @Slot()
    def _on_changed(self) -> None:
        if self.active:
            self._dropped = None

    @Slot()
    def _forget_dropped(self) -> None:
        self._dropped = None

    # -- the mouse before any click

    @property
    def hover_mask(self) -> HoverPreview | None:
        return self.hover_guide.preview

    @property
    def box_mask(self) -> Mask | None:
        """What the box being drawn would give."""
        return self._foresight.preview

    def hover(self, x: float, y: float) -> None:
        """The mouse is at (x, y) in image pixels."""
        self.hover_guide.move(x, y)

    def hover_end(self) -> None:
        """The mouse has left the image."""
        self.hover_guide.end()

    # -- the smart tool

    def press(self, x: float, y: float, positive: bool = True) -> None:
        """A button went down and may come up as a click: its answer takes no longer than a hand."""
        if (x, y) != self._inside(x, y):
            return
        asked = self._question_with(self.prompt.with_point(Point(x, y, positive)))
        if asked is not None:
            self._foresight.press(asked)

    def click(self, x: float, y: float, positive: bool = True) -> None:
        """A click in image pixels; nothing if it is beside the image."""
        if (x, y) != self._inside(x, y):
            return
        self._line.clicks += 1
        self._ask(self.prompt.with_point(Point(x, y, positive)))

    def stretch(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A box is being drawn: its mask is seen before it is done, if previews are wanted."""
        prompt = self._boxed(x0, y0, x1, y1) if self.hover_guide.wanted else None
        asked = self._question_with(prompt) if prompt is not None else None
        if asked is None:
            self._foresight.end()
        else:
            self._foresight.draw(asked)

    def stretch_end(self) -> None:
        """No box is being drawn any more."""
        self._foresight.end()

    def box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A box by two opposite corners, instead of the one there is; nothing if it has no area.

        A drag may begin and end beside the image; the part inside counts.
        """
        prompt = self._boxed(x0, y0, x1, y1)
        if prompt is not None:
            self._line.clicks += 1
            self._ask(prompt)
        self.stretch_end()

    def _boxed(self, x0: float, y0: float, x1: float, y1: float) -> Prompt | None:
        (x0, y0), (x1, y1) = self._inside(x0, y0), self._inside(x1, y1)
        if x0 == x1 or y0 == y1:
            return None
        return self.prompt.with_box(Box.between(x0, y0, x1, y1))

    def move_point(self, index: int, x: float, y: float) -> None:
        self._line.clicks += 1
        self._ask(self.prompt.with_point_moved(index, *self._inside(x, y)))

    def flip_point(self, index: int) -> None:
        self._line.clicks += 1
        self._ask(self.prompt.with_point_flipped(index))

    def remove_point(self, index: int) -> None:
        self._ask(self.prompt.without_point(index))

    def move_box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.box(x0, y0, x1, y1)

    def remove_box(self) -> None:
        self._ask(self.prompt.with_box(None))

    def choose(self, candidate: int) -> None:
        self._after(self._line.choose(candidate, self._touched_s()))

    def cycle(self) -> None:
        """The next candidate, after the last the first."""
        if len(self.candidates) > 1:
            self.choose((self.chosen + 1) % len(self.candidates))

    def refine(self) -> None:
        """Ask again with the mask at hand as a hint and no new click."""
        self._after(self._line.refine(self._host.identity, self._touched_s()))

    def start_from(self, annotation_id: int) -> bool:
        """Correct an object: its mask becomes the prompt. False if it is locked or not there."""
        document = self._session.document
        found = document.get(annotation_id) if document else None
        if found is None or found.locked or self._session.read_only:
            return False
        self._start(DraftHistory(found.mask), annotation_id)
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

    def _ask(self, prompt: Prompt) -> None:
        if self._size is None or self._refused():
            return
        self._after(self._line.ask(prompt, self._host.identity, self._touched_s()))

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
            self.problem.emit(Problem("Nothing can be edited here.", why))
        return bool(why)

    def _inside(self, x: float, y: float) -> tuple[float, float]:
        """The point of the image nearest to (x, y)."""
        height, width = self._size or (0, 0)
        return min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))
