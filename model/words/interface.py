"""What finds boxes by words, whatever it runs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.detection.detector_file import Boxes, Limits, Output, Scores, Style, Units
from model.detection.detector_output import Detections, Placement, detections
from model.interface import ModelError
from model.messages import say

Float = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Stop = Callable[[], bool]
Progress = Callable[[int, int], None]
MOST = 1000
"""Boxes of one image; each of them becomes a mask, which takes up to a tenth of a second."""
BY_EXAMPLES = "visual"
"""Stands for the word where examples alone say what is looked for, as SAM 3 was trained."""


@dataclass(frozen=True, slots=True, eq=False)
class WordBoxes:
    """What was found on an image; ``detections.classes`` count in the words that were asked.

    Attributes:
        detections: the boxes.
        masks: (h, w) float logits over the whole image for each box, where the detector makes
            masks itself; empty where it does not.
    """

    detections: Detections
    masks: tuple[npt.NDArray[np.floating], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ExampleBoxes:
    """Objects on the image that are what is looked for, or are not.

    Attributes:
        boxes: (N, 4) float32 x0, y0, x1, y1 in image pixels.
        like: (N,) bool.
    """

    boxes: Float
    like: npt.NDArray[np.bool_]


class TextDetector(Protocol):
    """Finds boxes by words.

    Attributes:
        name: of the network, for evidence.
        identity: changes with its weights.
        usual: score from which on its boxes are mostly right; it differs between networks.
        takes_examples: whether boxes on the image may say what is looked for, beside words.
    """

    @property
    def name(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def usual(self) -> float: ...
    @property
    def takes_examples(self) -> bool: ...

    def check(self, words: Sequence[str]) -> None:
        """Raises: ModelError: it cannot read one of them; the text names it."""

    def detect(
        self,
        image: Pixels,
        words: Sequence[str],
        cancelled: Stop,
        progress: Progress,
        examples: ExampleBoxes | None = None,
    ) -> WordBoxes:
        """Boxes on ``image`` (H, W, 3) uint8 RGB with at least half the usual score.

        Args:
            cancelled: asked between two layers.
            progress: takes parts done and parts in all.
            examples: what is looked for; where it takes any, with one word or ``BY_EXAMPLES``.

        Raises:
            ValueError: the image has another shape or dtype, or it takes no examples.
            ModelError: it cannot read a word, fails, or answers what makes no sense.
            Cancelled: ``cancelled()`` became true.
        """


def limits_for(usual: float) -> Limits:
    """Boxes far below the usual score are noise; between the two a person chooses."""
    return Limits(confidence=usual / 2, overlap=0.7, most=MOST)


def word_boxes(
    boxes: Float,
    scores: Float,
    words: Sequence[str],
    limits: Limits,
    input_size: tuple[int, int],
    placement: Placement,
    order: Boxes = Boxes.CXCYWH,
) -> Detections:
    """Boxes on the image.

    Args:
        boxes: (N, 4), shares of the input's sides.
        scores: (N, words) in [0, 1].

    Raises:
        ModelError: they are not finite or make no sense.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != (len(boxes), len(words)):
        raise ModelError(
            "the detector answered boxes {boxes} and scores {scores}, not one box and one score "
            "a word in each row",
            boxes.shape,
            scores.shape,
        )
    boxes = np.asarray(boxes, np.float32)
    inside = np.flatnonzero(~_on_padding(boxes, order, input_size, placement))
    how = Output(Style.DETR, order, Units.SHARE, Scores.PROBABILITY, classes=tuple(words))
    arrays = [boxes[inside][None], np.asarray(scores, np.float32)[inside][None]]
    found = detections(arrays, how, limits, input_size, placement)
    return replace(found, rows=inside[found.rows], told=found.told and _few(limits))


def _on_padding(
    boxes: Float, order: Boxes, input_size: tuple[int, int], placement: Placement
) -> npt.NDArray[np.bool_]:
    """Which boxes have their centre beside the image: networks find things there, too."""
    height, width = placement.image_size
    centres = boxes[:, :2] if order is Boxes.CXCYWH else (boxes[:, :2] + boxes[:, 2:]) / 2
    centres = centres * np.array([input_size[1], input_size[0]], np.float32)
    start = np.array([placement.left, placement.top], np.float32)
    end = start + np.array([placement.scale_x * width, placement.scale_y * height], np.float32)
    # What is not finite is refused later with the rest, not left out here.
    finite = np.isfinite(centres).all(axis=1)
    return np.asarray(((centres < start) | (centres > end)).any(axis=1) & finite, np.bool_)


def _few(limits: Limits) -> str:
    return say("more was found than {most} boxes; the surest are kept", f"{limits.most:,}")


def sigmoid(values: Float) -> Float:
    """Into [0, 1], whatever the size; what is no number stays none."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))), np.float32)
