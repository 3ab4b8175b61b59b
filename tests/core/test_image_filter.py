"""Which images are listed, and how they follow each other."""

from __future__ import annotations

import pytest

from app.core.contents import Contents
from app.core.details import Flag
from app.core.document import ImageStatus
from app.core.image_filter import ImageFilter, ImageOrder, SortBy
from app.core.review import Summary

TODO, WORK = ImageStatus.TODO, ImageStatus.IN_PROGRESS
DONE, SKIPPED = ImageStatus.DONE, ImageStatus.SKIPPED
RED_CAR = Summary(
    DONE,
    contents=Contents(
        frozenset({"car"}), frozenset({("colour", "red")}), frozenset({Flag.OCCLUDED})
    ),
)


@pytest.mark.parametrize(
    ("chosen", "admitted"),
    [
        (ImageFilter(), True),
        (ImageFilter(statuses=frozenset({DONE})), True),
        (ImageFilter(statuses=frozenset({TODO})), False),
        (ImageFilter(labels=frozenset({"car", "auto"})), True),
        (ImageFilter(labels=frozenset({"auto"})), False),
        (ImageFilter(attribute=("colour", "red")), True),
        (ImageFilter(attribute=("colour", "blue")), False),
        (ImageFilter(attribute=("colour", None)), True),
        (ImageFilter(attribute=("wheels", None)), False),
        (ImageFilter(flag=Flag.OCCLUDED), True),
        (ImageFilter(flag=Flag.DIFFICULT), False),
        (ImageFilter(labels=frozenset({"car"}), flag=Flag.DIFFICULT), False),
    ],
)
def test_an_image_must_have_all_that_the_filter_asks(chosen: ImageFilter, admitted: bool) -> None:
    assert chosen.admits(RED_CAR) is admitted
    assert chosen.admits(Summary()) is (
        chosen in (ImageFilter(), ImageFilter(statuses=frozenset({TODO})))
    )


SCORES = (0.9, None, 0.2, 0.9, 0.5)
STATUSES = (DONE, TODO, WORK, SKIPPED, TODO)


@pytest.mark.parametrize(
    ("order", "places"),
    [
        (ImageOrder(), [0, 1, 2, 3, 4]),
        (ImageOrder(SortBy.NAME, True), [4, 3, 2, 1, 0]),
        (ImageOrder(SortBy.UNCERTAINTY), [2, 4, 0, 3, 1]),
        (ImageOrder(SortBy.UNCERTAINTY, True), [0, 3, 4, 2, 1]),
        (ImageOrder(SortBy.STATE), [2, 1, 4, 3, 0]),
        (ImageOrder(SortBy.DATE), [4, 0, 2, 1, 3]),
    ],
)
def test_equal_ones_follow_their_names_and_unknown_ones_come_last(
    order: ImageOrder, places: list[int]
) -> None:
    summaries = [
        Summary(status, contents=Contents(least_iou=score))
        for status, score in zip(STATUSES, SCORES, strict=True)
    ]
    dates = {0: 20, 2: 30, 4: 10}
    assert list(order.sorted(range(5), summaries.__getitem__, dates.get)) == places


@pytest.mark.parametrize("by", list(SortBy))
@pytest.mark.parametrize("backwards", [False, True])
def test_an_order_is_read_as_it_was_written(by: SortBy, backwards: bool) -> None:
    order = ImageOrder(by, backwards)
    assert ImageOrder.read(str(order)) == order


@pytest.mark.parametrize("text", [None, "", "size", "name name", "backwards"])
def test_what_is_no_order_is_by_name(text: str | None) -> None:
    assert ImageOrder.read(text) == ImageOrder()
