"""Answers that the model gave while a button was still down."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.inference.questions import Answer, Foresee, Predict
from app.session.model_host import ModelHost


class Foresight(QObject):
    """Asks what the gesture under way may ask when it ends, and keeps the answer for then.

    Args:
        host: the model.
        parent: ends it.
    """

    def __init__(self, host: ModelHost, parent: QObject) -> None:
        super().__init__(parent)
        self._host = host
        self._kept: tuple[Predict, Answer] | None = None
        host.answered.connect(self._on_answered)

    def ask(self, question: Predict) -> None:
        self._kept = None
        self._host.ask(Foresee(question))

    def take(self, question: Predict) -> Answer | None:
        """The answer to ``question``, if it is there already; whatever was kept is forgotten."""
        kept, self._kept = self._kept, None
        return kept[1] if kept is not None and kept[0].asks_as(question) else None

    @Slot(object, object)
    def _on_answered(self, question: object, reply: object) -> None:
        if isinstance(question, Foresee) and isinstance(reply, Answer):
            self._kept = question.predict, reply
