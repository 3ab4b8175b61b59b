"""The model's answers as the annotator chooses between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.interface import Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One of the model's answers.

    Attributes:
        thumbnail: (h, w) bool, what the model saw of the image at its low resolution.
        predicted_iou, stability: the model's estimates.
        place: what it saw, x0, y0, x1, y1 as fractions of the image.
    """

    thumbnail: npt.NDArray[np.bool_]
    predicted_iou: float
    stability: float
    place: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


def candidates_of(prediction: Prediction | None) -> tuple[Candidate, ...]:
    """In the order of the model, which goes from part to whole."""
    if prediction is None:
        return ()
    rows, columns = prediction.logits_size
    h, w = prediction.transform.resized
    side = prediction.transform.input_size
    valid = np.s_[: max(1, round(h * rows / side)), : max(1, round(w * columns / side))]
    (height, width), (x0, y0, x1, y1) = prediction.transform.image_size, prediction.transform.seen
    place = x0 / width, y0 / height, x1 / width, y1 / height
    return tuple(
        Candidate(logits[valid] > 0, float(iou), float(stability), place)
        for logits, iou, stability in zip(
            prediction.shown, prediction.predicted_iou, prediction.stability, strict=True
        )
    )
