from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.document import Annotation, State
from app.core.mask import Mask
from app.core.previous import (
    Previous,
    keeping_old,
    previous_of,
    taking_new,
    with_previous,
    without_previous,
)
from app.core.prompt import Box, Point

SIZE = (4, 6)
NEW = Mask.from_array(np.ones(SIZE, np.bool_))
MASKS = arrays(np.bool_, SIZE).map(Mask.from_array)
COORDINATES = st.floats(-10, 10)
POINTS = st.lists(st.builds(Point, COORDINATES, COORDINATES, st.booleans()), max_size=3)


@st.composite
def previous(draw: st.DrawFn) -> Previous:
    mask = draw(MASKS)
    box = draw(st.none() | st.just(Box(0.5, 1, 2, 3.25)))
    return Previous(mask, box, tuple(draw(POINTS)), draw(st.none() | st.floats(0, 1)))


@given(previous())
def test_what_was_there_before_is_kept_and_found_again(before: Previous) -> None:
    annotation = with_previous(Annotation(1, 1, NEW), before)
    assert previous_of(annotation) == before


def test_a_box_alone_can_be_kept() -> None:
    before = Previous(box=Box(0, 0, 2, 2))
    assert previous_of(with_previous(Annotation(1, 1, NEW), before)) == before


def test_forgetting_leaves_the_rest_of_the_file_alone() -> None:
    extra = {"coco": {"id": 7}, "maskwright": {"other": 1}}
    annotation = Annotation(1, 1, NEW, extra=extra)  # type: ignore[arg-type]
    kept = with_previous(annotation, Previous(mask=NEW))
    assert without_previous(kept) == annotation
    assert without_previous(annotation) is annotation


@given(MASKS)
def test_keeping_the_old_mask_brings_it_back(old: Mask) -> None:
    proposed = Annotation(1, 1, NEW, state=State.PROPOSED)
    kept = keeping_old(with_previous(proposed, Previous(mask=old)))
    state = State.ACCEPTED if old.area else State.REJECTED
    assert (kept.mask, kept.state, previous_of(kept)) == (old, state, None)


def test_there_is_no_going_back_to_a_box() -> None:
    annotation = with_previous(Annotation(1, 1, NEW), Previous(box=Box(0, 0, 2, 2)))
    with pytest.raises(ValueError, match="no older mask"):
        keeping_old(annotation)


def test_taking_the_new_mask_accepts_it() -> None:
    proposed = with_previous(Annotation(1, 1, NEW, state=State.PROPOSED), Previous(mask=NEW))
    assert taking_new(proposed) == Annotation(1, 1, NEW)


@pytest.mark.parametrize(
    "raw",
    [
        1,
        {},
        {"counts": "!"},
        {"counts": "d0", "iou": 2},
        {"box": [1]},
        {"box": [3, 3, 1, 1]},
        {"points": [[1]]},
        {"box": "abcd"},
    ],
)
def test_what_cannot_be_understood_counts_as_nothing(raw: object) -> None:
    annotation = Annotation(1, 1, NEW, extra={"maskwright": {"previous": raw}})  # type: ignore[arg-type]
    assert previous_of(annotation) is None
