"""A model whose embedding shows the image, and a folder from which a proposer can learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.batch.folder import BatchFolder
from app.core.document import ImageStatus
from app.core.mask import Mask
from app.storage.places import Places
from model.interface import Embedding
from model.transforms import PixelWindow, Transform
from tests.stand_ins import INPUT, FakeModel

SIDE, CELL, IMAGES = 64, 4, 12


class SeeingModel(FakeModel):
    """Its embedding is the image, made small."""

    def __init__(self) -> None:
        super().__init__(feature=(3, SIDE // CELL, SIDE // CELL))

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        super().embed(image, cancelled, window)
        cells = image.reshape(SIDE // CELL, CELL, SIDE // CELL, CELL, 3).mean(axis=(1, 3)) / 255
        features: dict[str, npt.NDArray[np.generic]] = {
            "embedding": cells.transpose(2, 0, 1).astype(np.float32)
        }
        return Embedding(features, Transform((SIDE, SIDE), INPUT), self.identity)


def block(seed: int) -> Mask:
    x, y = np.random.default_rng(seed).integers(0, 40, 2).tolist()
    return Mask.from_window(np.ones((20, 24), np.bool_), x, y, SIDE, SIDE)


def make_blocks(root: Path, places: Places) -> BatchFolder:
    """Twelve images of a yellow block each, labelled and done."""
    root.mkdir()
    for number in range(IMAGES):
        pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
        pixels[block(number).to_array()] = (255, 200, 0)
        Image.fromarray(pixels).save(root / f"{number}.png")
    found = BatchFolder.of([root], places)
    for number, name in enumerate(found.names):
        held = found.objects(name)
        done = held.document.with_added(block(number)).with_status(ImageStatus.DONE)
        found.write(held, done)
    return found
