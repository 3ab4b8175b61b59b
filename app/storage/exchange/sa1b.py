"""SA-1B: one JSON file for each image, its masks as run lengths, without classes.

The layout is that of the data set's own files (github.com/facebookresearch/segment-anything,
README, "Dataset"); a bare list of annotations, as that project's ``amg.py --convert-to-rle`` writes
it, is read too. SA-1B has no classes: ours go into a field ``label``, which its readers pass over.
Boxes are as pycocotools has them, x, y, width and height of the pixels; the data set's own are one
pixel smaller.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from app.core.details import Flag
from app.core.document import Annotation
from app.core.evidence import Evidence
from app.core.frozen import FrozenMap
from app.core.labels import Label
from app.core.progress import Progress
from app.core.prompt import Point, Prompt, Step
from app.storage.exchange.descriptions import EVERYTHING, as_fields, described
from app.storage.exchange.files import Target
from app.storage.exchange.gathering import read_each
from app.storage.exchange.ids import Ids
from app.storage.exchange.json_text import items_of, record_of, taken_apart
from app.storage.exchange.masks import evidence_fields, evidence_of, is_numbers, pairs, run_lengths
from app.storage.exchange.records import REFUSALS, Records, size_of, text
from app.storage.exchange.values import (
    Export,
    ExportImage,
    ExportReport,
    Imported,
    ImportedImage,
    ImportedObject,
    extra_of,
)
from app.storage.label_book import LabelBook
from app.storage.layout import details_in
from app.storage.names import shown
from app.storage.old_labels import OldTables
from app.storage.schema import OWN
from app.storage.sidecar import read_use
from model.messages import BadValueError, say

FORMAT = "sa1b"
_TAKEN = {"segmentation", "bbox", "area", "predicted_iou", "stability_score"}
_TAKEN |= {"point_coords", "crop_box", "label", "attributes"}


def read(path: Path, progress: Progress | None = None) -> Imported:
    """Read one file, or every JSON file below a folder that is of this kind.

    Raises:
        Problem: ``path`` cannot be read, or is one file of another kind.
    """
    base = path if path.is_dir() else path.parent
    tables = OldTables(base, base)

    def parse_in(data: bytes, name: str, records: Records) -> ImportedImage:
        return parse(data, name, records, lambda ids: tables.meant(base / name, ids, LabelBook()))

    return read_each(path, ".json", parse_in, progress).imported(FORMAT)


Meant = Callable[[Iterable[int]], Mapping[int, Label]]


def parse(data: bytes, name: str, records: Records, meant: Meant = lambda ids: {}) -> ImportedImage:
    """The image of one file's bytes; ``name`` is the file's, relative to the folder that is read.

    This program's own files have labels by number, and say their names beside.

    Args:
        meant: what the numbers mean in files of older versions, which do not.

    Raises:
        ValueError: it is no such file.
        Problem: nobody can know what the labels in it mean.
    """
    file = taken_apart(data)
    for note in file.notes:
        records.skip(shown(name) or "file", note)
    image: dict[str, Any] = {}
    if file.items is not None:
        raws = file.items
        called, size = posixpath.splitext(name)[0], None
    else:
        if "image" not in file.fields or "annotations" not in file.fields:
            raise BadValueError('it needs an "image" and "annotations"')
        raws = items_of(file.fields["annotations"])
        image, _ = record_of(file.fields["image"])
        called = posixpath.splitext(name)[0]
        if image.get("file_name") is not None:
            own = text(image, "file_name").replace("\\", "/")
            called = posixpath.join(posixpath.dirname(name), own)
        size = size_of(image, "height", "width")
    labels = _labels(data, meant)
    objects = tuple(
        records.each(raws, say("annotation"), lambda each: _object(each, size, records, labels))
    )
    if size is None and objects and objects[0].mask is not None:
        size = objects[0].mask.size
    kept = {k: v for k, v in image.items() if k not in ("file_name", "height", "width")}
    return ImportedImage(called, size, objects, records.kept(FORMAT, kept))


def _labels(data: bytes, meant: Meant) -> dict[int, str]:
    """Names by number, of a file that this program wrote for itself."""
    use = read_use(data)
    if not use.own:
        return {}
    named = dict(use.told)
    unnamed = use.ids - set(named)
    if unnamed:
        named |= meant(sorted(unnamed))
    return {number: label.name for number, label in named.items()}


def _object(
    record: dict[str, Any],
    size: tuple[int, int] | None,
    records: Records,
    labels: Mapping[int, str],
) -> ImportedObject:
    segmentation = record.get("segmentation")
    if not isinstance(segmentation, dict):
        raise BadValueError("segmentation must be run lengths")
    mask = run_lengths(segmentation, size)
    if not mask.area:
        raise BadValueError("its mask is empty")
    evidence = _evidence(record)
    kept = {k: v for k, v in record.items() if k not in _TAKEN}
    values, details = described(kept, record.get("attributes"), records)
    own = kept.get(OWN)
    if isinstance(own, dict):
        # A file of this program's own tells them there.
        told = details_in(own)
        if told:
            flags = told.flags | (details.flags & {Flag.CROWD})
            details = replace(told, flags=flags)
        values = values or FrozenMap(records.holdable(own.get("attributes")))
    return ImportedObject(
        _label(record, labels),
        mask,
        points=evidence.points,
        score=evidence.predicted_iou,
        evidence=evidence,
        attributes=values,
        extra=records.kept(FORMAT, kept),
        details=details,
    )


def _label(record: dict[str, Any], labels: Mapping[int, str]) -> str:
    if record.get("label"):
        return text(record, "label")
    number = record.get("category_id")
    return labels.get(number, f"label {number}") if labels and type(number) is int else "object"


def _evidence(record: dict[str, Any]) -> Evidence:
    found = evidence_of(record)
    if record.get("point_coords"):
        with contextlib.suppress(*REFUSALS):
            points = tuple(Point(x, y) for x, y in pairs(record["point_coords"], 1))
            found = replace(found, prompts=(Step(Prompt(points)),))
    crop = record.get("crop_box")
    if is_numbers(crop):
        with contextlib.suppress(*REFUSALS):
            x, y, width, height = (float(value) for value in record["crop_box"])
            found = replace(found, crop_box=(x, y, width, height))
    return found


def write(
    export: Export, root: Path, *, progress: Callable[[int], None] | None = None
) -> ExportReport:
    """Write a file for each image into the folder ``root``, named as the image but ``.json``.

    Nothing is lost. Only one image is in memory at a time.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    target = Target(root, export, FORMAT, [("", ".json")], EVERYTHING)

    def one(image: ExportImage) -> None:
        path = target.claim(image, ".json", named=True)
        kept = extra_of(image.document.extra, FORMAT)
        image_id = target.take(kept.get("image_id"), _number_in(image.name))
        written = list(target.with_pixels(image))
        data = _bytes(export, image, image_id, written)
        target.compare(image, written, parse(data, "", Records()).objects)
        target.put(path, data)

    target.each(one, progress)
    return target.finish()


def _bytes(export: Export, image: ExportImage, image_id: int, written: list[Annotation]) -> bytes:
    document, ids = image.document, Ids()
    stated = {
        "image_id": image_id,
        "width": document.width,
        "height": document.height,
        "file_name": posixpath.basename(image.name),
    }
    annotations = [
        _record(annotation, export.label(annotation.label_id), ids) for annotation in written
    ]
    kept = extra_of(document.extra, FORMAT)
    whole = {"image": {**FrozenMap(kept).thawed(), **stated}, "annotations": annotations}
    return msgspec.json.encode(whole) + b"\n"


def _record(annotation: Annotation, label: str, ids: Ids) -> dict[str, Any]:
    mask, evidence = annotation.mask, annotation.evidence
    kept = FrozenMap(extra_of(annotation.extra, FORMAT)).thawed()
    record: dict[str, Any] = {
        "id": ids.take(kept.pop("id", None), annotation.id),
        "segmentation": {"size": [mask.height, mask.width], "counts": mask.counts},
        "bbox": list(mask.bbox),
        "area": mask.area,
        **evidence_fields(evidence),
        "point_coords": [[point.x, point.y] for point in evidence.points if point.positive],
        "crop_box": list(evidence.crop_box or (0, 0, mask.width, mask.height)),
        "label": label,
    }
    return {**kept, **record, **as_fields(annotation)}


def _number_in(name: str) -> int | None:
    """The number that names of SA-1B's images end with, as in ``sa_223750.jpg``."""
    digits = re.search(r"(\d{1,15})$", posixpath.splitext(name)[0])
    return int(digits[1]) if digits else None
