"""Our small network gives what the published code gave with the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.architecture.config import VARIANTS
from model.prompt_arrays import prompt_tokens
from model.transforms import encoder_input
from model.weights.checkpoint import expected_shapes
from tests.model.golden import (
    CASES,
    published_keys,
    tiny_embedding,
    tiny_io,
    tiny_model,
    tiny_prompt,
)

TOLERANCE = 1e-5


@pytest.mark.parametrize("name", ["vit_b", "vit_l", "vit_h", "mobile_sam"])
def test_tensors_are_named_and_shaped_as_in_the_published_checkpoint(name: str) -> None:
    assert dict(expected_shapes(VARIANTS[name])) == published_keys()[name]


def test_embedding_equals_the_published_one() -> None:
    io = tiny_io()
    with torch.inference_mode():
        embedding, skips = tiny_model().network.encode(torch.from_numpy(io["padded"]))
    assert skips == ()
    assert np.abs(embedding.numpy() - io["embedding"]).max() < TOLERANCE


def test_positions_of_the_cells_equal_the_published_ones() -> None:
    with torch.inference_mode():
        encoded = tiny_model().network.prompt_encoder.dense_pe()
    assert np.abs(encoded.numpy() - tiny_io()["dense_pe"]).max() < TOLERANCE


@pytest.mark.parametrize("case", CASES)
def test_prompt_tokens_equal_the_published_ones(case: str) -> None:
    coordinates, labels = prompt_tokens(tiny_prompt(case), tiny_embedding().transform)
    with torch.inference_mode():
        tokens = tiny_model().network.prompt_encoder.sparse(
            torch.from_numpy(coordinates[None]), torch.from_numpy(labels[None])
        )
    expected = tiny_io()[f"{case}.sparse"]
    assert tokens.shape == expected.shape
    assert np.abs(tokens.numpy() - expected).max(initial=0) < TOLERANCE


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_logits_and_predicted_iou_equal_the_published_ones(case: str, multimask: bool) -> None:
    prediction = tiny_model().decode(tiny_embedding(), tiny_prompt(case), multimask)
    key = f"{case}.{'multi' if multimask else 'single'}"
    expected = tiny_io()[f"{key}.low_res_logits"][0]
    assert prediction.logits.shape == expected.shape
    assert np.abs(prediction.logits - expected).max() < TOLERANCE
    assert np.abs(prediction.predicted_iou - tiny_io()[f"{key}.iou"][0]).max() < TOLERANCE


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize("case", ["point", "box_points"])
def test_full_size_logits_equal_the_published_ones(case: str, multimask: bool) -> None:
    prediction = tiny_model().decode(tiny_embedding(), tiny_prompt(case), multimask)
    expected = tiny_io()[f"{case}.{'multi' if multimask else 'single'}.full_logits"]
    for index, stored in enumerate(expected):
        ours = prediction.full_logits(index)
        assert ours.shape == stored.shape
        # Half precision keeps 11 bits.
        assert np.abs(ours - stored).max() < TOLERANCE + 2**-11 * np.abs(stored).max()


def test_masks_from_one_resize_differ_from_the_published_two_at_the_edge_only() -> None:
    prediction = tiny_model().decode(tiny_embedding(), tiny_prompt("point"), multimask=True)
    for index in range(3):
        differing = prediction.mask(index) != (prediction.full_logits(index) > 0)
        assert differing.mean() < 0.03
        assert np.abs(prediction.full_logits(index)[differing]).max(initial=0) < 0.05


def test_image_reaches_the_encoder_as_published_but_for_rounding_to_bytes() -> None:
    io = tiny_io()
    prepared = encoder_input(io["image"], tiny_embedding().transform)
    # The stored one was interpolated in float; Pillow's resize rounds to whole levels of 255.
    assert np.abs(prepared - io["padded"]).max() < 1.01 / 57
