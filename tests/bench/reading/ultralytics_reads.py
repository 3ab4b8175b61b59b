"""Ultralytics' data set class, which its training reads with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset, polygon2mask

from tests.bench.reading.expected import tell_boxes, tell_masks


def main(folder: Path) -> None:
    for form, task in (("yolo", "segment"), ("yolo-boxes", "detect")):
        told = check_det_dataset(str(folder / form / "data.yaml"), autodownload=False)
        data = YOLODataset(img_path=told["train"], data=told, task=task, augment=False)
        if task == "segment":
            tell_masks(form, folder, {Path(e["im_file"]).stem: masks(e, told) for e in data.labels})
        else:
            tell_boxes(form, folder, {Path(e["im_file"]).stem: boxes(e, told) for e in data.labels})


def masks(each: Any, told: Any) -> list[tuple[str, Any]]:
    height, width = each["shape"]
    return [
        (
            told["names"][int(number)],
            polygon2mask((height, width), [segment * (width, height)]).astype(bool),
        )
        for number, segment in zip(each["cls"].ravel(), each["segments"], strict=True)
    ]


def boxes(each: Any, told: Any) -> list[tuple[str, Any]]:
    height, width = each["shape"]
    x, y, w, h = (each["bboxes"] * (width, height, width, height)).T
    corners = np.stack((x - w / 2, y - h / 2, x + w / 2, y + h / 2), axis=1)
    return [
        (told["names"][int(number)], tuple(map(float, row)))
        for number, row in zip(each["cls"].ravel(), corners, strict=True)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
