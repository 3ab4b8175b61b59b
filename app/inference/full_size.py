"""From low-res logits to masks at the image's size and back, touching only the object's window."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
import numpy.typing as npt

from app.core.mask import Bounds, Mask
from app.core.prompt import Prompt
from app.inference.questions import HoverPreview
from model.close_up import runs_into_edge
from model.interface import Prediction
from model.masks.mask_prompt import cells_of, mask_logits
from model.masks.outlines import Outlined, outlined
from model.masks.resampling import Logits, Part, mask_in_window, runs_in_window
from model.transforms import Transform

Float = npt.NDArray[np.float32]


def mask_of(logits: Logits, transform: Transform, within: Bounds | None = None) -> Mask:
    """Low-res logits -> the mask of the image, as ``Prediction.mask`` bit for bit.

    Outside of ``within`` it is background.
    """
    height, width = transform.image_size
    window = _window(logits, transform, within)
    if window is None:
        return Mask.empty(height, width)
    return Mask(height, width, runs_in_window(logits, transform, window))


def answered_mask(found: Prediction, candidate: int, prompt: Prompt, tidy: bool = True) -> Mask:
    """The mask of a candidate as it is shown and kept.

    Its outline follows the image where ``found`` has a guide; see ``model.masks.outlines``.

    Args:
        prompt: what was asked.
        tidy: whether specks and pinholes are left out.
    """
    drawn = _outlined(found, candidate, prompt, tidy)
    return mask_of(drawn.part, drawn.transform, drawn.within)


def _outlined(found: Prediction, candidate: int, prompt: Prompt, tidy: bool) -> Outlined:
    on = np.array([(p.x, p.y) for p in prompt.points if p.positive], np.float32)
    off = np.array([(p.x, p.y) for p in prompt.points if not p.positive], np.float32)
    box = prompt.box
    return outlined(
        found.part(candidate),
        found.transform,
        found.guide,
        on.reshape(-1, 2),
        off.reshape(-1, 2),
        None if box is None else np.array([box.x0, box.y0, box.x1, box.y1], np.float32),
        tidy,
    )


def preview_of(found: Prediction, prompt: Prompt, longest: int, tidy: bool = True) -> HoverPreview:
    """The same of the best candidate coarsely, for the screen alone: at most ``longest`` pixels a
    side."""
    drawn, score = (
        _outlined(found, found.best, prompt, tidy),
        float(found.predicted_iou[found.best]),
    )
    window = _window(drawn.part, drawn.transform, drawn.within)
    if window is None:
        return HoverPreview(np.zeros((0, 0), np.bool_), 0, 0, 0, 0, score)
    x0, y0, x1, y1 = window
    step = max(1.0, (x1 - x0) / longest, (y1 - y0) / longest)
    size = max(1, round((y1 - y0) / step)), max(1, round((x1 - x0) / step))
    pixels = mask_in_window(drawn.part, drawn.transform, window, size)
    return HoverPreview(pixels, x0, y0, x1, y1, score)


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


def _window(logits: Logits, transform: Transform, within: Bounds | None = None) -> Bounds | None:
    """The box of the image outside of which no resized logit can be positive; None if nowhere."""
    height, width = transform.seen_size
    left, top, right, bottom = transform.seen
    part = Part.of(logits)
    above, before = part.origin
    step_x, step_y = _scale(part, transform)
    # Cells in the padding must not widen the window, but the last valid one may be half padding.
    down, across = ceil(height * step_y) + 1 - above, ceil(width * step_x) + 1 - before
    valid = part.logits[: max(0, down), : max(0, across)] > 0
    rows, columns = np.flatnonzero(valid.any(1)) + above, np.flatnonzero(valid.any(0)) + before
    if not len(rows):
        return None
    # A cell reaches as far as the centres of its neighbours: one and a half cells from its centre.
    x0 = max(left, left + floor((columns[0] - 0.5) / step_x) - 1)
    y0 = max(top, top + floor((rows[0] - 0.5) / step_y) - 1)
    x1 = min(right, left + ceil((columns[-1] + 1.5) / step_x) + 1)
    y1 = min(bottom, top + ceil((rows[-1] + 1.5) / step_y) + 1)
    if within is not None:
        x0, y0 = max(x0, within[0]), max(y0, within[1])
        x1, y1 = min(x1, within[2]), min(y1, within[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
