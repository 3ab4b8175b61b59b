"""Logits that show padding are made when a prompt starts from them, and are then the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.architecture.sam import Sam
from model.interface import CheckpointError, Embedding, Float, LazyPaddingLogits, Prediction, Prompt
from model.masks.mask_prompt import cells_of
from model.masks.resampling import mask_at_size
from model.runtime_onnx.export import export
from model.runtime_onnx.graph_file import Part, parts_of
from model.runtime_onnx.model import OnnxModel, load_onnx
from model.transforms import Transform
from tests.model.exported import TINY_FITTED, TINY_MOBILE, torch_model, write
from tests.model.golden import TINY


class Kept:
    """Stands for what the decoder left."""


def _whole(kept: Kept, shown: Float) -> Float:
    assert kept is not None
    return np.concatenate([shown, shown], axis=1)


SIZES = {"wide": (60, 120), "tall": (120, 50), "square": (90, 90), "a line": (1, 300)}
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def sam(tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    return load_onnx(write("tiny", tmp_path_factory.mktemp("rest")), threads=1)


def embedded(size: tuple[int, int]) -> Embedding:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    return torch_model("tiny").embed(image)


def click(size: tuple[int, int]) -> Prompt:
    return Prompt(points=np.array([[size[1] / 2, size[0] / 2]]), labels=np.array([1]))


def answers(sam: OnnxModel, size: tuple[int, int]) -> tuple[Prediction, Prediction]:
    """In onnxruntime and in torch, which makes all logits at once."""
    embedding, prompt = embedded(size), click(size)
    return sam.decode(embedding, prompt), torch_model("tiny").decode(embedding, prompt)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_all_logits_are_there_for_the_next_prompt(sam: OnnxModel, size: tuple[int, int]) -> None:
    ours, theirs = answers(sam, size)
    assert ours.logits_size == theirs.logits_size
    assert np.abs(ours.logits - theirs.logits).max() < TOLERANCE
    assert ours.logits is ours.logits
    assert not ours.logits.flags.writeable


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_masks_and_scores_are_those_of_all_logits(sam: OnnxModel, size: tuple[int, int]) -> None:
    ours, theirs = answers(sam, size)
    for index, logits in enumerate(ours.logits):
        assert np.array_equal(ours.mask(index), mask_at_size(logits, ours.transform))
    assert np.array_equal(ours.stability, theirs.stability)


def test_a_click_and_its_mask_make_no_more_than_they_need(sam: OnnxModel) -> None:
    size = SIZES["wide"]
    answer, _ = answers(sam, size)
    answer.mask()
    # Half of the square shows the image, and one row of cells beyond it holds the first sample of
    # the padding.
    assert answer.shown.shape[1:] == (36, 64)
    assert answer.logits.shape[1:] == (64, 64)


def test_a_square_image_has_nothing_left_to_make(sam: OnnxModel) -> None:
    answer, _ = answers(sam, SIZES["square"])
    assert answer.rest is None


def test_a_prompt_that_starts_from_an_answer_is_answered_as_by_torch(sam: OnnxModel) -> None:
    size = SIZES["tall"]
    embedding = embedded(size)
    ours, theirs = answers(sam, size)
    found, expected = (
        model.decode(embedding, Prompt(logits=first.logits[first.best]))
        for model, first in ((sam, ours), (torch_model("tiny"), theirs))
    )
    assert np.abs(found.logits - expected.logits).max() < TOLERANCE


def test_only_models_whose_cells_stand_alone_leave_something_for_later() -> None:
    assert Part.REST in parts_of(TINY)
    assert Part.REST in parts_of(TINY_MOBILE)
    assert Part.REST not in parts_of(TINY_FITTED)


def test_a_variant_that_draws_clicks_makes_all_at_once(tmp_path: Path) -> None:
    variant = replace(TINY, name="tiny_drawn", click_maps=True)
    export(Sam(variant).eval().requires_grad_(requires_grad=False), "drawn", tmp_path, "drawn")
    found = load_onnx(tmp_path / "drawn", threads=1)
    answer = found.decode(found.embed(np.zeros((60, 120, 3), np.uint8)), click((60, 120)))
    assert answer.rest is None


def test_what_the_rest_was_made_from_is_let_go() -> None:
    kept = Kept()
    known = ref(kept)
    rest = LazyPaddingLogits(4, partial(_whole, kept))
    del kept
    whole = rest.with_shown(np.zeros((1, 2, 4), np.float32))
    assert known() is None
    assert rest.with_shown(np.zeros((1, 2, 4), np.float32)) is whole


def test_an_export_without_the_rest_says_what_is_missing(tmp_path: Path) -> None:
    write("tiny", tmp_path)
    (tmp_path / "tiny.rest.onnx").unlink()
    with pytest.raises(CheckpointError, match=r"tiny\.rest\.onnx"):
        load_onnx(tmp_path / "tiny", threads=1)


@settings(max_examples=200)
@given(st.integers(1, 5000), st.integers(1, 5000))
def test_the_cells_shown_hold_every_sample_a_pixel_lies_between(height: int, width: int) -> None:
    transform = Transform((height, width), TINY.input_size)
    side = TINY.logits_side
    shown = TINY.shown_cells(transform.resized)
    for cells, valid in zip(shown, transform.valid((side, side)), strict=True):
        assert min(valid + 1, side) <= 4 * cells <= side
    assert all(4 * c >= v for c, v in zip(shown, cells_of(transform, (side, side)), strict=True))
