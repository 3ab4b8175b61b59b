"""Every kind of pixel as 8-bit RGB: the one rule for the screen, the model and the thumbnails."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.messages import BadValueError, say


class NotShown(BadValueError):  # noqa: N818  caught at once
    """A whole file of a kind that cannot be shown; the text says which."""


UInt8 = npt.NDArray[np.uint8]

LOW, HIGH = 0.001, 0.999
"""Share of the values at or below which deep pixels are drawn black, and above which white."""

SAMPLE = 1 << 20
BLOCK = 1 << 22

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_rgb(image: Image.Image, no_data: float | None = None) -> tuple[Image.Image, tuple[str, ...]]:
    """A loaded image of any mode as RGB, and what to tell people about it.

    What is transparent is laid over white. Values of more than 8 bits go through ``windowed``.

    Raises:
        NotShown: a colour model that has no way to RGB, such as CIE LAB.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image, ()
    if image.mode.startswith("I") or image.mode == "F":
        values, notes = windowed(np.asarray(image), no_data)
        return Image.fromarray(values).convert("RGB"), notes
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return _over_white(image.convert("RGBA")), ()
    try:
        return image.convert("RGB"), ()
    except ValueError as error:
        raise NotShown("its colour model {mode} cannot be shown", image.mode) from error


def samples_to_rgb(
    values: npt.NDArray[Any],
    *,
    alpha: bool = False,
    inverted: bool = False,
    no_data: float | None = None,
) -> tuple[Image.Image, tuple[str, ...]]:
    """Samples of any depth as RGB, and what to tell people about it.

    Args:
        values: (H, W, C) numbers; one channel is gray, of more than three the first three are
            taken as red, green and blue, two are gray and one left out.
        alpha: whether the last channel is opacity.
        inverted: whether 0 is white.
        no_data: the value that stands for nothing; None if none does.
    """
    colors = values[..., :-1] if alpha else values
    notes: list[str] = []
    if colors.shape[2] not in (1, 3):
        shown = 1 if colors.shape[2] < 3 else 3
        notes.append(
            say("It has {count} channels; the first {first} are shown.", colors.shape[2], shown)
        )
        colors = colors[..., :shown]
    # One window for all channels, so that the balance of colours stays.
    if colors.dtype == np.uint8:
        pixels = colors
    else:
        pixels, told = windowed(colors, no_data)
        notes += told
    if inverted:
        pixels = 255 - pixels
    rgb = Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3))))
    if alpha:
        rgb.putalpha(Image.fromarray(_opacity(values[..., -1])))
        rgb = _over_white(rgb)
    return rgb, tuple(notes)


def turned(image: Image.Image, orientation: object) -> Image.Image:
    """``image`` upright, given the value of its EXIF orientation tag; other values turn nothing."""
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def is_sideways(orientation: object) -> bool:
    """Whether that orientation exchanges width and height."""
    return isinstance(orientation, int) and orientation in (5, 6, 7, 8)


def windowed(
    values: npt.NDArray[Any], no_data: float | None = None
) -> tuple[UInt8, tuple[str, ...]]:
    """Numbers of any depth as 0..255, same shape, and sentences saying how.

    The range from the 0.1st to the 99.9th percentile is spread evenly; where it is empty, the range
    of all values is; what is not finite, and an image of one value, becomes 0.

    Args:
        values: numbers of any shape.
        no_data: the value that stands for nothing: it is left out of the range and becomes 0.
    """
    missing = _representable(no_data, values.dtype)
    low, high = _range(values, missing)
    pixels = np.zeros(values.shape, np.uint8)
    left_out = False
    if high > low:
        rows = max(1, BLOCK // max(1, int(np.prod(values.shape[1:]))))
        for start in range(0, len(values), rows):
            block = values[start : start + rows]
            spread = _spread(block, low, high)
            if missing is not None:
                nothing = block == missing
                left_out = left_out or bool(nothing.any())
                spread[nothing] = 0
            pixels[start : start + rows] = spread
    bits = values.dtype.itemsize * 8
    kind = "floating-point" if values.dtype.kind == "f" else f"{bits}-bit"
    note = say(
        "Its {kind} values from {low} to {high} are shown as black to white.",
        kind,
        f"{low:.6g}",
        f"{high:.6g}",
    )
    if left_out:
        return pixels, (note, say("Where it has no data ({value}) it is black.", f"{no_data:.6g}"))
    return pixels, (note,)


def _representable(no_data: float | None, dtype: np.dtype[Any]) -> np.generic | None:
    """The value that stands for nothing as these pixels hold it; None if they cannot."""
    if no_data is None or not np.isfinite(no_data):
        return None  # what is not finite is left out in any case
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            found: np.generic = dtype.type(no_data)
        return found if np.isfinite(found) else None
    if dtype.kind not in "ui" or not float(no_data).is_integer():
        return None
    limits = np.iinfo(dtype)
    return dtype.type(int(no_data)) if limits.min <= no_data <= limits.max else None


def _range(values: npt.NDArray[Any], missing: np.generic | None) -> tuple[float, float]:
    flat = values.reshape(-1)
    if values.dtype.kind in "ui" and values.dtype.itemsize <= 2:
        return _range_of_counts(flat, missing)
    sample = _counting(flat[:: max(1, flat.size // SAMPLE)], missing).astype(np.float64)
    if sample.size:
        # Not interpolated: between two huge numbers that overflows.
        low, high = np.quantile(sample, (LOW, HIGH), method="nearest")
        if high > low:
            return float(low), float(high)
    found = _counting(flat, missing)
    return (float(found.min()), float(found.max())) if found.size else (0.0, 0.0)


def _counting(flat: npt.NDArray[Any], missing: np.generic | None) -> npt.NDArray[Any]:
    """The values that stand for something."""
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    return flat if missing is None else flat[flat != missing]


def _range_of_counts(flat: npt.NDArray[Any], missing: np.generic | None) -> tuple[float, float]:
    """Exact, and faster than sorting: of at most 16 bits, every value is counted."""
    lowest = int(flat.min())
    each = _histogram(flat, lowest)
    if missing is not None and int(missing) >= lowest:
        each[int(missing) - lowest] = 0
    present = np.flatnonzero(each)
    if not present.size:
        return 0.0, 0.0
    counts = np.concatenate([[0], np.cumsum(each)])
    low, high = np.searchsorted(counts, np.array((LOW, HIGH)) * counts[-1], side="left") - 1
    low, high = max(int(low), int(present[0])) + lowest, max(int(high), 0) + lowest
    if high > low:
        return low, high
    return int(present[0]) + lowest, int(present[-1]) + lowest


def _histogram(flat: npt.NDArray[Any], lowest: int) -> npt.NDArray[np.int64]:
    counts = np.zeros(1 << 16, np.int64)
    for start in range(0, flat.size, BLOCK):
        shifted = flat[start : start + BLOCK].astype(np.int64) - lowest
        counts += np.bincount(shifted, minlength=counts.size)
    return counts


def _spread(values: npt.NDArray[Any], low: float, high: float) -> UInt8:
    # A quarter of each: the difference of the two largest numbers is then one, too.
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = (values.astype(np.float64) / 4 - low / 4) / (high / 4 - low / 4)
        scaled[~np.isfinite(values)] = 0
        return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)


def _opacity(values: npt.NDArray[Any]) -> UInt8:
    """An opacity channel as 0..255: whole numbers by their range, others from 0 to 1."""
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    most = float(np.iinfo(values.dtype).max) if values.dtype.kind in "ui" else 1.0
    return _spread(values, 0.0, most)


def _over_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white
