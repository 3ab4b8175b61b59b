"""Writing COCO's one file: made, read back and compared before it replaces an older one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.core.contour import outlines
from app.core.document import Annotation
from app.core.frozen import freeze
from app.core.labels import LabelSet
from app.storage.atomic import write_atomic
from app.storage.exchange import coco
from app.storage.exchange.files import check_text, mismatch, with_boxes
from app.storage.exchange.ids import Ids
from app.storage.exchange.masks import evidence_fields
from app.storage.exchange.values import (
    Counter,
    Export,
    ExportImage,
    ExportReport,
    Imported,
    ImportedObject,
    Loss,
    Skip,
    extra_of,
)
from app.storage.exchange.waiting import Waiting
from app.storage.names import shown


def write(
    export: Export,
    path: Path,
    *,
    polygons: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write ``path``, one COCO file with all images.

    Masks are written as compressed run lengths, which lose nothing; as polygons along the pixels'
    edges if ``polygons``, where the report names each object whose holes were lost, with its IoU.
    Ids the objects were imported with are kept where they do not clash.

    Args:
        export: what to write.
        path: the JSON file; replaced only when the new one has been read back and agrees.
        progress: called with the number of images written so far; may raise to stop.

    Raises:
        Problem: what was written does not read back as it should (nothing is replaced then).
        OSError: the file cannot be written; an older one is left as it was.
    """
    writer = _Writer(export.labels, polygons)
    for done, image in enumerate(export):
        writer.add(image)
        if progress is not None:
            progress(done + 1)
    data = writer.bytes(export)
    writer.compare(coco.parse(data, path.name))
    write_atomic(path, data)
    writer.counter.files.append(path)
    return writer.counter.report()


class _Writer:
    def __init__(self, labels: LabelSet, polygons: bool) -> None:
        self.counter = Counter()
        self._polygons = polygons
        self._labels = labels
        self._category_ids = Ids()
        self._image_ids = Ids()
        self._ids = Ids()
        self._categories: dict[int, dict[str, Any]] = {}
        self._images: list[dict[str, Any]] = []
        self._annotations: list[bytes] = []
        self._written: list[list[Annotation | Waiting]] = []
        for label in labels:
            self._category(label.id)

    def add(self, image: ExportImage) -> None:
        """Take an image in; one whose name no text can hold is skipped."""
        try:
            check_text(image.name)
        except ValueError as error:
            self.counter.skipped.append(Skip(shown(image.name), str(error)))
            return
        document = image.document
        kept = dict(extra_of(document.extra, coco.FORMAT))
        key = self._image_ids.take(kept.pop("id", None))
        record = {"id": key, "file_name": image.name, **_plain(kept)}
        self._images.append(record | {"height": document.height, "width": document.width})
        for annotation in document:
            self._annotations.append(msgspec.json.encode(self._annotation(annotation, key)))
        boxes = list(with_boxes(image, self.counter))
        self._annotations += [msgspec.json.encode(self._box(each, key)) for each in boxes]
        self._written.append([*document, *boxes])
        self.counter.images += 1
        self.counter.objects += len(document) + len(boxes)

    def _category(self, label_id: int) -> int:
        if label_id not in self._categories:
            label = self._labels.label(label_id)
            kept = dict(extra_of(label.extra, coco.FORMAT))
            key = self._category_ids.take(kept.pop("id", None), label_id)
            self._categories[label_id] = {"id": key, "name": label.name, **_plain(kept)}
        key = self._categories[label_id]["id"]
        return int(key)

    def _annotation(self, annotation: Annotation, image_key: int) -> dict[str, Any]:
        mask, evidence = annotation.mask, annotation.evidence
        kept = dict(extra_of(annotation.extra, coco.FORMAT))
        record = {
            "id": self._ids.take(kept.pop("id", None)),
            "image_id": image_key,
            "category_id": self._category(annotation.label_id),
            "segmentation": self._segmentation(annotation),
            "bbox": list(mask.bbox),
            "area": mask.area,
            "iscrowd": _crowd(kept.pop("iscrowd", 0)),
        }
        if annotation.attributes:
            record["attributes"] = annotation.attributes.thawed()
        record |= evidence_fields(evidence)
        return {**_plain(kept), **record}

    def _box(self, each: Waiting, image_key: int) -> dict[str, Any]:
        """A record without a mask, as data sets for detection have them."""
        box = each.prompt.box
        _, _, width, height = (0, 0, 0, 0) if box is None else box.xywh
        kept = dict(extra_of(each.extra, coco.FORMAT))
        record: dict[str, Any] = {
            "id": self._ids.take(kept.pop("id", None)),
            "image_id": image_key,
            "category_id": self._category(each.label_id),
            "segmentation": [],
            "bbox": None if box is None else list(box.xywh),
            "area": width * height,
            "iscrowd": _crowd(kept.pop("iscrowd", 0)),
        }
        if each.attributes:
            record["attributes"] = each.attributes.thawed()
        if each.score is not None:
            record["score"] = each.score
        return {**_plain(kept), **record}

    def _segmentation(self, annotation: Annotation) -> object:
        mask = annotation.mask
        if not self._polygons:
            return {"size": [mask.height, mask.width], "counts": mask.counts}
        return [polygon.shell.ravel().tolist() for polygon in outlines(mask)]

    def bytes(self, export: Export) -> bytes:
        head = {
            **_plain(dict(extra_of(export.extra, coco.FORMAT))),
            "images": self._images,
            "categories": list(self._categories.values()),
        }
        opened = msgspec.json.encode(head)[:-1]
        return opened + b',"annotations":[' + b",\n".join(self._annotations) + b"]}\n"

    def compare(self, back: Imported) -> None:
        if back.skipped:
            first = back.skipped[0]
            raise mismatch(f"{first.where}: {first.reason}")
        for image, written in zip(back.images, self._written, strict=True):
            if len(image.objects) != len(written):
                raise mismatch(f"{image.name} came back with {len(image.objects)} objects")
            for found, annotation in zip(image.objects, written, strict=True):
                self._compare(image.name, found, annotation)

    def _compare(self, name: str, found: ImportedObject, annotation: Annotation | Waiting) -> None:
        if found.label != self._labels.label(annotation.label_id).name:
            raise mismatch(f"the label of an object of {name} came back different")
        if isinstance(annotation, Waiting):
            if found.box is None or found.mask is not None:
                raise mismatch(f"a box of {name} came back different")
            return
        if found.mask == annotation.mask or (found.mask is None and annotation.mask.area == 0):
            return
        where = f"{name}, object {annotation.id}"
        if not self._polygons or found.mask is None:
            raise mismatch(f"the mask of {where} came back different")
        iou = found.mask.iou(annotation.mask)
        self.counter.losses.append(Loss(where, "polygons cannot hold its holes", iou))


def _crowd(value: object) -> int:
    return 1 if value in (1, True) else 0


def _plain(kept: Mapping[str, object]) -> dict[str, Any]:
    return freeze(kept).thawed()
