"""What is there already as low-res logits, so that a model can be asked to correct it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from model.transforms import Transform

Float = npt.NDArray[np.float32]
CERTAIN = 8.0
"""Logit of a cell that the mask covers wholly; its negative where it covers nothing."""


def cells_of(transform: Transform, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of (rows, columns) low-res logits that what is seen fills, rounded."""
    h, w = transform.resized
    side = transform.input_size
    return max(1, round(h * size[0] / side)), max(1, round(w * size[1] / side))


def mask_logits(
    seen: npt.NDArray[np.bool_] | None, transform: Transform, size: tuple[int, int]
) -> Float:
    """Low-res logits (h, w) of a mask.

    The share of each cell that the mask covers becomes its logit, limited to +-8; the padding is
    background. The networks were trained on their own logits, which lie in that range.

    Args:
        seen: the mask of the part of the image that ``transform`` sees, perhaps coarser than the
            image; None for an empty one.
        transform: of the embedding that will be asked.
        size: ``logits_size`` of the model.
    """
    result = np.full(size, -CERTAIN, np.float32)
    if seen is None:
        return result
    rows, columns = cells_of(transform, size)
    pixels = np.ascontiguousarray(seen, np.float32)
    share = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    result[:rows, :columns] = (share - 0.5) * (2 * CERTAIN)
    return result


def moved_logits(logits: Float, seen: Transform, transform: Transform) -> Float:
    """Low-res logits of one part of an image as those of another part.

    Args:
        logits: (h, w), of a prediction.
        seen: its transform.
        transform: of the embedding that will be asked, by the same model. What was not seen before
            is background.
    """
    if transform == seen:
        return logits
    rows, columns = logits.shape
    across, down = transform.input_size / columns, transform.input_size / rows
    y, x = np.mgrid[:rows, :columns] + 0.5
    places = transform.to_image(np.stack([x * across, y * down], axis=-1))
    cells = seen.to_input(places) / np.array([across, down], np.float32) - 0.5
    found = np.asarray(
        cv2.remap(
            np.asarray(logits, np.float32),
            np.ascontiguousarray(cells[..., 0], np.float32),
            np.ascontiguousarray(cells[..., 1], np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
    x0, y0, x1, y1 = seen.seen
    unseen = (
        (places[..., 0] < x0)
        | (places[..., 1] < y0)
        | (places[..., 0] > x1)
        | (places[..., 1] > y1)
    )
    valid = transform.valid((rows, columns))
    unseen[valid[0] :] = True
    unseen[:, valid[1] :] = True
    found[unseen] = -CERTAIN
    return found
