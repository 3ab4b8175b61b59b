"""A mask that is being made is seen on whatever it lies."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.mask import Mask
from app.core.palette import PALETTE, color_number, distance
from app.ui.canvas.contrast import LEAST, ground_of, seen_on

SIZE = (60, 80)


@pytest.mark.parametrize("ground", [*PALETTE, "#000000", "#ffffff", "#808080"])
def test_every_colour_is_seen_on_every_ground(ground: str) -> None:
    for place in range(40):
        assert distance(seen_on(color_number(place), [ground]), ground) >= LEAST


def test_a_colour_that_is_seen_stays_that_of_the_label() -> None:
    assert seen_on(PALETTE[3], ["#102030"]) == PALETTE[3]


def test_the_ground_is_the_middle_colour_under_the_mask() -> None:
    pixels = np.zeros((*SIZE, 3), np.uint8)
    pixels[10:30, 20:70] = (240, 228, 66)
    mask = Mask.from_window(np.ones((18, 46), np.bool_), 22, 11, *SIZE)
    assert ground_of(pixels, mask) == "#f0e442"
    assert ground_of(pixels, Mask.empty(*SIZE)) is None
    assert seen_on("#f0e442", ["#f0e442"]) != "#f0e442"


def test_a_large_mask_is_looked_at_in_few_pixels() -> None:
    pixels = np.full((600, 800, 3), 200, np.uint8)
    assert (
        ground_of(
            pixels,
            Mask.empty(600, 800).union(
                Mask.from_window(np.ones((590, 790), np.bool_), 5, 5, 600, 800)
            ),
        )
        == "#c8c8c8"
    )
