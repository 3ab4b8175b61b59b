"""Looking at an answer a second time from near by: at a first click's, and at a box's.

From afar the model finds which object is meant; from near by it sees where that ends. The same
rules serve the window of the application, the command line and the scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from model.close_up import (
    AROUND_BOX,
    AROUND_FIRST,
    Box,
    Size,
    box_of_points,
    contains,
    is_close_to,
    window_around,
)
from model.interface import Embedding, Prediction, Prompt, stability_score
from model.masks.mask_prompt import moved_logits
from model.masks.outlines import without_specks
from model.transforms import PixelWindow

SAME_IOU = 0.98
"""A second look that agrees so far with the first changes nothing: a person would see a twitch."""
IN_THE_MIDDLE, AGREEING, STABLE, CUT_OFF = 0.9, 0.7, 0.85, 0.1
"""What speaks for and against a candidate beside its predicted IoU: people click in the middle of
what they mean; what is there looks the same from near by, where its stability tells more. Fitted on
400 first clicks, central and jittered, see ``tests/bench/README.md``."""
CLEARLY = 0.10
"""So much more must speak for another candidate than for the one that is shown."""
UNSEEN_AGREEMENT = 0.9
"""For a candidate that is too large to be seen from near by."""
Decode = Callable[[Embedding, Prompt, bool | None], Prediction]
"""As ``Model.decode``."""


def is_looked_at_again(prompt: Prompt) -> bool:
    """Whether a second look at the answer to a prompt pays: to one click, or to a box alone."""
    points = len(prompt.points)
    if prompt.logits is not None:
        return False
    return points == 0 if prompt.box is not None else points == 1 and bool(prompt.labels[0])


def second_window(
    prompt: Prompt, answered: Box | None, seen: PixelWindow | None, size: Size, input_size: int
) -> PixelWindow | None:
    """Where to look a second time; None where the model would see hardly more.

    Args:
        prompt: the question.
        answered: x0, y0, x1, y1 around its answer; None if that is empty.
        seen: the window in which the answer was found; None for the whole image.
        size: (H, W) of the image.
        input_size: of the model.
    """
    if prompt.box is not None:
        x0, y0, x1, y1 = prompt.box.tolist()
        about, times = (x0, y0, x1, y1), AROUND_BOX
    elif answered is not None:
        about, times = answered, AROUND_FIRST
    else:
        return None
    if seen is not None and is_close_to(seen, about, input_size):
        return None
    window = window_around(about, size, input_size, times)
    if window is None or not contains(window, size, about, box_of_points(prompt.points)):
        return None
    return window


def second_look(
    decode: Decode, near: Embedding, prompt: Prompt, first: Prediction, candidate: int
) -> Prediction:
    """One candidate: the same prompt answered from near by.

    A click starts from the first answer's logits. A box does not, for a box says itself what is
    meant; the mean of what was seen from afar and from near by is its answer.

    Args:
        decode: answers a prompt.
        near: embedding of ``second_window``.
        prompt: the question, without logits.
        first: its answer.
        candidate: which of its candidates is looked at.
    """
    logits = moved_logits(first.logits[candidate], first.transform, near.transform)
    if prompt.box is None:
        fed = replace(prompt, logits=logits, logits_of=near.transform)
        return decode(near, fed, False)
    found = decode(near, prompt, False)
    rows, columns = found.shown.shape[1:]
    mean = (found.shown + logits[None, :rows, :columns]) * np.float32(0.5)
    h, w = near.transform.valid(found.logits_size)
    return replace(found, shown=mean, stability=stability_score(mean[:, :h, :w]))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a second look at a candidate found.

    Attributes:
        agreement: IoU of its mask with the candidate's.
        stability: of what was found.
        cut_off: whether it is empty, or the window's edge cuts it off.
    """

    agreement: float
    stability: float
    cut_off: bool


def candidate_windows(
    prompt: Prompt, first: Prediction, chosen: int, answered: Box | None, input_size: int
) -> dict[int, PixelWindow | None]:
    """Where to look a second time at each candidate that may be meant; empty where nowhere.

    Of a click on the whole image all candidates may be, unless a person has chosen one. None where
    the model would see hardly more of a candidate.

    Args:
        prompt: the question.
        first: its answer.
        chosen: the candidate that is shown.
        answered: x0, y0, x1, y1 around its mask; None if that is empty.
        input_size: of the model.
    """
    seen, size = first.transform.window, first.transform.image_size
    found = {chosen: second_window(prompt, answered, seen, size, input_size)}
    if prompt.box is None and seen is None and chosen == first.best:
        for other in range(len(first.shown)):
            box = None if other == chosen else _rough_box(prompt, first, other)
            if box is not None:
                found[other] = second_window(prompt, box, None, size, input_size)
    return found if any(found.values()) else {}


def _rough_box(prompt: Prompt, first: Prediction, candidate: int) -> Box | None:
    """x0, y0, x1, y1 around the cells of a candidate's low-res logits, in image pixels."""
    transform, (rows, columns) = first.transform, first.logits_size
    part = without_specks(first.part(candidate), transform, prompt.points)
    h, w = transform.valid((rows, columns))
    mask = part.logits[:h, :w] > 0
    down, across = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(down):
        return None
    corners = np.array([[across[0], down[0]], [across[-1] + 1, down[-1] + 1]], np.float64)
    per_cell = transform.input_size / columns, transform.input_size / rows
    (x0, y0), (x1, y1) = transform.to_image(corners * per_cell).tolist()
    height, width = transform.image_size
    return max(0.0, x0), max(0.0, y0), min(float(width), x1), min(float(height), y1)


def meant(prompt: Prompt, first: Prediction, looks: Mapping[int, Seen | None]) -> int:
    """Which candidate of the answer to a click is meant, by all that is known of each.

    The one with the best predicted IoU, which is shown, unless clearly more speaks for another.

    Args:
        prompt: one point.
        first: its answer.
        looks: what a second look at each found; None for one that is too large for it.
    """

    def promise(candidate: int) -> float:
        seen = looks[candidate]
        agreement = UNSEEN_AGREEMENT if seen is None else seen.agreement
        stability = float(first.stability[candidate]) if seen is None else seen.stability
        return (
            float(first.predicted_iou[candidate])
            + IN_THE_MIDDLE * _depth(prompt, first, candidate)
            + AGREEING * agreement
            + STABLE * stability
            - CUT_OFF * (seen is not None and seen.cut_off)
            + CLEARLY * (candidate == first.best)
        )

    return max(looks, key=promise)


def _depth(prompt: Prompt, first: Prediction, candidate: int) -> float:
    """How deep the point lies inside a candidate: 0 at its edge and beyond, 1 at its middle."""
    transform, (rows, columns) = first.transform, first.logits_size
    h, w = transform.valid((rows, columns))
    mask = (first.shown[candidate][:h, :w] > 0).astype(np.uint8)
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))[1:, 1:]
    cells = np.array([columns, rows]) / transform.input_size
    x, y = (transform.to_input(prompt.points[0]) * cells).astype(int).tolist()
    deepest = float(depth.max())
    return float(depth[min(y, h - 1), min(x, w - 1)]) / deepest if deepest else 0.0
