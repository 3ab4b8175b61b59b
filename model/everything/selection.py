"""Which candidates to keep: thresholds, crop edges, and boxes that overlap too much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.boxes import box_iou, nms
from model.everything.candidate import Candidate
from model.everything.grid import Box
from model.everything.settings import EDGE_PIXELS, Filters

Boxes = npt.NDArray[np.float64]


def near_inner_edge(bounds: Box, crop: Box, image_size: tuple[int, int]) -> bool:
    """Whether a box comes near an edge of its crop that is not an edge of the image."""
    height, width = image_size
    ends = zip(bounds, crop, (0, 0, width, height), strict=True)
    return any(
        abs(place - edge) <= EDGE_PIXELS and abs(place - border) > EDGE_PIXELS
        for place, edge, border in ends
    )


def passes(candidate: Candidate, filters: Filters, image_size: tuple[int, int]) -> bool:
    """Whether a candidate is good enough by itself."""
    height, width = image_size
    return (
        candidate.predicted_iou > filters.predicted_iou
        and candidate.stability >= filters.stability
        and candidate.cover * candidate.crop.area < filters.max_cover * height * width
        and not near_inner_edge(candidate.bounds, candidate.crop.box, image_size)
    )


def mostly_inside(candidate: Candidate, region: Box | None) -> bool:
    """Whether at least half of a mask's area lies in ``region``, by its low-res logits."""
    bounds, part, transform = candidate.bounds, candidate.part, candidate.transform
    if region is None or _shared(bounds, region) == bounds:
        return True
    size, resized = transform.image_size, transform.resized
    inside, whole = [], []
    for axis in (0, 1):
        pixels = size[axis] / resized[axis] * transform.input_size / part.shape[axis]
        start = candidate.crop.box[1 - axis]
        steps = part.origin[axis] + np.arange(part.logits.shape[axis] + 1)
        # What lies beyond the image is padding, not mask.
        places = start + np.minimum(steps * pixels, size[axis])
        whole.append(np.diff(places))
        inside.append(np.diff(np.clip(places, region[1 - axis], region[3 - axis])))
    positive = part.logits > 0
    area = float(whole[0] @ positive @ whole[1])
    return 2 * float(inside[0] @ positive @ inside[1]) >= area


def _shared(one: Box, other: Box) -> Box:
    (a0, b0, a1, b1), (c0, d0, c1, d1) = one, other
    return max(a0, c0), max(b0, d0), min(a1, c1), min(b1, d1)


def select(
    candidates: Sequence[Candidate], filters: Filters, image_size: tuple[int, int]
) -> list[Candidate]:
    """The candidates that ``filters`` keep, those of the smallest crops first, then by IoU.

    Asks no model: thresholds can be tried on the candidates of one run, as far as that run's own
    filters let them through.
    """
    by_crop: dict[Box, list[Candidate]] = {}
    for each in candidates:
        if passes(each, filters, image_size):
            by_crop.setdefault(each.crop.box, []).append(each)
    groups = sorted(by_crop.values(), key=lambda group: group[0].crop.area)
    kept: list[Candidate] = []
    for group in groups:
        kept += select_in_crop(group, kept, filters)
    return kept


def select_in_crop(
    group: Sequence[Candidate], before: Sequence[Candidate], filters: Filters
) -> list[Candidate]:
    """What stays of one crop's candidates beside those ``before`` from smaller crops."""
    if not group:
        return []
    boxes = np.array([each.bounds for each in group], np.float64)
    scores = np.array([each.predicted_iou for each in group])
    own = [group[index] for index in nms(boxes, scores, filters.box_iou)]
    if not before:
        return own
    others = np.array([each.bounds for each in before], np.float64)
    overlap = box_iou(np.array([each.bounds for each in own], np.float64), others).max(axis=1)
    return [each for each, most in zip(own, overlap, strict=True) if most <= filters.crop_iou]
