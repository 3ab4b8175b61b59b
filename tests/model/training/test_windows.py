"""Windows around objects lie where the whole image says, and earlier answers move into them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.masks.mask_prompt import CERTAIN, moved_logits
from model.training.batches import Augmentation, BatchMaker, Crop, fitted_crop
from model.training.forward import Rounds
from model.training.interaction import Interaction, interact
from model.training.pixels import ImagesFromFiles
from model.training.windows import LEAST_SIDE, Wide, WideView, Windows, box_of_mask
from model.transforms import Transform
from tests.model.training.nets import TINY, disc_samples, tiny_network

SIZE = (300, 400)
CELL = 2


@given(
    st.integers(0, 398), st.integers(0, 298), st.integers(1, 400), st.integers(1, 300),
    st.integers(0, 99),
)  # fmt: skip
def test_a_window_lies_inside_the_image_and_is_as_long_as_asked(
    x: int, y: int, width: int, height: int, seed: int
) -> None:
    box = (x, y, min(x + width, 400), min(y + height, 300))
    x0, y0, x1, y1 = Windows(1.0).around(box, SIZE, np.random.default_rng(seed))
    assert 0 <= x0 < x1 <= 400
    assert 0 <= y0 < y1 <= 300
    longest = max(box[2] - box[0], box[3] - box[1])
    side = max(x1 - x0, y1 - y0)
    assert side >= min(LEAST_SIDE, 300)
    assert side <= max(LEAST_SIDE, round(2.0 * longest))


def test_the_same_steps_look_at_windows_in_every_process() -> None:
    steps = [Windows(0.4).at(step) for step in range(200)]
    assert 50 < sum(steps) < 110
    assert steps == [Windows(0.4).at(step) for step in range(200)]
    assert not any(Windows().at(step) for step in range(200))


@pytest.mark.parametrize("flips", [(False, False), (True, False), (True, True)])
def test_a_place_in_a_window_is_the_same_place_on_the_whole_image(flips: tuple[bool, bool]) -> None:
    picture = np.zeros((*SIZE, 3), np.uint8)
    picture[120:130, 210:220] = 255
    frame = (384, 384)
    near = fitted_crop((150, 90, 290, 230), frame, CELL, flips)
    whole = fitted_crop((0, 0, 400, 300), frame, CELL, flips)
    scale, shift = near.placed_in(whole)
    wanted = _middle(whole.picture(picture, frame))
    found = _middle(near.picture(picture, frame)) * scale + np.array(shift)
    assert found == pytest.approx(wanted, abs=1.0)


def _middle(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[
    tuple[int, ...], np.dtype[np.float64]
]:  # fmt: skip
    rows, columns = np.nonzero(picture[..., 0] > 127)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


def _view(near: Crop, whole: Crop, frame: tuple[int, int]) -> WideView:
    sam = tiny_network()
    scale, shift = near.placed_in(whole)
    wide = Wide(
        np.zeros((1, *frame, 3), np.float32),
        np.array([scale], np.float32),
        np.array([shift], np.float32),
        np.array([near.shape], np.int64),
    )
    owner = torch.tensor([0])
    return WideView(Rounds(sam, torch.zeros(1, 3, *frame), owner), wide, owner)


def test_logits_move_into_a_window_as_the_application_moves_them() -> None:
    side = TINY.input_size
    window, size = (8, 4, 24, 20), (32, 32)
    near = fitted_crop(window, (side, side), CELL, (False, False))
    whole = fitted_crop((0, 0, 32, 32), (side, side), CELL, (False, False))
    logits = np.random.default_rng(0).normal(0, 4, (side // CELL,) * 2).astype(np.float32)
    wanted = moved_logits(logits, Transform(size, side), Transform(size, side, window))
    view = _view(near, whole, (side, side))
    found = view.moved(torch.from_numpy(logits)[None, None], logits.shape)[0, 0].numpy()
    assert found == pytest.approx(wanted, abs=0.05)


def test_beyond_what_a_window_shows_is_background() -> None:
    side = TINY.input_size
    near = fitted_crop((0, 0, 32, 16), (side, side), CELL, (False, False))
    view = _view(
        near, fitted_crop((0, 0, 64, 64), (side, side), CELL, (False, False)), (side, side)
    )
    moved = view.moved(torch.full((1, 1, 32, 32), 5.0), (32, 32))[0, 0]
    assert bool((moved[:16] == 5).all())
    assert bool((moved[16:] == -CERTAIN).all())


def test_a_batch_of_windows_brings_the_whole_images_and_is_learned_from(tmp_path: Path) -> None:
    samples = disc_samples(tmp_path)
    maker = BatchMaker(
        samples, ImagesFromFiles(samples), {}, 2, Augmentation(), 3, CELL, True, Windows(1.0)
    )
    batch = maker.make(0, 64, 3)
    assert batch.images.shape == (3, 64, 64, 3)
    assert batch.wide is not None
    assert len(batch.wide.images) == 3
    sam = tiny_network()
    owner = torch.from_numpy(batch.owner)
    with torch.no_grad():
        whole = Rounds(sam, torch.from_numpy(batch.wide.images).permute(0, 3, 1, 2), owner)
    rounds = Rounds(sam, torch.from_numpy(batch.images).permute(0, 3, 1, 2), owner)
    view = WideView(whole, batch.wide, owner)
    rng = np.random.default_rng(0)
    result = interact(rounds, batch.masks, Interaction(), 2, rng, view)
    torch.autograd.backward(result.loss)
    gradient = sam.get_parameter("prompt_encoder.mask_downscaling.0.weight").grad
    assert gradient is not None
    assert bool(gradient.abs().sum() > 0)


def test_an_empty_mask_has_no_box() -> None:
    mask = np.zeros((4, 5), np.bool_)
    assert box_of_mask(mask) is None
    mask[1, 2:4] = True
    assert box_of_mask(mask) == (2, 1, 4, 2)
