"""How an image is looked at while an object of it is clicked: as a whole, or closely."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.close_up import box_of_points, contains, runs_into_edge, window_around
from model.evaluation.protocol import bounding_box, fed_back
from model.interface import Bool, Embedding, Model, Prediction, Prompt
from model.masks.mask_prompt import moved_logits


@dataclass(frozen=True, slots=True)
class Close:
    """When the model looks closer. Nothing but clicks and its own answers says where.

    Attributes:
        after_answer: from the second click on at the surroundings of the answer at hand.
        zoom: the first click is made by somebody who has zoomed in so many times, with the click in
            the middle of the view; 0 where the whole image is seen.
    """

    after_answer: bool = False
    zoom: float = 0.0

    def __post_init__(self) -> None:
        if not (self.zoom == 0 or self.zoom > 1):
            raise ValueError(f"one zooms in more than once, given a zoom of {self.zoom}")

    @property
    def words(self) -> str:
        """For people, behind other words."""
        zoomed = f", zoomed in {self.zoom:g} times" if self.zoom else ""
        return zoomed + (", close-up of the answer" if self.after_answer else "")


class Looking:
    """Asks about one object.

    Args:
        whole: embedding of the whole image.
        image: its pixels; None to look at the whole always.
        close: when to look closer.
    """

    def __init__(
        self,
        model: Model,
        whole: Embedding,
        image: npt.NDArray[np.uint8] | None = None,
        close: Close | None = None,
    ) -> None:
        self._model = model
        self._whole = whole
        self._image = image
        self._close = close or Close()
        self._near: Embedding | None = None

    def ask(self, prompt: Prompt, last: Prediction | None, found: Bool) -> Prediction:
        """The answer to points and labels that follow ``last``, whose mask is ``found``."""
        near = self._look(prompt, last, found)
        if near is not None:
            answer = self._decode(near, prompt, last)
            bounds = box_of(answer.mask())
            if bounds is not None and not runs_into_edge(bounds, near.window, near.image_size):
                return answer
        return self._decode(self._whole, prompt, last)

    def _look(self, prompt: Prompt, last: Prediction | None, found: Bool) -> Embedding | None:
        size, side = self._whole.image_size, self._model.input_size
        points = box_of_points(prompt.points)
        answered = None if last is None else box_of(found)
        near = self._near
        if near is not None and contains(near.transform.seen, size, points, answered):
            return near
        if last is None and self._close.zoom and points is not None:
            reach = max(size) / self._close.zoom / 2
            x, y = points[:2]
            window = window_around((x - reach, y - reach, x + reach, y + reach), size, side, 1.0)
        elif answered is not None and self._close.after_answer:
            window = window_around(answered, size, side)
        else:
            return None
        fits = window is not None and contains(window, size, points, answered)
        if self._image is None or not fits:
            return None
        self._near = self._model.embed(self._image, window=window)
        return self._near

    def _decode(self, view: Embedding, prompt: Prompt, last: Prediction | None) -> Prediction:
        if last is None or not self._model.report.takes_logits:
            return self._model.decode(view, prompt)
        logits = moved_logits(fed_back(last), last.transform, view.transform)
        return self._model.decode(view, replace(prompt, logits=logits, logits_of=view.transform))


def box_of(mask: Bool) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 (exclusive) of a mask; None if it is empty."""
    if not mask.any():
        return None
    x0, y0, x1, y1 = bounding_box(mask).tolist()
    return x0, y0, x1, y1
