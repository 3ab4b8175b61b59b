"""Specks and small holes."""

from __future__ import annotations

import numpy as np

from model.everything.cleaning import cleaned
from tests.model.everything.reference import clean


def test_specks_go_and_small_holes_are_filled() -> None:
    mask = np.zeros((40, 40), np.bool_)
    mask[5:30, 5:30] = True
    mask[10:12, 10:12] = False
    mask[35:37, 35:37] = True
    expected = np.zeros_like(mask)
    expected[5:30, 5:30] = True
    assert np.array_equal(cleaned(mask, 10), expected)


def test_the_largest_component_stays_however_small() -> None:
    mask = np.zeros((20, 20), np.bool_)
    mask[2:4, 2:5] = True
    mask[10, 10] = True
    assert cleaned(mask, 100).sum() == 6


def test_a_bay_at_the_edge_is_no_hole() -> None:
    mask = np.ones((9, 9), np.bool_)
    mask[0, 4] = False
    assert np.array_equal(cleaned(mask, 10), mask)


def test_nothing_is_changed_without_a_size() -> None:
    mask = np.eye(9, dtype=np.bool_)
    assert cleaned(mask, 0) is mask
    assert not cleaned(np.zeros((3, 3), np.bool_), 9).any()


def test_noise_is_cleaned_as_by_counting() -> None:
    for seed in range(20):
        noise = np.random.default_rng(seed).random((40, 30)) < 0.3 + seed / 50
        for min_area in (2, 5, 20):
            assert np.array_equal(cleaned(noise, min_area), clean(noise, min_area))
