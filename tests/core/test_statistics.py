from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Annotation, Document, Evidence, Source, State
from app.core.mask import Mask
from app.core.statistics import (
    Fact,
    Size,
    Stage,
    facts_of,
    project_statistics,
    size_of,
    stage_of,
    summarise_ious,
)

SIZE = (100, 100)


def block(side: int) -> Mask:
    return Mask.from_window(np.ones((side, side), np.bool_), 0, 0, *SIZE)


def document(*evidences: Evidence, source: Source = Source.SMART, side: int = 40) -> Document:
    made = Document(*SIZE)
    for evidence in evidences:
        made = made.with_added(block(side), source=source, evidence=evidence)
    return made


@given(st.lists(st.floats(0, 1), max_size=50))
def test_the_bins_hold_every_value(values: list[float]) -> None:
    found = summarise_ious(values)
    assert sum(found.bins) == found.count == len(values)
    assert found.above_fair >= found.above_good
    if values:
        assert found.above_good == pytest.approx(np.mean(np.array(values) > 0.9))
        assert found.middle == pytest.approx(np.median(values))


def test_the_shares_count_values_strictly_above() -> None:
    found = summarise_ious([0.9, 0.91, 0.75, 0.2])
    assert (found.above_good, found.above_fair) == (0.25, 0.5)


def test_an_iou_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        summarise_ious([1.5])


@pytest.mark.parametrize(
    ("source", "state", "stage"),
    [
        (Source.MANUAL, State.ACCEPTED, Stage.ASSISTED),
        (Source.SMART, State.EDITED, Stage.ASSISTED),
        (Source.AUTOMATIC, State.PROPOSED, Stage.AUTOMATIC),
        (Source.AUTOMATIC, State.ACCEPTED, Stage.SEMI),
        (Source.IMPORTED, State.EDITED, Stage.SEMI),
    ],
)
def test_the_stage_follows_from_source_and_state(
    source: Source, state: State, stage: Stage
) -> None:
    assert stage_of(Annotation(1, 1, block(1), source, state)) is stage


def test_sizes_are_cocos() -> None:
    assert [size_of(area) for area in (1023, 1024, 9215, 9216)] == [
        Size.SMALL,
        Size.MEDIUM,
        Size.MEDIUM,
        Size.LARGE,
    ]


def test_rejected_masks_do_not_count() -> None:
    made = document(Evidence(), Evidence()).with_state(1, State.REJECTED)
    assert [fact.annotation_id for fact in facts_of("a.png", made)] == [2]


def test_days_are_told_in_one_time_zone() -> None:
    late = Evidence(created="2026-03-01T23:30:00-02:00")
    (fact,) = facts_of("a.png", document(late))
    assert str(fact.day) == "2026-03-02"


def facts() -> list[Fact]:
    first = document(
        Evidence(active_s=10, clicks=2, proposal_iou=0.95, created="2026-03-01T10:00:00+00:00"),
        Evidence(active_s=20, clicks=4, proposal_iou=0.8, created="2026-03-02T10:00:00+00:00"),
    )
    second = document(Evidence(), source=Source.AUTOMATIC, side=10).with_state(1, State.PROPOSED)
    return [*facts_of("a.png", first), *facts_of("b.png", second)]


def test_a_project_is_summed_up_in_all_and_in_groups() -> None:
    found = project_statistics(facts(), 4, lambda _: "cat")
    assert found.images == 4
    assert (found.total.masks, found.total.images, found.total.per_image) == (3, 2, 1.5)
    assert (found.total.seconds, found.total.clicks) == (15, 3)
    assert [(g.name, g.masks) for g in found.stages] == [("assisted-manual", 2), ("automatic", 1)]
    assert [(g.name, g.masks) for g in found.labels] == [("cat", 3)]
    assert [(g.name, g.masks) for g in found.sizes] == [("small", 1), ("medium", 2)]
    assert [(g.name, g.seconds) for g in found.days] == [("2026-03-01", 10), ("2026-03-02", 20)]
    assert found.stages[0].ious.above_good == 0.5


def test_what_was_not_measured_is_not_zero() -> None:
    (fact,) = facts_of("a.png", document(Evidence()))
    assert fact.seconds is None
    found = project_statistics([], 0, str)
    assert (found.total.seconds, found.total.clicks, found.total.per_image) == (None, None, 0)
