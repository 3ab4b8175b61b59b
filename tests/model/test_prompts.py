"""What may be asked of a model, and what is refused before it reaches one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.interface import Prompt, stability_score
from model.prompt_arrays import NOT_A_POINT, arranged, checked_prompt, prompt_tokens
from model.transforms import Transform

TRANSFORM = Transform((200, 100), 50)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "empty prompt"),
        ({"points": [(1, 2)]}, "1 points need as many labels"),
        ({"points": [(1, 2)], "labels": [1, 0]}, "1 points need as many labels"),
        ({"points": [(1, 2)], "labels": [2]}, r"1 .foreground. or 0 .*given \[2\]: correct it"),
        ({"points": [(1, 2)], "labels": [float("nan")]}, "1 .foreground. or 0"),
        ({"points": [(1, 2)], "labels": [-1]}, "1 .foreground. or 0"),
        ({"points": [(1, 2, 3)], "labels": [1]}, r"shape \(N, 2\)"),
        ({"points": [1, 2], "labels": [1]}, r"shape \(N, 2\)"),
        ({"points": [(float("nan"), 2)], "labels": [1]}, r"given \[nan, 2.0\]: drop the point"),
        ({"points": [(float("inf"), 2)], "labels": [1]}, "not of finite numbers"),
        ({"box": [0, 0, 1]}, "four numbers"),
        ({"box": [[0, 0], [1, 1]]}, r"four numbers .*given the shape \(2, 2\): ask for one"),
        ({"box": [5, 0, 1, 1]}, "x0 < x1"),
        ({"box": [1, 1, 1, 5]}, "x0 < x1"),
        ({"box": [0, 0, float("nan"), 5]}, "given .0.0, 0.0, nan, 5.0.: drop the box"),
        ({"logits": np.zeros((1, 4, 4))}, r"shape \(h, w\)"),
        ({"logits": np.zeros((0, 4))}, r"given \(0, 4\): pass those of one candidate"),
        ({"logits": np.full((4, 4), np.nan)}, "not finite"),
        ({"logits": np.full((4, 4), 1e300)}, "not finite"),
        ({"logits": [["high"]]}, "could not convert string to float"),
        ({"points": [(1e300, 2)], "labels": [1]}, "not of finite numbers, given .1e.300, 2.0"),
        ({"box": [0, 0, 1e300, 1]}, "not a finite number"),
    ],
)
def test_a_prompt_that_makes_no_sense_cannot_be_built(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Prompt(**given)


@pytest.mark.parametrize("point", [(-0.1, 5), (100.5, 5), (5, 200.1), (5, -3)])
def test_a_point_outside_the_image_is_refused(point: tuple[float, float]) -> None:
    prompt = Prompt(points=np.array([point]), labels=np.array([1]))
    with pytest.raises(ValueError, match="outside the image of 100 x 200 pixels"):
        checked_prompt(prompt, TRANSFORM, (4, 4))


def test_a_box_outside_the_image_is_refused() -> None:
    prompt = Prompt(box=np.array([50, 50, 150, 60]))
    with pytest.raises(ValueError, match=r"\(150, 60\) lies outside"):
        checked_prompt(prompt, TRANSFORM, (4, 4))


def test_points_on_the_border_are_inside() -> None:
    prompt = Prompt(points=np.array([[0, 0], [100, 200]]), labels=np.array([1, 0]))
    assert checked_prompt(prompt, TRANSFORM, (4, 4)) is prompt


def test_logits_of_another_size_are_refused() -> None:
    prompt = Prompt(logits=np.zeros((5, 5), np.float32))
    with pytest.raises(ValueError, match=r"shape \(4, 4\), given \(5, 5\)"):
        checked_prompt(prompt, TRANSFORM, (4, 4))


def test_a_prompt_cannot_be_changed_afterwards() -> None:
    points = np.array([[1.0, 2.0]])
    prompt = Prompt(points=points, labels=np.array([1]))
    points[0, 0] = 9
    assert prompt.points[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        prompt.points[0, 0] = 9


def test_only_a_lone_point_is_ambiguous() -> None:
    one: dict[str, Any] = {"points": [(1, 2)], "labels": [1]}
    assert Prompt(**one).ambiguous
    assert not Prompt(**one, box=np.array([0, 0, 5, 5])).ambiguous
    assert not Prompt(**one, logits=np.zeros((4, 4), np.float32)).ambiguous
    assert not Prompt(points=np.ones((2, 2), np.float32), labels=np.ones(2, np.int64)).ambiguous
    assert not Prompt(box=np.array([0, 0, 5, 5])).ambiguous


def test_points_without_a_box_are_followed_by_one_that_is_none() -> None:
    prompt = Prompt(points=np.array([[10, 20]]), labels=np.array([0]))
    coordinates, labels = prompt_tokens(prompt, TRANSFORM)
    assert labels.tolist() == [0, NOT_A_POINT]
    assert coordinates.tolist() == [[2.5, 5], [0, 0]]


def test_a_box_is_two_corners_after_the_points() -> None:
    prompt = Prompt(points=np.array([[10, 20]]), labels=np.array([1]), box=np.array([0, 4, 8, 12]))
    coordinates, labels = prompt_tokens(prompt, TRANSFORM)
    assert labels.tolist() == [1, 2, 3]
    assert coordinates.tolist() == [[2.5, 5], [0, 1], [2, 3]]


def test_prompts_are_grouped_by_shape_and_bounded_in_number() -> None:
    point = Prompt(points=np.array([[1, 1]]), labels=np.array([1]))
    box = Prompt(box=np.array([0, 0, 5, 5]))
    earlier = Prompt(box=np.array([0, 0, 5, 5]), logits=np.zeros((4, 4), np.float32))
    several = Prompt(points=np.ones((2, 2), np.float32), labels=np.ones(2, np.int64))
    prompts = [point, earlier, several, point, box, point]
    groups = list(arranged(prompts, TRANSFORM, (4, 4), at_most=2))
    assert sorted(group.indices for group in groups) == [(0, 3), (1,), (2,), (4,), (5,)]
    assert [group.logits is None for group in groups if group.indices == (1,)] == [False]


def test_stability_is_the_agreement_of_a_stricter_and_a_looser_mask() -> None:
    logits = np.array([[[2.0, 0.5, -0.5, -2.0]], [[-3.0, -3, -3, -3]]], np.float32)
    assert stability_score(logits).tolist() == pytest.approx([1 / 3, 0])
