"""Antialiased bilinear resize in floating point, as Pillow's and torch's; numpy alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]

_SAMPLES = 64
"""Rows of the image that are read at a time: what is made of them stays in the cache."""
_COLUMNS = 64
"""Columns that are made at a time."""


def resized_planes(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> Float:
    """(H, W, K) uint8 -> (K, h, w) float32 in 0..255 for the ``size`` (h, w), not rounded.

    Both ways are products with a matrix of few diagonals, so a block of rows takes the samples
    around it only. Source: Pillow ``libImaging/Resample.c``, ``precompute_coeffs``.
    """
    height, width, channels = image.shape
    made = np.empty((channels, *size), np.float32)
    down, across = _blocks(height, size[0], None), _blocks(width, size[1], _COLUMNS)
    for rows, (top, bottom), weights in down:
        band = image[top:bottom].reshape(bottom - top, -1).astype(np.float32)
        lines = (weights @ band).reshape(-1, width, channels)
        planes = np.ascontiguousarray(lines.transpose(2, 0, 1)).reshape(-1, width)
        for columns, (left, right), across_weights in across:
            part = planes[:, left:right] @ across_weights.T
            made[:, rows, columns] = part.reshape(channels, len(weights), -1)
    return made


def _blocks(
    samples: int, count: int, at_once: int | None
) -> list[tuple[slice, tuple[int, int], Float]]:
    """Blocks of the ``count`` places that ``samples`` become: which they are, the samples from and
    to that they take, and how much of each, (places, samples).

    Args:
        samples: along one side of the image.
        count: places along the same side of the result.
        at_once: places in a block; None for those of about ``_SAMPLES`` samples.
    """
    scale = samples / count
    reach = max(scale, 1.0)
    centres = (np.arange(count) + 0.5) * scale
    first = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + reach + 0.5).astype(np.int64), samples)
    step = at_once or max(1, int(_SAMPLES / scale))
    blocks = []
    for start in range(0, count, step):
        places = slice(start, min(start + step, count))
        begin, end = int(first[start]), int(last[places.stop - 1])
        index = np.arange(begin, end)
        apart = np.abs(index + 0.5 - centres[places, None]) / reach
        taken = (index >= first[places, None]) & (index < last[places, None])
        weights = np.where(taken, np.maximum(1 - apart, 0), 0)
        weights /= weights.sum(axis=1, keepdims=True)
        blocks.append((places, (begin, end), weights.astype(np.float32)))
    return blocks
