"""Which part of an image to look at more closely, and what may be asked there."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, log

from model.transforms import PixelWindow

STEP = 1.25
"""Ratio of the sides of windows: that of a notch of zoom."""
ROOM = 1.2
"""Side of a window by that of the view in it, at the least."""
LOOSEST = 2.0
"""The same at the most, for one that is there already."""

Box = tuple[float, float, float, float]
Size = tuple[int, int]
"""(H, W) in pixels."""

LARGEST = 0.67
"""A view with a longer side than this share of the image's shows too little more of it."""
WIDEST = 0.85
"""The same of a window around an answer: what it cuts off is known to be background."""
SMALLEST = 0.25
"""No window is smaller than this share of the model's input: there is nothing more to see."""
QUICK_INPUT = 512
"""Models that see no more pixels a side are quick on any machine: where nobody watches, these look
a second time, so that the same command gives the same masks everywhere. They also gain by being
shown a part of an image enlarged, of which they have seen every pixel; of larger ones it was not
measured."""
LEAST_IMAGE = 128
"""A picture with a shorter long side is enlarged three times already when it is seen whole."""
AROUND = 1.6
"""Side of the window around an answer for the clicks that follow, in lengths of the answer's longer
side; measured, as the next two, in ``tests/bench/README.md``."""
AROUND_FIRST = 2.0
"""The same for looking at the answer to a first click a second time."""
AROUND_BOX = 1.4
"""The same for looking at what is in a box a second time, in lengths of the box's longer side."""
LOOSE = 3.0
"""A window that is so many times as long as that around the answer is another one's."""
COMFORT = 0.06
"""What is asked must lie so far inside the window, as a share of its longer side."""


def window_around(
    box: Box, image_size: Size, input_size: int, times: float = AROUND, largest: float = WIDEST
) -> PixelWindow | None:
    """A square ``times`` as long as the box around its middle, moved into the image.

    None where the model would see hardly more than on the whole image: where the side is longer
    than ``largest`` times the image's, or the image is tiny, or a model that is not quick sees
    every pixel already.
    """
    height, width = image_size
    side, longest = _side(box, input_size, times), max(height, width)
    known = longest < LEAST_IMAGE or (longest <= input_size and input_size > QUICK_INPUT)
    if known or side > largest * longest:
        return None
    x0, y0, x1, y1 = box
    left, right = _placed((x0 + x1) / 2, side, width)
    top, bottom = _placed((y0 + y1) / 2, side, height)
    return left, top, right, bottom


def is_close_to(window: PixelWindow, box: Box, input_size: int) -> bool:
    """Whether a window shows what is in a box about as large as the window around it would."""
    side = max(window[2] - window[0], window[3] - window[1])
    return side <= LOOSE * _side(box, input_size, AROUND)


def _side(box: Box, input_size: int, times: float) -> int:
    longest = max(box[2] - box[0], box[3] - box[1])
    return round(max(times * longest, SMALLEST * input_size))


def window_for_view(view: PixelWindow, image_size: Size, input_size: int) -> PixelWindow | None:
    """A square that holds what is on the screen and a margin, moved into the image.

    Its side is one of a few and its middle lies on a grid, so that views that hardly differ have
    the same. None where the model would see hardly more than on the whole image.
    """
    if view[0] >= view[2] or view[1] >= view[3]:
        return None
    longest = max(view[2] - view[0], view[3] - view[1])
    # With the middle off by half a step, the view is still inside: 1.2 > 1 + 1 / 8.
    side = STEP ** ceil(log(ROOM * longest, STEP))
    grid = side / 8
    x, y = (round((view[n] + view[n + 2]) / 2 / grid) * grid for n in (0, 1))
    half = side / 2
    around = x - half, y - half, x + half, y + half
    return window_around(around, image_size, input_size, 1.0, LARGEST)


def holds(window: PixelWindow, view: PixelWindow, input_size: int) -> bool:
    """Whether a window shows all of a view and is not much larger than it need be."""
    inside = (
        window[0] <= view[0]
        and window[1] <= view[1]
        and view[2] <= window[2]
        and view[3] <= window[3]
    )
    side = max(window[2] - window[0], window[3] - window[1])
    longest = max(view[2] - view[0], view[3] - view[1])
    return inside and side <= max(LOOSEST * longest, SMALLEST * input_size + 1)


def _placed(middle: float, side: int, length: int) -> tuple[int, int]:
    """``side`` pixels around ``middle`` moved inside ``length``; all of it if it is shorter."""
    start = min(max(round(middle - side / 2), 0), max(length - side, 0))
    return start, min(start + side, length)


def contains(window: PixelWindow, image_size: Size, *boxes: Box | None) -> bool:
    """Whether boxes, and points as boxes without area, lie comfortably inside a window.

    The image's own border is no edge: beyond it there is nothing to be seen.
    """
    height, width = image_size
    x0, y0, x1, y1 = window
    room = COMFORT * max(x1 - x0, y1 - y0)
    left, top = x0 + room if x0 > 0 else 0, y0 + room if y0 > 0 else 0
    right, bottom = x1 - room if x1 < width else width, y1 - room if y1 < height else height
    return all(
        box is None or (left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom)
        for box in boxes
    )


def runs_into_edge(bounds: Box | None, window: PixelWindow | None, image_size: Size) -> bool:
    """Whether a mask touches a side of the window beyond which the image goes on."""
    if window is None or bounds is None:
        return False
    height, width = image_size
    x0, y0, x1, y1 = window
    return (
        bounds[0] <= x0 > 0
        or bounds[1] <= y0 > 0
        or bounds[2] >= x1 < width
        or bounds[3] >= y1 < height
    )


def box_of_points(points: Iterable[tuple[float, float]]) -> Box | None:
    """The least box around points; None if there are none."""
    xs, ys = [], []
    for x, y in points:
        xs.append(float(x))
        ys.append(float(y))
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None
