"""What an answer to a corrective click may change of the mask that it corrects.

A network answers with the whole object each time, so that a click at one place moves the outline at
others. What the click is about is the part of the difference that hangs together with it; by its
sign it adds or takes away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

import cv2
import numpy as np

from app.core.mask import Mask
from app.core.prompt import Point

REACH = 0.02
"""A click also means what begins this near to it, as a share of the root of the mask's area."""
GOOD_IOU = 0.8
"""A mask that the model itself estimates so well is good but for what is clicked on."""
SAME_IOU = 0.9
"""An answer so much like the mask corrects it at places, whatever the estimate."""


def is_local(before: Mask, answer: Mask, estimate: float) -> bool:
    """Whether ``answer`` may change the mask ``before`` around the clicks alone.

    While a mask is still bad, what the model changes elsewhere is more often right than wrong; once
    it is good, what is lost outweighs it (measured by ``tests/bench/local_corrections.py``).

    Args:
        before: what was clicked on.
        answer: what the model makes of it.
        estimate: IoU of ``before`` with what was meant, as the model predicts; 1 for what a person
            made or took for good.
    """
    return estimate >= GOOD_IOU or before.iou(answer) >= SAME_IOU


def local_answer(before: Mask, answer: Mask, clicks: Iterable[Point]) -> Mask:
    """``before`` with that alone of ``answer`` which the clicks are about.

    A positive click adds the parts of what the answer adds that hold it or begin within its reach,
    a negative one takes away such parts of what the answer takes away. ``before`` itself comes back
    if there are none.

    Raises:
        ValueError: the masks have different sizes.
    """
    reach = max(1.0, REACH * sqrt(before.area))
    clicks = tuple(clicks)
    result = before
    for positive in (True, False):
        about = [click for click in clicks if click.positive is positive]
        if not about:
            continue
        changed = answer.subtract(before) if positive else before.subtract(answer)
        parts = parts_near(changed, about, reach)
        if parts.area:
            result = result.union(parts) if positive else result.subtract(parts)
    return result


def parts_near(mask: Mask, points: Sequence[Point], reach_px: float) -> Mask:
    """The parts of ``mask`` with a pixel whose centre is within ``reach_px`` of one of ``points``.

    Parts hang together over corners as well as sides of pixels. Of the pixel that holds a point the
    centre is up to 0.71 pixels away.
    """
    if mask.bounds is None:
        return mask
    x0, y0, x1, y1 = mask.bounds
    # Transposed, for the codec's arrays are column-major and OpenCV's row-major.
    image = np.ascontiguousarray(mask.crop(mask.bounds).T).view(np.uint8)
    for point in points:
        left, top = max(floor(point.x - reach_px), x0), max(floor(point.y - reach_px), y0)
        right, bottom = min(ceil(point.x + reach_px), x1), min(ceil(point.y + reach_px), y1)
        if left >= right or top >= bottom:
            continue
        x = np.arange(left, right)[:, None] + (0.5 - point.x)
        y = np.arange(top, bottom) + (0.5 - point.y)
        near = x * x + y * y <= reach_px * reach_px
        window = image[left - x0 : right - x0, top - y0 : bottom - y0]
        while (seeds := np.argwhere(near & (window == 1))).size:
            column, row = seeds[0]
            seed = int(row) + top - y0, int(column) + left - x0
            cv2.floodFill(image, None, seed, 2, flags=8)
    return Mask.from_window((image == 2).T, x0, y0, mask.height, mask.width)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was set and cleared by hand on a mask: later answers of the model keep it.

    Attributes:
        added, removed: those pixels, sharing none; None for nothing.
    """

    added: Mask | None = None
    removed: Mask | None = None

    def with_edit(self, before: Mask | None, after: Mask) -> Drawn:
        """With what a gesture by hand made of the mask ``before``, or of nothing."""
        plus = after if before is None else after.subtract(before)
        minus = None if before is None else before.subtract(after)
        return Drawn(
            _of(_united(_rest(self.added, minus), plus)),
            _of(_united(_rest(self.removed, plus), minus)),
        )

    def without_at(self, clicks: Iterable[Point]) -> Drawn:
        """Without the parts that a click says the opposite of: it was made later."""
        added, removed = self.added, self.removed
        for click in clicks:
            if click.positive and removed is not None and removed.contains(click.x, click.y):
                removed = _of(removed.subtract(parts_near(removed, [click], 1.0)))
            elif not click.positive and added is not None and added.contains(click.x, click.y):
                added = _of(added.subtract(parts_near(added, [click], 1.0)))
        return self if added is self.added and removed is self.removed else Drawn(added, removed)

    def applied_to(self, mask: Mask) -> Mask:
        """``mask`` with what was drawn; itself if it has all of that already."""
        result = mask
        if self.added is not None:
            result = result.union(self.added)
        if self.removed is not None:
            result = result.subtract(self.removed)
        return mask if result == mask else result


NOTHING_DRAWN = Drawn()


def _of(mask: Mask | None) -> Mask | None:
    return mask if mask is not None and mask.area else None


def _rest(mask: Mask | None, without: Mask | None) -> Mask | None:
    return mask if mask is None or without is None else mask.subtract(without)


def _united(mask: Mask | None, other: Mask | None) -> Mask | None:
    if mask is None or other is None:
        return mask if other is None else other
    return mask.union(other)
