"""Finer masks of what was chosen: outlines along edges, and a second look from near by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from model.close_up import AROUND_FIRST, window_around
from model.everything.candidate import Candidate, redrawn
from model.everything.grid import Box, Crop
from model.everything.selection import passes, select
from model.everything.settings import Settings
from model.interface import Cancelled, Embedding, Model, Prompt
from model.masks.mask_prompt import moved_logits
from model.masks.outlines import Guide, outlined
from model.masks.resampling import Part
from model.transforms import Transform

Float = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

AGREE = 0.5
"""IoU from which a second look has seen the same object."""
BEYOND = np.float32(-10)
"""Logit of what lies beyond the part that was kept."""
_NOWHERE = np.zeros((0, 2), np.float32)


def refined(
    model: Model,
    image: Image,
    found: Sequence[Candidate],
    settings: Settings,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Candidate]:
    """``found``, those that the filters keep with finer masks.

    Their outlines follow the image, without specks and pinholes, and the surest are looked at again
    in a window around them, as the answer to a first click is. What else is there stays as it is.

    Args:
        model: which found them.
        image: (H, W, 3) uint8 RGB.
        found: candidates.
        settings: filters, and how many are looked at again.
        cancelled: asked before each look, and by the image encoder.

    Raises:
        Cancelled: ``cancelled()`` became true.
    """
    size = image.shape[0], image.shape[1]
    kept = sorted(select(found, settings.filters, size), key=lambda each: -each.predicted_iou)
    guides: dict[Box, Guide] = {}
    finer: dict[int, Candidate] = {}
    for number, each in enumerate(kept):
        if cancelled():
            raise Cancelled("segmenting everything was stopped")
        if each.crop.box not in guides:
            guides[each.crop.box] = Guide.of(_shown(image, each.crop), each.transform)
        first = _drawn(each, each.part, each.transform, guides[each.crop.box]) or each
        finer[id(each)] = first
        if number < (settings.looks or 0):
            again = _from_near(model, image, each, cancelled)
            if again is not None and passes(again, settings.filters, size) and _same(first, again):
                finer[id(each)] = again
    return [finer.get(id(each), each) for each in found]


def _shown(image: Image, crop: Crop) -> Image:
    x0, y0, x1, y1 = crop.box
    return image[y0:y1, x0:x1]


def _drawn(
    each: Candidate, part: Part, transform: Transform, guide: Guide, crop: Crop | None = None
) -> Candidate | None:
    """The candidate with other logits, their outline along the image's edges."""
    corner = (crop or each.crop).box[:2]
    click = np.array([each.point], np.float32) - np.array(corner, np.float32)
    drawn = outlined(part, transform, guide, click, _NOWHERE)
    return redrawn(each, drawn.part, drawn.transform, crop)


def _from_near(
    model: Model, image: Image, each: Candidate, cancelled: Callable[[], bool]
) -> Candidate | None:
    """What is seen in a window around a candidate; None where that would show hardly more."""
    size = image.shape[0], image.shape[1]
    window = window_around(each.bounds, size, model.input_size, AROUND_FIRST)
    if window is None or not _holds(window, each.point):
        return None
    crop = Crop(window, each.crop.layer + 1)
    shown = _shown(image, crop)
    near = model.embed(shown, cancelled)
    found = model.decode(near, _asked(each, crop, near, size), False)
    return _drawn(each, found.part(0), near.transform, Guide.of(shown, near.transform), crop)


def _holds(window: Box, point: tuple[float, float]) -> bool:
    return window[0] <= point[0] < window[2] and window[1] <= point[1] < window[3]


def _asked(each: Candidate, crop: Crop, near: Embedding, size: tuple[int, int]) -> Prompt:
    """The same point, from the logits that were found."""
    logits = np.full(each.part.shape, BEYOND, np.float32)
    (top, left), (rows, columns) = each.part.origin, each.part.logits.shape
    logits[top : top + rows, left : left + columns] = each.part.logits
    before = _in_image(each.transform, each.crop, size)
    moved = moved_logits(logits, before, _in_image(near.transform, crop, size))
    place = np.array([each.point], np.float32) - np.array(crop.box[:2], np.float32)
    return Prompt(points=place, labels=np.ones(1, np.int64), logits=moved, logits_of=near.transform)


def _in_image(transform: Transform, crop: Crop, size: tuple[int, int]) -> Transform:
    """Where logits of a crop lie in the whole image."""
    return replace(transform, image_size=size, window=crop.box)


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two masks have an IoU above ``AGREE``."""
    x0, y0 = (min(one.bounds[n], other.bounds[n]) for n in (0, 1))
    x1, y1 = (max(one.bounds[n], other.bounds[n]) for n in (2, 3))
    masks = np.zeros((2, y1 - y0, x1 - x0), np.bool_)
    for mask, each in zip(masks, (one, other), strict=True):
        left, top, right, bottom = each.bounds
        mask[top - y0 : bottom - y0, left - x0 : right - x0] = each.pixels()
    shared = np.count_nonzero(masks[0] & masks[1])
    return bool(shared > AGREE * np.count_nonzero(masks[0] | masks[1]))
