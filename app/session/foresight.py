"""Answers that the model gave while a button was still down."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.core.mask import Mask
from app.inference.questions import Answer, Foresee, Predict
from app.session.model_host import ModelHost
from app.session.session import Session


class Foresight(QObject):
    """Asks what the gesture under way may ask when it ends, and keeps the answer for then."""

    changed = Signal()

    def __init__(self, session: Session, host: ModelHost, parent: QObject) -> None:
        super().__init__(parent)
        self._host = host
        self._asked: Predict | None = None
        self._answer: Answer | None = None
        self._shows = False
        self._preview: Mask | None = None
        host.answered.connect(self._on_answered)
        session.image_opened.connect(self.end)

    @property
    def preview(self) -> Mask | None:
        """The mask that a longer gesture would give, for the screen."""
        return self._preview

    def ask(self, question: Predict, *, shows: bool = False) -> None:
        """Let ``question`` be answered already.

        Args:
            question: what will be asked.
            shows: whether the answer is for the screen, too.
        """
        self._asked, self._answer, self._shows = question, None, shows
        self._host.ask(Foresee(question))

    def take(self, question: Predict) -> Answer | None:
        """The answer to ``question``, if it is there already; whatever was kept is forgotten."""
        asked, answer = self._asked, self._answer
        self._asked = self._answer = None
        return answer if asked is not None and asked.asks_as(question) else None

    @Slot()
    def end(self) -> None:
        """The gesture is over."""
        self._asked = self._answer = None
        if self._preview is not None:
            self._preview = None
            self.changed.emit()

    @Slot(object, object)
    def _on_answered(self, question: object, reply: object) -> None:
        if not isinstance(question, Foresee) or question.predict is not self._asked:
            return
        if isinstance(reply, Answer):
            self._answer = reply
            if self._shows:
                self._preview = reply.mask
                self.changed.emit()
