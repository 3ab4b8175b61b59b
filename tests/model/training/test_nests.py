"""A part and what holds it are asked for by one click, if the image has such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model import rle
from model.training.batches import Augmentation, BatchMaker, part_first
from model.training.interaction import Interaction, Prompts
from model.training.nests import holders, innermost
from model.training.pixels import ImagesFromFiles
from model.training.samples import Sample

SIDE = 48


def _square(low: int, high: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[low:high, low:high] = True
    return mask


WHOLE, PART, SUBPART, OTHER = _square(4, 40), _square(10, 30), _square(14, 20), _square(41, 47)
MASKS = [OTHER, WHOLE, SUBPART, PART]


def test_what_holds_a_part_is_found_the_smallest_first() -> None:
    assert holders(SUBPART, MASKS) == [3, 1]
    assert holders(WHOLE, MASKS) == []
    assert holders(OTHER, MASKS) == []
    assert holders(np.zeros_like(WHOLE), MASKS) == []


def test_two_drawings_of_one_thing_are_no_nest() -> None:
    assert holders(_square(10, 30), [_square(10, 31)]) == []


def test_each_mask_is_clicked_on_the_smallest_that_it_holds() -> None:
    assert innermost(MASKS) == [0, 2, 2, 2]
    assert innermost([OTHER, WHOLE]) == [0, 1]


def _sample(folder: Path) -> Sample:
    path = folder / "nest.png"
    Image.fromarray(np.full((SIDE, SIDE, 3), 90, np.uint8)).save(path)
    return Sample(path, (SIDE, SIDE), tuple(rle.encode(mask) for mask in MASKS))


def test_a_part_and_its_holders_come_first(tmp_path: Path) -> None:
    order = part_first(_sample(tmp_path), np.array([0, 2, 3, 1]))
    assert order.tolist() == [2, 3, 1, 0]
    assert part_first(_sample(tmp_path), np.array([0, 1])).tolist() == [0, 1]


def test_objects_of_a_nest_get_the_same_first_click(tmp_path: Path) -> None:
    samples = [_sample(tmp_path)]
    still = Augmentation(smallest=1.0, largest=1.0, flip=0.0, colour=0.0, grey=0.0)
    maker = BatchMaker(samples, ImagesFromFiles(samples), {}, 3, still, 0, nested=1.0)
    batch = maker.make(0, 96, 2)
    assert batch.clicked is not None
    assert len(batch.masks) == 6
    how = Interaction(box=0.0, sparse_box=0.0)
    prompts = Prompts(batch.masks, 2.0, how, np.random.default_rng(0), batch.clicked)
    spots = (prompts.coordinates[:, 0] // 2).astype(int)
    for image in (spots[:3], spots[3:]):
        assert len({tuple(spot) for spot in image.tolist()}) == 1
    assert all(mask[y, x] for mask, (x, y) in zip(batch.masks, spots, strict=True))
