"""Segmenting everything in the plainest way: every mask at full size, every rule in turn.

Written from the paper's appendix B and the documented behaviour of the published generator; shares
no code with what it judges but the model and the resize of one mask.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.everything import Settings
from model.interface import Model, Prompt

Mask = npt.NDArray[np.bool_]


@dataclass
class Plain:
    mask: Mask
    iou: float
    crop: tuple[int, ...]

    @property
    def crop_area(self) -> int:
        x0, y0, x1, y1 = self.crop[:4]
        return (x1 - x0) * (y1 - y0)


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(mask)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def overlap(one: Mask, other: Mask) -> float:
    a, b = box_of(one), box_of(other)
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area_a + area_b - shared)


def crop_boxes(height: int, width: int, layers: int, ratio: float) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [(0, 0, width, height, 0)]
    for layer in range(1, layers + 1):
        count = 2**layer
        shared = int(ratio * min(height, width) * (2 / count))
        crop_w = math.ceil((shared * (count - 1) + width) / count)
        crop_h = math.ceil((shared * (count - 1) + height) / count)
        for i, j in itertools.product(range(count), range(count)):
            x, y = (crop_w - shared) * i, (crop_h - shared) * j
            found.append((x, y, min(x + crop_w, width), min(y + crop_h, height), layer))
    return found


def touches(mask: Mask, crop: tuple[int, ...]) -> bool:
    height, width = mask.shape
    for place, edge, border in zip(box_of(mask), crop, (0, 0, width, height), strict=False):
        if abs(place - edge) <= 20 and not abs(place - border) <= 20:
            return True
    return False


def components(mask: Mask) -> list[list[tuple[int, int]]]:
    """The eight-connected components, each as its (row, column) places."""
    left = set(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))
    found = []
    for start in sorted(left):
        if start not in left:
            continue
        left.remove(start)
        part = [start]
        for y, x in part:
            for near in itertools.product((y - 1, y, y + 1), (x - 1, x, x + 1)):
                if near in left:
                    left.remove(near)
                    part.append(near)
        found.append(part)
    return found


def clean(mask: Mask, min_area: int) -> Mask:
    framed = np.pad(mask, 1)
    for hole in components(~framed):
        if (0, 0) not in hole and len(hole) < min_area:
            framed[tuple(np.transpose(hole))] = True
    parts = components(framed)
    for part in parts:
        if len(part) < min_area and part is not max(parts, key=len):
            framed[tuple(np.transpose(part))] = False
    return framed[1:-1, 1:-1]


def in_crop(
    model: Model, image: npt.NDArray[np.uint8], crop: tuple[int, ...], settings: Settings
) -> list[Plain]:
    x0, y0, x1, y1, layer = crop
    height, width = image.shape[:2]
    grid, filters = settings.grid, settings.filters
    embedding = model.embed(np.ascontiguousarray(image[y0:y1, x0:x1]))
    side = int(grid.points_per_side / grid.points_divisor**layer)
    found = []
    for row, column in itertools.product(range(side), range(side)):
        place = ((column + 0.5) / side * (x1 - x0), (row + 0.5) / side * (y1 - y0))
        prompt = Prompt(points=np.array([place], np.float32), labels=np.array([1]))
        answer = model.decode(embedding, prompt, True)
        h, w = embedding.transform.resized
        rows = math.ceil(h / model.input_size * answer.logits.shape[1])
        columns = math.ceil(w / model.input_size * answer.logits.shape[2])
        for index in range(3):
            logits = answer.logits[index, :rows, :columns]
            outer = (logits > -1).sum()
            stability = (logits > 1).sum() / outer if outer else 0
            cover = (logits > 0).mean() * (y1 - y0) * (x1 - x0) / (height * width)
            mask = np.zeros((height, width), np.bool_)
            mask[y0:y1, x0:x1] = answer.mask(index)
            if (
                answer.predicted_iou[index] > filters.predicted_iou
                and stability >= filters.stability
                and cover < filters.max_cover
                and mask.any()
                and not touches(mask, crop)
            ):
                iou = float(answer.predicted_iou[index])
                found.append(Plain(mask, iou, crop))
    return unlike(sorted(found, key=lambda each: -each.iou), filters.box_iou)


def unlike(ranked: list[Plain], most: float) -> list[Plain]:
    kept: list[Plain] = []
    for each in ranked:
        if all(overlap(each.mask, other.mask) <= most for other in kept):
            kept.append(each)
    return kept


def everything(model: Model, image: npt.NDArray[np.uint8], settings: Settings) -> list[Mask]:
    """All masks, in the order in which they are preferred."""
    filters = settings.filters
    found: list[Plain] = []
    height, width = image.shape[:2]
    boxes = crop_boxes(height, width, settings.grid.crop_layers, settings.grid.crop_overlap)
    for crop in boxes:
        found += in_crop(model, image, crop, settings)
    kept: list[Plain] = []
    for each in sorted(found, key=lambda each: each.crop_area):
        others = [other for other in kept if other.crop != each.crop]
        if all(overlap(each.mask, other.mask) <= filters.crop_iou for other in others):
            kept.append(each)
    if not filters.min_area:
        return [each.mask for each in kept]
    masks: list[Mask] = []
    for each in kept:
        mask = clean(each.mask, filters.min_area)
        changed = box_of(mask) != box_of(each.mask)
        most = max(filters.box_iou, filters.crop_iou)
        if not (changed and any(overlap(mask, other) > most for other in masks)):
            masks.append(mask)
    return masks
