"""Masks, documents and data sets for the tests of the formats."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from app.core.document import Document, Source
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange.values import Export, ExportImage


def ring() -> Mask:
    """A square of 4 x 4 with a hole of 2 x 2 in an image of 6 x 6."""
    pixels = np.zeros((6, 6), bool)
    pixels[1:5, 1:5] = True
    pixels[2:4, 2:4] = False
    return Mask.from_array(pixels)


def square(side: int = 2, x: int = 1, y: int = 1, size: int = 6) -> Mask:
    """A square with its upper left pixel at (x, y) in a square image."""
    return Mask.from_window(np.ones((side, side), bool), x, y, size, size)


def document_of(*masks: Mask, label: int = 1) -> Document:
    document = Document(masks[0].height, masks[0].width)
    for mask in masks:
        document = document.with_added(mask, label, source=Source.SMART)
    return document


def export_of(*masks: Mask, name: str = "a.jpg", label: str = "cat") -> Export:
    """One image with these masks, all of one label."""
    labels = LabelSet().with_added(label)
    return Export(labels, [ExportImage(name, document_of(*masks, label=2))])


def save_image(path: Path, height: int = 6, width: int = 6) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "white").save(path)
    return path


def survives(read: Callable[[bytes], object], data: bytes, *allowed: type[BaseException]) -> None:
    """``data`` cut at every fiftieth byte gives a value or one of ``allowed``, nothing else."""
    for end in range(0, len(data), 50):
        with contextlib.suppress(*allowed):
            read(data[:end])


sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


def mask_of(size: tuple[int, int]) -> st.SearchStrategy[Mask]:
    height, width = size
    bits = st.lists(st.booleans(), min_size=height * width, max_size=height * width)
    return bits.map(lambda values: Mask.from_array(np.array(values, bool).reshape(size)))


any_mask = sizes.flatmap(mask_of)
images_of_masks = sizes.flatmap(lambda size: st.lists(mask_of(size), min_size=1, max_size=4))
label_names = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
).filter(lambda name: bool(name.strip()) and name.isprintable())
