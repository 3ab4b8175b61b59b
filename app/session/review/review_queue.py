"""The queue of proposals: each is accepted, rejected, corrected or given another label."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Slot

from app.core import review
from app.core.document import Annotation, Document, State
from app.core.previous import keeping_old, previous_of
from app.core.review import Preview
from app.session.mask.pending import Pending
from app.session.mask.stopwatch import Stopwatch
from app.session.navigation.navigator import Navigator
from app.session.review.review_position import ReviewPosition
from app.session.review.review_walk import ReviewWalk
from app.session.session import Session

ACCEPT = str(QT_TRANSLATE_NOOP("Session", "Accept proposal"))
REJECT = str(QT_TRANSLATE_NOOP("Session", "Reject proposal"))
KEEP_OLD = str(QT_TRANSLATE_NOOP("Session", "Keep old mask"))
ACCEPT_ABOVE = str(QT_TRANSLATE_NOOP("Session", "Accept proposals above a score"))


class ReviewQueue(ReviewWalk):
    """Decisions on the object at hand, each one step of its image's undo."""

    def __init__(
        self,
        session: Session,
        pending: Pending,
        navigator: Navigator,
        bookmark: ReviewPosition,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(session, navigator, bookmark, parent)
        self._pending = pending
        self._clock = clock
        self._undo_at: Path | None = None
        self._trail: list[Path] = []
        self._decided_s: list[float] = []
        self._stopwatch = Stopwatch(clock)
        self._measured: tuple[Path | None, int | None] = None, None
        self.current_changed.connect(self._begin_timing)

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
        found = previous_of(self.current) if self.current is not None else None
        return found is not None and found.mask is not None

    @property
    def can_undo(self) -> bool:
        return bool(self._trail) or self._session.undo_name is not None

    # -- deciding

    def accept(self) -> None:
        """As it is; where it was segmented anew that means the new mask."""
        self._decide(
            ACCEPT,
            lambda document, each: review.accepted(
                document.with_replaced(self._timed(each)), [each.id]
            ),
        )

    def reject(self) -> None:
        self._pending.clear()
        self._decide(REJECT, lambda document, each: review.rejected(document, [each.id]))

    def keep_old(self) -> None:
        """The mask from before it was segmented anew is the right one."""
        if self.can_keep_old:
            self._pending.clear()
            self._decide(
                KEEP_OLD,
                lambda document, each: document.with_replaced(keeping_old(self._timed(each))),
            )

    def edit(self) -> bool:
        """Correct it with the tools, starting from its mask. False if it cannot be edited."""
        current = self.current
        if current is None or self._pending.active:
            return False
        return self._pending.start_from(current.id)

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

    def undo(self) -> None:
        """Take back the newest decision, also one on the image before."""
        if self._trail and self._trail[-1] != self._session.image_path:
            self._undo_at = self._trail[-1]
            self._go(self._navigator.images.place_of(self._undo_at))
            return
        self._undoing = True
        self._session.undo()
        self._undoing = False

    # -- inside

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

    def _put(self, name: str, before: Document, after: Document) -> bool:
        after = after if self.marks_done else review.left_open(before, after)
        return self._session.commit(name, after)

    @Slot()
    def _on_folder(self) -> None:
        super()._on_folder()
        self._trail.clear()
        self._undo_at = None

    @Slot()
    def _on_image(self) -> None:
        undo, self._undo_at = self._undo_at == self._session.image_path, None
        if undo:
            # Back for what was decided here last; that nothing waits is no reason to go on.
            self._jumping = False
        super()._on_image()
        if undo:
            self.undo()

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        if self._active:
            self._count(before, after)
        super()._on_document(before, after)

    def _count(self, before: Document, after: Document) -> None:
        """Keep the trail of steps, and the moments of decisions one by one."""
        waiting = {a.id for a in before if a.state is State.PROPOSED}
        waits = {a.id for a in after if a.state is State.PROPOSED}
        path = self._session.image_path
        if self._undoing:
            del self._trail[-1:]
            if len(waits - waiting) == 1:
                del self._decided_s[-1:]
        elif path is not None:
            self._trail.append(path)
            if len(waiting - waits) == 1:
                self._decided_s.append(self._clock())
