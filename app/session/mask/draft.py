"""The mask not yet accepted, as a line of immutable states with a cursor for undo."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.correction import NOTHING_DRAWN, Drawn, is_local, local_answer
from app.core.mask import Mask
from app.core.prompt import Point, Prompt, Step
from app.inference.questions import Answer, Feed

NOTHING = Prompt()
_revisions = itertools.count(1)


class Scope(StrEnum):
    """How much of the mask an answer to a corrective click may change.

    ``AUTO``: all of it while the mask is not good yet, then what is around the click.
    """

    AUTO = "auto"
    LOCAL = "local"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, eq=False)
class DraftState:
    """One state between two gestures.

    Attributes:
        revision: number of the state, never given twice in a run of the program.
        prompt: all points and the box so far.
        mask: what Enter would accept; None while the model's answer is out.
        answer: the model's candidates for ``prompt``; None before the answer and without prompt.
        model: identity of the model that answered.
        by_hand: whether ``mask`` was changed by hand after the answer, or has none.
        feed: an earlier answer or a mask that the question for this state starts from.
        refined: whether the question asks again with nothing new.
        wanted: candidate whose full-size mask was asked for.
        time_s: seconds of work on the object when the state came to be.
        added_px, removed_px: pixels set and cleared by hand on the way here.
        drawn: those of them that later answers keep.
        corrects: the mask that the question is about, and ``about`` the clicks that were added to
            it; None where the answer is a new mask.
        estimate: how good ``mask`` is, or while it is asked for ``corrects``: the predicted IoU, 1
            for what a person made or took for good.
        scope: how much of ``corrects`` the answer may change.
        local: whether it changed no more than what is around the clicks.
        has_other: whether the other way would give another mask.
    """

    revision: int
    prompt: Prompt = NOTHING
    mask: Mask | None = None
    answer: Answer | None = None
    model: str = ""
    by_hand: bool = False
    feed: Feed | None = None
    refined: bool = False
    wanted: int | None = None
    time_s: float = 0.0
    added_px: int = 0
    removed_px: int = 0
    drawn: Drawn = NOTHING_DRAWN
    corrects: Mask | None = None
    about: tuple[Point, ...] = ()
    estimate: float = 0.0
    scope: Scope = Scope.AUTO
    local: bool = False
    has_other: bool = False

    def _taken(self, answer: Answer, local: bool) -> Mask:
        found = answer.mask
        if local and self.corrects is not None:
            found = local_answer(self.corrects, found, self.about)
        return self.drawn.applied_to(found)

    def answered_with(self, answer: Answer, model: str) -> DraftState:
        """With the model's answer, as far as it may change what was there."""
        before = self.corrects
        local = before is not None and (
            self.scope is Scope.LOCAL
            or (self.scope is Scope.AUTO and is_local(before, answer.mask, self.estimate))
        )
        estimate = float(answer.prediction.predicted_iou[answer.chosen])
        return replace(self, model=model, wanted=None, estimate=estimate).as_taken(answer, local)

    def as_taken(self, answer: Answer, local: bool) -> DraftState:
        """With the whole answer, or what of it is around the clicks."""
        mask = self._taken(answer, local)
        other = self.corrects is not None and self._taken(answer, not local) != mask
        return replace(self, answer=answer, mask=mask, local=local, has_other=other)

    @property
    def unanswered(self) -> bool:
        return self.mask is None and (not self.prompt.is_empty or self.feed is not None)

    def feed_for(self, model: str) -> Feed | None:
        """What a question that adds to this state starts from: the same model's answer, or mask.

        None if it has neither.
        """
        if self.answer is not None and not self.by_hand and self.model == model:
            return self.answer
        return self.mask


class DraftHistory:
    """States in the order they were made, and where undo stands among them.

    Args:
        base: a mask to start from: that of an object to be corrected, or nothing.
        estimate: how good it is; see ``DraftState``.
    """

    def __init__(self, base: Mask | None = None, estimate: float = 1.0) -> None:
        by_hand = base is not None
        start = DraftState(next(_revisions), mask=base, by_hand=by_hand, estimate=estimate)
        self._states = [start]
        self._place = 0
        self.clicks = 0

    @classmethod
    def resumed(
        cls,
        prompt: Prompt,
        mask: Mask | None,
        brushed: tuple[int, int],
        clicks: int,
        drawn: Drawn = NOTHING_DRAWN,
    ) -> DraftHistory:
        """A line with one step to what an earlier session left: undo takes all of it back.

        Args:
            prompt: as it was.
            mask: as it was; None to ask for it again.
            brushed: pixels set and cleared by hand.
            clicks: so many were made.
            drawn: what of it later answers keep.
        """
        line = cls()
        line.clicks = clicks
        new = replace(
            _follow(line.current, 0.0), prompt=prompt, mask=mask, by_hand=mask is not None
        )
        line._push(replace(new, added_px=brushed[0], removed_px=brushed[1], drawn=drawn))
        return line

    @property
    def answers(self) -> int:
        """How many answers of the model it holds, of about a megabyte each."""
        held = [state.answer for state in self._states] + [
            state.feed for state in self._states if isinstance(state.feed, Answer)
        ]
        return len({id(each.prediction) for each in held if each is not None})

    def without_answers(self) -> DraftHistory:
        """The same states with their masks alone, as run lengths.

        Undo and redo go on; a further click starts from the mask instead of the model's answer.
        """
        line = DraftHistory()
        line._states = [_without_answer(state) for state in self._states]
        line._place, line.clicks = self._place, self.clicks
        return line

    @property
    def current(self) -> DraftState:
        return self._states[self._place]

    @property
    def base(self) -> Mask | None:
        return self._states[0].mask

    @property
    def shown(self) -> Mask | None:
        """The mask for the screen: while an answer is out, the one before it."""
        for state in reversed(self._states[: self._place + 1]):
            if state.mask is not None or not state.unanswered:
                return state.mask
        return None

    @property
    def can_undo(self) -> bool:
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        return self._place + 1 < len(self._states)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The questions behind the current state, oldest first."""
        return tuple(_step(state) for state in self._path if state.answer and not state.by_hand)

    @property
    def answered_state(self) -> DraftState | None:
        """The newest state on the way here that the model answered."""
        return next((s for s in reversed(self._path) if s.answer and not s.by_hand), None)

    @property
    def _path(self) -> Sequence[DraftState]:
        return self._states[: self._place + 1]

    def undo(self) -> bool:
        self._place -= self.can_undo
        return self._place + 1 < len(self._states)

    def redo(self) -> bool:
        moved = self.can_redo
        self._place += moved
        return moved

    def ask(self, prompt: Prompt, model: str, time_s: float, scope: Scope = Scope.AUTO) -> bool:
        """Go on with another prompt; False if it is the current one. See ``asked``."""
        if prompt == self.current.prompt:
            return False
        self._push(self.asked(prompt, model, time_s, scope))
        return True

    def asked(
        self, prompt: Prompt, model: str, time_s: float = 0.0, scope: Scope = Scope.AUTO
    ) -> DraftState:
        """The state with another prompt; the line stays as it is.

        The question starts from the newest state that the prompt extends: clicks are added to what
        is on the screen, and after one is moved or removed the answers it led to count no more. If
        the prompt is that of an earlier state, so is the answer. What was drawn by hand stays,
        but where a new click says the opposite.
        """
        source = next((s for s in reversed(self._path) if _can_feed(s, prompt)), None)
        new = self._unasked(prompt, time_s, scope)
        drawn = new.drawn
        if source is not None and source.prompt == prompt:
            return replace(
                source,
                revision=new.revision,
                time_s=time_s,
                mask=None if source.mask is None else drawn.applied_to(source.mask),
                wanted=None,
                added_px=new.added_px,
                removed_px=new.removed_px,
                drawn=drawn,
            )
        if source is not None:
            clicks = _new_clicks(source.prompt, prompt)
            correct = source.mask if clicks and prompt.box == source.prompt.box else None
            return replace(
                new,
                feed=source.feed_for(model),
                corrects=correct,
                about=clicks,
                estimate=source.estimate,
            )
        if prompt.is_empty:
            base = drawn.added if self.base is None else drawn.applied_to(self.base)
            return replace(new, mask=base, by_hand=base is not None)
        return new

    def _unasked(self, prompt: Prompt, time_s: float, scope: Scope) -> DraftState:
        """A state with another prompt and what was done by hand, and nothing of any answer."""
        before = self.current
        return DraftState(
            next(_revisions),
            prompt,
            model=before.model,
            time_s=time_s,
            added_px=before.added_px,
            removed_px=before.removed_px,
            drawn=before.drawn.without_at(_new_clicks(before.prompt, prompt)),
            scope=scope,
        )

    def toggle_scope(self, time_s: float) -> bool:
        """Take all of the model's answer, or only what is around the clicks; False if there is no
        such choice.
        """
        current = self.current
        if current.answer is None or current.corrects is None:
            return False
        self._push(_follow(current, time_s).as_taken(current.answer, not current.local))
        return True

    def refine(self, model: str, time_s: float) -> bool:
        """Ask again with the logits at hand and no new click; False if there are none."""
        current = self.current
        feed = current.feed_for(model)
        if feed is None:
            return False
        new = _follow(current, time_s)
        whole = replace(new, corrects=None, about=(), local=False, has_other=False)
        self._push(replace(whole, mask=None, answer=None, by_hand=False, feed=feed, refined=True))
        return True

    def choose(self, candidate: int, time_s: float) -> bool:
        """Take another candidate; False if it is no other, or there is none."""
        answer = self.current.answer
        if answer is None or not 0 <= candidate < len(answer.prediction.predicted_iou):
            return False
        if candidate == answer.chosen and not self.current.by_hand:
            return False
        new = _follow(self.current, time_s)
        known = _known(self._states, answer, candidate)
        chosen = known or replace(answer, chosen=candidate, closer=None)
        new = replace(new, by_hand=False, wanted=None if known else candidate)
        if known is not None:
            self._push(new.as_taken(chosen, new.local))
        else:
            self._push(replace(new, mask=None, answer=chosen))
        return True

    def paint(self, mask: Mask, time_s: float) -> bool:
        """Another mask by hand; False if it is the same."""
        old = self.current.mask
        if mask == old:
            return False
        added = mask.area if old is None else mask.subtract(old).area
        removed = 0 if old is None else old.subtract(mask).area
        new = _follow(self.current, time_s)
        self._push(
            replace(
                new,
                mask=mask,
                by_hand=True,
                estimate=1.0,
                added_px=new.added_px + added,
                removed_px=new.removed_px + removed,
                drawn=new.drawn.with_edit(old, mask),
            )
        )
        return True

    def answered(self, revision: int, answer: Answer, model: str) -> bool:
        """Put the model's answer in its place, or in that of its first answer; False if it is not
        for the current state.
        """
        if revision != self.current.revision:
            return False
        self._states[self._place] = self.current.answered_with(answer, model)
        return True

    def _push(self, state: DraftState) -> None:
        self._states[self._place + 1 :] = [state]
        self._place += 1


def _follow(state: DraftState, time_s: float) -> DraftState:
    return replace(state, revision=next(_revisions), time_s=time_s, refined=False, wanted=None)


def _without_answer(state: DraftState) -> DraftState:
    if state.answer is None and not isinstance(state.feed, Answer):
        return state
    feed = None if isinstance(state.feed, Answer) else state.feed
    # A candidate that was chosen and not answered yet cannot be asked for any more.
    known = state.mask is not None
    return replace(state, answer=None, model="", by_hand=known, feed=feed, wanted=None)


def _can_feed(state: DraftState, prompt: Prompt) -> bool:
    return state.mask is not None and prompt.extends(state.prompt)


def _new_clicks(before: Prompt, after: Prompt) -> tuple[Point, ...]:
    """Those behind the clicks that both have."""
    shared = 0
    for one, other in zip(before.points, after.points, strict=False):
        if one != other:
            break
        shared += 1
    return after.points[shared:]


def _known(states: Sequence[DraftState], answer: Answer, candidate: int) -> Answer | None:
    """The answer with that candidate, if it was chosen before."""
    for state in states:
        known = state.answer
        if known is None or known.prediction is not answer.prediction or state.wanted is not None:
            continue
        if known.chosen == candidate:
            return known
    return None


def _step(state: DraftState) -> Step:
    assert state.answer is not None  # noqa: S101  asked for by the callers, told to the type checker
    several = len(state.answer.prediction.predicted_iou) > 1
    chosen = state.answer.chosen if several else None
    window = state.answer.basis[0].transform.window
    return Step(state.prompt, state.time_s, chosen, state.refined, window)
