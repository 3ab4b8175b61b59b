"""Rules of the queue in which a person looks at what the machine proposed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from math import inf
from typing import Protocol

from app.core.contents import NOTHING, Contents
from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.search import NO_SEARCH, Search


@dataclass(frozen=True, slots=True)
class Span:
    """Values from ``least`` to ``most``, both included; None leaves that end open.

    A value that is not known is only in a span open at both ends.
    """

    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"nothing lies between {self.least} and {self.most}: exchange them")

    def __contains__(self, value: object) -> bool:
        if self.least is None and self.most is None:
            return True
        if not isinstance(value, int | float):
            return False
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


ANY = Span()
NEEDS_REVIEW = frozenset({State.PROPOSED})
ENOUGH_DECIDED = 10
"""After so many decisions scores are known to tell something."""
SAME_IOU = 0.6
"""A proposal and an object that share so much show the same thing."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects are looked at; what is None does not matter.

    Attributes:
        labels: label ids.
        sources: where the masks came from.
        states: how far they are; only what is proposed unless told otherwise.
        predicted_iou, stability: the model's estimates.
        old_iou: IoU of the new mask against the one it is to replace.
        area_px: foreground pixels.
        search: words about label, values, flags, group and note.
    """

    labels: frozenset[int] | None = None
    sources: frozenset[Source] | None = None
    states: frozenset[State] | None = NEEDS_REVIEW
    predicted_iou: Span = ANY
    stability: Span = ANY
    old_iou: Span = ANY
    area_px: Span = ANY
    search: Search = NO_SEARCH

    def admits(self, annotation: Annotation) -> bool:
        evidence = annotation.evidence
        return (
            (self.states is None or annotation.state in self.states)
            and (self.labels is None or annotation.label_id in self.labels)
            and (self.sources is None or annotation.source in self.sources)
            and evidence.predicted_iou in self.predicted_iou
            and evidence.stability_score in self.stability
            and annotation.mask.area in self.area_px
            and (self.old_iou == ANY or old_iou(annotation) in self.old_iou)
            and self.search.admits(annotation)
        )


class Order(StrEnum):
    """What comes first: the surest, the most stable, the largest, the least like the old one, what
    is most like that which was looked for (the score of what found it).

    ``DOUBT`` is the reverse of ``CONFIDENCE``: where a look is needed most.
    """

    CONFIDENCE = "confidence"
    DOUBT = "doubt"
    STABILITY = "stability"
    SIZE = "size"
    DISAGREEMENT = "disagreement"
    LIKENESS = "likeness"


def old_iou(annotation: Annotation) -> float | None:
    """IoU of the mask against the one it is to replace; None if there is none."""
    return None if annotation.previous is None else annotation.previous.iou


def _known(value: float | None) -> float:
    """Unknown values come last wherever large ones come first."""
    return -inf if value is None else value


def found_score(annotation: Annotation) -> float | None:
    """How sure that was what found it, such as a detector or the search for what is alike."""
    score = annotation.evidence.extra.get("score")
    # A file may hold a whole number that no float can be.
    if isinstance(score, int | float) and abs(score) <= sys.float_info.max:
        return float(score)
    return None


_KEYS: dict[Order, Callable[[Annotation], float]] = {
    Order.CONFIDENCE: lambda a: -_known(a.evidence.predicted_iou),
    Order.DOUBT: lambda a: _known(a.evidence.predicted_iou),
    Order.STABILITY: lambda a: -_known(a.evidence.stability_score),
    Order.SIZE: lambda a: -float(a.mask.area),
    Order.LIKENESS: lambda a: -_known(found_score(a)),
    Order.DISAGREEMENT: lambda a: inf if (iou := old_iou(a)) is None else iou,
}


def queue(
    document: Document, chosen: Filter | None = None, order: Order = Order.CONFIDENCE
) -> tuple[int, ...]:
    """Ids of what is to be looked at, in that order; equal ones as they were made."""
    admitted = [a for a in document if (chosen or Filter()).admits(a)]
    key = _KEYS[order]
    return tuple(a.id for a in sorted(admitted, key=lambda a: (key(a), a.id)))


def following(before: Sequence[int], current: int | None, after: Collection[int]) -> int | None:
    """Which object comes next, once ``current`` is decided.

    Args:
        before: the queue as it was, ``current`` in it.
        current: the object at hand; None at the start.
        after: what the queue holds now, in its order.

    Returns:
        The next one behind ``current`` that still needs review, else the first that does; None if
        none does.
    """
    place = before.index(current) + 1 if current in before else 0
    needs_review = set(after)
    for annotation_id in before[place:]:
        if annotation_id in needs_review:
            return annotation_id
    return next((each for each in after if each != current), None)


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting everything above a threshold would do.

    Attributes:
        ids: what would be accepted.
        left: how many proposals would still need review.
        by_label: how many would be accepted, by label id.
        worst_iou: the lowest predicted IoU among them; None if not known of any.
        best_iou: the highest.
    """

    ids: tuple[int, ...]
    left: int
    by_label: dict[int, int] = field(default_factory=dict)
    worst_iou: float | None = None
    best_iou: float | None = None

    def applied_to(self, document: Document) -> Document:
        """``document`` with them accepted; those that are gone or decided since are passed over."""
        return accepted(document, self.ids)


def above(chosen: Filter, least: float) -> Filter:
    """What ``chosen`` admits with at least this score."""
    span = chosen.predicted_iou
    least = least if span.least is None else max(least, span.least)
    if span.most is not None and least > span.most:
        return replace(chosen, states=frozenset())
    return replace(chosen, predicted_iou=Span(least, span.most))


def preview(document: Document, chosen: Filter) -> Preview:
    """What would be accepted: the proposals that ``chosen`` admits, whatever states it names.

    Locked ones need a look at each, and so do those without pixels, which nothing can accept.
    """
    proposed = [a for a in document if a.state is State.PROPOSED]
    states = chosen.states
    free = [a for a in proposed if not a.locked] if states is None or states & NEEDS_REVIEW else []
    taken = [a for a in free if a.mask.area and chosen.admits(a)]
    scores = [s for a in taken if (s := a.evidence.predicted_iou) is not None]
    return Preview(
        tuple(a.id for a in taken),
        len(proposed) - len(taken),
        dict(Counter(a.label_id for a in taken)),
        min(scores, default=None),
        max(scores, default=None),
    )


def accepted(document: Document, ids: Iterable[int]) -> Document:
    """With these proposals accepted as they are; what they replace is forgotten."""
    return _decided(document, ids, State.ACCEPTED)


def rejected(document: Document, ids: Iterable[int]) -> Document:
    """With these proposals rejected; what they were to replace stays known."""
    return _decided(document, ids, State.REJECTED)


def _decided(document: Document, ids: Iterable[int], state: State) -> Document:
    wanted = set(ids)
    chosen = [a for a in document if a.id in wanted and a.state is State.PROPOSED]
    forget = state is State.ACCEPTED
    clean = document.with_replaced(*map(_forgetting, chosen)) if forget else document
    return with_outcome(clean.with_state([a.id for a in chosen], state))


def without_settled(document: Document, made: int) -> Document:
    """With the proposals rejected that show what the object ``made`` shows now.

    What was made by hand or corrected is the answer to them. Locked ones wait for a look, and so
    does what a person had agreed to before it was segmented anew, and what was proposed under
    another name: a person and their clothes may have nearly one shape.
    """
    answer = document.annotation(made)
    mask = answer.mask
    same = [
        each.id
        for each in document
        if each.state is State.PROPOSED and each.id != made
        and not each.locked and each.previous is None
        and (each.label_id == answer.label_id or _without_meaning(each))
        and each.mask.overlaps(mask) and each.mask.iou(mask) >= SAME_IOU
    ]  # fmt: skip
    return document.with_state(same, State.REJECTED) if same else document


def _without_meaning(annotation: Annotation) -> bool:
    """Whether its label is only where it was put: segment everything knows no kinds."""
    return annotation.source is Source.AUTOMATIC and found_score(annotation) is None


def accepted_alone(document: Document, annotation_id: int) -> Document:
    """With one proposal accepted, and those rejected that show the same."""
    return with_outcome(without_settled(accepted(document, [annotation_id]), annotation_id))


def settled(document: Document, ids: Iterable[int], *, accept: bool) -> Document:
    """With all of these proposals accepted, or all rejected; locked ones wait for a look at each.

    Ones without pixels are rejected in either case.
    """
    free = [a.id for a in document if not a.locked and a.state is State.PROPOSED]
    chosen = set(ids).intersection(free)
    return accepted(document, chosen) if accept else rejected(document, chosen)


def score_of(annotation: Annotation) -> float | None:
    """How sure that was what made it: what found it, or else the model's own estimate."""
    found = found_score(annotation)
    return annotation.evidence.predicted_iou if found is None else found


def sure_from(decided: Sequence[tuple[float, bool]]) -> float | None:
    """From which score on proposals have been right: where accepting all from there on, and
    rejecting all others, would have been wrong least often. None where too few were decided on, or
    that is nowhere.

    Args:
        decided: score of each, and whether a person accepted it.
    """
    if len(decided) < ENOUGH_DECIDED:
        return None
    mistakes = fewest = sum(right for _, right in decided)
    found: float | None = None
    for score, alike in groupby(sorted(decided, reverse=True), key=lambda each: each[0]):
        mistakes += sum(-1 if right else 1 for _, right in alike)
        if mistakes < fewest:
            fewest, found = mistakes, score
    return found


def keeping_old(annotation: Annotation) -> Annotation:
    """The decision for the old mask: it is back and accepted, nothing is kept.

    Raises:
        ValueError: there is no old mask, only a box or points or nothing at all.
    """
    found = annotation.previous
    if found is None or found.mask is None:
        raise ValueError(f"annotation {annotation.id} has no older mask to go back to")
    return replace(_forgetting(annotation), mask=found.mask, state=State.ACCEPTED)


def taking_new(annotation: Annotation) -> Annotation:
    """The decision for the new mask: it is accepted, the old one is forgotten."""
    return replace(_forgetting(annotation), state=State.ACCEPTED)


def _forgetting(annotation: Annotation) -> Annotation:
    return replace(annotation, previous=None)


def with_outcome(document: Document) -> Document:
    """With the status that follows from the review: done once nothing is proposed any more.

    An image that was skipped stays so, and one without any object says nothing about itself.
    """
    if document.status is ImageStatus.SKIPPED or not document.annotations:
        return document
    undecided = any(a.state is State.PROPOSED for a in document)
    return document.with_status(ImageStatus.IN_PROGRESS if undecided else ImageStatus.DONE)


def left_open(before: Document, after: Document) -> Document:
    """``after`` without having become done by itself."""
    if after.status is ImageStatus.DONE and before.status is not ImageStatus.DONE:
        return after.with_status(ImageStatus.IN_PROGRESS)
    return after


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Objects by state; add two to have those of both, and take one away again."""

    proposed: int = 0
    accepted: int = 0
    edited: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.edited + self.rejected

    @property
    def total(self) -> int:
        return self.decided + self.proposed

    @property
    def share(self) -> float:
        """Decided ones in [0, 1]; 1.0 if there is nothing."""
        return self.decided / self.total if self.total else 1.0

    def __add__(self, other: StateCounts) -> StateCounts:
        return StateCounts(
            self.proposed + other.proposed,
            self.accepted + other.accepted,
            self.edited + other.edited,
            self.rejected + other.rejected,
        )

    def __sub__(self, other: StateCounts) -> StateCounts:
        return StateCounts(
            self.proposed - other.proposed,
            self.accepted - other.accepted,
            self.edited - other.edited,
            self.rejected - other.rejected,
        )


class HasState(Protocol):
    """An object, or what is known of it."""

    @property
    def state(self) -> State: ...


def state_counts(objects: Iterable[HasState]) -> StateCounts:
    """Those of a document, or some of them."""
    counts = Counter(each.state for each in objects)
    return StateCounts(**{state.value: counts[state] for state in State})


@dataclass(frozen=True, slots=True)
class Summary:
    """How far an image is, without its masks.

    Attributes:
        status: of the image.
        objects: by state.
        readable: whether its file could be understood.
        contents: what it is filtered and sorted by in a list.
    """

    status: ImageStatus = ImageStatus.TODO
    objects: StateCounts = field(default_factory=StateCounts)
    readable: bool = True
    contents: Contents = NOTHING

    @classmethod
    def of(cls, document: Document, labels: Mapping[int, str] | None = None) -> Summary:
        """What is known of an image with these objects; ``labels`` are names by their ids."""
        held = [each for each in document if each.state is not State.REJECTED]
        contents = Contents.of(held, labels or {}) if held else NOTHING
        return cls(document.status, state_counts(document), contents=contents)


def per_minute(decided_s: Sequence[float], now_s: float, window_s: float = 300.0) -> float:
    """Decisions a minute, over the last ``window_s`` seconds or since the first if that is less.

    Args:
        decided_s: moments of the decisions, ascending, seconds on any clock.
        now_s: the present on the same clock.
    """
    recent = [moment for moment in decided_s if now_s - window_s <= moment <= now_s]
    if not recent:
        return 0.0
    begun = now_s - window_s if len(recent) < len(decided_s) else recent[0]
    return len(recent) / max(now_s - begun, 1.0) * 60
