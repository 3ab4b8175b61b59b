from __future__ import annotations

from typing import Any

import pytest

from app.core.prompt import Box, Point, Prompt, Step

NAN = float("nan")
INF = float("inf")

A, B, C = Point(1, 2), Point(3, 4, positive=False), Point(5, 6)
BOX = Box(0, 0, 10, 10)


@pytest.mark.parametrize("at", [(NAN, 0), (0, INF), (-INF, 1)])
def test_a_point_without_a_place_cannot_be_built(at: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        Point(*at)


@pytest.mark.parametrize("corners", [(1, 1, 1, 5), (1, 1, 5, 1), (5, 1, 1, 5)])
def test_a_box_without_area_cannot_be_built(corners: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="x0 < x1"):
        Box(*corners)


def test_a_box_with_a_missing_side_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="finite"):
        Box(0, 0, NAN, 5)


def test_a_box_is_dragged_from_any_corner() -> None:
    assert Box.between(5, 6, 1, 2) == Box.between(1, 6, 5, 2) == Box(1, 2, 5, 6)
    assert Box(1, 2, 5, 7).xywh == (1, 2, 4, 5)


def test_a_box_is_clipped_to_the_image() -> None:
    assert Box(-3, 2, 50, 60).clipped(height=20, width=30) == Box(0, 2, 30, 20)
    assert Box(30, 0, 40, 5).clipped(height=20, width=30) is None
    assert BOX.clipped(20, 30) is BOX


def test_points_are_kept_in_the_order_of_the_clicks() -> None:
    prompt = Prompt().with_point(A).with_point(B).with_box(BOX).with_point(C)
    assert prompt == Prompt.of(A, B, C, box=BOX)
    assert prompt.clicks == 4
    assert not prompt.is_empty
    assert Prompt().is_empty


def test_a_point_is_moved_flipped_and_removed_by_its_place() -> None:
    prompt = Prompt.of(A, B, C)
    assert prompt.with_point_moved(1, 7, 8) == Prompt.of(A, Point(7, 8, positive=False), C)
    assert prompt.with_point_flipped(1) == Prompt.of(A, Point(3, 4), C)
    assert prompt.without_point(0) == Prompt.of(B, C)
    assert prompt.without_point(-1) == Prompt.of(A, B)
    assert prompt.with_point_moved(-1, 7, 8) == Prompt.of(A, B, Point(7, 8))
    with pytest.raises(IndexError):
        prompt.without_point(3)


def test_an_edit_without_effect_gives_the_prompt_itself() -> None:
    prompt = Prompt.of(A, box=BOX)
    assert prompt.with_box(Box(0, 0, 10, 10)) is prompt
    assert prompt.with_point_moved(0, A.x, A.y) is prompt


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (Prompt.of(A, B), Prompt.of(A)),
        (Prompt.of(A), Prompt.of(A)),
        (Prompt.of(A, box=BOX), Prompt.of(A)),
        (Prompt.of(A, box=BOX), Prompt.of(box=BOX)),
        (Prompt.of(A), Prompt()),
    ],
)
def test_a_prompt_that_only_adds_extends_the_other(new: Prompt, old: Prompt) -> None:
    assert new.extends(old)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (Prompt.of(A), Prompt.of(A, B)),
        (Prompt.of(B, A), Prompt.of(A)),
        (Prompt.of(A, C), Prompt.of(A, B)),
        (Prompt.of(A), Prompt.of(A, box=BOX)),
        (Prompt.of(A, box=Box(0, 0, 10, 11)), Prompt.of(A, box=BOX)),
        (Prompt.of(Point(1, 2, positive=False), B), Prompt.of(A)),
    ],
)
def test_a_prompt_that_takes_back_or_changes_does_not_extend(new: Prompt, old: Prompt) -> None:
    assert not new.extends(old)


@pytest.mark.parametrize("fields", [{"time_s": -1}, {"time_s": NAN}, {"candidate": -1}])
def test_a_step_needs_a_time_and_a_candidate_that_can_be(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="given"):
        Step(Prompt.of(A), **fields)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (Point(-0.01, 5), Point(0, 5)),
        (Point(-2, 5, positive=False), Point(0, 5, positive=False)),
        (Point(64.5, 48.5), Point(64, 48)),
        (Point(64, 48), Point(64, 48)),
        (Point(-2.5, 5), None),
        (Point(30, 51), None),
    ],
)
def test_a_point_a_little_outside_moves_to_the_edge_and_one_further_off_says_nothing(
    point: Point, expected: Point | None
) -> None:
    assert point.clipped(height=48, width=64) == expected


def test_a_point_may_lie_further_outside_of_a_larger_image() -> None:
    assert Point(-30, 5).clipped(height=2000, width=4000) == Point(0, 5)
    assert Point(-41, 5).clipped(height=2000, width=4000) is None


def test_of_a_prompt_what_lies_inside_is_asked() -> None:
    prompt = Prompt((Point(-1, 5), Point(900, 5)), Box(-0.5, -0.5, 20, 70))
    assert prompt.clipped(48, 64) == Prompt((Point(0, 5),), Box(0, 0, 20, 48))
    assert Prompt((Point(900, 5),), Box(64, 0, 90, 20)).clipped(48, 64).is_empty
    inside = Prompt((A, C), BOX)
    assert inside.clipped(48, 64) is inside


def test_a_box_that_single_precision_cannot_tell_from_a_line_is_none() -> None:
    assert Box(64 - 1e-9, 0, 70, 20).clipped(48, 64) is None
    assert Box(1, 1, 1 + 1e-12, 20).clipped(48, 64) is None


HERE = Box(10, 10, 30, 30)


@pytest.mark.parametrize(
    ("box", "elsewhere"),
    [
        (Box(40, 10, 60, 30), True),
        (Box(12, 11, 33, 30), False),
        (Box(5, 5, 100, 100), False),
        (Box(12, 12, 18, 18), True),
        (Box(25, 25, 45, 45), True),
    ],
)
def test_a_box_drawn_anew_is_of_the_same_object_and_one_beside_or_inside_is_not(
    box: Box, elsewhere: bool
) -> None:
    assert Prompt(box=HERE).is_elsewhere(box) is elsewhere


def test_a_box_that_holds_a_click_on_the_object_is_about_it() -> None:
    clicked = Prompt.of(Point(20, 20), Point(50, 50, positive=False))
    assert not clicked.is_elsewhere(Box(18, 18, 60, 60))
    assert clicked.is_elsewhere(Box(40, 40, 60, 60))
    assert not clicked.with_box(HERE).is_elsewhere(Box(19, 19, 21, 21))
    assert not Prompt.of(Point(50, 50, positive=False)).is_elsewhere(HERE)
    assert not Prompt().is_elsewhere(HERE)


def test_boxes_that_do_not_meet_share_nothing() -> None:
    assert HERE.iou(Box(40, 40, 50, 50)) == 0
    assert HERE.iou(HERE) == 1
    assert HERE.iou(Box(20, 10, 40, 30)) == pytest.approx(1 / 3)
