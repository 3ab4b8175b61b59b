"""A window of an image, embedded by itself: as the cropped image, in the whole image's pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import rle
from model.everything import segment_everything
from model.interface import Embedding, Model, Prompt
from model.masks.mask_prompt import mask_logits
from model.masks.resampling import mask_at_size, mask_in_window, runs_in_window
from model.runtime_onnx.model import load_onnx
from model.transforms import PixelWindow, Transform
from model.weights.embedding_file import dumps, loads
from tests.model.exported import torch_model, write
from tests.model.test_resampling import blobs

HEIGHT, WIDTH = 90, 140
WINDOW = (30, 20, 110, 70)
X0, Y0, X1, Y1 = WINDOW
IMAGE = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
POINTS: npt.NDArray[np.float32] = np.array([[50, 40], [72.5, 31]], np.float32)
BOX = np.array([40, 25, 90, 60], np.float32)
LABELS = np.array([1, 0])


@pytest.fixture(scope="module", params=["torch", "onnxruntime"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    if request.param == "torch":
        return torch_model("tiny_refined")
    return load_onnx(write("tiny_refined", tmp_path_factory.mktemp("onnx")), "cpu", 1)


def shifted(prompt: Prompt) -> Prompt:
    box = None if prompt.box is None else prompt.box - np.array([X0, Y0, X0, Y0])
    return replace(prompt, points=prompt.points - np.array([X0, Y0]), box=box)


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(points=POINTS[:1], labels=LABELS[:1]),
        Prompt(points=POINTS, labels=LABELS),
        Prompt(box=BOX),
        Prompt(points=POINTS, labels=LABELS, logits=blobs(64, 3)),
    ],
    ids=["point", "points", "box", "logits"],
)
def test_a_window_is_answered_as_the_cropped_image(model: Model, prompt: Prompt) -> None:
    cropped = model.embed(IMAGE[Y0:Y1, X0:X1].copy())
    expected = model.decode(cropped, shifted(prompt))
    found = model.decode(model.embed(IMAGE, window=WINDOW), prompt)
    assert np.abs(found.logits - expected.logits).max() < 1e-5
    for index in range(len(expected.logits)):
        mask = found.mask(index)
        assert mask.shape == (HEIGHT, WIDTH)
        assert np.array_equal(mask[Y0:Y1, X0:X1], expected.mask(index))
        mask[Y0:Y1, X0:X1] = False
        assert not mask.any()


def test_the_whole_image_as_a_window_is_the_whole_image(model: Model) -> None:
    embedding = model.embed(IMAGE, window=(0, 0, WIDTH, HEIGHT))
    assert embedding.window is None
    assert embedding.transform == Transform((HEIGHT, WIDTH), model.input_size)


def test_an_embedding_knows_its_window_and_the_whole_image(model: Model) -> None:
    embedding = model.embed(IMAGE, window=WINDOW)
    assert embedding.window == WINDOW
    assert embedding.image_size == (HEIGHT, WIDTH)


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(points=np.array([[29, 40]]), labels=LABELS[:1]),
        Prompt(points=np.array([[50, 71]]), labels=LABELS[:1]),
        Prompt(box=np.array([40, 25, 120, 60])),
    ],
    ids=["left of it", "below it", "a box that leaves it"],
)
def test_what_lies_outside_the_window_is_refused(model: Model, prompt: Prompt) -> None:
    embedding = model.embed(IMAGE, window=WINDOW)
    with pytest.raises(ValueError, match=r"outside the window .* larger window or of the whole"):
        model.decode(embedding, prompt)


def test_logits_of_another_window_are_refused(model: Model) -> None:
    whole, window = model.embed(IMAGE), model.embed(IMAGE, window=WINDOW)
    one = Prompt(points=POINTS[:1], labels=LABELS[:1])
    first = model.decode(whole, one)
    again = replace(one, logits=first.logits[0], logits_of=first.transform)
    assert len(model.decode(whole, again).logits) == 1
    with pytest.raises(ValueError, match="the part of the image that they were made for"):
        model.decode(window, again)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ((0, 0, 0, 10), "hold some of it"),
        ((-1, 0, 10, 10), "inside the image of 140 x 90"),
        ((0, 0, 10, 91), "inside the image"),
        ((0.5, 0, 10, 10), "whole pixels"),
        ((0, 0, 10), "x0, y0, x1, y1"),
    ],
)
def test_a_window_that_cannot_be_is_refused(window: PixelWindow, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        torch_model("tiny_refined").embed(IMAGE, window=window)


def test_a_window_is_written_and_read() -> None:
    features = {"embedding": np.zeros((1, 4, 4), np.float32)}
    for window in (None, WINDOW):
        written = Embedding(dict(features), Transform((HEIGHT, WIDTH), 64, window), "m")
        assert loads(dumps(written)).transform == written.transform


def test_a_file_that_does_not_tell_its_window_is_refused() -> None:
    features = {"embedding": np.zeros((1, 4, 4), np.float32)}
    data = dumps(Embedding(dict(features), Transform((HEIGHT, WIDTH), 64, WINDOW), "m"))
    for wrong in (b"30,20,110,7x", b"30,20,110-70", b"30,20,110,99"):
        with pytest.raises(ValueError, match="window"):
            loads(data.replace(b"30,20,110,70", wrong))


def test_points_go_to_the_encoder_and_come_back() -> None:
    transform = Transform((HEIGHT, WIDTH), 64, WINDOW)
    assert np.allclose(transform.to_input([[X0, Y0], [X1, Y1]]), [[0, 0], [64, 40]])
    assert np.allclose(transform.to_image(transform.to_input(POINTS)), POINTS, atol=1e-4)


@given(
    box=st.tuples(*[st.floats(0, 1)] * 4),
    shown=st.tuples(st.integers(0, 60), st.integers(0, 50), st.integers(1, 70), st.integers(1, 30)),
    seed=st.integers(0, 99),
)
def test_windows_of_a_window_and_runs_are_its_pixels(
    box: tuple[float, ...], shown: tuple[int, ...], seed: int
) -> None:
    x0, y0 = int(box[0] * (WIDTH - 1)), int(box[1] * (HEIGHT - 1))
    x1, y1 = x0 + 1 + int(box[2] * (WIDTH - 1 - x0)), y0 + 1 + int(box[3] * (HEIGHT - 1 - y0))
    transform, logits = Transform((HEIGHT, WIDTH), 64, (x0, y0, x1, y1)), blobs(16, 2, seed)
    mask = mask_at_size(logits, transform)
    left, top, width, height = shown
    part = mask_in_window(
        logits, transform, (left, top, left + width, top + height), (height, width)
    )
    assert np.array_equal(part, mask[top : top + height, left : left + width])
    assert np.array_equal(runs_in_window(logits, transform, (x0, y0, x1, y1)), rle.encode(mask))


def test_runs_beyond_what_was_seen_are_not_made_up() -> None:
    with pytest.raises(ValueError, match="reaches beyond"):
        runs_in_window(blobs(16, 2), Transform((HEIGHT, WIDTH), 64, WINDOW), (0, 0, 50, 50))


def test_full_logits_say_nothing_of_what_was_not_seen(model: Model) -> None:
    found = model.decode(model.embed(IMAGE, window=WINDOW), Prompt(box=BOX))
    logits = found.full_logits()
    assert logits.shape == (HEIGHT, WIDTH)
    assert np.isfinite(logits[Y0:Y1, X0:X1]).all()
    assert np.isneginf(logits[:, :X0]).all()


def test_a_mask_survives_becoming_the_logits_of_a_window() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[30:55, 45:80] = True
    transform = Transform((HEIGHT, WIDTH), 128, WINDOW)
    logits = mask_logits(mask[Y0:Y1, X0:X1], transform, (64, 64))
    found = mask_at_size(logits, transform)
    assert np.count_nonzero(found & mask) / np.count_nonzero(found | mask) > 0.93
    assert (mask_logits(None, transform, (64, 64)) == -8).all()


def test_segment_everything_takes_no_window_for_the_image() -> None:
    model = torch_model("tiny_refined")
    with pytest.raises(ValueError, match="only a window"):
        next(segment_everything(model, IMAGE, embedding=model.embed(IMAGE, window=WINDOW)))
