"""FiftyOne: its importers, into a data set where its database can be started, else alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import fiftyone as fo
import fiftyone.utils.coco as coco
import fiftyone.utils.voc as voc
import fiftyone.utils.yolo as yolo
import numpy as np
from PIL import Image

from tests.bench.reading.expected import tell_boxes, tell_masks


def database() -> str:
    """What is to be said of the database."""
    try:
        fo.list_datasets()
    except Exception as error:  # noqa: BLE001  FiftyOne raises its own, of several kinds
        return f"its importers alone: {str(error).split('.')[0]}"
    return "with its database"


def samples(importer: Any) -> dict[str, tuple[tuple[int, int], list[Any]]]:
    found = {}
    with importer:
        for path, _, label in importer:
            with Image.open(path) as image:
                size = image.size[1], image.size[0]
            label = label.get("segmentations", None) if isinstance(label, dict) else label
            found[Path(path).stem] = size, _objects(label)
    return found


def _objects(label: Any) -> list[Any]:
    if label is None:
        return []
    return list(label.polylines if isinstance(label, fo.Polylines) else label.detections)


def masks(found: dict[str, tuple[tuple[int, int], list[Any]]]) -> dict[str, Any]:
    return {stem: [(e.label, _mask(e, size)) for e in each] for stem, (size, each) in found.items()}


def _mask(each: Any, size: tuple[int, int]) -> Any:
    height, width = size
    whole = np.zeros(size, bool)
    if isinstance(each, fo.Polyline):
        canvas = np.zeros(size, np.uint8)
        for ring in each.points:
            corners = np.round(np.array(ring) * (width, height)).astype(np.int32)
            cv2.fillPoly(canvas, [corners], 1)
        return canvas.astype(bool)
    x, y = round(each.bounding_box[0] * width), round(each.bounding_box[1] * height)
    pixels = np.asarray(each.mask, bool)
    whole[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return whole


def boxes(found: dict[str, tuple[tuple[int, int], list[Any]]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for stem, ((height, width), each) in found.items():
        told[stem] = [
            (e.label, (x * width, y * height, (x + w) * width, (y + h) * height))
            for e in each
            for x, y, w, h in [e.bounding_box]
        ]
    return told


def main(folder: Path) -> None:
    note = database()
    images = str(folder / "images")
    for form in ("coco", "coco-polygons"):
        importer = coco.COCODetectionDatasetImporter(
            data_path=images,
            labels_path=str(folder / f"{form}.json"),
            label_types="segmentations",
        )
        tell_masks(form, folder, masks(samples(importer)), note)
    for form in ("yolo", "yolo-boxes"):
        importer = yolo.YOLOv5DatasetImporter(
            dataset_dir=str(folder / form),
            yaml_path="data.yaml",
            split="train",
            label_type="polylines" if form == "yolo" else "detections",
        )
        found = samples(importer)
        if form == "yolo":
            tell_masks(form, folder, masks(found), note)
        else:
            tell_boxes(form, folder, boxes(found), note)
    root = folder / "voc"
    importer = voc.VOCDetectionDatasetImporter(
        data_path=str(root / "JPEGImages"), labels_path=str(root / "Annotations")
    )
    tell_boxes("voc", folder, boxes(samples(importer)), f"{note}; corners from 1 taken as from 0")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
