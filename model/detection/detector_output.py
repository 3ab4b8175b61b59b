"""From a detector's raw arrays to boxes on the image; numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.boxes import nms
from model.detection.detector_file import (
    Boxes,
    Channels,
    Fit,
    Input,
    Layout,
    Limits,
    Output,
    Scores,
    Style,
    Units,
)
from model.interface import ModelError
from model.messages import say

Float = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
VALUES = 1 << 26
"""Numbers in an answer: 100,000 boxes of 600 classes."""
CANDIDATES = 20_000
"""Boxes that compete; more of them would take minutes, and no image holds so many objects."""
ROUNDING = 0.01
"""Half precision may miss 0 and 1 by so much."""
MANY = 10
"""So many equal scores are no coincidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes found on one image, the surest first.

    Attributes:
        boxes: (N, 4) float32 x0, y0, x1, y1 in image pixels, inside the image, with an area.
        scores: (N,) float32 in [0, 1].
        classes: (N,) int64, index into the description's classes.
        rows: (N,) int64, where each stood in the answer.
        told: what a person should know of the answer; empty if nothing.
    """

    boxes: Float
    scores: Float
    classes: Ints
    rows: Ints
    told: str = ""

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the image lies in the input: input = image * (scale_x, scale_y) + (left, top)."""

    scale_x: float
    scale_y: float
    left: int
    top: int
    image_size: tuple[int, int]

    def to_image(self, boxes: Float) -> Float:
        """(N, 4) x0, y0, x1, y1 of the input -> image pixels, clipped to the image."""
        height, width = self.image_size
        shift = np.array([self.left, self.top] * 2, np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        limits = np.array([width, height] * 2, np.float32)
        placed: Float = np.clip((boxes - shift) / scale, 0, limits).astype(np.float32)
        return placed


def network_input(
    image: npt.NDArray[np.uint8], how: Input, dtype: npt.DTypeLike = np.float32
) -> tuple[npt.NDArray[np.generic], Placement]:
    """``image`` (H, W, 3) RGB as the network wants it, batch axis included, and where it lies."""
    (height, width), (rows, columns) = image.shape[:2], how.size
    scale = min(rows / height, columns / width)
    h, w = rows, columns
    if how.fit is not Fit.STRETCH:
        h, w = max(1, round(height * scale)), max(1, round(width * scale))
    centred = how.fit is Fit.LETTERBOX
    top, left = ((rows - h) // 2, (columns - w) // 2) if centred else (0, 0)
    small = Image.fromarray(np.ascontiguousarray(image)).resize((w, h), Image.Resampling.BILINEAR)
    canvas = np.full((rows, columns, 3), how.padding, np.uint8)
    canvas[top : top + h, left : left + w] = np.asarray(small)
    if how.channels is Channels.BGR:
        canvas = canvas[:, :, ::-1]
    values: npt.NDArray[np.generic] = canvas
    if dtype != np.uint8:
        mean, std = np.array(how.mean, np.float32), np.array(how.std, np.float32)
        values = ((canvas / np.float32(how.scale) - mean) / std).astype(dtype)
    if how.layout is Layout.NCHW:
        values = values.transpose(2, 0, 1)
    placement = Placement(w / width, h / height, left, top, (height, width))
    return np.ascontiguousarray(values[np.newaxis]), placement


def detections(
    outputs: Sequence[npt.NDArray[np.generic]],
    how: Output,
    limits: Limits,
    input_size: tuple[int, int],
    placement: Placement,
) -> Detections:
    """What the network's ``outputs`` say, in image pixels.

    Raises:
        ModelError: they have other shapes than the description says, are not finite, or make no
            sense as what the description says they are; the text says what to correct.
    """
    boxes, scores, classes = _STYLES[how.style](_numbers(outputs), how)
    _check_scores(scores, how)
    sure = np.flatnonzero((scores >= limits.confidence) & (scores > 0))
    count = len(sure)
    if count > CANDIDATES:
        sure = sure[np.argsort(-scores[sure], kind="stable")[:CANDIDATES]]
    boxes, scores = boxes[sure], scores[sure]
    named = _checked_classes(classes[sure], len(how.classes))
    if how.order is Boxes.CXCYWH:
        boxes = np.concatenate(
            [boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1
        )
    if how.units is Units.SHARE:
        boxes = boxes * np.array([input_size[1], input_size[0]] * 2, np.float32)
    placed = placement.to_image(boxes)
    real = (placed[:, 2] - placed[:, 0] >= 1) & (placed[:, 3] - placed[:, 1] >= 1)
    if 2 * np.count_nonzero(real) < len(real):
        raise _senseless(boxes[~real], len(real), input_size)
    placed, scores, named, sure = placed[real], scores[real], named[real], sure[real]
    kept = nms(placed, scores, limits.overlap, named, limits.most + 1)
    told = _too_many(count, limits) if max(count - CANDIDATES, len(kept) - limits.most) > 0 else ""
    kept = kept[: limits.most]
    return Detections(placed[kept], np.clip(scores[kept], 0, 1), named[kept], sure[kept], told)


def as_numbers(outputs: Sequence[object]) -> list[Float]:
    """A graph's outputs, not all of them need be finite.

    Raises:
        ModelError: they are no numbers, or too many.
    """
    arrays = []
    for each in outputs:
        if not isinstance(each, np.ndarray) or each.dtype.kind not in "fiu":
            raise ModelError("the detector answered something else than arrays of numbers")
        if each.size > VALUES:
            raise ModelError(
                "the detector answered {count} numbers, more than any boxes need: it was not "
                "exported right",
                f"{each.size:,}",
            )
        with np.errstate(over="ignore"):
            arrays.append(np.asarray(each, np.float32))
    return arrays


def _numbers(outputs: Sequence[npt.NDArray[np.generic]]) -> list[Float]:
    """Raises: ModelError: they are no numbers, too many, or not finite."""
    arrays = as_numbers(outputs)
    if not all(np.isfinite(each).all() for each in arrays):
        raise ModelError("the detector answered with numbers that are not finite")
    return arrays


def _check_scores(scores: Float, how: Output) -> None:
    """Raises: ModelError: they cannot be what the description says they are."""
    if not len(scores):
        return
    low, high = float(scores.min()), float(scores.max())
    # Rows of padding may have any score that says "nothing".
    if high > 1 + ROUNDING or (how.style is not Style.ROWS and low < -ROUNDING):
        raise ModelError(
            "the detector's scores go from {low} to {high} and not from 0 to 1: say scores "
            '= "sigmoid" in its description, or correct style and classes',
            f"{low:.3g}",
            f"{high:.3g}",
        )
    none = how.style is not Style.ROWS and high == 0
    if len(scores) >= MANY and (none or low == 1):
        raise ModelError(
            "every one of the detector's {count} scores is {score}: it was not exported "
            "right, or its description has another style than it",
            f"{len(scores):,}",
            f"{low:.0f}",
        )


def _checked_classes(classes: Float, count: int) -> Ints:
    """Raises: ModelError: one is not the number of a class."""
    wrong = (classes != np.round(classes)) | (classes < 0) | (classes >= count)
    if wrong.any():
        raise ModelError(
            "the detector found the class {class_id}, which its description does not name: "
            "it lists {count}, counted from 0",
            f"{classes[wrong][0]:g}",
            count,
        )
    return classes.astype(np.int64)


def _senseless(boxes: Float, count: int, input_size: tuple[int, int]) -> ModelError:
    first = ", ".join(f"{side:.4g}" for side in boxes[0])
    return ModelError(
        "of the detector's {empty} boxes {count} have no area inside the image, such "
        "as x0, y0, x1, y1 = {example} in an input of {width} x {height} pixels: "
        "correct boxes or units in its description",
        f"{count:,}",
        f"{len(boxes):,}",
        first,
        input_size[1],
        input_size[0],
    )


def _too_many(count: int, limits: Limits) -> str:
    return say(
        "{count} boxes have a score of at least {least}; only the surest {most} that differ are "
        "kept: raise confidence in the detector's description",
        f"{count:,}",
        f"{limits.confidence:g}",
        f"{limits.most:,}",
    )


Parts = tuple[Float, Float, Float]
"""Boxes (N, 4) as they are, scores (N,), and the number of each one's class (N,)."""


def _yolo(arrays: list[Float], how: Output) -> Parts:
    columns = 4 + how.objectness + len(how.classes)
    (found,) = _shaped(arrays, 1)
    if found.shape[1] != columns and found.shape[0] == columns:
        found = found.T
    if found.shape[1] != columns:
        raise _misfit(
            say("one side of {columns} (4 + {scores} scores)", columns, columns - 4), found.shape
        )
    rest = _activated(found[:, 4:], how.scores)
    scores = rest[:, 1:] * rest[:, :1] if how.objectness else rest
    return _best(found[:, :4], scores)


def _detr(arrays: list[Float], how: Output) -> Parts:
    boxes, logits = _shaped(arrays, 2)
    count = len(how.classes) + (how.scores is Scores.SOFTMAX)
    if boxes.shape[1] == count and logits.shape[1] == 4 and count != 4 and not how.names:
        boxes, logits = logits, boxes
    if boxes.shape[1] != 4 or logits.shape != (len(boxes), count):
        raise _misfit(
            say("boxes (N, 4) and scores (N, {count})", count), (boxes.shape, logits.shape)
        )
    return _best(boxes, _activated(logits, how.scores)[:, : len(how.classes)])


def _rows(arrays: list[Float], how: Output) -> Parts:
    (found,) = _shaped(arrays, 1)
    if found.shape[1] != 6:
        raise _misfit(say("rows of 6 values"), found.shape)
    return found[:, :4], _activated(found[:, 4:5], how.scores)[:, 0], found[:, 5]


_STYLES = {Style.YOLO: _yolo, Style.DETR: _detr, Style.ROWS: _rows}


def _shaped(arrays: list[Float], count: int) -> list[Float]:
    if len(arrays) != count:
        raise _misfit(say("{count} outputs", count), len(arrays))
    for each in arrays:
        if each.ndim != 3 or each.shape[0] != 1:
            raise _misfit(say("arrays of the shape (1, rows, columns)"), each.shape)
    return [each[0] for each in arrays]


def _activated(values: Float, kind: Scores) -> Float:
    if kind is Scores.SIGMOID:
        values = np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))), np.float32)
    if kind is Scores.SOFTMAX:
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        values = powers / powers.sum(axis=1, keepdims=True)
    return values


def _best(boxes: Float, scores: Float) -> Parts:
    if not len(scores):
        return boxes, np.zeros(0, np.float32), np.zeros(0, np.float32)
    return boxes, scores.max(axis=1), scores.argmax(axis=1).astype(np.float32)


def _misfit(wanted: str, given: object) -> ModelError:
    return ModelError(
        "the detector answered {given}, but its description means {wanted}", given, wanted
    )
