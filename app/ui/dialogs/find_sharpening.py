"""What is decided on proposals that were found becomes examples, by which the rest is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.document import Annotation, Document
from app.inference.alike import Alike, decided
from app.session.assembly import AppContext
from app.session.folder.io_threads import Urgency
from model.alike import Example

SHARPEN_MS = 250
"""After a decision, until the candidates are judged anew: others may follow at once."""


class Sharpening(QObject):
    """Decisions taken back are none.

    ``judged``: an ``Alike`` that knows the decisions.
    """

    judged = Signal(object)

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._first: Alike | None = None
        self._proposed: dict[int, Example] = {}
        self.decided = 0, 0
        self._timer = QTimer(self, singleShot=True, interval=SHARPEN_MS)
        self._timer.timeout.connect(self._judge)
        context.session.document_changed.connect(self._on_document)

    @property
    def proposed(self) -> Mapping[int, Example]:
        """How the proposals look that were made of what was found here, by their numbers."""
        return self._proposed

    def clear(self) -> None:
        """Other examples, or another image: the proposals are nothing to it any more."""
        self._proposed, self.decided, self._first = {}, (0, 0), None

    def begin(self, first: Alike | None) -> None:
        """This was found, and is what decisions judge anew; None if it was found otherwise."""
        self._first = first
        if first is not None and self._proposed:
            self._timer.start()

    def rest(self) -> None:
        """What was found is forgotten; the proposals are not."""
        self._first = None

    def took(self, alike: Alike | None, new: Iterable[Annotation], gone: Iterable[int]) -> None:
        """These proposals were added, and those taken back."""
        for each in new:
            seen = alike.looks_of(each.mask) if alike is not None else None
            if seen is not None:
                self._proposed[each.id] = seen
        for number in gone:
            self._proposed.pop(number, None)

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        if self._first is None or not self._proposed:
            return
        like, unlike = decided(after, self._proposed)
        if (len(like), len(unlike)) != self.decided:
            self.decided = len(like), len(unlike)
            self._timer.start()

    @Slot()
    def _judge(self) -> None:
        document, first = self._context.session.document, self._first
        if document is None or first is None:
            return
        like, unlike = decided(document, self._proposed)

        def judged(sharp: Alike) -> None:
            if first is self._first:
                self.judged.emit(sharp)

        self._context.io_threads.ask(Urgency.AHEAD, lambda: first.sharpened(like, unlike), judged)
