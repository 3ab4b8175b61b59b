"""Low-res logits at the size of the image, or of the part of it that is on the screen.

The published code upsamples the padded logits to the input's size, crops the padding and resamples
to the image's size: two float images per candidate. A mask needs neither. Bilinear interpolation is
monotonous between two neighbours: the logits are interpolated across, and down a column it only
matters where between two rows they change their sign. Run lengths need not even the pixels: the
places of these changes are all there is to find (``runs_in_window``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from model.rle.runs import Runs, canonical
from model.transforms import Transform

Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Window = tuple[float, float, float, float]

_ALMOST_ONE = np.nextafter(np.float32(1), np.float32(0))
_TINY = np.float32(1e-30)
"""Taken off a logit so that a zero counts as below zero; less than the rounding of any other."""


@dataclass(frozen=True, slots=True, eq=False)
class _Taps:
    """For each output place: the sample before it, and how far it lies towards the next one.

    ``first`` is where the first place lies in samples, also beyond the border, and ``step`` how far
    from there to the next one.
    """

    before: npt.NDArray[np.intp]
    fraction: Float
    first: float
    step: float


def _taps(positions: npt.NDArray[np.float64], samples: int) -> _Taps:
    """Taps for ``positions`` in samples (0 is the first one's centre); the border is replicated.

    Fractions are below one, so that between two values of one sign rounding makes no other sign.
    """
    inside = np.clip(positions, 0, samples - 1)
    before = inside.astype(np.intp)
    fraction = np.minimum((inside - before).astype(np.float32), _ALMOST_ONE)
    step = (positions[-1] - positions[0]) / max(len(positions) - 1, 1)
    return _Taps(before, fraction, float(positions[0]), float(step) or 1.0)


def _positions(
    start: float, stop: float, count: int, pixels: int, resized: int, cells: float
) -> npt.NDArray[np.float64]:
    """Centres of ``count`` places over ``start`` to ``stop`` image pixels, in low-res samples."""
    centres = start + (np.arange(count) + 0.5) * ((stop - start) / count)
    return np.asarray(centres * (resized / pixels) * cells - 0.5, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A rectangle out of low-res logits, beyond which nothing is foreground or of the image.

    Attributes:
        logits: (h, w) float32.
        origin: row and column of its first sample.
        shape: rows and columns of the whole.
    """

    logits: Float
    origin: tuple[int, int]
    shape: tuple[int, int]

    @classmethod
    def of(cls, logits: Logits) -> Part:
        """All of ``logits``; a part stays what it is."""
        if isinstance(logits, Part):
            return logits
        return cls(logits, (0, 0), (logits.shape[0], logits.shape[1]))


Logits = Float | Part
"""Low-res logits (h, w) over the padded input, or what was kept of them."""


def mask_in_window(
    logits: Logits, transform: Transform, window: Window, size: tuple[int, int]
) -> Bool:
    """Foreground (logit > 0) inside ``window`` x0, y0, x1, y1 (image pixels) as ``size`` bool.

    Raises:
        ValueError: the window or the size is empty.
    """
    mask = _between_rows(*_stretched(Part.of(logits), transform, window, size))
    if transform.window is not None:
        _clear_unseen(mask, window, transform.window)
    return mask


def values_in_window(
    logits: Logits, transform: Transform, window: Window, size: tuple[int, int]
) -> Float:
    """The interpolated logits themselves, ``size`` float32; see ``mask_in_window``.

    Raises:
        ValueError: the window or the size is empty.
    """
    rows, down = _stretched(Part.of(logits), transform, window, size)
    after = np.minimum(down.before + 1, len(rows) - 1)
    upper, lower = np.take(rows, down.before, axis=0), np.take(rows, after, axis=0)
    lower -= upper
    lower *= down.fraction[:, None]
    lower += upper
    return lower


def _clear_unseen(mask: Bool, window: Window, seen: Window) -> None:
    """Takes the pixels of ``window`` away whose centres lie beyond what the encoder saw."""
    for axis in (0, 1):
        count = mask.shape[1 - axis]
        start, stop = window[axis], window[axis + 2]
        centres = start + (np.arange(count) + 0.5) * ((stop - start) / count)
        beyond = (centres < seen[axis]) | (centres > seen[axis + 2])
        if beyond.any():
            (mask.T if axis == 0 else mask)[beyond] = False


def runs_in_window(logits: Logits, transform: Transform, window: tuple[int, int, int, int]) -> Runs:
    """Run lengths of the image's mask that is ``mask_in_window`` inside and background outside.

    Costs the outline and not the area: no pixel of the image is made.

    Args:
        logits: of the mask.
        transform: of the image.
        window: x0, y0, x1, y1 in whole pixels, inside what is seen of the image.

    Raises:
        ValueError: the window is empty, or reaches beyond what is seen.
    """
    x0, y0, x1, y1 = window
    left, top, right, bottom = transform.seen
    if not (left <= x0 and top <= y0 and x1 <= right and y1 <= bottom):
        raise ValueError(f"the window {window} reaches beyond {transform.seen}, which was seen")
    size = y1 - y0, x1 - x0
    samples, across, down = _samples(Part.of(logits), transform, window, size)
    height, width = transform.image_size
    counts = np.bincount(down.before, minlength=samples.shape[1])
    x, gap, upper, lower = _changes(samples, across)
    y = (np.cumsum(counts) - counts)[gap] + _before_change(upper, lower, down, counts, gap)
    # By columns from the left, in each from the top: the order of the runs.
    borders = _widened(np.ascontiguousarray(samples[:, [0, -1]]), across) > 0
    first, last = np.flatnonzero(borders[:, 0]), np.flatnonzero(borders[:, 1])
    places = np.concatenate(
        [(x0 + first) * height, (x0 + x) * height + y, (x0 + last) * height + (y1 - y0)]
    )
    places.sort()
    # Two changes at one place are none.
    new = np.flatnonzero(np.diff(places, prepend=-1))
    kept = places[new[np.diff(new, append=len(places)) & 1 == 1]] + y0
    # A run of nothing at the end would have all of them gone through once more.
    end = [height * width] if not len(kept) or kept[-1] < height * width else []
    return canonical(np.diff(kept, prepend=0, append=end).astype(np.int64, copy=False))


def _changes(
    samples: Float, across: _Taps
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Float, Float]:
    """Where logits change their sign between a row and the next one.

    Only between four neighbours that are not of one sign can one be: nothing else is interpolated.

    Args:
        samples: (C, R) logits, columns first.
        across: the output columns.

    Returns:
        For each change the output column, the row above, the logits there and in the next row.
    """
    rows = samples.shape[1]
    cells, gaps = np.divmod(np.flatnonzero(_differ(samples)), max(rows - 1, 1))
    counts = np.bincount(across.before, minlength=len(samples))
    times = counts[cells]
    # The output columns of each cell, one after the other.
    starts = (np.cumsum(counts) - counts)[cells] - (np.cumsum(times) - times)
    x = np.arange(int(times.sum())) + np.repeat(starts, times)
    fraction = across.fraction[x]
    flat, step = samples.ravel(), np.where(cells < len(samples) - 1, rows, 0)

    def between(places: npt.NDArray[np.intp]) -> Float:
        """As ``_widened`` has it."""
        left = flat[places]
        wide = np.repeat(flat[places + step] - left, times)
        wide *= fraction
        wide += np.repeat(left, times)
        return wide

    places = cells * rows + gaps
    upper, lower = between(places), between(places + 1)
    kept = np.flatnonzero((upper > 0) != (lower > 0))
    return x[kept], np.repeat(gaps, times)[kept], upper[kept], lower[kept]


def _differ(samples: Float) -> Bool:
    """Of (C, R) logits, (C, R - 1): which do not have the sign of those below, beside and beyond
    them; at the last column of those below."""
    positive = samples > 0
    changes = positive[:, :-1] != positive[:, 1:]
    found = changes.copy()
    found[:-1] |= changes[1:]
    found[:-1] |= positive[:-1, :-1] != positive[1:, :-1]
    return np.asarray(found, np.bool_)


def _before_change(
    upper: Float,
    lower: Float,
    down: _Taps,
    counts: npt.NDArray[np.intp],
    gap: npt.NDArray[np.intp],
) -> npt.NDArray[np.intp]:
    """How many pixels between row ``gap`` (its logits: ``upper``) and the next one (``lower``) have
    the sign of the first."""
    starts, times = (np.cumsum(counts) - counts)[gap], counts[gap]
    with np.errstate(all="ignore"):
        share = (upper - _TINY) / (upper - lower)
    bound = share.view(np.uint32) + (upper <= 0)
    fractions = down.fraction.view(np.uint32)

    def kept(place: npt.NDArray[np.intp]) -> Bool:
        """As ``_between_rows`` decides."""
        found: Bool = fractions[np.clip(starts + place, 0, len(fractions) - 1)] < bound
        return found

    # Where a straight line changes its sign, and then the pixels around it, as they are decided.
    place = (gap + share - down.first) * (1 / down.step) - starts
    place = np.clip(np.ceil(place), 0, times).astype(np.intp)
    while True:
        back = (place > 0) & ~kept(place - 1)
        on = (place < times) & kept(place) & ~back
        if not (back.any() or on.any()):
            return place
        place += on.astype(np.intp) - back


def mask_at_size(logits: Logits, transform: Transform) -> Bool:
    """The (H, W) bool mask of the image.

    One bilinear resize of the part of the logits that shows the image. A pixel is foreground where
    its logit is > 0, and background where it was not seen.
    """
    seen = mask_in_window(logits, transform, transform.seen, transform.seen_size)
    if transform.window is None:
        return seen
    x0, y0, x1, y1 = transform.window
    mask = np.zeros(transform.image_size, np.bool_)
    mask[y0:y1, x0:x1] = seen
    return mask


def _stretched(
    part: Part, transform: Transform, window: Window, size: tuple[int, int]
) -> tuple[Float, _Taps]:
    """The rows of logits a window needs, interpolated across, and where its pixels lie in them."""
    columns, down = _columns(part, transform, window, size)
    return np.asarray(cv2.transpose(columns), np.float32), down


def _columns(
    part: Part, transform: Transform, window: Window, size: tuple[int, int]
) -> tuple[Float, _Taps]:
    """``_stretched`` with columns for rows."""
    samples, across, down = _samples(part, transform, window, size)
    return _widened(samples, across), down


def _samples(
    part: Part, transform: Transform, window: Window, size: tuple[int, int]
) -> tuple[Float, _Taps, _Taps]:
    """The logits that a window needs, (C, R) columns first, and where its pixels lie in them."""
    x0, y0, x1, y1 = window
    if not (x0 < x1 and y0 < y1 and min(size) > 0):
        raise ValueError(f"nothing to show: the window is {window}, the size {size}")
    (height, width), (h, w) = transform.seen_size, transform.resized
    (rows, columns), (top, leftmost) = part.shape, part.origin
    left, upper = transform.seen[:2]
    logits = np.asarray(part.logits, np.float32)
    y0, y1, x0, x1 = y0 - upper, y1 - upper, x0 - left, x1 - left
    ys = _positions(y0, y1, size[0], height, h, rows / transform.input_size) - top
    xs = _positions(x0, x1, size[1], width, w, columns / transform.input_size) - leftmost
    down, across = _taps(ys, logits.shape[0]), _taps(xs, logits.shape[1])
    first, last = int(down.before[0]), min(int(down.before[-1]) + 2, len(logits))
    # Gathering whole rows is many times faster than gathering columns.
    samples = np.asarray(cv2.transpose(logits[first:last]), np.float32)
    down = replace(down, before=down.before - first, first=down.first - first)
    return samples, across, down


def _widened(samples: Float, across: _Taps) -> Float:
    """(C, R) logits interpolated across: (len(across), R)."""
    steps = np.diff(samples, axis=0, append=samples[-1:])
    wide = np.take(steps, across.before, axis=0)
    wide *= across.fraction[:, None]
    wide += np.take(samples, across.before, axis=0)
    return wide


def _between_rows(rows: Float, down: _Taps) -> Bool:
    """Interpolates (R, W) logits downwards and thresholds them: (len(down), W) bool.

    Between two rows of different sign the logit is zero at the share u / (u - l) of the way, so a
    pixel needs one comparison. The bits of floats above zero are ordered as the floats, and those
    of negative ones are greater still: read as integers, a share outside the gap is never reached.
    """
    positive = rows > 0
    counts = np.bincount(down.before, minlength=len(rows))
    starts = np.cumsum(counts) - counts
    crosses = (positive[:-1] != positive[1:]).any(axis=1)
    places = down.fraction.view(np.uint32)[:, None]
    mask = np.empty((len(places), rows.shape[1]), np.bool_)
    with np.errstate(all="ignore"):
        for gap in np.flatnonzero(counts).tolist():
            y = slice(int(starts[gap]), int(starts[gap] + counts[gap]))
            if gap < len(crosses) and crosses[gap]:
                background = ~positive[gap]
                share = (rows[gap] - _TINY) / (rows[gap] - rows[gap + 1])
                # Where the logit is zero there is background still: one step further.
                bound = share.view(np.uint32) + background
                part = np.less(places[y], bound, out=mask[y])
                part ^= background
            else:
                mask[y] = positive[gap]
    return mask


def logits_at_size(logits: Float, transform: Transform) -> Float:
    """The published two-step resize (segment-anything, ``Sam.postprocess_masks``): (H, W) float32.

    Bilinear with half-pixel centres and no antialiasing, to the input's size, cropped to the image,
    then to the image's size. Minus infinity where the image was not seen.
    """
    side = transform.input_size
    h, w = transform.resized
    padded = cv2.resize(np.asarray(logits, np.float32), (side, side))
    height, width = transform.seen_size
    cropped = np.ascontiguousarray(padded[:h, :w])
    seen = np.asarray(cv2.resize(cropped, (width, height)), np.float32)
    if transform.window is None:
        return seen
    x0, y0, x1, y1 = transform.window
    logits = np.full(transform.image_size, -np.inf, np.float32)
    logits[y0:y1, x0:x1] = seen
    return logits
