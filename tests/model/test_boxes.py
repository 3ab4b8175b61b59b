"""Boxes that are added one by one, and which of them meet another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from model.boxes import Places, boxes_meet

sides = st.integers(0, 30)
boxes = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h), sides, sides, st.integers(1, 9), st.integers(1, 9)
)


@given(st.lists(boxes, max_size=40), st.lists(boxes, max_size=40), boxes, boxes)
def test_those_that_meet_a_box_are_those_that_share_a_pixel_with_it(
    first: list[tuple[int, int, int, int]],
    later: list[tuple[int, int, int, int]],
    other: tuple[int, int, int, int],
    box: tuple[int, int, int, int],
) -> None:
    places = Places(first)
    for each in later:
        places.add(each)
    every = [*first, *later]
    if every:
        places.put(0, other)
        every[0] = other
    assert places.meeting(box) == [n for n, each in enumerate(every) if boxes_meet(each, box)]
