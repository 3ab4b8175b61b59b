"""pycocotools, and what detectron2 and torchvision's reference code do with it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.bench.reading.expected import Pixels, tell_masks


def quietly(path: Path) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def stem(coco: Any, image: int) -> str:
    return Path(coco.imgs[image]["file_name"]).stem


def own(coco: Any) -> dict[str, list[tuple[str, Pixels]]]:
    """``annToMask`` of each annotation."""
    found: dict[str, list[tuple[str, Pixels]]] = {}
    for each in coco.anns.values():
        name = coco.cats[each["category_id"]]["name"]
        mask = coco.annToMask(each).astype(bool)
        found.setdefault(stem(coco, each["image_id"]), []).append((name, mask))
    return found


def evaluated(coco: Any, kind: str) -> float:
    """The mean average precision of the masks themselves, taken as results."""
    results = [
        {
            "image_id": each["image_id"],
            "category_id": each["category_id"],
            "segmentation": coco.annToRLE(each),
            "bbox": each["bbox"],
            "score": 1.0,
        }
        for each in coco.anns.values()
    ]
    for each in results:
        if isinstance(each["segmentation"]["counts"], bytes):
            each["segmentation"]["counts"] = each["segmentation"]["counts"].decode()
    with contextlib.redirect_stdout(io.StringIO()):
        scores = COCOeval(coco, coco.loadRes(json.loads(json.dumps(results))), kind)
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    return float(scores.stats[0])


def as_detectron2(path: Path) -> dict[str, list[tuple[str, Pixels]]]:
    """Categories made contiguous, run lengths or polygons checked, then decoded by image."""
    coco = quietly(path)
    names = [each["name"] for each in coco.loadCats(sorted(coco.getCatIds()))]
    place = {key: number for number, key in enumerate(sorted(coco.getCatIds()))}
    found: dict[str, list[tuple[str, Pixels]]] = {}
    for image in coco.loadImgs(sorted(coco.imgs)):
        for each in coco.imgToAnns[image["id"]]:
            assert each["image_id"] == image["id"]
            assert each.get("ignore", 0) == 0
            shape = each["segmentation"]
            if isinstance(shape, dict):
                if isinstance(shape["counts"], list):
                    shape = pycocotools.mask.frPyObjects(shape, *shape["size"])
            else:
                shape = [p for p in shape if len(p) % 2 == 0 and len(p) >= 6]
                shape = pycocotools.mask.frPyObjects(shape, image["height"], image["width"])
                shape = pycocotools.mask.merge(shape)
            mask = pycocotools.mask.decode(shape).astype(bool)
            name = names[place[each["category_id"]]]
            found.setdefault(Path(image["file_name"]).stem, []).append((name, mask))
    return found


def as_torchvision(path: Path) -> dict[str, list[tuple[str, Pixels]]]:
    """Crowds dropped, polygons decoded with ``frPyObjects``, boxes without area dropped."""
    coco = quietly(path)
    found: dict[str, list[tuple[str, Pixels]]] = {}
    for image in coco.loadImgs(sorted(coco.imgs)):
        each = [a for a in coco.loadAnns(coco.getAnnIds(image["id"])) if a["iscrowd"] == 0]
        for annotation in each:
            polygons = annotation["segmentation"]
            rles = pycocotools.mask.frPyObjects(polygons, image["height"], image["width"])
            mask = pycocotools.mask.decode(rles)
            mask = mask.any(axis=2) if mask.ndim == 3 else mask.astype(bool)
            x, y, width, height = annotation["bbox"]
            if x + width > x and y + height > y:
                name = coco.cats[annotation["category_id"]]["name"]
                found.setdefault(Path(image["file_name"]).stem, []).append((name, np.asarray(mask)))
    return found


def main(folder: Path) -> None:
    for form in ("coco", "coco-polygons"):
        coco = quietly(folder / f"{form}.json")
        kinds = ", ".join(f"{kind} AP {evaluated(coco, kind):.3f}" for kind in ("segm", "bbox"))
        with contextlib.redirect_stdout(io.StringIO()):
            coco.info()
        tell_masks(form, folder, own(coco), f"loadRes and COCOeval: {kinds}")
        tell_masks(form, folder, as_detectron2(folder / f"{form}.json"), "as detectron2 reads it")
    tell_masks(
        "coco-polygons",
        folder,
        as_torchvision(folder / "coco-polygons.json"),
        "as torchvision's reference code reads it",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
