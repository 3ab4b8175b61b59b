"""The review: proposals one after the other, image after image; each accepted, rejected, corrected
or given another label."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal, Slot

from app.core import review
from app.core.document import Annotation, Document, State
from app.core.review import Filter, Order, Preview, StateCounts, keeping_old
from app.session.mask.mask_editor import MaskEditor
from app.session.mask.stopwatch import Stopwatch
from app.session.navigation.navigator import Navigator
from app.session.review.review_position import ReviewPosition
from app.session.session import Session
from app.storage.review_place import ReviewPlace

ACCEPT = str(QT_TRANSLATE_NOOP("Session", "Accept proposal"))
REJECT = str(QT_TRANSLATE_NOOP("Session", "Reject proposal"))
KEEP_OLD = str(QT_TRANSLATE_NOOP("Session", "Keep old mask"))
ACCEPT_REST = str(QT_TRANSLATE_NOOP("Session", "Accept the other proposals"))
REJECT_REST = str(QT_TRANSLATE_NOOP("Session", "Reject the other proposals"))
ACCEPT_CHOSEN = str(QT_TRANSLATE_NOOP("Session", "Accept the selected proposals alone"))
LATELY = 300
"""So many decisions are remembered to tell from which score on proposals are right."""
ACCEPT_ABOVE = str(QT_TRANSLATE_NOOP("Session", "Accept proposals above a score"))


class Review(QObject):
    """Knows what waits, shows one after the other, and where it stopped.

    Each decision on the object at hand is one step of its image's undo.

    Attributes:
        by_image: whether all proposals of an image are decided on at once: none is at hand, any may
            be decided on, and the review goes on when it is told that the image is settled.

    ``current_changed``: another object is at hand, or none. ``finished``: nothing waits any more
    in the whole folder. ``changed``: anything else that is shown about the queue.
    """

    changed = Signal()
    current_changed = Signal()
    finished = Signal()

    def __init__(
        self,
        session: Session,
        mask_editor: MaskEditor,
        navigator: Navigator,
        position: ReviewPosition,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._navigator, self._position = session, navigator, position
        self._mask_editor, self._clock = mask_editor, clock
        self._active = self._resumed = self._undoing = self._jumping = self._ended = False
        self._filter, self._order = Filter(), Order.CONFIDENCE
        self._ids: tuple[int, ...] = ()
        self._current: int | None = None
        self._wanted: int | None = None
        self._passed_over: set[str] = set()
        self._marks_done = True
        self.by_image = self._settling = False
        self._undo_at: Path | None = None
        self._trail: list[Path] = []
        self._decided_s: list[float] = []
        self._rights: dict[tuple[Path, int], tuple[float, bool]] = {}
        self._chosen = self._first = self._suggested = frozenset[int]()
        self._own: frozenset[int] | None = None
        self._stopwatch = Stopwatch(clock)
        self._measured: tuple[Path | None, int | None] = None, None
        self.current_changed.connect(self._begin_timing)
        session.image_opened.connect(self._on_image)
        session.image_failed.connect(self._on_no_image)
        session.document_changed.connect(self._on_document)
        session.selection_changed.connect(self._on_selection)
        session.folder_used.connect(self._on_folder)

    # -- what is there

    @property
    def active(self) -> bool:
        return self._active

    @property
    def ended(self) -> bool:
        """Whether all is decided; the last decision can still be taken back."""
        return self._active and self._ended

    @property
    def current(self) -> Annotation | None:
        """The proposal at hand."""
        document = self._session.document
        return document.get(self._current) if document and self._current is not None else None

    @property
    def ids(self) -> tuple[int, ...]:
        """What waits on this image and passes the filter, in the order it is looked at."""
        return self._ids

    @property
    def place(self) -> int:
        """Of the current one among ``ids``; -1 if there is none."""
        return self._ids.index(self._current) if self._current in self._ids else -1

    @property
    def filter(self) -> Filter:
        return self._filter

    @property
    def order(self) -> Order:
        return self._order

    @property
    def progress(self) -> StateCounts:
        """Of the open image."""
        document = self._session.document
        return review.state_counts(document) if document is not None else StateCounts()

    @property
    def per_minute(self) -> float:
        """Decisions a minute, of late."""
        return review.per_minute(self._decided_s, self._clock())

    @property
    def decided(self) -> int:
        """Decisions since the program was started, one by one."""
        return len(self._decided_s)

    @property
    def can_keep_old(self) -> bool:
        found = self.current.previous if self.current is not None else None
        return found is not None and found.mask is not None

    @property
    def can_undo(self) -> bool:
        return bool(self._trail) or self._session.undo_name is not None

    # -- beginning and ending

    def start(self) -> None:
        """Begin, or go on where it was stopped the last time this folder was open."""
        if self._active or self._session.document is None or self._session.read_only:
            return
        self._active = True
        self._tell_marks_done()
        self._passed_over.clear()
        if not self._resumed:
            self._resume()
        else:
            kept = self._position.value
            self._take(kept.annotation_id if kept.name == self._name else None, onward=True)
        self.changed.emit()

    def stop(self) -> None:
        """Leave it; nothing is decided by that."""
        if not self._active:
            return
        self._remember()
        self._active = self._jumping = False
        self._session.marks_done = False
        self._current, self._ids = None, ()
        self.current_changed.emit()
        self.changed.emit()

    def set_marks_done(self, marks_done: bool) -> None:
        """Whether an image is done as soon as nothing on it waits."""
        self._marks_done = marks_done
        self._tell_marks_done()

    def set_by_image(self, by_image: bool) -> None:
        """Decide on all of an image at once, or on one after the other; nothing is decided."""
        if by_image == self.by_image:
            return
        self.by_image = by_image
        self._tell_marks_done()
        if self._active:
            self._take(self._current)
        self.changed.emit()

    def set_filter(self, chosen: Filter, order: Order) -> None:
        """Look at other objects, or in another order; the one at hand stays if it may."""
        self._filter, self._order = chosen, order
        self._passed_over.clear()
        if self._active:
            self._take(self._current)
            self._remember()
        self.changed.emit()

    # -- moving without deciding

    def later(self) -> None:
        """The next one; after the last of this image the next image, and at the end the first."""
        if self.by_image:
            self._next_image()
        elif self.place + 1 < len(self._ids):
            self._show(self._ids[self.place + 1])
        elif not self._next_image() and self._ids:
            self._show(self._ids[0])

    def back(self) -> None:
        """The one before on this image."""
        if self.place > 0:
            self._show(self._ids[self.place - 1])

    # -- deciding

    def accept(self) -> None:
        """As it is; where it was segmented anew that means the new mask."""
        self._decide(
            ACCEPT,
            lambda document, each: review.accepted_alone(
                document.with_replaced(self._timed(each)), each.id
            ),
        )

    def reject(self) -> None:
        self._mask_editor.clear()
        self._decide(REJECT, lambda document, each: review.rejected(document, [each.id]))

    def keep_old(self) -> None:
        """The mask from before it was segmented anew is the right one."""
        if self.can_keep_old:
            self._mask_editor.clear()
            self._decide(
                KEEP_OLD,
                lambda document, each: document.with_replaced(keeping_old(self._timed(each))),
            )

    def edit(self) -> bool:
        """Correct it with the tools, starting from its mask. False if it cannot be edited."""
        current = self.current
        if current is None or self._mask_editor.active:
            return False
        return self._mask_editor.start_from(current.id)

    def set_label(self, label_id: int) -> None:
        if self._current is not None:
            self._session.set_label([self._current], label_id)

    def preview(self, least: float) -> Preview:
        """What accepting every proposal of the filter with at least this score would do."""
        document = self._session.document
        if document is None:
            return Preview((), 0)
        return review.preview(document, review.above(self._filter, least))

    def accept_above(self, preview: Preview) -> bool:
        """Accept what was previewed, in one step."""
        document = self._session.document
        return document is not None and self._put(
            ACCEPT_ABOVE, document, preview.applied_to(document)
        )

    def proposal_at(self, x: float, y: float) -> Annotation | None:
        """The smallest one that waits at this point of the image; what is hidden is not meant."""
        document = self._session.document if self._active else None
        found = document.at(x, y) if document is not None else ()
        shown = set(self._ids).difference(self._session.hidden)
        waiting = [each for each in found if each.id in shown]
        return min(waiting, key=lambda each: each.mask.area, default=None)

    def decide_at(self, x: float, y: float, *, right: bool) -> bool:
        """Accept or reject the proposal at this point; False if none waits there."""
        document, found = self._session.document, self.proposal_at(x, y)
        if document is None or found is None:
            return False
        if right:
            return self._put(ACCEPT, document, review.accepted_alone(document, found.id))
        return self._put(REJECT, document, review.rejected(document, [found.id]))

    def settle(self, *, accept: bool) -> bool:
        """Accept or reject, in one step, all that waits on this image, and go to the next one.

        The image is done by that, where reviewed images are. False if some of it needs a look by
        itself, because it is locked.
        """
        document = self._session.document
        if not self._active or document is None:
            return False
        return self._settled(ACCEPT_REST if accept else REJECT_REST, document, document, accept)

    def show_hidden(self) -> bool:
        """Show what waits on this image and is hidden; False if nothing of it is."""
        hidden = self._session.hidden
        if unseen := hidden.intersection(self._ids):
            self._session.set_hidden(hidden - unseen)
        return bool(unseen)

    @property
    def sure(self) -> frozenset[int]:
        """What is selected on a whole image at first: the proposals whose score has been right, by
        the latest decisions in this folder."""
        least, document = review.sure_from([*self._rights.values()]), self._session.document
        if least is None or document is None:
            return frozenset()
        scores = {each.id: review.score_of(each) for each in document}
        known = {each: score for each in self._ids if (score := scores.get(each)) is not None}
        return frozenset(each for each, score in known.items() if score >= least)

    @property
    def preselected(self) -> frozenset[int]:
        """What is selected because its score has been right, and not by a person."""
        return self._suggested & self._session.selection if self._active else frozenset()

    @property
    def selected(self) -> frozenset[int]:
        """What is selected of that which waits here."""
        return self._session.selection.intersection(self._ids)

    def accept_selected(self) -> bool:
        """Accept what is selected of all that waits here and reject the rest, in one step; then as
        ``settle``."""
        document = self._session.document
        if not self._active or document is None:
            return False
        after = review.settled(document, self.selected, accept=True)
        return self._settled(ACCEPT_CHOSEN, document, after, accept=False)

    def undo(self) -> None:
        """Take back the newest decision, also one on the image before."""
        while self._trail and not self._can_take_back(self._trail[-1]):
            del self._trail[-1]
        if self._trail and self._trail[-1] != self._session.image_path:
            self._undo_at = self._trail[-1]
            self._go(self._navigator.images.place_of(self._undo_at))
            return
        self._undoing = True
        self._session.undo()
        self._undoing = False

    # -- inside

    def _can_take_back(self, path: Path) -> bool:
        """Not where the image is gone, or was read anew because another program wrote it."""
        if path == self._session.image_path:
            return self._session.undo_name is not None
        return self._navigator.images.place_of(path) >= 0

    def _resume(self) -> None:
        self._resumed = True
        kept = self._position.value
        self._filter, self._order = kept.filter, kept.order
        place = self._navigator.images.place(kept.name) if kept.name else -1
        self._wanted = kept.annotation_id or None
        if place in (-1, self._navigator.current):
            self._take(self._wanted, onward=True)
        else:
            self._go(place)

    def _take(self, wanted: int | None, *, onward: bool = False) -> None:
        """See what waits on this image and show ``wanted``, or the first; ``onward`` if none."""
        document = self._session.document
        self._wanted = None
        self._ids = review.queue(document, self._filter, self._order) if document else ()
        self._chosen = self._first = self._suggested = self.sure if self.by_image else frozenset()
        if self._ids and self.by_image:
            self._show(None)
        elif self._ids:
            self._show(wanted if wanted in self._ids else self._ids[0])
        else:
            self._show(None)
            if onward:
                self._next_image()

    def _show(self, annotation_id: int | None, others: Collection[int] = ()) -> None:
        """Have it at hand, and selected unless ``others`` stay so."""
        self._current = annotation_id
        self._ended = False
        self._remember()
        chosen = self._chosen.intersection(self._ids) if self.by_image else ()
        self._own = frozenset(chosen if annotation_id is None else [annotation_id])
        if not others:
            if annotation_id is None and self._chosen is self._first:
                # Also where a person had picked another one meanwhile.
                self._suggested = self._own
            self._session.select(self._own)
        self.current_changed.emit()
        self.changed.emit()

    def _next_image(self) -> bool:
        """Go where something is proposed; False, and ``finished`` if all is decided."""
        if self._jumping:
            return True
        images, name = self._navigator.images, self._name
        if name is not None and not self._ids:
            self._passed_over.add(name)
        place = images.next_proposed(self._navigator.current, self._passed_over)
        if place is None:
            if not self._ids:
                self._ended = True
                self.finished.emit()
                self.changed.emit()
            return False
        self._go(place)
        return True

    def _go(self, place: int) -> None:
        self._jumping = True
        self._navigator.go(place)

    @property
    def _name(self) -> str | None:
        """Of the image that is open; another one may be on its way."""
        path, images = self._session.image_path, self._navigator.images
        place = images.place_of(path) if path is not None else -1
        return images[place].name if place >= 0 else None

    def _remember(self) -> None:
        if self._name is not None:
            place = ReviewPlace.of(self._name, self._current, self._filter, self._order)
            self._position.put(place)

    @Slot()
    def _begin_timing(self) -> None:
        at_hand = self._session.image_path, self._current
        if at_hand == self._measured:
            return
        self._measured = at_hand
        self._stopwatch.restart()
        if self._current is not None:
            self._stopwatch.touch()

    def _timed(self, each: Annotation) -> Annotation:
        """With the seconds it was looked at: what a mask costs that needs no correction."""
        seconds = round(each.evidence.active_s + self._stopwatch.active_s, 2)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return replace(each, evidence=replace(each.evidence, active_s=seconds, created=now))

    def _decide(self, name: str, change: Callable[[Document, Annotation], Document]) -> None:
        document, current = self._session.document, self.current
        if self._active and document is not None and current is not None:
            self._put(name, document, change(document, current))

    def _settled(self, name: str, before: Document, after: Document, accept: bool) -> bool:
        """Settle what waits in ``after``, all in one step; whether nothing waits any more."""
        after = review.settled(after, self._ids, accept=accept)
        if self._marks_done:
            after = review.with_outcome(after)
        self._settling = True
        changed = self._put(name, before, after)
        self._settling = False
        if not changed and not self._ids:
            self._next_image()
        return not self._ids

    def _tell_marks_done(self) -> None:
        self._session.marks_done = self._active and self._marks_done and not self.by_image

    def _put(self, name: str, before: Document, after: Document) -> bool:
        if not self._marks_done or (self.by_image and not self._settling):
            after = review.left_open(before, after)
        return self._session.commit(name, after)

    @Slot()
    def _on_folder(self) -> None:
        self.stop()
        self._resumed = False
        self._passed_over.clear()
        self._rights.clear()
        self._trail.clear()
        self._undo_at = None

    @Slot()
    def _on_image(self) -> None:
        undo, self._undo_at = self._undo_at == self._session.image_path, None
        if undo:
            # Back for what was decided here last; that nothing waits is no reason to go on.
            self._jumping = False
        if self._active and self._session.document is not None:
            jumped, self._jumping = self._jumping, False
            self._take(self._wanted, onward=jumped)
        if undo:
            self.undo()

    @Slot(object)
    def _on_no_image(self, problem: object) -> None:
        """It could not be read; the session says so, and the review goes on behind it."""
        if self._active and self._jumping:
            self._jumping = False
            place = self._navigator.current
            if place >= 0:
                self._passed_over.add(self._navigator.images[place].name)
            self._next_image()

    @Slot()
    def _on_selection(self) -> None:
        """A proposal picked in the list or on the canvas is the one to look at."""
        chosen = self._session.selection
        if chosen == self._own:
            return
        self._own = None
        if len(chosen) == 1:
            self._suggested = frozenset()
        if len(chosen) != 1 and chosen <= set(self._ids):
            # What a person has selected on a whole image stays so while single ones are decided on.
            self._chosen = frozenset(chosen)
        if self._active and len(chosen) == 1 and self._current not in chosen:
            picked = next(iter(chosen))
            if picked in self._ids:
                self._show(picked)

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        if not self._active:
            return
        self._count(before, after)
        old, self._ids = self._ids, review.queue(after, self._filter, self._order)
        back = [each for each in self._ids if each not in old] if self._undoing else []
        if back and self.by_image:
            self._chosen = self._first = self._suggested = self.sure
        if self.by_image and not self._settling and self._current not in self._ids:
            # Where something else is selected the next key is meant for that.
            others = self._session.selection.difference(old).intersection(after.ids)
            if self._current is None and set(old) == set(self._ids):
                self.changed.emit()
            else:
                self._show(None, others)
        elif back:
            self._show(back[0])
        elif self._current in self._ids:
            self.changed.emit()
        elif self._ids:
            self._show(review.following(old, self._current, self._ids))
        else:
            self._show(None)
            self._next_image()

    def _count(self, before: Document, after: Document) -> None:
        """Keep the trail of steps, and the moments of decisions one by one."""
        waiting = {a.id for a in before if a.state is State.PROPOSED}
        waits = {a.id for a in after if a.state is State.PROPOSED}
        path = self._session.image_path
        if path is not None:
            self._note(path, before, after)
        if self._undoing:
            del self._trail[-1:]
            if len(waits - waiting) == 1:
                del self._decided_s[-1:]
        elif path is not None:
            self._trail.append(path)
            if len(waiting - waits) == 1:
                self._decided_s.append(self._clock())

    def _note(self, path: Path, before: Document, after: Document) -> None:
        """Remember which proposals turned out right, to tell which score is sure."""
        known = {each.id: each for each in before}
        for each in after:
            old = known.get(each.id)
            if old is None or old.state is each.state:
                continue
            score = review.score_of(each)
            if each.state is State.PROPOSED:
                self._rights.pop((path, each.id), None)
            elif old.state is State.PROPOSED and score is not None:
                self._rights[path, each.id] = score, each.state is State.ACCEPTED
        for key in [*self._rights][:-LATELY]:
            del self._rights[key]
