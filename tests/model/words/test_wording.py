"""Words as people type them, and boxes as detectors may answer them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.detection.detector_output import Placement
from model.interface import ModelError
from model.words.interface import MOST, limits_for, word_boxes
from model.words.wording import LONGEST, MOST_WORDS, words_of

WHOLE = Placement(1, 1, 0, 0, (100, 100))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wheel, window", ("wheel", "window")),
        ("wheel", ("wheel",)),
        (" traffic   light ;wheel\nWHEEL,, ", ("traffic light", "wheel")),
        ("轮子\uff0c窗户、门", ("轮子", "窗户", "门")),
        ("a\x00b\u200b", ("a b",)),
    ],
)
def test_words_are_parted_and_each_is_taken_once(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("text", ["", " , ;", "\n", "?!", "wheel, !!", "x" * (LONGEST + 1)])
def test_what_is_no_word_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"word|characters"):
        words_of(text)


def test_too_many_words_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        words_of(", ".join(f"word{number}" for number in range(MOST_WORDS + 1)))


@given(st.text(max_size=200))
def test_whatever_is_typed_gives_words_or_a_refusal(text: str) -> None:
    try:
        found = words_of(text)
    except ValueError:
        return
    assert found
    assert all(each == each.strip() and each.isprintable() for each in found)
    assert len({each.casefold() for each in found}) == len(found)


def test_of_ten_thousand_boxes_the_surest_are_kept_and_it_is_told() -> None:
    random = np.random.default_rng(0)
    boxes = np.concatenate(
        [random.uniform(0.1, 0.9, (10_000, 2)), np.full((10_000, 2), 0.02)], axis=1
    ).astype(np.float32)
    scores = random.uniform(0.5, 1, (10_000, 1)).astype(np.float32)
    found = word_boxes(boxes, scores, ["wheel"], limits_for(0.5), (100, 100), WHOLE)
    assert len(found) == MOST
    assert "surest" in found.told
    assert found.scores[0] == scores.max()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_boxes_that_are_no_numbers_are_refused(value: float) -> None:
    boxes = np.full((3, 4), 0.5, np.float32)
    boxes[1, 0] = value
    with pytest.raises(ModelError, match=r"not finite|no area"):
        word_boxes(boxes, np.ones((3, 1), np.float32), ["a"], limits_for(0.5), (9, 9), WHOLE)


def test_a_score_for_each_word_is_needed() -> None:
    with pytest.raises(ModelError, match="not one box and one score"):
        word_boxes(
            np.full((3, 4), 0.5, np.float32),
            np.ones((3, 2), np.float32),
            ["a"],
            limits_for(0.5),
            (9, 9),
            WHOLE,
        )
