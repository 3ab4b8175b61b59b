"""From low-res logits to masks at the image's size and back, touching only the object's window."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
import numpy.typing as npt

from app.core.mask import Bounds, Mask
from app.inference.questions import HoverPreview
from model.close_up import runs_into_edge
from model.masks.mask_prompt import cells_of, mask_logits
from model.masks.resampling import Logits, Part, mask_in_window, runs_in_window
from model.transforms import Transform

Float = npt.NDArray[np.float32]


def mask_of(logits: Logits, transform: Transform) -> Mask:
    """Low-res logits -> the mask of the image, as ``Prediction.mask`` bit for bit."""
    height, width = transform.image_size
    window = _window(logits, transform)
    if window is None:
        return Mask.empty(height, width)
    return Mask(height, width, runs_in_window(logits, transform, window))


def preview_of(
    logits: Logits, transform: Transform, longest: int, predicted_iou: float
) -> HoverPreview:
    """The same coarsely: at most ``longest`` pixels a side, for the screen alone."""
    window = _window(logits, transform)
    if window is None:
        return HoverPreview(np.zeros((0, 0), np.bool_), 0, 0, 0, 0, predicted_iou)
    x0, y0, x1, y1 = window
    step = max(1.0, (x1 - x0) / longest, (y1 - y0) / longest)
    size = max(1, round((y1 - y0) / step)), max(1, round((x1 - x0) / step))
    pixels = mask_in_window(logits, transform, window, size)
    return HoverPreview(pixels, x0, y0, x1, y1, predicted_iou)


def logits_of(mask: Mask, transform: Transform, size: tuple[int, int]) -> Float:
    """A mask of the image as low-res logits (h, w), so that the model can be asked to correct it.

    Of a mask that reaches beyond what ``transform`` sees, the rest counts.
    """
    if mask.bounds is None:
        return mask_logits(None, transform, size)
    rows, columns = cells_of(transform, size)
    height, width = transform.seen_size
    step = max(1, min(height // rows, width // columns) // 4)
    return mask_logits(mask.crop(transform.seen, step), transform, size)


def is_cut_off(mask: Mask, transform: Transform) -> bool:
    """Whether the mask runs into an edge of the window beyond which the image goes on."""
    return runs_into_edge(mask.bounds, transform.window, transform.image_size)


def may_be_cut_off(logits: Logits, transform: Transform) -> bool:
    """The same from low-res logits, at no cost where the mask is far from the edge."""
    if not runs_into_edge(_window(logits, transform), transform.window, transform.image_size):
        return False
    return is_cut_off(mask_of(logits, transform), transform)


def _scale(part: Part, transform: Transform) -> tuple[float, float]:
    """Low-res cells per image pixel along x and y."""
    rows, columns = part.shape
    height, width = transform.seen_size
    h, w = transform.resized
    return (w / width) * columns / transform.input_size, (h / height) * rows / transform.input_size


def _window(logits: Logits, transform: Transform) -> Bounds | None:
    """The box of the image outside of which no resized logit can be positive; None if nowhere."""
    height, width = transform.seen_size
    left, top, right, bottom = transform.seen
    part = Part.of(logits)
    step_x, step_y = _scale(part, transform)
    # Cells in the padding must not widen the window, but the last valid one may be half padding.
    valid = part.logits[: ceil(height * step_y) + 1, : ceil(width * step_x) + 1] > 0
    rows, columns = np.flatnonzero(valid.any(1)), np.flatnonzero(valid.any(0))
    if not len(rows):
        return None
    # A cell reaches as far as the centres of its neighbours: one and a half cells from its centre.
    x0 = max(left, left + floor((columns[0] - 0.5) / step_x) - 1)
    y0 = max(top, top + floor((rows[0] - 0.5) / step_y) - 1)
    x1 = min(right, left + ceil((columns[-1] + 1.5) / step_x) + 1)
    y1 = min(bottom, top + ceil((rows[-1] + 1.5) / step_y) + 1)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
