"""Finer masks of what was chosen: outlines along edges, and a second look from near by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from model.close_up import AROUND_BOX, window_around
from model.everything.candidate import Candidate, redrawn
from model.everything.grid import Box, Crop
from model.everything.selection import passes, select
from model.everything.settings import Settings
from model.interface import Cancelled, Embedding, Model, Prompt
from model.masks.outlines import Guide, outlined
from model.second_look import second_look

Image = npt.NDArray[np.uint8]

AGREE = 0.5
"""IoU from which a second look has seen the same object."""
_NOWHERE = np.zeros((0, 2), np.float32)


def refined(
    model: Model,
    image: Image,
    found: Sequence[Candidate],
    settings: Settings,
    cancelled: Callable[[], bool] = lambda: False,
    whole: Embedding | None = None,
) -> list[Candidate]:
    """``found``, those that the filters keep with finer masks.

    Their outlines follow the image, without specks and pinholes, and the surest are looked at again
    by the boxes around them, which say better what is meant than a point. The rest stays as it is.

    Args:
        model: which found them.
        image: (H, W, 3) uint8 RGB.
        found: candidates.
        settings: filters, and how many are looked at again.
        cancelled: asked before each look, and by the image encoder.
        whole: embedding of the image, if it is there already.

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
        finer[id(each)] = first = _drawn(each, guides[each.crop.box]) or each
        if number < (settings.looks or 0):
            whole = whole or model.embed(image, cancelled)
            again = _boxed(model, image, whole, first, cancelled) or first
            kept_again = passes(again, settings.filters, size) and _same(first, again)
            finer[id(each)] = again if kept_again else first
    return [finer.get(id(each), each) for each in found]


def _shown(image: Image, crop: Crop) -> Image:
    x0, y0, x1, y1 = crop.box
    return image[y0:y1, x0:x1]


def _drawn(each: Candidate, guide: Guide) -> Candidate | None:
    """The candidate with its outline along the image's edges."""
    corner = each.crop.box[:2]
    click = np.array([each.point], np.float32) - np.array(corner, np.float32)
    drawn = outlined(each.part, each.transform, guide, click, _NOWHERE)
    return redrawn(each, drawn.part, drawn.transform)


def _boxed(
    model: Model,
    image: Image,
    whole: Embedding,
    each: Candidate,
    cancelled: Callable[[], bool],
) -> Candidate | None:
    """What the model says of the box around a candidate, from afar and from near by, as it answers
    a box that a person draws; None where a window around it would show hardly more."""
    size = image.shape[0], image.shape[1]
    x0, y0, x1, y1 = each.bounds
    around = max(x0 - 1, 0), max(y0 - 1, 0), min(x1 + 1, size[1]), min(y1 + 1, size[0])
    window = window_around(around, size, model.input_size, AROUND_BOX)
    if window is None:
        return None
    box = np.array(around, np.float32)
    asked = Prompt(box=box)
    near = model.embed(image, cancelled, window)
    found = second_look(model.decode, near, asked, model.decode(whole, asked, False), 0)
    crop = Crop(window, each.crop.layer + 1)
    shown = _shown(image, crop)
    transform = replace(near.transform, image_size=shown.shape[:2], window=None)
    guide = Guide.of(shown, transform)
    inside = box - np.array([*window[:2], *window[:2]], np.float32)
    drawn = outlined(found.part(0), transform, guide, _NOWHERE, _NOWHERE, inside)
    return redrawn(each, drawn.part, drawn.transform, crop)


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
