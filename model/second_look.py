"""Looking at an answer a second time from near by: at a first click's, and at a box's.

From afar the model finds which object is meant; from near by it sees where that ends. The same
rules serve the window of the application, the command line and the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
from model.transforms import PixelWindow

SAME_IOU = 0.98
"""A second look that agrees so far with the first changes nothing: a person would see a twitch."""
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
