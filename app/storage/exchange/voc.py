"""Pascal VOC's XML: one file for each image, with boxes.

Boxes are in whole pixels counted from 1, the last one inside, as the VOC development kit has them
(host.robots.ox.ac.uk/pascal/VOC); fractions are read too. What an object has beside its name and
box is kept and written back.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from math import isclose, isfinite
from pathlib import Path

from app.core.attributes import number_of, written
from app.core.details import Details, Flag, flags_in, yes_or_no
from app.core.document import Annotation
from app.core.frozen import FrozenMap
from app.core.progress import Progress
from app.core.prompt import Box
from app.core.unsegmented import Unsegmented
from app.storage.exchange.class_map import FILE_NAME
from app.storage.exchange.class_map import to_bytes as to_class_map
from app.storage.exchange.descriptions import Part
from app.storage.exchange.files import Target, mismatch
from app.storage.exchange.gathering import read_each
from app.storage.exchange.masks import Size
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import (
    Export,
    ExportImage,
    ExportReport,
    Imported,
    ImportedImage,
    ImportedObject,
    Undescribed,
    extra_of,
)
from app.storage.exchange.xml import Element, to_bytes
from app.storage.exchange.xml import parse as parse_xml
from app.storage.names import shown
from model.messages import BadValueError, reason_of, say

FORMAT = "voc"
ATTRIBUTES = "attributes"
FARTHEST = 1e9
CORNERS = ("xmin", "ymin", "xmax", "ymax")
_TAKEN = {"folder", "filename", "path", "size", "object"}
_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_DEFAULTS = {"pose": "Unspecified"}
_FLAGS = frozenset(flag.value for flag in Flag)
_HOLDS = frozenset({Part.VALUES, Part.FLAGS})


def read(path: Path, progress: Progress | None = None) -> Imported:
    """Read one file, or every XML file below a folder that is of this kind.

    Raises:
        Problem: ``path`` cannot be read, or is one file of another kind.
    """
    return read_each(path, ".xml", parse, progress).imported(FORMAT)


def parse(data: bytes, name: str, records: Records) -> ImportedImage:
    """The image of one file's bytes; ``name`` is the file's, relative to the folder that is read.

    Raises:
        ValueError: it is no such file.
    """
    root = parse_xml(data, records.note)
    if root.tag != "annotation":
        raise BadValueError("its root is <{tag}>, not <annotation>", root.tag[:50])
    called = root.text_of("filename").replace("\\", "/") or posixpath.splitext(name)[0]
    folder = "/".join(
        "JPEGImages" if part == "Annotations" else part for part in name.split("/")[:-1]
    )
    objects: list[ImportedObject] = []
    for place, each in enumerate((e for e in root.inside if e.tag == "object"), 1):
        try:
            objects.append(_object(each))
        except REFUSALS as error:
            records.skip(say("object {number}", place), reason_of(error))
    kept = [each.plain() for each in root.inside if each.tag not in _TAKEN]
    extra = records.kept(FORMAT, {"fields": kept})
    return ImportedImage(posixpath.join(folder, called), _size(root), tuple(objects), extra)


def _size(root: Element) -> Size | None:
    """None where it is missing or zero, as some programs write it."""
    size = root.first("size")
    sides = [] if size is None else [size.text_of("height"), size.text_of("width")]
    if not sides or not all(s.isascii() and s.isdigit() and len(s) < 10 for s in sides):
        return None
    height, width = (int(side) for side in sides)
    return (height, width) if height and width else None


def _object(element: Element) -> ImportedObject:
    name, box = element.text_of("name"), element.first("bndbox")
    if not name:
        raise BadValueError("it has no name")
    if box is None:
        if element.first("polygon") is not None:
            raise BadValueError("it has a polygon, as in LabelMe's old XML, and no bndbox")
        raise BadValueError("it has no bndbox")
    x0, y0, x1, y1 = (float(box.text_of(corner) or "nan") for corner in CORNERS)
    if not all(isfinite(value) and abs(value) < FARTHEST for value in (x0, y0, x1, y1)):
        raise BadValueError("a corner of its bndbox is missing or no number")
    kept: list[object] = []
    said: dict[str, object] = {}
    values: dict[str, object] = {}
    for each in element.inside:
        if each.tag in _FLAGS and each.tag not in said and yes_or_no(each.text) is not None:
            said[each.tag] = each.text
        elif each.tag == ATTRIBUTES and not values and _values(each):
            values = _values(each)
        elif each.tag not in ("name", "bndbox"):
            kept.append(each.plain())
    return ImportedObject(
        name,
        box=Box(x0 - 1, y0 - 1, x1, y1),
        attributes=FrozenMap(values),
        extra=FrozenMap({FORMAT: {"fields": kept}}),
        details=Details(flags=flags_in(said)[0]),
    )


def _values(element: Element) -> dict[str, object]:
    """The attributes of an object as CVAT and Datumaro write them; empty if they are otherwise."""
    found: dict[str, object] = {}
    for each in element.inside:
        name = each.text_of("name")
        if each.tag != "attribute" or not name or name in found:
            return {}
        found[name] = _value(each.text_of("value"))
    return found


def _value(text: str) -> object:
    """Yes, no or a number where that is written back as the same text."""
    found = {"true": True, "false": False}.get(text, number_of(text))
    return found if found is not None and written(found) == text else text


def write(
    export: Export,
    root: Path,
    *,
    copy_images: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write ``Annotations/<image>.xml``, a list of the images and one of the labels into ``root``.

    The box around each mask is written, and the boxes of objects without one; the report tells
    how far each mask fills its box.

    Args:
        copy_images: copy the image files to ``JPEGImages``.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    reads = [("Annotations", ".xml"), *([("JPEGImages", "")] if copy_images else [])]
    target = Target(root, export, FORMAT, reads, _HOLDS)

    def one(image: ExportImage) -> None:
        path = target.claim(image, ".xml", "Annotations/", named=True)
        target.put(path, _compared(target, image))
        if copy_images:
            target.copy(image, "JPEGImages/")

    target.each(one, progress)
    # Readers that know Pascal's twenty classes alone learn the others from it.
    target.put_shared(FILE_NAME, to_class_map(export.labels, FORMAT))
    target.put_set("ImageSets/Main/default.txt", "Annotations", ".xml")
    return target.finish()


def _compared(target: Target, image: ExportImage) -> bytes:
    """The file of an image, read back; Problem if that gives other boxes."""
    written = _written(target, image)
    data = to_bytes("annotation", _fields(target, image, written))
    records = Records()
    back = parse(data, "a.xml", records)
    found = [(each.label, each.box) for each in back.objects]
    wanted = [(target.label(each.label_id), box) for each, box in written]
    same = all(
        a == b and _near(box, other) for (a, box), (b, other) in zip(found, wanted, strict=False)
    )
    if records.skipped or len(found) != len(wanted) or not same:
        raise mismatch(say("the boxes of {name} came back different", shown(image.name)))
    target.counter.objects += len(found)
    return data


def _near(box: Box | None, other: Box) -> bool:
    """Whether both are the same, but for what counting from one costs of the last digits."""
    if box is None:
        return False
    return all(isclose(a, b, abs_tol=1e-6) for a, b in zip(box.xywh, other.xywh, strict=True))


def _written(target: Target, image: ExportImage) -> list[tuple[Annotation | Unsegmented, Box]]:
    found: list[tuple[Annotation | Unsegmented, Box]] = []
    for annotation in target.with_pixels(image, also_unsegmented=True):
        if annotation.mask.bounds is not None:
            target.lose_mask(image, annotation)
            found.append((annotation, Box(*map(float, annotation.mask.bounds))))
    for each in target.with_boxes(image):
        box = each.prompt.box
        if box is not None and max(map(abs, (box.x0, box.y0, box.x1, box.y1))) < FARTHEST:
            found.append((each, box))
        else:
            target.skip(image, say("a box lies far outside it"))
    return found


def _fields(
    target: Target, image: ExportImage, written: list[tuple[Annotation | Unsegmented, Box]]
) -> list[object]:
    document = image.document
    size = [["width", document.width], ["height", document.height], ["depth", 3]]
    return [
        ["folder", posixpath.dirname(image.name) or "JPEGImages"],
        ["filename", posixpath.basename(image.name)],
        ["size", size],
        *_kept(document.extra),
        *(["object", _object_fields(target, owner, box)] for owner, box in written),
    ]


def _object_fields(target: Target, owner: Annotation | Unsegmented, box: Box) -> list[object]:
    kept = list(_kept(owner.extra))
    kept = [each for each in kept if each[0] not in owner.details.flags]
    present = {tag for tag, _ in kept}
    held = owner.details.flags
    # A crowd is nothing that VOC knows: it is told of those alone that are one.
    known = (flag for flag in Flag if flag is not Flag.CROWD or flag in held)
    flags = {flag.value: str(int(flag in held)) for flag in known}
    defaults = [[tag, text] for tag, text in (_DEFAULTS | flags).items() if tag not in present]
    values = [(name, written(value)) for name, value in owner.attributes.items()]
    told = [["attribute", [["name", n], ["value", v]]] for n, v in values if v is not None]
    if told:
        kept.append((ATTRIBUTES, told))
    if len(told) < len(values):
        target.counter.undescribed += Undescribed(attributes=1)
    places = (box.x0 + 1, box.y0 + 1, box.x1, box.y1)
    texts = (repr(value).removesuffix(".0") for value in places)
    corners = [list(pair) for pair in zip(CORNERS, texts, strict=True)]
    name = target.label(owner.label_id)
    return [["name", name], *defaults, *kept, ["bndbox", corners]]


def _kept(extra: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The fields that ``extra`` holds, as far as they are what ``parse`` puts there."""
    fields = extra_of(extra, FORMAT).get("fields")
    for each in fields if isinstance(fields, tuple) else ():
        if _is_field(each):
            tag, content = each
            yield tag, content


def _is_field(each: object) -> bool:
    if not isinstance(each, tuple) or len(each) != 2:
        return False
    tag, content = each
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        return False
    return isinstance(content, str) or (isinstance(content, tuple) and all(map(_is_field, content)))
