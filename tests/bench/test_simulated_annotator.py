"""The simulated annotator: its strokes, its habits, its list of objects."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brush import stroke
from tests.bench.simulated_annotator import Bool, Effort, Habit, stroke_for
from tests.bench.sixty_objects import EACH, FOLDERS, LIST

SIDE = 48


def disc(x: float, y: float, radius: float) -> Bool:
    ys, xs = np.mgrid[:SIDE, :SIDE]
    return np.asarray(np.hypot(xs - x, ys - y) < radius)


@settings(max_examples=40)
@given(
    st.tuples(*[st.floats(8, 40)] * 4), st.tuples(*[st.floats(2, 16)] * 2), st.booleans()
)  # fmt: skip
def test_a_stroke_leaves_fewer_pixels_wrong(
    middles: tuple[float, float, float, float], radii: tuple[float, float], hollow: bool
) -> None:
    wanted = disc(middles[0], middles[1], radii[0])
    found = disc(middles[2], middles[3], radii[1])
    if hollow:
        wanted = wanted & ~disc(middles[0], middles[1], radii[0] / 2)
    before = np.count_nonzero(wanted != found)
    if before == 0:
        return
    track, radius, erase = stroke_for(wanted, found)
    painted = stroke(track, max(1.0, 2 * radius), SIDE, SIDE).to_array()
    after = found & ~painted if erase else found | painted
    assert np.count_nonzero(wanted != after) < before


def test_a_rim_that_is_missing_is_painted_with_a_brush_wider_than_the_rim() -> None:
    wanted, found = disc(24, 24, 20), disc(24, 24, 17)
    _, radius, erase = stroke_for(wanted, found)
    assert radius > 3
    assert not erase


def test_there_is_no_stroke_where_nothing_is_wrong() -> None:
    with pytest.raises(ValueError, match="nothing is wrong"):
        stroke_for(disc(24, 24, 9), disc(24, 24, 9))


def test_both_ways_to_begin_are_tried_before_the_quicker_one_becomes_a_habit() -> None:
    habit, begun = Habit(tries=2), list[str]()
    for _ in range(6):
        begun.append(habit.way())
        habit.note(begun[-1], 3.0 if begun[-1] == "box" else 9.0)
    assert begun == ["click", "box", "click", "box", "box", "box"]


def test_looking_takes_time_and_is_no_action() -> None:
    effort = Effort(clicks=2, keys=1, looks=1) + Effort(strokes=1)
    assert effort.actions == 4
    assert effort.seconds == pytest.approx(2 * 1.1 + 0.5 + 1.35 + 2.5)


def test_the_fixed_list_has_as_many_objects_of_each_set() -> None:
    lists = json.loads(LIST.read_text(encoding="utf-8"))
    assert {name: len(objects) for name, objects in lists.items()} == dict.fromkeys(FOLDERS, EACH)
