"""How an image is looked at while an object of it is clicked: as a whole, or closely."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.close_up import (
    LARGEST,
    box_of_points,
    contains,
    runs_into_edge,
    window_around,
)
from model.evaluation.protocol import bounding_box, fed_back, mask_iou
from model.interface import Bool, Embedding, Model, Prediction, Prompt
from model.masks.mask_prompt import moved_logits
from model.masks.outlines import Guide, outlined
from model.messages import Message, say
from model.second_look import (
    SAME_IOU,
    Seen,
    candidate_windows,
    is_looked_at_again,
    meant,
    second_look,
)
from model.transforms import PixelWindow


@dataclass(frozen=True, slots=True)
class Close:
    """When the model looks closer. Nothing but clicks and its own answers says where.

    Attributes:
        after_answer: from the second click on at the surroundings of the answer at hand.
        zoom: the first click is made by somebody who has zoomed in so many times, with the click in
            the middle of the view; 0 where the whole image is seen.
        second_look: a first click and a box are answered from near by, too.
        candidates: that looks at all candidates of a first click, and says which is meant.
        edges: outlines follow the image's edges, without specks, and no more than a box holds.
    """

    after_answer: bool = False
    zoom: float = 0.0
    second_look: bool = False
    edges: bool = False
    candidates: bool = True

    def __post_init__(self) -> None:
        if not (self.zoom == 0 or self.zoom > 1):
            raise ValueError(f"one zooms in more than once, given a zoom of {self.zoom}")

    @property
    def words(self) -> tuple[Message, ...]:
        """For people."""
        words = [say("zoomed in {times} times", f"{self.zoom:g}")] if self.zoom else []
        words += [say("close-up of the answer")] if self.after_answer else []
        words += [say("second look")] if self.second_look else []
        words += [say("outlines along edges")] if self.edges else []
        return tuple(words)


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
        self._guides: dict[PixelWindow | None, Guide] = {}
        self.first: Prediction | None = None
        """The answer to the first click with all that there is to choose from."""

    def ask(self, prompt: Prompt, last: Prediction | None, found: Bool) -> Prediction:
        """The answer to points and labels that follow ``last``, whose mask is ``found``."""
        near = self._look(prompt, last, found)
        if near is not None:
            answer = self._decode(near, prompt, last)
            if self._is_whole(answer, prompt):
                return answer
        answer = self._decode(self._whole, prompt, last)
        self.first = self.first or answer
        return answer if last is not None else self._again(prompt, answer)

    def box(self, box: npt.NDArray[np.float32]) -> Bool:
        """The mask of the answer to a box, x0, y0, x1, y1."""
        prompt = Prompt(box=box)
        return self.mask(self._again(prompt, self._model.decode(self._whole, prompt)), prompt)

    def mask(self, answer: Prediction, prompt: Prompt, candidate: int | None = None) -> Bool:
        """The (H, W) mask of a candidate of an answer, the best one if None."""
        if not self._close.edges or self._image is None:
            return answer.mask(candidate)
        seen = answer.transform
        if seen.window not in self._guides:
            self._guides[seen.window] = Guide.of(self._image, seen)
        part, guide = answer.part(candidate), self._guides[seen.window]
        on, off = prompt.points[prompt.labels == 1], prompt.points[prompt.labels == 0]
        return outlined(part, seen, guide, on, off, prompt.box).mask()

    def _is_whole(self, answer: Prediction, prompt: Prompt) -> bool:
        """Whether there is a mask, and the edge of what was looked at does not cut it off."""
        bounds, seen = box_of(self.mask(answer, prompt)), answer.transform
        return bounds is not None and not runs_into_edge(bounds, seen.window, seen.image_size)

    def _again(self, prompt: Prompt, answer: Prediction) -> Prediction:
        """The answer to a first prompt from near by, if that says more."""
        takes = self._model.report.takes_logits
        if not (self._close.second_look and takes and is_looked_at_again(prompt)):
            return answer
        answered, side = box_of(self.mask(answer, prompt)), self._model.input_size
        windows = candidate_windows(prompt, answer, answer.best, answered, side)
        if not windows or self._image is None:
            return answer
        if not self._close.candidates:
            windows = {answer.best: windows[answer.best]}
        views = {
            window: self._model.embed(self._image, window=window)
            for window in set(windows.values())
            if window is not None
        }
        nears = {k: None if w is None else views[w] for k, w in windows.items()}
        found = {
            k: None if near is None else second_look(self._model.decode, near, prompt, answer, k)
            for k, near in nears.items()
        }
        looks = {k: self._seen(prompt, answer, k, each) for k, each in found.items()}
        taken = meant(prompt, answer, looks) if len(looks) > 1 else answer.best
        self._near = nears[taken]
        seen, closer = looks[taken], found[taken]
        if seen is None or closer is None or seen.cut_off or seen.agreement > SAME_IOU:
            return answer if taken == answer.best else chosen_of(answer, taken)
        return closer

    def _seen(
        self, prompt: Prompt, answer: Prediction, candidate: int, found: Prediction | None
    ) -> Seen | None:
        if found is None:
            return None
        mask = self.mask(found, prompt)
        cut_off = not mask.any() or (prompt.box is None and not self._is_whole(found, prompt))
        agreement = mask_iou(self.mask(answer, prompt, candidate), mask)
        return Seen(agreement, float(found.stability[0]), cut_off)

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
            view = x - reach, y - reach, x + reach, y + reach
            window = window_around(view, size, side, 1.0, LARGEST)
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


def chosen_of(answer: Prediction, candidate: int) -> Prediction:
    """The same answer as if the model itself thought this candidate the best."""
    estimates = answer.predicted_iou.copy()
    estimates[candidate] = np.nextafter(estimates.max(), np.float32(np.inf))
    return replace(answer, predicted_iou=estimates)


def box_of(mask: Bool) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 (exclusive) of a mask; None if it is empty."""
    if not mask.any():
        return None
    x0, y0, x1, y1 = bounding_box(mask).tolist()
    return x0, y0, x1, y1
