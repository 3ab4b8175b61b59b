"""Datumaro, which reads for CVAT."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset

from tests.bench.reading.expected import tell_boxes, tell_classes, tell_masks


def masks(data: Any) -> dict[str, Any]:
    names = [each.name for each in data.categories()[AnnotationType.label]]
    found: dict[str, Any] = {}
    for item in data:
        for each in item.annotations:
            if each.type == AnnotationType.mask:
                mask = np.asarray(each.image, bool)
                found.setdefault(Path(item.id).name, []).append((names[each.label], mask))
    return found


def polygons(data: Any) -> dict[str, Any]:
    """Polygons of an object are filled as pycocotools does."""
    import pycocotools.mask

    names = [each.name for each in data.categories()[AnnotationType.label]]
    found: dict[str, dict[int, Any]] = {}
    for item in data:
        height, width = item.media.size
        for each in item.annotations:
            if each.type == AnnotationType.polygon:
                rle = pycocotools.mask.frPyObjects([list(map(float, each.points))], height, width)
                mask = pycocotools.mask.decode(pycocotools.mask.merge(rle)).astype(bool)
                groups = found.setdefault(Path(item.id).name, {})
                key = each.group or -len(groups) - 1
                before = groups.get(key, (None, False))[1]
                groups[key] = (names[each.label], mask | before)
    return {stem: list(groups.values()) for stem, groups in found.items()}


def boxes(data: Any) -> dict[str, Any]:
    names = [each.name for each in data.categories()[AnnotationType.label]]
    return {
        Path(item.id).name: [
            (names[each.label], (each.x, each.y, each.x + each.w, each.y + each.h))
            for each in item.annotations
            if each.type == AnnotationType.bbox
        ]
        for item in data
    }


def main(folder: Path) -> None:
    for form in ("coco", "coco-polygons"):
        root = folder / f"datumaro-{form}"
        shutil.rmtree(root, ignore_errors=True)
        (root / "annotations").mkdir(parents=True)
        shutil.copytree(folder / "images", root / "images" / "default")
        shutil.copy(folder / f"{form}.json", root / "annotations" / "instances_default.json")
        data = Dataset.import_from(str(root), "coco_instances")
        tell_masks(form, folder, masks(data) if form == "coco" else polygons(data))
    data = Dataset.import_from(str(folder / "voc"), "voc")
    tell_boxes("voc", folder, boxes(data), "as it is, it takes corners from 1 as from 0")
    data = Dataset.import_from(str(folder / "voc"), "voc", coordinate_mode="voc-one-based")
    tell_boxes("voc", folder, boxes(data), "with coordinate_mode voc-one-based")
    for form in ("instance-png", "semantic-png"):
        data = Dataset.import_from(str(folder / form), "voc")
        if form == "instance-png":
            tell_masks(form, folder, masks(data))
        else:
            classes = {stem: dict(each) for stem, each in masks(data).items()}
            tell_classes(form, folder, classes)
    data = Dataset.import_from(str(folder / "yolo-boxes"), "yolo")
    tell_boxes("yolo-boxes", folder, boxes(data))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
