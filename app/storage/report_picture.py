"""Small pictures of masks for a report."""

from __future__ import annotations

import io
from base64 import b64encode

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from app.core.mask import Bounds, Mask

UInt8 = npt.NDArray[np.uint8]
SIDE = 240
MARGIN = 0.25
BEFORE, AFTER = (230, 159, 0), (0, 140, 255)
"""Orange and blue, told apart by people who see colours differently (Okabe and Ito)."""


def pair_picture(pixels: UInt8, before: Mask, after: Mask | None) -> str:
    """The part of an image around both masks with their outlines, as a JPEG data URI.

    Args:
        pixels: (H, W, 3) uint8.
        before, after: of the image's size; ``after`` None for a mask that is gone.
    """
    box = _around(before, after)
    x0, y0, x1, y1 = box
    scale = SIDE / max(x1 - x0, y1 - y0)
    size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    shown = Image.fromarray(np.ascontiguousarray(pixels[y0:y1, x0:x1])).resize(size)
    canvas = np.array(shown)
    for mask, color, thickness in ((before, BEFORE, 3), (after, AFTER, 2)):
        if mask is not None:
            _outline(canvas, mask.crop(box), color, thickness)
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + b64encode(buffer.getvalue()).decode("ascii")


def _around(before: Mask, after: Mask | None) -> Bounds:
    """The box of both with a margin, inside the image."""
    found = [b for mask in (before, after) if mask is not None and (b := mask.bounds)]
    if not found:
        return 0, 0, before.width, before.height
    x0, y0 = min(b[0] for b in found), min(b[1] for b in found)
    x1, y1 = max(b[2] for b in found), max(b[3] for b in found)
    margin = round(max(x1 - x0, y1 - y0) * MARGIN) + 4
    return (
        max(0, x0 - margin),
        max(0, y0 - margin),
        min(before.width, x1 + margin),
        min(before.height, y1 + margin),
    )


def _outline(
    canvas: UInt8, part: npt.NDArray[np.bool_], color: tuple[int, int, int], thickness: int
) -> None:
    size = canvas.shape[1], canvas.shape[0]
    grown = cv2.resize(np.ascontiguousarray(part, np.uint8), size, interpolation=cv2.INTER_NEAREST)
    found, _ = cv2.findContours(grown, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, found, -1, color, thickness)
