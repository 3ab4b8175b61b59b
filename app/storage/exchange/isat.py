"""ISAT: one JSON file for each image, polygons in layers.

Polygons of one ``group`` and category are one object. A polygon of the category ``__background__``
takes away what lies on lower layers: of its own group if that has an object, else of all
(github.com/yatengLG/ISAT_with_segment_anything).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from app.core.contour import outlines
from app.core.details import IS_CROWD, Details, Flag, crowd_in
from app.core.document import Annotation
from app.core.frozen import FrozenMap
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.polygon import from_rings, signed_area
from app.core.progress import Progress
from app.storage.exchange.descriptions import Part, note_in
from app.storage.exchange.files import Target, place
from app.storage.exchange.gathering import read_each
from app.storage.exchange.ids import Ids
from app.storage.exchange.images import Images, size_at_hand
from app.storage.exchange.json_text import items_of, record_of, taken_apart
from app.storage.exchange.masks import Size, pairs
from app.storage.exchange.records import (
    Records,
    number,
    optional_number,
    size_of,
    text,
    whole_number,
)
from app.storage.exchange.values import (
    Export,
    ExportImage,
    ExportReport,
    Imported,
    ImportedImage,
    ImportedObject,
    Skip,
    extra_of,
)
from app.storage.names import shown
from model.messages import BadValueError, say

FORMAT = "isat"
BACKGROUND = "__background__"
CATEGORIES = "isat.yaml"
_TAKEN = {"category", "segmentation", "area", "layer", "bbox"}
_INFO_TAKEN = {"name", "width", "height", "folder"}


class _Part(msgspec.Struct):
    layer: float
    category: str
    group: object
    mask: Mask
    kept: dict[str, Any]


def read(path: Path, progress: Progress | None = None, images: Images | None = None) -> Imported:
    """Read one file, or every JSON file below a folder that is of this kind.

    Args:
        path: the file or folder.
        progress: called with files read and in all; may raise to stop.
        images: those at hand, for sizes that a file does not state.

    Raises:
        Problem: ``path`` cannot be read, or is one file of another kind.
    """
    return read_each(path, ".json", partial(parse, images=images), progress).imported(FORMAT)


def parse(data: bytes, name: str, records: Records, images: Images | None = None) -> ImportedImage:
    """The image of one file's bytes; ``name`` is the file's, relative to the folder that is read.

    Raises:
        ValueError: it is no such file.
    """
    file = taken_apart(data)
    if "info" not in file.fields or "objects" not in file.fields:
        raise BadValueError('it needs "info" and "objects"')
    for note in file.notes:
        records.skip(shown(name) or "file", note)
    info, _ = record_of(file.fields["info"])
    if info.get("description") != "ISAT":
        raise BadValueError('info.description is not "ISAT"')
    image = posixpath.splitext(name)[0]
    if info.get("name") is not None:
        own = text(info, "name").replace("\\", "/")
        image = posixpath.join(posixpath.dirname(name), own)
    size = size_of(info, "height", "width") or size_at_hand(images, image)
    if size is None:
        size = number(info, "height", 1), number(info, "width", 1)
    raws = items_of(file.fields["objects"])
    parts = list(records.each(raws, say("object"), lambda each: _part(each, size, records)))
    kept = {key: value for key, value in info.items() if key not in _INFO_TAKEN}
    objects = tuple(each for each in _objects(parts) if _has_pixels(each, records))
    return ImportedImage(image, size, objects, records.kept(FORMAT, kept))


def _part(record: dict[str, Any], size: Size, records: Records) -> _Part:
    ring = pairs(record.get("segmentation"), 3)
    group = whole_number(record.get("group"))
    # Objects without a group stand for themselves.
    key = object() if group is None else group
    kept = {k: v for k, v in record.items() if k not in _TAKEN}
    layer = optional_number(record, "layer") or 0.0
    mask = from_rings([ring], *size)
    return _Part(layer, text(record, "category"), key, mask, records.holdable(kept))


def _has_pixels(found: ImportedObject, records: Records) -> bool:
    if found.mask is not None and found.mask.area:
        return True
    records.skip(say("object of the label {label}", shown(found.label)), say("its mask is empty"))
    return False


def _objects(parts: list[_Part]) -> tuple[ImportedObject, ...]:
    found: dict[tuple[object, str], _Part] = {}
    for part in sorted(parts, key=lambda each: each.layer):
        key = (part.group, part.category)
        if part.category == BACKGROUND:
            own = [k for k in found if k[0] == part.group]
            for each in own or list(found):
                found[each].mask = found[each].mask.subtract(part.mask)
        elif key in found:
            found[key].mask = found[key].mask.union(part.mask)
        else:
            found[key] = part
    return tuple(_object(each) for each in found.values())


def _object(part: _Part) -> ImportedObject:
    note = note_in(part.kept, Records(), "note")
    details = Details(note, flags=crowd_in(part.kept))
    extra = FrozenMap({FORMAT: part.kept})
    return ImportedObject(part.category, part.mask, extra=extra, details=details)


def write(
    export: Export, root: Path, *, progress: Callable[[int], None] | None = None
) -> ExportReport:
    """Write a file for each image, and ``isat.yaml``, into the folder ``root``. No mask is
    changed; of what is said of an object only its note is kept, for a group is one object there.

    Outlines run along the edges of the pixels; holes are ``__background__`` polygons of the
    object's group, on the layer above it.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    target = Target(root, export, FORMAT, [("", ".json")], frozenset({Part.NOTE, Part.CROWD}))

    def one(image: ExportImage) -> None:
        path = target.claim(image, ".json", named=True)
        written = list(_writable(target, image))
        data = _bytes(target, image, written)
        target.compare(image, written, parse(data, "", Records()).objects)
        target.put(path, data)

    target.put_shared(CATEGORIES, _categories(export.labels))
    target.each(one, progress)
    return target.finish()


def _categories(labels: LabelSet) -> bytes:
    """The labels and their colours, without which ISAT lists none and shows all in gray."""
    pairs = [(BACKGROUND, "#000000"), *((each.name, each.color) for each in labels)]
    lines = ["label:"]
    for name, color in dict(pairs).items():
        # JSON's text is YAML's too, with every character that either finds special quoted.
        words = msgspec.json.encode(name).decode()
        lines += [f'- color: "{color}"', f"  name: {words}"]
    return "\n".join((*lines, "")).encode()


def _writable(target: Target, image: ExportImage) -> Iterator[Annotation]:
    for annotation in target.with_pixels(image):
        if target.label(annotation.label_id) == BACKGROUND:
            where = place(image, annotation)
            target.counter.skipped.append(
                Skip(where, say("{label} means a hole in this format", BACKGROUND))
            )
        else:
            yield annotation


def _bytes(target: Target, image: ExportImage, written: list[Annotation]) -> bytes:
    document, groups, layer = image.document, Ids(least=1), 0
    objects: list[dict[str, Any]] = []
    for annotation in written:
        kept = FrozenMap(extra_of(annotation.extra, FORMAT)).thawed()
        group = groups.take(kept.get("group"))
        label = target.label(annotation.label_id)
        for record in _records(annotation.mask, label):
            layer += 1
            more: dict[str, Any] = {"group": group, "layer": float(layer)}
            note = annotation.details.note or kept.get("note", "")
            more |= {IS_CROWD: Flag.CROWD in annotation.details.flags}
            objects.append({**kept, "note": note, **record, **more})
    info = {
        "description": "ISAT",
        "folder": "",
        "depth": 3,
        "note": "",
        **FrozenMap(extra_of(document.extra, FORMAT)).thawed(),
        "name": posixpath.basename(image.name),
        "width": document.width,
        "height": document.height,
    }
    whole = {"info": info, "objects": objects}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _records(mask: Mask, label: str) -> Iterator[dict[str, Any]]:
    """The outlines of ``mask``, each before those inside it, in the order of their layers."""
    rings = [(part.shell, label) for part in outlines(mask)]
    rings += [(hole, BACKGROUND) for part in outlines(mask) for hole in part.holes]
    for ring, category in sorted(rings, key=lambda each: -abs(signed_area(each[0]))):
        (x0, y0), (x1, y1) = ring.min(axis=0).tolist(), ring.max(axis=0).tolist()
        yield {
            "category": category,
            "segmentation": ring.tolist(),
            "area": abs(signed_area(ring)),
            "bbox": [x0, y0, x1, y1],
        }
