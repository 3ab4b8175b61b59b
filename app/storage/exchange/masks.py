"""What the JSON formats share: masks, boxes and outlines as COCO writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.evidence import Evidence
from app.core.mask import Mask
from app.core.prompt import Box
from app.storage.exchange.records import optional_number

Size = tuple[int, int]

EVIDENCE_FIELDS = {"predicted_iou", "stability_score"}
"""What SA-1B notes on a mask, and our COCO files too."""


def run_lengths(segmentation: Mapping[str, Any], size: Size | None) -> Mask:
    """The mask of COCO's ``{"size": [height, width], "counts": ...}``, compressed or not.

    Raises:
        ValueError: it is damaged, or of another size than ``size`` (height, width).
    """
    stated = segmentation.get("size")
    whole = isinstance(stated, list) and len(stated) == 2 and all(type(s) is int for s in stated)
    if not whole:
        raise ValueError(f"a mask's size must be [height, width], given {stated!r}")
    height, width = segmentation["size"]
    if size is not None and (height, width) != size:
        raise ValueError(f"the mask is {width} x {height} pixels, its image {size[1]} x {size[0]}")
    counts = segmentation.get("counts")
    if isinstance(counts, list) and not all(type(count) is int for count in counts):
        raise ValueError("a mask's counts must be whole numbers or text")
    if not isinstance(counts, list | str):
        raise ValueError("a mask's counts are missing")  # noqa: TRY004
    return Mask.from_counts(counts, height, width)


def xywh_box(record: Mapping[str, Any], field: str = "bbox") -> Box | None:
    """The box ``record[field]``, four numbers x, y, width, height; None if missing or without area.

    Raises:
        ValueError: it is anything else.
    """
    bbox = record.get(field)
    if not bbox:
        return None
    if not is_numbers(bbox) or len(bbox) != 4:
        raise ValueError(f"{field} must be four numbers: x, y, width, height")
    x, y, width, height = bbox
    if width <= 0 or height <= 0:
        return None
    return Box(float(x), float(y), float(x) + float(width), float(y) + float(height))


def is_numbers(values: object) -> bool:
    """Whether ``values`` is a list of numbers as JSON has them."""
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)


def pairs(points: object, least: int, most: int | None = None) -> list[tuple[float, float]]:
    """``points``, a list of [x, y], as pairs.

    Raises:
        ValueError: it is anything else, or has fewer than ``least`` or more than ``most``.
    """
    if not isinstance(points, list) or not all(is_numbers(p) and len(p) == 2 for p in points):
        raise ValueError("points must be a list of [x, y] pairs of numbers")
    if len(points) < least or (most is not None and len(points) > most):
        wanted = f"{least}" if most == least else f"at least {least}"
        raise ValueError(f"this shape needs {wanted} points, given {len(points)}")
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
