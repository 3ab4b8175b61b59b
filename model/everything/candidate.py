"""One answer to one point, kept at low resolution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from model import rle
from model.everything.grid import Box, Crop
from model.interface import Prediction
from model.masks.resampling import Bool, Part, mask_in_window
from model.transforms import Transform

COARSE = 2
"""With at least so many image pixels per logit, a box is found from its four edges alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A mask that the grid found, not yet at the image's size.

    Attributes:
        point: (x, y) in image pixels that was asked.
        crop: the part of the image it was seen in.
        predicted_iou: the model's own estimate.
        stability: see ``Prediction.stability``.
        cover: share of the crop that it covers, from the low-res logits.
        bounds: x0, y0, x1, y1 of the mask at the image's size, exclusive.
        part: its low-res logits around the mask.
        transform: of the crop.
    """

    point: tuple[float, float]
    crop: Crop
    predicted_iou: float
    stability: float
    cover: float
    bounds: Box
    part: Part
    transform: Transform

    def pixels(self) -> Bool:
        """The mask inside ``bounds``, (h, w) bool at the image's resolution."""
        x0, y0, x1, y1 = self.bounds
        left, top = self.crop.box[:2]
        return _window(self.part, self.transform, (x0 - left, y0 - top, x1 - left, y1 - top))

    def holds(self, x: float, y: float) -> bool:
        """Whether the pixel of the image with this point in it belongs to the mask."""
        column, row = int(x), int(y)
        x0, y0, x1, y1 = self.bounds
        if not (x0 <= column < x1 and y0 <= row < y1):
            return False
        column, row = column - self.crop.box[0], row - self.crop.box[1]
        box = column, row, column + 1, row + 1
        return bool(_window(self.part, self.transform, box)[0, 0])

    def coarse(self, step: float) -> tuple[Bool, int, int]:
        """The mask on a raster over the image, a place every ``step`` pixels, around its bounds.

        Returns:
            (h, w) bool, and the column and row of its first place.
        """
        x0, y0, x1, y1 = self.bounds
        left, top = floor(x0 / step), floor(y0 / step)
        right, bottom = ceil(x1 / step), ceil(y1 / step)
        before, above = self.crop.box[:2]
        window = (
            left * step - before,
            top * step - above,
            right * step - before,
            bottom * step - above,
        )
        return (
            mask_in_window(self.part, self.transform, window, (bottom - top, right - left)),
            left,
            top,
        )

    def runs(self, height: int, width: int) -> rle.Runs:
        """The mask of the whole image as run lengths."""
        return rle.encode_window(self.pixels(), *self.bounds[:2], height, width)


def redrawn(
    found: Candidate, part: Part, transform: Transform, crop: Crop | None = None
) -> Candidate | None:
    """``found`` with the mask of other logits; None if that has no pixel in the image.

    Args:
        found: the candidate.
        part, transform: the logits, and where they lie in the crop.
        crop: the part of the image that these show; that of ``found`` if None.
    """
    crop = crop or found.crop
    rows, columns = transform.valid(part.shape)
    top, left = part.origin
    positive = part.logits[: rows + 1 - top, : columns + 1 - left] > 0
    down, across = np.flatnonzero(positive.any(axis=1)), np.flatnonzero(positive.any(axis=0))
    if not len(down):
        return None
    first, last = (int(down[0]), int(across[0])), (int(down[-1]), int(across[-1]))
    kept = _cropped(part, first, last)
    ends = (first[0] + top, first[1] + left), (last[0] + top, last[1] + left)
    bounds = _bounds(kept, transform, *ends)
    if bounds is None:
        return None
    x0, y0, x1, y1 = bounds
    before, above = crop.box[:2]
    cover = np.count_nonzero(positive[: rows - top, : columns - left]) / (rows * columns)
    place = x0 + before, y0 + above, x1 + before, y1 + above
    return replace(found, crop=crop, cover=cover, bounds=place, part=kept, transform=transform)


def candidate(
    prediction: Prediction, index: int, point: npt.NDArray[np.float32], crop: Crop
) -> Candidate | None:
    """Candidate ``index`` of ``prediction``; None if its mask has no pixel in the image."""
    transform = prediction.transform
    whole = prediction.part(index)
    logits = whole.logits
    rows, columns = transform.valid(whole.shape)
    # The last pixels lie between the last valid sample and the first of the padding.
    positive = logits[: rows + 1, : columns + 1] > 0
    down, across = np.flatnonzero(positive.any(axis=1)), np.flatnonzero(positive.any(axis=0))
    if not len(down):
        return None
    first, last = (int(down[0]), int(across[0])), (int(down[-1]), int(across[-1]))
    part = _cropped(whole, first, last)
    bounds = _bounds(part, transform, first, last)
    if bounds is None:
        return None
    left, top = crop.box[:2]
    x0, y0, x1, y1 = bounds
    return Candidate(
        (float(point[0]), float(point[1])),
        crop,
        float(prediction.predicted_iou[index]),
        float(prediction.stability[index]),
        float(positive[:rows, :columns].mean()),
        (x0 + left, y0 + top, x1 + left, y1 + top),
        part,
        transform,
    )


def _cropped(part: Part, first: tuple[int, int], last: tuple[int, int]) -> Part:
    """The samples from ``first`` to ``last`` (row, column of ``part``) and their neighbours."""
    top, left = max(first[0] - 1, 0), max(first[1] - 1, 0)
    kept = part.logits[top : last[0] + 2, left : last[1] + 2].copy()
    return Part(kept, (top + part.origin[0], left + part.origin[1]), part.shape)


def _bounds(
    part: Part, transform: Transform, first: tuple[int, int], last: tuple[int, int]
) -> Box | None:
    """Bounds of the mask at the crop's size; None if no pixel's centre falls into it."""
    (height, width), (h, w) = transform.image_size, transform.resized
    per_row = height / h * transform.input_size / part.shape[0]
    per_column = width / w * transform.input_size / part.shape[1]
    y0, y1 = _reach(first[0], last[0], per_row, height)
    x0, x1 = _reach(first[1], last[1], per_column, width)
    if x0 >= x1 or y0 >= y1:
        return None
    if min(per_row, per_column) >= COARSE:
        inner_y = _centre(first[0], per_row, height), _centre(last[0], per_row, height)
        inner_x = _centre(first[1], per_column, width), _centre(last[1], per_column, width)
        top = _any(_window(part, transform, (x0, y0, x1, inner_y[0] + 1)), 1)
        bottom = _any(_window(part, transform, (x0, inner_y[1], x1, y1)), 1)
        left = _any(_window(part, transform, (x0, y0, inner_x[0] + 1, y1)), 0)
        right = _any(_window(part, transform, (inner_x[1], y0, x1, y1)), 0)
        if top.any() and bottom.any() and left.any() and right.any():
            starts = _ends(left, x0)[0], _ends(top, y0)[0]
            return *starts, _ends(right, inner_x[1])[1], _ends(bottom, inner_y[1])[1]
    pixels = _window(part, transform, (x0, y0, x1, y1))
    if not pixels.any():
        return None
    across, down = _ends(_any(pixels, 0), x0), _ends(_any(pixels, 1), y0)
    return across[0], down[0], across[1], down[1]


def _any(pixels: Bool, axis: int) -> Bool:
    return np.asarray(pixels.any(axis=axis), np.bool_)


def _ends(found: Bool, start: int) -> tuple[int, int]:
    places = np.flatnonzero(found)
    return start + int(places[0]), start + int(places[-1]) + 1


def _reach(first: int, last: int, pixels: float, length: int) -> tuple[int, int]:
    """Pixels that the samples ``first`` to ``last`` have any share in."""
    return max(floor((first - 0.5) * pixels - 0.5), 0), min(ceil((last + 1.5) * pixels), length)


def _centre(sample: int, pixels: float, length: int) -> int:
    """The pixel in which a sample's centre lies."""
    return min(max(floor((sample + 0.5) * pixels), 0), length - 1)


def _window(part: Part, transform: Transform, box: Box) -> Bool:
    x0, y0, x1, y1 = box
    return mask_in_window(part, transform, box, (y1 - y0, x1 - x0))
