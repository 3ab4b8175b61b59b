"""Whether a PNG looks like a mask, or like the photograph or scan that one would be drawn on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from app.storage.decoding import DAMAGE
from app.storage.exchange.png import Png, Values, read_png
from app.storage.exchange.records import read_limited
from app.storage.regular import open_regular
from model.messages import BadValueError, say

FEW = 8
"""Numbers an index image may hold without being looked at further."""
RESTLESS = 0.2
"""Of neighbouring pixels that belong to something, so many differ in a photograph: objects of four
pixels in a row would be as restless."""
SCATTERED = 1.5
"""An object of so many pixels has about as many stretches in rows as its area's square root; this
many times more means that pixels of a value do not lie together."""
_PLAIN = ("1", "L", "P", "I", "I;16")
ITSELF = say("it is the image itself, not a mask of it")


def require_mask(png: Png, path: Path, image: Path | None) -> None:
    """ValueError, with the reason, if ``png`` can be no index image or mask of ``image``.

    Args:
        png: as it was read from ``path``.
        image: the file of the image it would belong to, if that is at hand.
    """
    if looks_like_photograph(png):
        levels = len(np.unique(png.values))
        raise BadValueError(
            "it looks like a photograph, not a mask: it holds {count} gray levels", levels
        )
    if image is not None and _is_same(png, path, image):
        raise ValueError(ITSELF)


def looks_like_photograph(png: Png) -> bool:
    """Whether there are many values, scattered as they are not in index images."""
    values = png.values
    if values.ndim == 3:
        return False
    areas = np.bincount(values.ravel())[1:]
    if np.count_nonzero(areas) <= FEW:
        return False
    differing = touching = stretches = 0
    for first, second in ((values[1:], values[:-1]), (values[:, 1:], values[:, :-1])):
        changes = first != second
        both = (first != 0) & (second != 0)
        touching += int(np.count_nonzero(both))
        differing += int(np.count_nonzero(both & changes))
        starts = int(np.count_nonzero(changes & (first != 0)))
        stretches = max(stretches, starts)
    scattered = stretches > SCATTERED * np.sqrt(areas).sum()
    return bool(scattered) and differing > RESTLESS * touching


def _is_same(png: Png, path: Path, image: Path) -> bool:
    try:
        if image.samefile(path):
            return True
        if image.suffix.lower() != ".png" or not _may_equal(png, image):
            return False
        other = _plain(read_png(read_limited(image)))
    except (*DAMAGE, Image.DecompressionBombError):
        return False
    return np.array_equal(_plain(png), other)


def _may_equal(png: Png, image: Path) -> bool:
    """By the header, so that no photograph is decoded for being compared."""
    with open_regular(image) as file, Image.open(file, formats=("PNG",)) as header:
        return header.mode in _PLAIN and header.size == png.size[::-1]


def _plain(png: Png) -> Values:
    """The values, with the larger of two as one: black and white may be written either way."""
    values = png.values
    return (values != 0).astype(np.uint8) if len(np.unique(values)) <= 2 else values
