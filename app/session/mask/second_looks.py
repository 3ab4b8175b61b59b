"""After an answer the model looks closer at it by itself, while nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from app.core.prompt import Prompt
from app.inference.engine import model_prompt
from app.inference.questions import Answer, LookAgain, Ticket
from app.session.mask.draft import DraftState
from app.session.mask.zoom_embeddings import ZoomEmbeddings
from app.session.model.model_host import ModelHost
from model.close_up import box_of_points, contains, window_around
from model.interface import Embedding
from model.second_look import candidate_windows, is_looked_at_again
from model.transforms import PixelWindow

Windows = dict[int, PixelWindow | None]
"""See ``model.second_look.candidate_windows``."""
Found = Callable[[Ticket, Answer, Answer], None]
"""Is told of the state at hand, its answer, and the one that takes its place."""


class SecondLooks(QObject):
    """Has the window around the mask at hand embedded, so that the next click is answered from it,
    and the answers to a first click and to a box are looked at again.

    Whatever was asked of a state that is left is dropped: its ticket is no longer the current one.

    Args:
        found: called with what a second look found, if it differs clearly.
    """

    def __init__(
        self, host: ModelHost, zoom_embeddings: ZoomEmbeddings, found: Found, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._host = host
        self._zoom_embeddings = zoom_embeddings
        self._found = found
        self._waits: tuple[Ticket, DraftState, Windows, bool] | None = None
        self._asked: LookAgain | None = None
        self._done: Ticket | None = None
        self._at_hand: tuple[Ticket, DraftState, bool] | None = None
        # Where to look takes milliseconds to find, and nobody is to wait for it: after the paint.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._look)
        zoom_embeddings.came.connect(self._on_came)

    def follow(self, ticket: Ticket | None, state: DraftState, tidy: bool) -> None:
        """This is the state at hand now."""
        self._waits = None
        if self._asked is not None and self._asked.ticket != ticket:
            self._host.cancel(self._asked)
            self._asked = None
        self._at_hand = None if ticket is None else (ticket, state, tidy)
        if ticket is None or state.mask is None:
            self._later.stop()
            self._look()
        else:
            self._later.start()

    @Slot()
    def _look(self) -> None:
        """Have embedded what the state at hand needs."""
        whole = self._host.embedding
        if self._at_hand is None or whole is None or not self._zoom_embeddings.enabled:
            self._zoom_embeddings.look_around(None)
            return
        ticket, state, tidy = self._at_hand
        bounds = state.mask.bounds if state.mask else None
        if bounds is None:
            self._zoom_embeddings.look_around(None)
            return
        windows = self._second(state, whole) if ticket != self._done else {}
        if windows:
            self._waits = ticket, state, windows, tidy
        else:
            self._zoom_embeddings.look_around(_next_window(state, bounds, whole))
        self._on_came()

    def _second(self, state: DraftState, whole: Embedding) -> Windows:
        """Where to look at the state's answer again; empty if that does not pay."""
        answer, report = state.answer, self._host.report
        first = answer is not None and answer.closer is None and state.feed is None
        if answer is None or not first or state.by_hand or state.refined or state.prompt.is_empty:
            return {}
        if report is None or not report.takes_logits or state.model != self._host.identity:
            return {}
        prompt = state.prompt.clipped(*whole.image_size)
        asked = None if prompt.is_empty else model_prompt(prompt, None)
        if asked is None or not is_looked_at_again(asked):
            return {}
        side, prediction = whole.transform.input_size, answer.prediction
        return candidate_windows(asked, prediction, answer.chosen, answer.mask.bounds, side)

    @Slot()
    def _on_came(self) -> None:
        """One more close-up is there: perhaps the last that the state at hand waits for."""
        if self._waits is None:
            return
        ticket, state, windows, tidy = self._waits
        held = {window: self._zoom_embeddings.held(window) for window in windows.values() if window}
        missing = next((window for window, near in held.items() if near is None), None)
        if missing is not None:
            self._zoom_embeddings.look_around(missing)
            return
        self._waits = None
        answer = state.answer
        if answer is not None and (self._asked is None or self._asked.answer is not answer):
            nears = {k: held[window] if window else None for k, window in windows.items()}
            self._asked = asked = LookAgain(ticket, state.prompt, answer, nears, tidy)
            self._host.ask(asked, partial(self._on_answered, asked))

    def _on_answered(self, asked: LookAgain, reply: Answer) -> None:
        if asked is not self._asked:
            return
        self._asked, self._done = None, asked.ticket
        if reply is not asked.answer:
            self._found(asked.ticket, asked.answer, reply)


def _next_window(
    state: DraftState, bounds: tuple[int, int, int, int], whole: Embedding
) -> PixelWindow | None:
    """Where the next click will be answered; that of the answer at hand while it will do."""
    size, side = whole.image_size, whole.transform.input_size
    points = _box_of(state.prompt)
    if state.answer is not None:
        before = state.answer.basis[0].transform.window
        if before is not None and contains(before, size, points, bounds):
            return before
    window = window_around(bounds, size, side)
    return window if window is not None and contains(window, size, points, bounds) else None


def _box_of(prompt: Prompt) -> tuple[float, float, float, float] | None:
    return box_of_points((point.x, point.y) for point in prompt.points)
