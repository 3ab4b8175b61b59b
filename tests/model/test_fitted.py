"""An input that ends where the image does, for networks that were not trained on squares."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.config import from_json, to_json
from model.architecture.features import squared
from model.architecture.small_encoder import part_means
from model.interface import Prompt
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from tests.model.exported import TINY_FITTED, TINY_REFINED, network, torch_model

RNG = np.random.default_rng(5)
WIDE = RNG.integers(0, 256, (60, 120, 3)).astype(np.uint8)
SQUARE = RNG.integers(0, 256, (120, 120, 3)).astype(np.uint8)
CLICKS = Prompt(np.array([[30, 40], [90, 20]]), np.array([1, 0]))


@pytest.mark.parametrize(
    ("size", "cells"),
    [((120, 120), (16, 16)), ((60, 120), (8, 16)), ((120, 61), (16, 12)), ((2, 900), (4, 16))],
)
def test_the_embedding_has_as_many_cells_as_the_image_needs(
    size: tuple[int, int], cells: tuple[int, int]
) -> None:
    found = torch_model("tiny_fitted").embed(np.zeros((*size, 3), np.uint8))
    assert found.features["embedding"].shape[1:] == cells
    assert found.features["skip_0"].shape[1:] == (2 * cells[0], 2 * cells[1])


def test_a_square_image_is_answered_as_without_fitting() -> None:
    sam = network("tiny_fitted")
    padded = TorchModel(
        replace(TINY_REFINED, name="padded"), sam.state_dict(), "padded", Place("cpu"), "a test"
    )
    fitted = torch_model("tiny_fitted")
    ours = fitted.decode(fitted.embed(SQUARE), CLICKS)
    theirs = padded.decode(padded.embed(SQUARE), CLICKS)
    assert np.abs(ours.logits - theirs.logits).max() < 1e-5


def test_answers_have_one_size_whatever_the_image_and_can_be_fed_back() -> None:
    found = torch_model("tiny_fitted")
    embedding = found.embed(WIDE)
    first = found.decode(embedding, CLICKS)
    assert first.logits.shape[1:] == found.logits_size
    again = replace(CLICKS, logits=first.logits[0])
    # What lies outside the image is not looked at.
    beyond = first.logits[0].copy()
    beyond[32:] = 99
    elsewhere = replace(CLICKS, logits=beyond)
    ours, theirs = (found.decode(embedding, prompt).logits for prompt in (again, elsewhere))
    assert np.array_equal(ours, theirs)
    assert first.mask().shape == (60, 120)


def test_logits_outside_the_image_repeat_its_border() -> None:
    logits = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    full = squared(logits, 6)
    assert np.array_equal(full, np.pad(logits, ((0, 0), (0, 3), (0, 2)), mode="edge"))
    assert squared(full, 6) is full


def test_means_over_parts_are_those_of_pooling_where_cells_divide_evenly() -> None:
    x = torch.randn(2, 3, 8, 12)
    for parts in (1, 2, 4):
        found = part_means(8, parts, x) @ x @ part_means(12, parts, x).t()
        wanted = F.avg_pool2d(x, (8 // parts, 12 // parts))
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("side", [1, 3, 7, 9])
def test_every_cell_counts_equally_where_parts_end_inside_cells(side: int) -> None:
    weights = part_means(side, 4, torch.zeros(1))
    assert weights.shape == (4, side)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4))
    torch.testing.assert_close(weights.sum(dim=0), torch.full((side,), 4 / side))


def test_a_description_without_fitting_is_that_of_older_files() -> None:
    assert "fitted" not in to_json(TINY_REFINED)
    assert from_json(json.loads(json.dumps(to_json(TINY_FITTED)))) == TINY_FITTED
