"""Undoing and redoing gestures on the mask being made gives back the very masks, in any order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt
from app.inference.questions import Answer
from app.session.mask.draft import DraftHistory, DraftState
from app.session.mask.unaccepted_masks import WHOLE_ANSWERS, Left, UnacceptedMasks
from model.interface import Prediction, RuntimeReport
from model.transforms import Transform

MODEL = "fake"
REPORT = RuntimeReport("onnxruntime", "cpu", "float32", "a test")
COORDINATES = st.integers(0, 15)


def small_mask(seed: int) -> Mask:
    return Mask.from_array(np.random.default_rng(seed).random((4, 5)) < 0.5)


class Answering:
    """Stands in for the model: every answer is another mask, three candidates for a lone point."""

    def __init__(self) -> None:
        self.count = 0
        self.asked: list[DraftState] = []

    def __call__(self, state: DraftState) -> Answer:
        self.count += 1
        self.asked.append(state)
        if state.wanted is not None and state.answer is not None:
            return Answer(state.answer.prediction, state.wanted, small_mask(self.count), REPORT)
        several = len(state.prompt.points) == 1 and state.prompt.box is None and state.feed is None
        number = 3 if several else 1
        logits = np.full((number, 4, 4), self.count, np.float32)
        logits += np.arange(number, dtype=np.float32)[:, None, None] / 10
        scores = np.linspace(0.9, 0.5, number, dtype=np.float32)
        prediction = Prediction(logits, scores, scores, Transform((4, 5), 16))
        return Answer(prediction, 0, small_mask(self.count), REPORT)


class Drafting(RuleBasedStateMachine):
    """The model is a list of what was shown after each gesture, and an index into it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = DraftHistory()
        self.answer = Answering()
        self.moments: list[tuple[Prompt, Mask | None]] = [(Prompt(), None)]
        self.position = 0
        self.waiting = False

    @rule(x=COORDINATES, y=COORDINATES, positive=st.booleans(), quick=st.booleans())
    def click(self, x: int, y: int, positive: bool, quick: bool) -> None:
        prompt = self.line.current.prompt.with_point(Point(x, y, positive))
        self._moved(self.line.ask(prompt, MODEL, 0), quick)

    @rule(x=COORDINATES, y=COORDINATES, side=st.integers(1, 9), quick=st.booleans())
    def box(self, x: int, y: int, side: int, quick: bool) -> None:
        prompt = self.line.current.prompt.with_box(Box(x, y, x + side, y + side))
        self._moved(self.line.ask(prompt, MODEL, 0), quick)

    @precondition(lambda self: bool(self.line.current.prompt.points))
    @rule(data=st.data())
    def remove_point(self, data: st.DataObject) -> None:
        points = self.line.current.prompt.points
        index = data.draw(st.integers(0, len(points) - 1))
        self._moved(self.line.ask(self.line.current.prompt.without_point(index), MODEL, 0), False)

    @rule(candidate=st.integers(0, 3))
    def choose(self, candidate: int) -> None:
        self._moved(self.line.choose(candidate, 0), False)

    @rule()
    def refine(self) -> None:
        self._moved(self.line.refine(MODEL, 0), False)

    @precondition(lambda self: not self.waiting)
    @rule(seed=st.integers(0, 99))
    def paint(self, seed: int) -> None:
        self._moved(self.line.paint(small_mask(seed), 0), False)

    @rule()
    def undo(self) -> None:
        self.line.undo()
        self.position = max(0, self.position - 1)
        self._settle()

    @rule()
    def redo(self) -> None:
        self.line.redo()
        self.position = min(len(self.moments) - 1, self.position + 1)
        self._settle()

    @precondition(lambda self: not self.waiting)
    @rule()
    def leave_for_long(self) -> None:
        self.line = self.line.without_answers()
        assert self.line.answers == 0

    @precondition(lambda self: self.waiting)
    @rule()
    def late_answer(self) -> None:
        revision = self.line.current.revision - 1
        assert not self.line.answered(revision, self.answer(self.line.current), MODEL)

    @precondition(lambda self: self.waiting)
    @rule()
    def wait(self) -> None:
        self._settle()

    @invariant()
    def shows_what_it_showed_then(self) -> None:
        prompt, mask = self.moments[self.position]
        assert self.line.current.prompt == prompt
        if not self.waiting:
            assert self.line.current.mask is mask
            assert self.line.shown is mask

    @invariant()
    def knows_how_far_it_can_go(self) -> None:
        assert self.line.can_undo == (self.position > 0)
        assert self.line.can_redo == (self.position < len(self.moments) - 1)

    def _moved(self, moved: bool, quick: bool) -> None:
        if not moved:
            return
        current = self.line.current
        if current.feed is not None:
            earlier = [prompt for prompt, _ in self.moments[: self.position + 1]]
            assert any(current.prompt.extends(prompt) for prompt in earlier)
        self.moments = [*self.moments[: self.position + 1], (self.line.current.prompt, None)]
        self.position += 1
        self.waiting = True
        if not quick:
            self._settle()

    def _settle(self) -> None:
        """Answer what the current state asks for, as the model would."""
        self.waiting = False
        current = self.line.current
        if current.unanswered:
            assert self.line.answered(current.revision, self.answer(current), MODEL)
        prompt, known = self.moments[self.position]
        mask = self.line.current.mask
        assert known is None or known is mask
        self.moments[self.position] = prompt, mask


TestDrafting = Drafting.TestCase


def answered(line: DraftHistory, answer: Answering) -> Answer:
    found = answer(line.current)
    assert line.answered(line.current.revision, found, MODEL)
    return found


def test_a_click_after_quick_clicks_starts_from_the_newest_answer_it_extends() -> None:
    line, answer = DraftHistory(), Answering()
    first = Prompt.of(Point(1, 1))
    line.ask(first, MODEL, 0)
    found = answered(line, answer)
    line.ask(first.with_point(Point(2, 2)), MODEL, 0)
    line.ask(first.with_point(Point(2, 2)).with_point(Point(3, 3)), MODEL, 0)
    assert line.current.feed is found


def test_the_logits_of_another_model_are_not_fed_back_but_the_mask_is() -> None:
    line, answer = DraftHistory(), Answering()
    line.ask(Prompt.of(Point(1, 1)), MODEL, 0)
    found = answered(line, answer)
    line.ask(line.current.prompt.with_point(Point(2, 2)), "another", 0)
    assert line.current.feed is found.mask


def test_taking_all_clicks_away_shows_the_mask_one_started_from() -> None:
    base = small_mask(1)
    line, answer = DraftHistory(base), Answering()
    line.ask(Prompt.of(Point(1, 1)), MODEL, 0)
    assert line.current.feed is base
    answered(line, answer)
    line.ask(Prompt(), MODEL, 0)
    assert line.current.mask is base
    assert not line.current.unanswered


def test_taking_all_clicks_away_from_nothing_is_nothing() -> None:
    line, answer = DraftHistory(), Answering()
    line.ask(Prompt.of(Point(1, 1)), MODEL, 0)
    answered(line, answer)
    line.ask(Prompt(), MODEL, 0)
    assert line.current.mask is None
    assert not line.current.unanswered


def test_a_mask_left_for_long_is_run_lengths_and_goes_on_from_its_mask() -> None:
    line, answer = DraftHistory(), Answering()
    first = Prompt.of(Point(1, 1))
    line.ask(first, MODEL, 0)
    found = answered(line, answer)
    line.ask(first.with_point(Point(2, 2)), MODEL, 0)
    assert line.answers == 1
    light = line.without_answers()
    assert (light.answers, light.clicks, light.can_undo) == (0, line.clicks, True)
    assert light.current.unanswered
    assert light.undo()
    assert light.current.mask is found.mask
    light.ask(first.with_point(Point(3, 3)), MODEL, 0)
    assert light.current.feed is found.mask
    assert line.answers == 1


def test_only_the_masks_left_last_keep_the_models_answers() -> None:
    unfinished = UnacceptedMasks(lambda: None)
    lines = []
    for number in range(100):
        line, answer = DraftHistory(), Answering()
        for click in range(2):
            line.ask(line.current.prompt.with_point(Point(click, number % 9)), MODEL, 0)
            answered(line, answer)
        lines.append(line)
        unfinished.put(Path(f"{number}.png"), Left("key", (4, 5), line, None, 1.0))
    found = [unfinished.take(Path(f"{number}.png"), "key", (4, 5)) for number in range(100)]
    kept = [left.line for left in found if left is not None]
    assert [line.shown for line in kept] == [line.shown for line in lines]
    assert sum(line.answers for line in kept) == WHOLE_ANSWERS
    assert all(line.answers == 2 for line in kept[-WHOLE_ANSWERS // 2 :])
    assert all(line.can_undo for line in kept)
