"""At which scale to look for objects of a size, and in which windows of the image."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

from model.everything.grid import Box, Crop
from model.interface import Model

SEEN_AS = 32.0
"""So many pixels of the model's input a typical example is shown as: a window is enlarged until
then, for smaller things come out as specks. Measured in ``tests/bench/find_like.py``."""
OVERLAP = 1.5
"""Windows share so many lengths of an example, so that each object lies whole in one of them."""
WORTH_IT = 0.75
"""A window longer than this share of the image shows hardly more than the whole image does."""
MOST_VIEWS = 64


def views(
    image_size: tuple[int, int],
    side: float,
    longest: float,
    model: Model,
    region: Box | None = None,
    most: int = MOST_VIEWS,
) -> list[Crop]:
    """The windows in which to look for objects, the whole image alone where these are large.

    Args:
        image_size: (H, W) in pixels.
        side: of a square with the area of a typical example, image pixels.
        longest: side of an example's box, image pixels.
        model: what looks.
        region: x0, y0, x1, y1: only what meets it.
        most: no more windows than this; they get larger instead.
    """
    height, width = image_size
    whole = Crop((0, 0, width, height), 0)
    left, top, right, bottom = region or whole.box
    window = model.input_size * max(side, 1.0) / SEEN_AS
    overlap = OVERLAP * longest
    window = max(window, 3 * overlap)
    while True:
        if window >= WORTH_IT * max(height, width):
            return [whole]
        across = _spans(left, right, width, window, overlap)
        down = _spans(top, bottom, height, window, overlap)
        if len(across) * len(down) <= most:
            return [Crop((x0, y0, x1, y1), 1) for y0, y1 in down for x0, x1 in across]
        window *= sqrt(2)


def _spans(
    start: int, end: int, length: int, window: float, overlap: float
) -> Sequence[tuple[int, int]]:
    """Equal stretches of ``window`` pixels over ``start`` to ``end``, inside 0 to ``length``."""
    size = min(ceil(window), length)
    room = end - start
    if room <= size:
        first = min(max((start + end - size) // 2, 0), length - size)
        return [(first, first + size)]
    count = ceil((room - overlap) / (size - overlap))
    step = (room - size) / max(count - 1, 1)
    places = [start + round(step * number) for number in range(count)]
    return [(place, place + size) for place in places]
