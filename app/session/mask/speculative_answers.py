"""Answers that the model gave while a button was still down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.core.mask import Mask
from app.inference.questions import Answer, Predict, SpeculativePredict
from app.session.model.model_host import ModelHost

SLOW_S = 0.15
"""With a model that takes longer, letting go of a box would wait for the box before it."""


class SpeculativeAnswers(QObject):
    """Asks what the gesture under way may ask when it ends, and keeps the answer for then."""

    changed = Signal()
    taken = Signal(float)
    """An answer was there when it was asked for; the seconds it had taken."""

    def __init__(self, host: ModelHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._asked: SpeculativePredict | None = None
        self._answer: Answer | None = None
        self._begun_s = self._took_s = 0.0
        self._preview: Mask | None = None
        self._held = False
        host.state_changed.connect(self._on_model)

    @property
    def preview(self) -> Mask | None:
        """The mask that the box being drawn would give, for the screen."""
        return self._preview

    def press(self, question: Predict) -> None:
        """A button went down: let what it may ask be answered already."""
        self.end()
        self._ask(SpeculativePredict(question))

    def draw(self, question: Predict | None) -> None:
        """A box is being drawn: its mask will be the preview, unless the model is slow."""
        if question is None or self._took_s > SLOW_S:
            self.end()
        else:
            self._ask(SpeculativePredict(question, drawn=True))

    def take(self, question: Predict) -> Answer | None:
        """The answer to ``question``, if it is there already; what was kept is forgotten."""
        asked, answer = self._asked, self._answer
        self.end()
        if asked is None or answer is None or not asked.predict.asks_as(question):
            return None
        self.taken.emit(self._took_s)
        return answer

    @Slot()
    def end(self) -> None:
        """The gesture is over."""
        seen = self._preview is not None
        self.forget()
        if seen and self._preview is None:
            self.changed.emit()

    def forget(self) -> None:
        """As ``end``, while images are swapped: nobody is told."""
        if self._held:
            return
        if self._asked is not None and self._answer is None:
            self._host.cancel(self._asked)
        self._asked = self._answer = self._preview = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is known is kept, though another object is begun meanwhile."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _ask(self, question: SpeculativePredict) -> None:
        self._asked, self._answer, self._begun_s = question, None, time.perf_counter()
        self._host.ask(question, partial(self._on_answered, question))

    @Slot()
    def _on_model(self) -> None:
        """What another model foresaw counts no more."""
        if self._host.embedding is None:
            self.end()

    def _on_answered(self, question: SpeculativePredict, reply: Answer) -> None:
        if question is not self._asked:
            return
        self._answer, self._took_s = reply, time.perf_counter() - self._begun_s
        if question.drawn:
            self._preview = reply.mask
            self.changed.emit()
