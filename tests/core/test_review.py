from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core import review
from app.core.document import Annotation, Document, Evidence, ImageStatus, Source, State
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.review import Filter, Order, Span, StateCounts

SIZE = (8, 10)


def block(width: int) -> Mask:
    return Mask.from_window(np.ones((8, width), np.bool_), 0, 0, *SIZE)


SCORES = st.none() | st.floats(0, 1)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document = Document(*SIZE)
    for _ in range(draw(st.integers(0, 6))):
        document = document.with_added(
            block(draw(st.integers(0, 10))),
            draw(st.integers(1, 3)),
            source=draw(st.sampled_from(Source)),
            state=draw(st.sampled_from(State)),
            evidence=Evidence(predicted_iou=draw(SCORES), stability_score=draw(SCORES)),
        )
    return document


@st.composite
def spans(draw: st.DrawFn) -> Span:
    ends = [draw(st.none() | st.floats(0, 1)) for _ in range(2)]
    return Span(*sorted(ends, key=lambda e: 0 if e is None else e) if None not in ends else ends)


FILTERS = st.builds(
    Filter,
    labels=st.none() | st.frozensets(st.integers(1, 3)),
    sources=st.none() | st.frozensets(st.sampled_from(Source)),
    states=st.none() | st.frozensets(st.sampled_from(State)),
    predicted_iou=spans(),
    stability=spans(),
)


def scored(*scores: float | None) -> Document:
    document = Document(*SIZE)
    for score in scores:
        evidence = Evidence(predicted_iou=score)
        document = document.with_added(block(2), state=State.PROPOSED, evidence=evidence)
    return document


@given(documents(), FILTERS, st.sampled_from(Order))
def test_the_queue_is_exactly_what_the_filter_admits(
    document: Document, chosen: Filter, order: Order
) -> None:
    ids = review.queue(document, chosen, order)
    assert sorted(ids) == [a.id for a in document if chosen.admits(a)]


@given(documents(), st.floats(0, 1))
def test_nothing_unknown_or_below_the_threshold_is_accepted(
    document: Document, threshold: float
) -> None:
    chosen = Filter(predicted_iou=Span(least=threshold))
    shown = review.preview(document, chosen)
    after = shown.applied_to(document)
    for before, now in zip(document, after, strict=True):
        score = before.evidence.predicted_iou
        sure = score is not None and score >= threshold
        # What has no pixels is never accepted.
        takes = before.state is State.PROPOSED and sure and before.mask.area > 0
        assert now.state is (State.ACCEPTED if takes else before.state)
    assert sum(shown.by_label.values()) == len(shown.ids)
    assert review.state_counts(after).proposed == shown.left


@given(documents(), FILTERS, st.floats(0, 1))
@example(
    Document(*SIZE).with_added(
        block(2), state=State.PROPOSED, evidence=Evidence(predicted_iou=0.7, stability_score=1.0)
    ),
    Filter(predicted_iou=Span(0.8)),
    0.5,
)
def test_above_a_score_is_what_the_filter_admits_and_has_that_score(
    document: Document, chosen: Filter, least: float
) -> None:
    expected = [
        a.id
        for a in document
        if a.id in review.preview(document, chosen).ids
        and a.evidence.predicted_iou is not None
        and a.evidence.predicted_iou >= least
    ]
    assert [*review.preview(document, review.above(chosen, least)).ids] == expected


@given(documents(), FILTERS)
def test_the_preview_says_what_accepting_does(document: Document, chosen: Filter) -> None:
    shown = review.preview(document, chosen)
    before, after = review.state_counts(document), review.state_counts(shown.applied_to(document))
    assert after.accepted - before.accepted == len(shown.ids)
    assert after.proposed == shown.left
    assert after.total == before.total


def test_the_surest_comes_first_and_the_unknown_last() -> None:
    document = scored(0.5, None, 0.9, 0.9)
    assert review.queue(document) == (3, 4, 1, 2)
    assert review.queue(document, order=Order.DOUBT) == (2, 1, 3, 4)


def test_the_largest_comes_first_if_asked() -> None:
    document = Document(*SIZE)
    for width in (2, 5, 3):
        document = document.with_added(block(width), state=State.PROPOSED)
    assert review.queue(document, order=Order.SIZE) == (2, 3, 1)


def with_iou(document: Document, annotation_id: int, iou: float) -> Document:
    old = document.annotation(annotation_id)
    return document.with_replaced(replace(old, previous=Previous(mask=old.mask, iou=iou)))


def test_what_differs_most_from_the_old_mask_comes_first_if_asked() -> None:
    document = with_iou(with_iou(scored(0.1, 0.2, 0.3), 2, 0.8), 3, 0.4)
    assert review.queue(document, order=Order.DISAGREEMENT) == (3, 2, 1)
    below = Filter(old_iou=Span(most=0.5))
    assert review.queue(document, below) == (3,)


def test_size_is_filtered_in_pixels() -> None:
    document = Document(*SIZE)
    for width in (1, 2, 3):
        document = document.with_added(block(width), state=State.PROPOSED)
    assert review.queue(document, Filter(area_px=Span(9, 16))) == (2,)


def test_a_span_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(ValueError, match="exchange"):
        Span(0.9, 0.1)


def test_after_a_decision_the_next_in_the_old_order_comes() -> None:
    assert review.following((3, 1, 2), 3, (1, 2)) == 1
    assert review.following((3, 1, 2), 1, (3, 2)) == 2


def test_after_the_last_one_those_passed_over_come_again() -> None:
    assert review.following((3, 1, 2), 2, (3,)) == 3


def test_after_everything_nothing_comes() -> None:
    assert review.following((3,), 3, ()) is None


def test_going_on_without_a_decision_does_not_stay() -> None:
    assert review.following((3,), 3, (3,)) is None
    assert review.following((3, 1), 3, (3, 1)) == 1


def test_at_the_start_the_first_comes() -> None:
    assert review.following((), None, (4, 5)) == 4


def test_an_image_is_done_when_nothing_is_proposed() -> None:
    document = scored(0.5, 0.9)
    one = review.accepted(document, [1])
    assert one.status is ImageStatus.IN_PROGRESS
    assert review.rejected(one, [2]).status is ImageStatus.DONE


def test_a_skipped_image_stays_skipped() -> None:
    document = scored(0.5).with_status(ImageStatus.SKIPPED)
    assert review.accepted(document, [1]).status is ImageStatus.SKIPPED


def test_an_image_without_objects_is_not_done_by_itself() -> None:
    assert review.with_outcome(Document(*SIZE)).status is ImageStatus.TODO


def test_accepting_forgets_the_old_mask() -> None:
    document = with_iou(scored(0.5), 1, 0.5)
    (now,) = review.accepted(document, [1])
    assert now.previous is None
    assert now.extra == {}


def test_a_decision_for_something_decided_or_gone_changes_nothing() -> None:
    document = review.accepted(scored(0.5), [1])
    assert review.rejected(document, [1, 99]) is document


def test_progress_adds_up() -> None:
    assert StateCounts(1, 2, 3, 4) + StateCounts(4, 3, 2, 1) == StateCounts(5, 5, 5, 5)
    assert StateCounts(1, 1, 1, 1).share == 0.75
    assert StateCounts().share == 1.0


def test_the_rate_counts_the_last_minutes_only() -> None:
    assert review.per_minute([], 10) == 0
    assert review.per_minute([0, 30, 60], 60) == pytest.approx(3)
    assert review.per_minute([0, 700, 760], 800, window_s=120) == pytest.approx(1)


def test_filters_by_label_and_source_combine() -> None:
    def made(label: int, source: Source) -> Annotation:
        return Annotation(1, label, block(1), source, State.PROPOSED)

    chosen = Filter(labels=frozenset({2}), sources=frozenset({Source.IMPORTED}))
    assert chosen.admits(made(2, Source.IMPORTED))
    assert not chosen.admits(made(1, Source.IMPORTED))
    assert not chosen.admits(made(2, Source.AUTOMATIC))
    assert not chosen.admits(replace(made(2, Source.IMPORTED), state=State.ACCEPTED))


def test_what_was_made_settles_the_proposals_that_show_the_same() -> None:
    document = Document(40, 40)
    for side, state, locked in (
        (10, State.PROPOSED, False), (9, State.PROPOSED, False), (9, State.PROPOSED, True),
        (5, State.PROPOSED, False), (9, State.ACCEPTED, False),
    ):  # fmt: skip
        mask = Mask.from_window(np.ones((side, side), np.bool_), 0, 0, 40, 40)
        document = document.with_added(mask, state=state, locked=locked)
    after = review.without_settled(document, 1)
    assert [a.state for a in after] == [
        State.PROPOSED, State.REJECTED, State.PROPOSED, State.PROPOSED, State.ACCEPTED
    ]  # fmt: skip
    assert review.without_settled(after, 1) is after


@pytest.mark.parametrize(
    ("source", "found", "state"),
    [
        (Source.IMPORTED, None, State.PROPOSED),
        (Source.AUTOMATIC, None, State.REJECTED),
        (Source.AUTOMATIC, 0.7, State.PROPOSED),
    ],
)
def test_what_was_proposed_under_another_name_waits_for_a_look(
    source: Source, found: float | None, state: State
) -> None:
    mask = Mask.from_window(np.ones((9, 9), np.bool_), 0, 0, 40, 40)
    evidence = Evidence(extra=FrozenMap({} if found is None else {"score": found}))
    document = Document(40, 40).with_added(mask, 1)
    document = document.with_added(mask, 2, state=State.PROPOSED, source=source, evidence=evidence)
    assert review.without_settled(document, 1).annotation(2).state is state


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ImageStatus.TODO, ImageStatus.DONE),
        (ImageStatus.DONE, ImageStatus.DONE),
        (ImageStatus.SKIPPED, ImageStatus.SKIPPED),
    ],
)
def test_an_image_is_done_where_what_was_accepted_settles_the_last_proposal(
    before: ImageStatus, after: ImageStatus
) -> None:
    decided = review.accepted_alone(scored(0.9, 0.8).with_status(before), 1)
    assert [a.state for a in decided] == [State.ACCEPTED, State.REJECTED]
    assert decided.status is after


@pytest.mark.parametrize("accept", [True, False])
def test_the_rest_is_settled_but_what_is_locked(accept: bool) -> None:
    document = Document(40, 40)
    for place, locked in ((0, False), (10, True), (20, False)):
        mask = Mask.from_window(np.ones((5, 5), np.bool_), place, 0, 40, 40)
        document = document.with_added(mask, state=State.PROPOSED, locked=locked)
    wanted = State.ACCEPTED if accept else State.REJECTED
    after = review.settled(document, (1, 2), accept=accept)
    assert [a.state for a in after] == [wanted, State.PROPOSED, State.PROPOSED]


@pytest.mark.parametrize(
    ("right", "wrong", "least"),
    [
        ((0.9, 0.8, 0.7, 0.6, 0.55), (0.5, 0.4, 0.3, 0.2, 0.1), 0.55),
        ((0.9, 0.8, 0.7, 0.6, 0.1), (0.5, 0.4, 0.3, 0.2, 0.85), 0.6),
        ((0.9, 0.8), (0.7,) * 8, 0.8),
        ((), (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05), None),
        ((0.5, 0.5), (0.5,) * 8, None),
        ((0.5,) * 8, (0.5, 0.5), 0.5),
        ((0.9, 0.8, 0.7), (0.2, 0.1), None),
    ],
)
def test_a_score_is_sure_from_where_fewest_decisions_would_have_been_wrong(
    right: tuple[float, ...], wrong: tuple[float, ...], least: float | None
) -> None:
    decided = [(score, True) for score in right] + [(score, False) for score in wrong]
    assert review.sure_from(decided) == least


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=10, max_size=30))
def test_no_other_score_would_have_been_wrong_less_often(
    decided: list[tuple[float, bool]],
) -> None:
    def mistakes(least: float) -> int:
        return sum((score >= least) is not right for score, right in decided)

    found = review.sure_from(decided)
    tried = [*(score for score, _ in decided), 2.0]
    assert mistakes(2.0 if found is None else found) == min(map(mistakes, tried))


@pytest.mark.parametrize(
    ("told", "score"), [(10**400, None), (-(10**400), None), ("0.5", None), (0.5, 0.5), (None, 0.9)]
)
def test_a_score_that_no_number_can_be_is_none(told: object, score: float | None) -> None:
    evidence = Evidence(predicted_iou=0.9, extra=FrozenMap({"score": told}))
    (each,) = Document(*SIZE).with_added(block(3), evidence=evidence)
    assert review.score_of(each) == (0.9 if score is None else score)
