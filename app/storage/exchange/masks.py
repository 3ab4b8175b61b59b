"""What the JSON formats share: masks, boxes and outlines as COCO writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from app.core.evidence import Evidence
from app.core.mask import Mask
from app.core.polygon import Ring
from app.core.prompt import Box
from app.storage.exchange.records import optional_number, whole_number
from model.messages import BadValueError, as_it_is, say

Size = tuple[int, int]

EVIDENCE_FIELDS = {"predicted_iou", "stability_score"}
"""What SA-1B notes on a mask, and our COCO files too."""


class SizeDiffers(ValueError):  # noqa: N818  a reason, caught at once
    """A mask is of another size than its image."""


def run_lengths(segmentation: Mapping[str, Any], size: Size | None) -> Mask:
    """The mask of COCO's ``{"size": [height, width], "counts": ...}``, compressed or not.

    Raises:
        ValueError: it is damaged, or of another size than ``size`` (height, width).
    """
    stated = segmentation.get("size")
    sides = [whole_number(side) for side in stated] if isinstance(stated, list) else []
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        raise BadValueError("a mask's size must be [height, width], given {given}", repr(stated))
    height, width = sides[0], sides[1]
    if size is not None and (height, width) != size:
        what = say(
            "the mask is {width} x {height} pixels, its image {image_width} x {image_height}",
            width,
            height,
            size[1],
            size[0],
        )
        raise SizeDiffers(what)
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        return Mask.from_counts(counts, height, width)
    if not isinstance(counts, list):
        raise BadValueError("a mask's counts are missing")
    whole = [count for each in counts if (count := _count(each)) is not None]
    if len(whole) < len(counts):
        raise BadValueError("a mask's counts must be whole numbers or text")
    return Mask.from_counts(whole, height, width)


def _count(value: object) -> int | None:
    return None if isinstance(value, str) else whole_number(value)


def xywh_box(record: Mapping[str, Any], field: str = "bbox") -> Box | None:
    """The box ``record[field]``, four numbers x, y, width, height; None if missing or without area.

    Raises:
        ValueError: it is anything else.
    """
    bbox = record.get(field)
    if not bbox:
        return None
    if not is_numbers(bbox) or len(bbox) != 4:
        raise BadValueError("{field} must be four numbers: x, y, width, height", field)
    x, y, width, height = bbox
    if width <= 0 or height <= 0:
        return None
    return Box(float(x), float(y), float(x) + float(width), float(y) + float(height))


def is_numbers(values: object) -> bool:
    """Whether ``values`` is a list of numbers as JSON has them."""
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)


def require_numbers(values: object) -> None:
    """ValueError that names the first of ``values``, or of lists in it, that is text or null."""
    for each in values if isinstance(values, list) else ():
        for value in each if isinstance(each, list) else (each,):
            if value is None or isinstance(value, str):
                raise BadValueError("a coordinate is {given} instead of a number", repr(value))


def pairs(points: object, least: int, most: int | None = None) -> list[tuple[float, float]]:
    """``points``, a list of [x, y], as pairs.

    Raises:
        ValueError: it is anything else, or has fewer than ``least`` or more than ``most``.
    """
    if not isinstance(points, list) or not all(is_numbers(p) and len(p) == 2 for p in points):
        require_numbers(points)
        raise BadValueError("points must be a list of [x, y] pairs of numbers")
    if len(points) < least or (most is not None and len(points) > most):
        wanted = as_it_is(f"{least}") if most == least else say("at least {count}", least)
        raise BadValueError("this shape needs {needed} points, given {count}", wanted, len(points))
    return [(float(x), float(y)) for x, y in points]


def evidence_of(record: Mapping[str, Any]) -> Evidence:
    """The model's own estimates of a mask, where the record has them and they are in range."""
    stability = optional_number(record, "stability_score")
    if stability is not None and not 0 <= stability <= 1:
        stability = None
    return Evidence(
        predicted_iou=optional_number(record, "predicted_iou"), stability_score=stability
    )


def evidence_fields(evidence: Evidence) -> dict[str, float]:
    """``evidence`` as ``evidence_of`` reads it."""
    values = {name: getattr(evidence, name) for name in ("predicted_iou", "stability_score")}
    return {name: value for name, value in values.items() if value is not None}


def painted_area(mask: Mask, ring: Ring) -> int:
    """Pixels of ``mask`` and of the lines that join its parts and holes, painted one pixel wide."""
    if mask.bounds is None:
        return 0
    x0, y0, x1, y1 = mask.bounds
    painted = np.ascontiguousarray(mask.crop(mask.bounds), np.uint8)
    corners = [(int(x), int(y)) for x, y in ring]
    edges = set(zip(corners, (*corners[1:], corners[0]), strict=True))
    for start, end in edges:
        if start < end and (end, start) in edges:
            ends = [(min(x, x1 - 1) - x0, min(y, y1 - 1) - y0) for x, y in (start, end)]
            cv2.line(painted, ends[0], ends[1], (1,))
    return int(np.count_nonzero(painted))
