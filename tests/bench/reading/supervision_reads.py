"""supervision's data sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import supervision as sv

from tests.bench.reading.expected import tell_boxes, tell_masks


def masks(data: Any) -> dict[str, Any]:
    found = {}
    for path, _, each in data:
        names = [data.classes[number] for number in each.class_id]
        found[Path(path).stem] = list(zip(names, each.mask if len(each) else [], strict=True))
    return found


def boxes(data: Any) -> dict[str, Any]:
    return {
        Path(path).stem: [
            (data.classes[number], tuple(corners))
            for number, corners in zip(each.class_id, each.xyxy, strict=True)
        ]
        for path, _, each in data
    }


def main(folder: Path) -> None:
    images = str(folder / "images")
    for form in ("coco", "coco-polygons"):
        path = str(folder / f"{form}.json")
        data = sv.DetectionDataset.from_coco(images, path, force_masks=True)
        tell_masks(form, folder, masks(data))
    for form, tell, read in (("yolo", tell_masks, masks), ("yolo-boxes", tell_boxes, boxes)):
        root = folder / form
        pictures, lines, names = (str(root / each) for each in ("images", "labels", "data.yaml"))
        data = sv.DetectionDataset.from_yolo(pictures, lines, names, force_masks=form == "yolo")
        tell(form, folder, read(data))
    voc = folder / "voc"
    data = sv.DetectionDataset.from_pascal_voc(str(voc / "JPEGImages"), str(voc / "Annotations"))
    tell_boxes("voc", folder, boxes(data))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
