"""Which candidates to keep: thresholds, crop edges, and boxes that overlap too much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.boxes import box_iou, nms
from model.everything.candidate import Candidate
from model.everything.grid import Box
from model.everything.settings import EDGE_PIXELS, Filters
from model.masks.resampling import Bool

Boxes = npt.NDArray[np.float64]
Coarse = tuple[Bool, int, int]
"""See ``Candidate.coarse``."""


RASTER = 160
"""Places of the longer side of the raster on which masks are compared."""
FEW_PLACES = 6
"""Of masks with fewer places the boxes are compared."""


def near_inner_edge(
    bounds: Box, crop: Box, image_size: tuple[int, int], near: float = EDGE_PIXELS
) -> bool:
    """Whether a box comes within ``near`` pixels of an edge of its crop and not of the image."""
    height, width = image_size
    ends = zip(bounds, crop, (0, 0, width, height), strict=True)
    return any(
        abs(place - edge) <= near and abs(place - border) > near for place, edge, border in ends
    )


def passes(candidate: Candidate, filters: Filters, image_size: tuple[int, int]) -> bool:
    """Whether a candidate is good enough by itself."""
    height, width = image_size
    x0, y0, x1, y1 = candidate.crop.box
    near = filters.edge_share * max(x1 - x0, y1 - y0) or EDGE_PIXELS
    return (
        candidate.predicted_iou > filters.predicted_iou
        and candidate.stability >= filters.stability
        and candidate.cover * candidate.crop.area < filters.max_cover * height * width
        and not near_inner_edge(candidate.bounds, candidate.crop.box, image_size, near)
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
    candidates: Sequence[Candidate],
    filters: Filters,
    image_size: tuple[int, int],
    coarse: dict[int, Coarse] | None = None,
) -> list[Candidate]:
    """The candidates that ``filters`` keep, those of the smallest crops first, then by IoU.

    Asks no model: thresholds can be tried on the candidates of one run, as far as that run's own
    filters let them through. With ``Filters.by_mask`` the surest of all come first.
    """
    if filters.by_mask:
        good = [each for each in candidates if passes(each, filters, image_size)]
        return select_by_mask(good, filters.box_iou, image_size, {} if coarse is None else coarse)
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


def select_by_mask(
    candidates: Sequence[Candidate],
    overlap: float,
    image_size: tuple[int, int],
    coarse: dict[int, Coarse],
) -> list[Candidate]:
    """Those whose masks have an IoU of at most ``overlap`` with every surer one that stays.

    Masks are compared on a coarse raster; ``coarse`` keeps them, by ``id``, for another choice
    among the same candidates.
    """
    step = max(1.0, max(image_size) / RASTER)
    boxes = np.array([each.bounds for each in candidates], np.float64).reshape(-1, 4)
    areas = np.array([each.cover * each.crop.area for each in candidates], np.float64)
    scores = np.array([each.predicted_iou for each in candidates])
    kept: list[int] = []

    def mask(index: int) -> Coarse:
        found = candidates[index]
        if id(found) not in coarse:
            coarse[id(found)] = found.coarse(step)
        return coarse[id(found)]

    for index in np.argsort(-scores, kind="stable").tolist():
        rivals = _may_overlap(boxes, areas, index, kept, overlap)
        if all(_overlap(mask(index), mask(n), boxes[[index, n]]) <= overlap for n in rivals):
            kept.append(index)
    return [candidates[index] for index in kept]


def _may_overlap(
    boxes: Boxes, areas: npt.NDArray[np.float64], index: int, kept: list[int], overlap: float
) -> list[int]:
    """Those of ``kept`` whose masks may overlap that of ``index`` more than so: no mask shares more
    with another than their boxes do, or than the smaller one has."""
    others = np.array(kept, np.intp)
    low = np.maximum(boxes[index, :2], boxes[others, :2])
    high = np.minimum(boxes[index, 2:], boxes[others, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    # Areas are known from the low-res logits alone, so there is some room.
    shared = np.minimum(shared, 1.2 * np.minimum(areas[index], areas[others]))
    union = np.maximum(areas[index] + areas[others] - shared, 1e-12)
    return [int(each) for each in others[shared / union > 0.8 * overlap]]


def _overlap(one: tuple[Bool, int, int], other: tuple[Bool, int, int], boxes: Boxes) -> float:
    """IoU of two masks on one raster."""
    (first, x0, y0), (second, x1, y1) = one, other
    areas = np.count_nonzero(first), np.count_nonzero(second)
    if min(areas) < FEW_PLACES:
        return float(box_iou(boxes[:1], boxes[1:])[0, 0])
    left, top = max(x0, x1), max(y0, y1)
    right = min(x0 + first.shape[1], x1 + second.shape[1])
    bottom = min(y0 + first.shape[0], y1 + second.shape[0])
    if left >= right or top >= bottom:
        return 0.0
    mine = first[top - y0 : bottom - y0, left - x0 : right - x0]
    others = second[top - y1 : bottom - y1, left - x1 : right - x1]
    shared = np.count_nonzero(mine & others)
    return shared / (areas[0] + areas[1] - shared)
