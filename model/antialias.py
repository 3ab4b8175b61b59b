"""Antialiased bilinear resize in floating point, as Pillow's and torch's; numpy alone."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]

_ROWS = 10
"""Rows that are made at a time, at most."""
_SAMPLES = 32
"""Rows of the image that are read at a time, if it is made smaller: they stay in the cache."""
_WORK = 200_000
"""Multiplications of one product. From about 260,000 on numpy's library shares it among threads,
which wait for each other longer than it takes; beside another busy program twenty times as long."""


def resized_planes(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> Float:
    """(H, W, K) uint8 -> (K, h, w) float32 in 0..255 for the ``size`` (h, w), not rounded.

    Both ways are products with a matrix of few diagonals, so a block of rows takes the samples
    around it only. Source: Pillow ``libImaging/Resample.c``, ``precompute_coeffs``.
    """
    height, width, channels = image.shape
    made = np.empty((channels, *size), np.float32)
    rows_at_once = max(1, min(_ROWS, int(_SAMPLES * size[0] / height)))
    scale = max(1.0, width / size[1])
    columns_at_once = max(1, int(sqrt(_WORK / (scale * rows_at_once * channels))) - 2)
    across = list(_blocks(width, size[1], columns_at_once))
    for rows, (top, bottom), weights in _blocks(height, size[0], rows_at_once):
        band = image[top:bottom].reshape(bottom - top, -1).astype(np.float32)
        lines = _product(weights, band).reshape(-1, width, channels)
        planes = np.ascontiguousarray(lines.transpose(2, 0, 1)).reshape(-1, width)
        for columns, (left, right), across_weights in across:
            part = planes[:, left:right] @ across_weights.T
            made[:, rows, columns] = part.reshape(channels, len(weights), -1)
    return made


def _product(weights: Float, band: Float) -> Float:
    """``weights @ band``, some columns at a time."""
    made = np.empty((len(weights), band.shape[1]), np.float32)
    at_once = max(1, _WORK // weights.size)
    for start in range(0, band.shape[1], at_once):
        part = slice(start, start + at_once)
        np.matmul(weights, band[:, part], out=made[:, part])
    return made


def _blocks(
    samples: int, count: int, at_once: int
) -> Iterator[tuple[slice, tuple[int, int], Float]]:
    """Blocks of the ``count`` places that ``samples`` become: which they are, the samples from and
    to that they take, and how much of each, (places, samples).

    Args:
        samples: along one side of the image.
        count: places along the same side of the result.
        at_once: places in a block.
    """
    scale = samples / count
    reach = max(scale, 1.0)
    centres = (np.arange(count) + 0.5) * scale
    first = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + reach + 0.5).astype(np.int64), samples)
    for start in range(0, count, at_once):
        places = slice(start, min(start + at_once, count))
        begin, end = int(first[start]), int(last[places.stop - 1])
        index = np.arange(begin, end)
        apart = np.abs(index + 0.5 - centres[places, None]) / reach
        taken = (index >= first[places, None]) & (index < last[places, None])
        weights = np.where(taken, np.maximum(1 - apart, 0), 0)
        weights /= weights.sum(axis=1, keepdims=True)
        yield places, (begin, end), weights.astype(np.float32)
