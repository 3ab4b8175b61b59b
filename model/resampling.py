"""Low-res logits at the size of the image, or of the part of it that is on the screen.

The published code upsamples the padded logits to the input's size, crops the padding and resamples
to the image's size: two float images per candidate. A mask needs neither. Bilinear interpolation is
monotonous between two neighbours, so between two rows of logits of equal sign no pixel changes: the
sign is copied, and only the columns whose sign differs are interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.transforms import Transform

Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Window = tuple[float, float, float, float]

_BLOCK = 1 << 20
"""Interpolated pixels held at a time."""
_SPARSE = 32
"""Where more than one column in so many changes its sign, whole rows are cheaper than columns."""


@dataclass(frozen=True, slots=True, eq=False)
class _Taps:
    """For each output place: the sample before it, and how far it lies towards the next one."""

    before: npt.NDArray[np.intp]
    fraction: Float


def _taps(positions: npt.NDArray[np.float64], samples: int) -> _Taps:
    """Taps for ``positions`` in samples (0 is the first one's centre); the border is replicated."""
    inside = np.clip(positions, 0, samples - 1)
    before = np.minimum(inside.astype(np.intp), max(samples - 2, 0))
    return _Taps(before, (inside - before).astype(np.float32))


def _positions(
    start: float, stop: float, count: int, pixels: int, resized: int, cells: float
) -> npt.NDArray[np.float64]:
    """Centres of ``count`` places over ``start`` to ``stop`` image pixels, in low-res samples."""
    centres = start + (np.arange(count) + 0.5) * ((stop - start) / count)
    return np.asarray(centres * (resized / pixels) * cells - 0.5, np.float64)


def mask_in_window(
    logits: Float, transform: Transform, window: Window, size: tuple[int, int]
) -> Bool:
    """Foreground (logit > 0) inside ``window`` x0, y0, x1, y1 (image pixels) as ``size`` bool.

    Raises:
        ValueError: the window or the size is empty.
    """
    return mask_from_part(Part(logits, (0, 0), logits.shape), transform, window, size)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A rectangle out of low-res logits, beyond which no logit is positive.

    Attributes:
        logits: (h, w) float32.
        origin: row and column of its first sample.
        shape: rows and columns of the whole.
    """

    logits: Float
    origin: tuple[int, int]
    shape: tuple[int, int]


def mask_from_part(part: Part, transform: Transform, window: Window, size: tuple[int, int]) -> Bool:
    """As ``mask_in_window``, of logits of which only ``part`` was kept."""
    x0, y0, x1, y1 = window
    if not (x0 < x1 and y0 < y1 and min(size) > 0):
        raise ValueError(f"nothing to show: the window is {window}, the size {size}")
    (height, width), (h, w) = transform.image_size, transform.resized
    (rows, columns), (first, left) = part.shape, part.origin
    ys = _positions(y0, y1, size[0], height, h, rows / transform.input_size) - first
    xs = _positions(x0, x1, size[1], width, w, columns / transform.input_size) - left
    logits = np.asarray(part.logits, np.float32)
    return _threshold(logits, _taps(ys, logits.shape[0]), _taps(xs, logits.shape[1]))


def mask_at_size(logits: Float, transform: Transform) -> Bool:
    """Low-res logits (h, w) over the padded input -> (H, W) bool mask of the image.

    One bilinear resize of the part of the logits that shows the image. A pixel is foreground where
    its logit is > 0.
    """
    height, width = transform.image_size
    return mask_in_window(logits, transform, (0, 0, width, height), (height, width))


def _threshold(logits: Float, down: _Taps, across: _Taps) -> Bool:
    first, last = int(down.before[0]), min(int(down.before[-1]) + 2, len(logits))
    used = logits[first:last]
    left = np.take(used, across.before, axis=1)
    right = np.take(used, np.minimum(across.before + 1, logits.shape[1] - 1), axis=1)
    right -= left
    right *= across.fraction
    left += right
    return _between_rows(left, _Taps(down.before - first, down.fraction))


def _between_rows(rows: Float, down: _Taps) -> Bool:
    """Interpolates (R, W) logits downwards and thresholds them: (len(down), W) bool."""
    positive = rows > 0
    counts = np.bincount(down.before, minlength=len(rows))
    mask: Bool = np.repeat(positive, counts, axis=0)
    differs = positive[:-1] != positive[1:]
    starts = np.cumsum(counts) - counts
    if np.count_nonzero(differs) * _SPARSE > differs.size:
        _fill_rows(mask, rows, down, starts, counts)
        return mask
    above, column = np.nonzero(differs)
    per_block = max(1, _BLOCK // max(1, int(counts.max())))
    for block in range(0, len(above), per_block):
        gap, x = above[block : block + per_block], column[block : block + per_block]
        _fill(mask, rows, down, starts, counts, gap, x)
    return mask


def _fill_rows(
    mask: Bool, rows: Float, down: _Taps, starts: npt.NDArray[np.intp], counts: npt.NDArray[np.intp]
) -> None:
    """Interpolates every pixel, a gap between two rows at a time so that it stays in the cache."""
    scratch = np.empty((int(counts.max()), rows.shape[1]), np.float32)
    for gap in np.flatnonzero(counts[:-1]).tolist():
        y = slice(int(starts[gap]), int(starts[gap] + counts[gap]))
        values = scratch[: int(counts[gap])]
        np.multiply(down.fraction[y, None], rows[gap + 1] - rows[gap], out=values)
        values += rows[gap]
        np.greater(values, 0, out=mask[y])


def _fill(
    mask: Bool,
    rows: Float,
    down: _Taps,
    starts: npt.NDArray[np.intp],
    counts: npt.NDArray[np.intp],
    gap: npt.NDArray[np.intp],
    x: npt.NDArray[np.intp],
) -> None:
    """Writes the pixels between row ``gap`` and the next one in column ``x``, for each pair."""
    times = counts[gap]
    pair = np.repeat(np.arange(len(gap)), times)
    y = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times - starts[gap], times)
    upper, lower = rows[gap, x], rows[gap + 1, x]
    values = upper[pair] + down.fraction[y] * (lower - upper)[pair]
    mask[y, x[pair]] = values > 0


def logits_at_size(logits: Float, transform: Transform) -> Float:
    """The published two-step resize (segment-anything, ``Sam.postprocess_masks``): (H, W) float32.

    Bilinear with half-pixel centres and no antialiasing, to the input's size, cropped to the image,
    then to the image's size.
    """
    side = transform.input_size
    h, w = transform.resized
    padded = cv2.resize(np.asarray(logits, np.float32), (side, side))
    height, width = transform.image_size
    cropped = np.ascontiguousarray(padded[:h, :w])
    return np.asarray(cv2.resize(cropped, (width, height)), np.float32)
