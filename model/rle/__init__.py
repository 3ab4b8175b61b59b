"""COCO run lengths: masks as small arrays, and as the compressed strings that files hold.

A mask (H, W) is read column by column from the top left; its run lengths alternate, background
first, and sum to H * W. The compressed form writes from the fourth run on the difference to the run
two before, in groups of five bits, lowest first, one character each (``chr(48 + group)``, 32 added
while more groups follow, the sign in the last one's bit 4): pycocotools, ``common/maskApi.c``,
``rleToString``. On all valid input the results are those of pycocotools; whatever does not describe
a mask is refused with a ValueError before memory is reserved for it.

Runs may hold zero lengths anywhere. ``canonical`` removes them; every function here that returns
runs returns canonical ones unless it says otherwise.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from model.rle.runs import (
    MAX_PIXELS,
    Bool,
    Bounds,
    Runs,
    area,
    bbox,
    bounds,
    canonical,
    checked_runs,
    checked_size,
)
from model.rle.sets import (
    difference,
    intersection,
    intersection_area,
    iou,
    symmetric_difference,
    union,
    union_of,
)
from model.rle.text import MAX_GROUPS, counts_to_values, values_to_counts

__all__ = [
    "MAX_PIXELS",
    "Bool",
    "Bounds",
    "Runs",
    "area",
    "bbox",
    "bounds",
    "canonical",
    "checked_runs",
    "checked_size",
    "decode",
    "decode_window",
    "difference",
    "encode",
    "encode_window",
    "from_counts",
    "intersection",
    "intersection_area",
    "iou",
    "symmetric_difference",
    "to_counts",
    "union",
    "union_of",
    "window",
]


def encode(mask: Bool) -> Runs:
    """Runs of ``mask`` (H, W) bool (or 0 and 1 in uint8), of any memory order.

    Raises:
        ValueError: another shape or dtype, values other than 0 and 1, or too many pixels.
    """
    pixels = _checked_mask(mask)
    height, width = pixels.shape
    size = height * width
    if not size:
        return np.zeros(1, np.int64)
    starts = _changes(pixels)
    edges = np.concatenate(([0], starts, [size]))
    runs = np.diff(edges)
    return np.concatenate(([0], runs)) if pixels[0, 0] else runs


def _checked_mask(mask: Bool) -> Bool:
    array = np.asarray(mask)
    if array.ndim != 2:
        raise ValueError(f"a mask must have the shape (H, W), given {array.shape}")
    checked_size(*array.shape)
    if array.dtype == np.uint8:
        if array.size and array.max() > 1:
            raise ValueError(
                "a uint8 mask may hold 0 and 1 only: compare it with a threshold first"
            )
        array = array.view(np.bool_) if array.flags.c_contiguous else array.astype(np.bool_)
    if array.dtype != np.bool_:
        raise ValueError(
            f"a mask must be of dtype bool, given {array.dtype}: compare with a threshold"
        )
    return array


def _is_row_major(pixels: Bool) -> bool:
    return pixels.strides[1] <= pixels.strides[0]


def _changes(pixels: Bool) -> Runs:
    """Column-major positions where the value differs from the one before, ascending."""
    height, width = pixels.shape
    if not _is_row_major(pixels):
        flat = pixels.T.reshape(-1)
        return np.flatnonzero(flat[1:] != flat[:-1]) + 1
    # Comparing rows reads memory in order; sorting a few changes is cheaper than transposing all.
    changed = np.not_equal(pixels[1:], pixels[:-1])
    if np.count_nonzero(changed) * 64 > changed.size + 4096:
        flat = pixels.T.reshape(-1)
        return np.flatnonzero(flat[1:] != flat[:-1]) + 1
    row, column = np.divmod(np.flatnonzero(changed), width)
    inside = column * height + row + 1
    between = (np.flatnonzero(pixels[-1, :-1] != pixels[0, 1:]) + 1) * height
    return np.sort(np.concatenate((inside, between)))


def decode(runs: Runs, height: int, width: int) -> Bool:
    """The mask (H, W) bool, a new array in column-major (Fortran) order, as the runs are."""
    lengths = checked_runs(runs, height, width)
    foreground = np.arange(lengths.size) & 1
    return np.repeat(foreground.astype(np.bool_), lengths).reshape(width, height).T


def window(runs: Runs, height: int, width: int, box: Bounds, stride: int = 1) -> Runs:
    """Runs of the mask inside ``box``, taking every ``stride``-th row and column.

    The box is (x0, y0, x1, y1), its end exclusive. The result is that of
    ``encode(decode(runs)[y0:y1:stride, x0:x1:stride])``, at a cost that grows with the runs in the
    box's columns and not with the pixels.

    Raises:
        ValueError: the box is not inside the image, or the stride below 1.
    """
    x0, y0, x1, y1 = box
    if not (0 <= x0 <= x1 <= width and 0 <= y0 <= y1 <= height) or stride < 1:
        raise ValueError(
            f"window {box} with stride {stride} is not inside {width} x {height} pixels"
        )
    rows, columns = -(-(y1 - y0) // stride), -(-(x1 - x0) // stride)
    if not rows or not columns:
        return np.zeros(1, np.int64)
    ends = np.cumsum(runs)
    first, last = np.searchsorted(ends, (x0 * height, x1 * height), side="right")
    first -= first & 1
    column, row = np.divmod(ends[first:last], height)
    # How many sampled pixels lie before each end of a run: in columns before, then in its own.
    before, off = np.divmod(column - x0 + stride - 1, stride)
    part = np.where(off == stride - 1, np.clip(-((y0 - row) // stride), 0, rows), 0)
    count = np.where(column < x0, 0, np.minimum(before * rows + part, rows * columns))
    return canonical(np.diff(count, prepend=0, append=rows * columns))


def decode_window(runs: Runs, height: int, width: int, box: Bounds, stride: int = 1) -> Bool:
    """Pixels of ``box``, every ``stride``-th, as bool, column-major; see ``window``."""
    inside = window(runs, height, width, box, stride)
    x0, y0, x1, y1 = box
    return decode(inside, -(-(y1 - y0) // stride), -(-(x1 - x0) // stride))


def encode_window(pixels: Bool, x: int, y: int, height: int, width: int) -> Runs:
    """Runs of a mask that is background but for ``pixels`` (h, w) at column x, row y.

    Raises:
        ValueError: the pixels are not a mask, or do not lie inside the image.
    """
    array = _checked_mask(pixels)
    rows, columns = checked_size(height, width)
    inner_rows, inner_columns = array.shape
    if not (0 <= x <= columns - inner_columns and 0 <= y <= rows - inner_rows):
        raise ValueError(
            f"{inner_columns} x {inner_rows} pixels at ({x}, {y}) leave the {columns} x {rows}"
        )
    if not rows * columns or not array.size:
        return np.array([rows * columns], np.int64)
    # A row of background below keeps every run inside one column: its place is then a formula.
    order: Literal["C", "F"] = "C" if _is_row_major(array) else "F"
    padded = np.zeros((inner_rows + 1, inner_columns), np.bool_, order=order)
    padded[:-1] = array
    column, row = np.divmod(np.cumsum(encode(padded))[:-1], inner_rows + 1)
    ends = (column + x) * rows + row + y
    return canonical(np.diff(ends, prepend=0, append=rows * columns))


def to_counts(runs: Runs) -> str:
    """The compressed string of ``runs``, as pycocotools writes it."""
    values = np.asarray(runs, dtype=np.int64).copy()
    values[3:] -= runs[1:-2]
    return values_to_counts(values)


def from_counts(counts: str | bytes, height: int, width: int) -> Runs:
    """Runs held by a compressed string.

    They are not made canonical, so that ``to_counts`` gives the string back.

    Raises:
        ValueError: a character outside the alphabet, an unfinished number, lengths that do not tile
            the image.
    """
    rows, columns = checked_size(height, width)
    if len(counts) > MAX_GROUPS * (rows * columns + 1):
        raise ValueError(f"mask counts are too long for {rows} x {columns} pixels")
    values = counts_to_values(counts)
    if values.size and int(np.abs(values).max()) > MAX_PIXELS:
        raise ValueError("mask counts hold a number larger than any mask")
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return checked_runs(values, height, width)
