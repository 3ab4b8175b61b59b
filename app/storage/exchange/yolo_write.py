"""Writing YOLO's data sets: ``data.yaml``, a text file of labels for each image, the images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.core.contour import outlines
from app.core.document import Annotation
from app.core.outlines import joined
from app.core.prompt import Box
from app.core.unsegmented import Unsegmented
from app.storage.exchange import yolo
from app.storage.exchange.files import Target, mismatch, place
from app.storage.exchange.images import Images
from app.storage.exchange.masks import painted_area
from app.storage.exchange.records import Records
from app.storage.exchange.values import Export, ExportImage, ExportReport, ImportedObject, Skip
from app.storage.exchange.yolo_names import FORMAT, indices, yaml_of
from app.storage.names import shown
from model.messages import BadValueError, say

SMALLEST = 0.001
"""Sides of a box below this, in pixels, are lost in the digits that are written."""


def write(
    export: Export,
    root: Path,
    *,
    boxes: bool = False,
    copy_images: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write ``data.yaml`` and ``labels/<image>.txt`` into the folder ``root``.

    Each object is one polygon along the edges of its pixels. Parts and holes are joined by lines
    of no width: programs that fill by a rule lose nothing, those that also paint the outline (as
    OpenCV's ``fillPoly`` does) paint the lines; the report gives the IoU for the latter.

    Args:
        boxes: write boxes for detection instead of polygons; objects that are still only boxes
            are written too, and the report tells how much of each box its mask fills.
        copy_images: copy the image files to ``images``, where Ultralytics looks for them.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    reads = [("labels", ".txt"), *([("images", "")] if copy_images else [])]
    target = Target(root, export, FORMAT, reads)
    classes = indices(export.labels)
    names = {index: export.label(label_id) for label_id, index in classes.items()}

    def one(image: ExportImage) -> None:
        lines = _Lines(target, image, classes, boxes)
        path = target.claim(image, ".txt", "labels/", named=False)
        data = "".join(f"{line}\n" for line in lines.written).encode()
        lines.compare(data, names)
        target.put(path, data)
        if copy_images and image.path is not None:
            target.copy(image, "images/")

    target.put_shared("data.yaml", yaml_of(export.labels))
    target.each(one, progress)
    return target.finish()


class _Lines:
    """The lines of one image, and what each came from."""

    def __init__(
        self, target: Target, image: ExportImage, classes: dict[int, int], boxes: bool
    ) -> None:
        self._target, self._image, self._boxes = target, image, boxes
        self._size = image.document.height, image.document.width
        self._owners: list[Annotation | Unsegmented] = []
        self.written: list[str] = []
        for owner in self._all():
            if owner.label_id not in classes:
                where = place(image, owner) if isinstance(owner, Annotation) else shown(image.name)
                target.counter.skipped.append(Skip(where, say("its label was removed")))
                continue
            values = self._box(owner) if boxes else self._ring(owner)
            if values is None:
                target.counter.skipped.append(Skip(shown(image.name), say("a box lies outside it")))
                continue
            numbers = " ".join(f"{value:.9g}" for value in values)
            self.written.append(f"{classes[owner.label_id]} {numbers}")
            self._owners.append(owner)

    def _all(self) -> Iterator[Annotation | Unsegmented]:
        yield from self._target.with_pixels(self._image, also_unsegmented=self._boxes)
        if self._boxes:
            yield from self._target.with_boxes(self._image)

    def _ring(self, owner: Annotation | Unsegmented) -> list[float]:
        if isinstance(owner, Unsegmented):
            raise TypeError("only boxes are written of objects without a mask")
        parts = outlines(owner.mask)
        ring = joined(parts)
        holes = sum(len(part.holes) for part in parts)
        if len(parts) + holes > 1:
            reason = say(
                "its {parts} parts and {holes} holes are joined by lines of no width, which "
                "some programs paint",
                len(parts),
                holes,
            )
            iou = owner.mask.area / painted_area(owner.mask, ring)
            self._target.lose(self._image, owner, reason, iou)
        return [float(value) for value in (ring / self._size[::-1]).ravel()]

    def _box(self, owner: Annotation | Unsegmented) -> list[float] | None:
        """Only what lies inside, for readers refuse more; None if nothing to speak of does."""
        height, width = self._size
        box = _box_of(owner).clipped(height, width)
        if box is None or min(box.xywh[2:]) < SMALLEST:
            return None
        if isinstance(owner, Annotation):
            self._target.lose_mask(self._image, owner)
        x, y, w, h = box.xywh
        return [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]

    def compare(self, data: bytes, names: dict[int, str]) -> None:
        """Raise Problem unless ``data`` is read as what it came from."""
        records = Records()
        reader = yolo.Reader(dict(names), Images.of_sizes({}))
        found = list(reader.objects(data, self._size, records))
        if records.skipped or len(found) != len(self._owners):
            raise mismatch(
                say("{where} came back with {count} objects", shown(self._image.name), len(found))
            )
        for owner, each in zip(self._owners, found, strict=True):
            if each.label != self._target.label(owner.label_id):
                raise mismatch(
                    say("an object of {name} has another label", shown(self._image.name))
                )
            self._compare(owner, each)
        self._target.counter.objects += len(found)

    def _compare(self, owner: Annotation | Unsegmented, each: ImportedObject) -> None:
        if self._boxes:
            wanted, box = _box_of(owner).clipped(*self._size), each.box
            if box is None or wanted is None or not np.allclose(box.xywh, wanted.xywh, atol=0.01):
                raise mismatch(say("a box of {name} came back different", shown(self._image.name)))
        elif isinstance(owner, Annotation) and each.mask != owner.mask:
            raise mismatch(
                say("the mask of {where} came back different", place(self._image, owner))
            )


def _box_of(owner: Annotation | Unsegmented) -> Box:
    box = owner.prompt.box if isinstance(owner, Unsegmented) else None
    if isinstance(owner, Annotation) and owner.mask.bounds is not None:
        box = Box(*owner.mask.bounds)
    if box is None:
        raise BadValueError("an object without pixels has no box")
    return box
