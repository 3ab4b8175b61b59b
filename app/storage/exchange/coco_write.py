"""Writing COCO's one file: made, read back and compared before it replaces an older one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

import msgspec

from app import __version__
from app.core.contour import outlines
from app.core.details import IS_CROWD, Flag
from app.core.document import Annotation
from app.core.frozen import freeze
from app.core.labels import Label
from app.core.mask import Mask
from app.core.unsegmented import Unsegmented
from app.storage.atomic import replacing, sweep_leftovers
from app.storage.exchange import coco
from app.storage.exchange.descriptions import as_fields
from app.storage.exchange.files import check_name, mismatch, place, with_boxes
from app.storage.exchange.ids import Ids
from app.storage.exchange.masks import evidence_fields
from app.storage.exchange.values import (
    Counter,
    Export,
    ExportImage,
    ExportReport,
    ImportedObject,
    Loss,
    Skip,
    extra_of,
)
from app.storage.names import shown
from model.messages import reason_of, say

DIGEST = 16
INFO = {"description": f"Exported by Maskwright {__version__}", "version": "1.0"}
"""There must be one: pycocotools up to 2.0.10 takes no results for a data set without it."""


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

    Annotations go to the disk image after image; memory holds the images' records, and at the end
    the file once, to be read back.

    Args:
        export: what to write.
        path: the JSON file; replaced only when the new one has been read back and agrees.
        progress: called with the number of images written so far; may raise to stop.

    Raises:
        Problem: what was written does not read back as it should (nothing is replaced then).
        OSError: the file cannot be written; an older one is left as it was.
    """
    writer = _Writer(export, polygons)
    sweep_leftovers(path.parent)
    with replacing(path) as file, TemporaryFile(dir=path.parent) as spool:
        for done, image in enumerate(export, 1):
            for record in writer.records(image):
                spool.write(b",\n" + record)
            if progress is not None:
                progress(done)
        writer.assemble(file, spool, export)
        file.seek(0)
        writer.check(file.read(), path.name)
    writer.counter.files.append(path)
    return writer.counter.report()


class _Writer:
    """Memory holds one image's objects at a time, and a digest of each that was written."""

    def __init__(self, export: Export, polygons: bool) -> None:
        self.counter = Counter()
        self._polygons = polygons
        self._export = export
        self._category_ids = Ids()
        self._image_ids = Ids()
        self._ids = Ids()
        self._categories: dict[str, dict[str, Any]] = {}
        self._keys: dict[int, int] = {}
        self._images: list[bytes] = []
        self._digests = bytearray()
        for label in export.labels:
            self._category(label.id, label)

    def records(self, image: ExportImage) -> Iterator[bytes]:
        """The annotations of an image, encoded; one whose name no text can hold is skipped."""
        try:
            check_name(image.name)
        except ValueError as error:
            self.counter.skipped.append(Skip(shown(image.name), reason_of(error)))
            return
        document = image.document
        kept = dict(extra_of(document.extra, coco.FORMAT))
        key = self._image_ids.take(kept.pop("id", None))
        record = {"id": key, "file_name": image.name, **_plain(kept)}
        size = {"height": document.height, "width": document.width}
        self._images.append(msgspec.json.encode(record | size))
        self.counter.images += 1
        for annotation in document:
            yield from self._checked(image, annotation, key)
        for each in with_boxes(image, self.counter):
            self._note(image.name, each.label_id, None)
            yield msgspec.json.encode(self._box(each, key))

    def _checked(self, image: ExportImage, annotation: Annotation, key: int) -> Iterator[bytes]:
        """Its record, unless it cannot be told; what a reader will make of it is noted."""
        mask, where = annotation.mask, place(image, annotation)
        if not mask.area:
            self.counter.skipped.append(Skip(where, say("its mask is empty")))
            return
        record = self._annotation(annotation, key)
        if self._polygons:
            back = coco.mask_of(record, mask.size)
            if back is None:
                raise mismatch(say("the mask of {where} came back different", where))
            if back != mask:
                reason = say("polygons cannot hold its holes")
                self.counter.losses.append(Loss(where, reason, back.iou(mask)))
            mask = back
        self._note(image.name, annotation.label_id, mask)
        yield msgspec.json.encode(record)

    def _note(self, name: str, label_id: int, mask: Mask | None) -> None:
        self._digests += _digest(name, self._export.label(label_id), mask)
        self.counter.objects += 1

    def _category(self, label_id: int, label: Label | None = None) -> int:
        """The id of the category of a label; of two that are called the same there is one."""
        if label_id not in self._keys:
            label = label or self._export.labels.label(label_id)
            if label.name not in self._categories:
                kept = dict(extra_of(label.extra, coco.FORMAT))
                key = self._category_ids.take(kept.pop("id", None), label_id)
                self._categories[label.name] = {"id": key, "name": label.name, **_plain(kept)}
            self._keys[label_id] = int(self._categories[label.name]["id"])
        return self._keys[label_id]

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
            IS_CROWD: 0,
        }
        record |= as_fields(annotation)
        record |= evidence_fields(evidence)
        return {**_plain(kept), **record}

    def _box(self, each: Unsegmented, image_key: int) -> dict[str, Any]:
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
            IS_CROWD: 0,
        }
        record |= as_fields(each)
        if each.score is not None:
            record["score"] = each.score
        return {**_plain(kept), **record}

    def _segmentation(self, annotation: Annotation) -> object:
        """Crowds are run lengths always: COCO's readers expect it of them."""
        mask = annotation.mask
        if not self._polygons or Flag.CROWD in annotation.details.flags:
            return {"size": [mask.height, mask.width], "counts": mask.counts}
        return [polygon.shell.ravel().tolist() for polygon in outlines(mask)]

    def assemble(self, file: BinaryIO, spool: IO[bytes], export: Export) -> None:
        """Write the whole file; the annotations come from ``spool``."""
        extra = {"info": INFO, "licenses": []} | _plain(dict(extra_of(export.extra, coco.FORMAT)))
        file.write(msgspec.json.encode(extra)[:-1] + b',"images":[')
        file.write(b",\n".join(self._images))
        categories = msgspec.json.encode(list(self._categories.values()))
        file.write(b'],"categories":' + categories + b',"annotations":[')
        # Each annotation stands behind its comma, the first as well.
        spool.seek(len(b",\n"))
        shutil.copyfileobj(spool, file)
        file.write(b"]}\n")

    def check(self, data: bytes, name: str) -> None:
        """Read it as any reader does, and compare; Problem if anything is different."""
        done = 0

        def compare(image: str, found: ImportedObject) -> None:
            nonlocal done
            place = done * DIGEST
            done += 1
            if self._digests[place : place + DIGEST] != _digest(image, found.label, found.mask):
                raise mismatch(
                    say(
                        "object {number} of the file, on {image}, came back different",
                        done,
                        shown(image),
                    )
                )

        back = coco.parse(data, name, take=compare)
        if back.skipped:
            first = back.skipped[0]
            raise mismatch(say("{where}: {reason}", first.where, first.reason))
        if (len(back.images), done) != (self.counter.images, self.counter.objects):
            raise mismatch(
                say("{count} images with {objects} objects came back", len(back.images), done)
            )


def _digest(image: str, label: str, mask: Mask | None) -> bytes:
    """Of all that must come back; None stands for a box without a mask."""
    made = blake2b(repr((image, label, mask and mask.size)).encode(), digest_size=DIGEST)
    if mask is not None:
        made.update(mask.runs.tobytes())
    return made.digest()


def _plain(kept: Mapping[str, object]) -> dict[str, Any]:
    return freeze(kept).thawed()
