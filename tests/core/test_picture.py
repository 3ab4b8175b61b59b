from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import Problem
from app.core.picture import Picture, key_of

KEY = key_of(b"content")


def test_a_picture_knows_its_size_and_its_pixels_stay() -> None:
    picture = Picture(np.zeros((3, 5, 3), np.uint8), KEY, Path("a.jpg"), ("first page only",))
    assert (picture.height, picture.width) == (3, 5)
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((3, 5), np.uint8),
        np.zeros((3, 5, 4), np.uint8),
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((3, 5, 3), np.float32),
        np.zeros((3, 10, 3), np.uint8)[:, ::2],
    ],
)
def test_pixels_that_cannot_be_shown_are_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match="pixels must be"):
        Picture(pixels, KEY, Path("a.jpg"))


@pytest.mark.parametrize("key", ["", "abc", KEY.upper(), KEY + "0", "g" * 32])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        Picture(np.zeros((3, 5, 3), np.uint8), key, Path("a.jpg"))


def test_the_key_depends_on_the_content_alone() -> None:
    assert key_of(b"content") == KEY
    assert key_of(b"Content") != KEY


def test_a_problem_says_what_happened_and_what_to_do() -> None:
    cause = OSError("no space")
    problem = Problem("The disk is full.", "Free some space.", cause)
    assert str(problem) == "The disk is full. Free some space."
    assert (problem.what, problem.advice, problem.cause) == (
        "The disk is full.",
        "Free some space.",
        cause,
    )
    assert str(Problem("The disk is full.")) == "The disk is full."
