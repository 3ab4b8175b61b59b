"""One model against another on the same objects: the table, and pictures of what changed most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from model.evaluation.course import click_object
from model.evaluation.evaluate import Result
from model.evaluation.protocol import bounding_box
from model.evaluation.scores import ObjectScore, Summary
from model.interface import Bool, Model
from model.training.samples import Sample, read_image

SHOWN = 4
"""Pictures of the worst changes, and of the best."""
COMPARED_CLICKS = (1, 3, 5)
TILE = 240
ROOM = 0.35
"""Around the object, in shares of its longer side."""
GAP = 6
_TRUTH, _ANSWER = (255, 255, 255), (40, 140, 255)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one object.

    Attributes:
        image: file name. index: of the mask in the image.
        old, new: IoU after 1, 3 and 5 clicks.
        picture: file beside the new model, of ``TILE`` pixels each: image with the truth's outline,
            old and new answer to the first click; empty until it is made.
    """

    image: str
    index: int
    old: tuple[float, ...]
    new: tuple[float, ...]
    picture: str = ""

    @property
    def gain(self) -> float:
        return float(np.mean(self.new) - np.mean(self.old))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same held-out objects.

    Attributes:
        gain: mean change of the IoU after 1, 3 and 5 clicks.
        error: standard error of it: about twice as much may be chance.
        changes: worst first.
    """

    old: Summary
    new: Summary
    images: int
    gain: float
    error: float
    changes: tuple[Change, ...]


def compared(old: Result, new: Result) -> Comparison:
    """Raises: ValueError: they have no object in common."""
    before: Mapping[tuple[str, int], ObjectScore] = {(s.image, s.index): s for s in old.scores}
    pairs = [(before[s.image, s.index], s) for s in new.scores if (s.image, s.index) in before]
    if not pairs:
        raise ValueError("the two models were not scored on the same objects")
    changes = sorted((_change(*pair) for pair in pairs), key=lambda change: change.gain)
    gains = np.array([change.gain for change in changes])
    error = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else 1.0
    images = len({change.image for change in changes})
    extremes = _extremes(changes)
    return Comparison(old.summary, new.summary, images, float(gains.mean()), error, extremes)


def _change(old: ObjectScore, new: ObjectScore) -> Change:
    before, after = (tuple(float(s.iou_at(n)) for n in COMPARED_CLICKS) for s in (old, new))
    return Change(old.image, old.index, before, after)


def _extremes(changes: Sequence[Change]) -> tuple[Change, ...]:
    if len(changes) <= 2 * SHOWN:
        return tuple(changes)
    return (*changes[:SHOWN], *changes[-SHOWN:])


def with_pictures(
    found: Comparison, samples: Sequence[Sample], old: Model, new: Model, folder: Path
) -> Comparison:
    """``found`` with a picture of each change in ``folder``.

    Raises:
        OSError: a picture cannot be written.
    """
    by_name = {sample.path.name: sample for sample in samples}
    made = []
    for number, change in enumerate(found.changes, 1):
        path = folder / f"change-{number}.png"
        sample = by_name[change.image]
        pixels, wanted = read_image(sample), sample.mask(change.index)
        answers = [_first_answer(each, pixels, wanted) for each in (old, new)]
        Image.fromarray(side_by_side(pixels, wanted, *answers)).save(path)
        made.append(replace(change, picture=path.name))
    return replace(found, changes=tuple(made))


def _first_answer(model: Model, pixels: npt.NDArray[np.uint8], wanted: Bool) -> Bool:
    return click_object(model, model.embed(pixels), wanted, most=1).final


def side_by_side(
    pixels: npt.NDArray[np.uint8], wanted: Bool, old: Bool, new: Bool
) -> npt.NDArray[np.uint8]:
    """Three views of the object's surroundings: (``TILE``, 3 * ``TILE`` + 2 * ``GAP``, 3) uint8.

    Args:
        pixels: (H, W, 3) uint8. wanted, old, new: (H, W) bool; ``wanted`` is not empty.
    """
    x0, y0, x1, y1 = _window(wanted, pixels.shape[0], pixels.shape[1])
    tiles = []
    for found in (None, old, new):
        part = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        tile = np.asarray(cv2.resize(part, (TILE, TILE), interpolation=cv2.INTER_CUBIC), np.uint8)
        if found is not None:
            inside = _scaled(found[y0:y1, x0:x1])
            tile[inside] = (tile[inside] * 0.5 + np.array(_ANSWER) * 0.5).astype(np.uint8)
        tiles.append(_outlined(tile, _scaled(wanted[y0:y1, x0:x1])))
        tiles.append(np.full((TILE, GAP, 3), 24, np.uint8))
    return np.concatenate(tiles[:-1], axis=1)


def _window(wanted: Bool, height: int, width: int) -> tuple[int, int, int, int]:
    """A square around the object, as far as the image reaches."""
    x0, y0, x1, y1 = bounding_box(wanted).astype(int).tolist()
    side = min(height, width, max(16, round((1 + 2 * ROOM) * max(x1 - x0, y1 - y0))))
    side = max(side, 1)
    left = min(max(0, (x0 + x1 - side) // 2), width - side)
    top = min(max(0, (y0 + y1 - side) // 2), height - side)
    return left, top, left + side, top + side


def _scaled(mask: Bool) -> Bool:
    grey = np.ascontiguousarray(mask).view(np.uint8) * np.uint8(255)
    return np.asarray(cv2.resize(grey, (TILE, TILE), interpolation=cv2.INTER_LINEAR)) > 127


def _outlined(tile: npt.NDArray[np.uint8], wanted: Bool) -> npt.NDArray[np.uint8]:
    """White with a dark rim, so that it is seen on any ground."""
    grey = wanted.view(np.uint8)
    for width, colour in ((5, (0, 0, 0)), (3, _TRUTH)):
        kernel = np.ones((width, width), np.uint8)
        edge = cv2.dilate(grey, kernel).astype(bool) & ~cv2.erode(grey, kernel).astype(bool)
        tile[edge] = colour
    return tile
