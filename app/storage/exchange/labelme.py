"""LabelMe: one JSON file for each image, with shapes.

Polygons, circles and ``mask`` shapes become masks; rectangles and points become prompts, because
that is what their annotators said: where the object is, not which pixels are its own. Lines are
skipped. Masks of one label and ``group_id`` are one object, as LabelMe's own converters take them.
The fields are those of LabelMe 7.1 (github.com/wkentaro/labelme, ``_label_file.py``); those that
its relatives add, and unknown ones, are kept. What a shape was is kept too, so that an object
nobody changed is written back as the shape it was.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.core.details import Flag
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.polygon import from_rings
from app.core.progress import Progress
from app.core.prompt import Box, Point
from app.storage.exchange.descriptions import GROUP, described
from app.storage.exchange.gathering import read_each
from app.storage.exchange.images import Images, size_at_hand
from app.storage.exchange.json_text import items_of, taken_apart, value_of
from app.storage.exchange.masks import Size, pairs
from app.storage.exchange.png import read_png
from app.storage.exchange.records import Records, optional_number, size_of, text, whole_number
from app.storage.exchange.values import Imported, ImportedImage, ImportedObject, extra_of
from app.storage.folder import is_image_name
from app.storage.names import shown
from app.storage.schema import OWN
from model.messages import BadValueError, reason_of, say

FORMAT = "labelme"
OBJECT, GROUPED = "object", "grouped"
"""What this program writes beside a shape for itself, under its own name: which object it is a part
of, and whether ``group_id`` is that object's group or only the number of its parts.
"""
DIFFICULT = Flag.DIFFICULT.value
CIRCLE_CORNERS = 360
_TAKEN = {"imageHeight", "imageWidth", "imagePath", "shapes", "imageData"}
_SHAPE_TAKEN = {"label", "attributes", "mask"}


def read(path: Path, progress: Progress | None = None, images: Images | None = None) -> Imported:
    """Read one file, or every JSON file below a folder that is of this kind.

    Args:
        path: the file or folder.
        progress: called with files read and in all; may raise to stop.
        images: those at hand, for names and sizes that a file does not tell.

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
    if "shapes" not in file.fields:
        raise BadValueError('it has no "shapes"')
    rest: dict[str, Any] = {}
    for key, raw in file.fields.items():
        if key not in ("shapes", "imageData"):
            try:
                rest[key] = value_of(raw)
            except ValueError as error:
                records.skip(key[:80], reason_of(error))
    for note in file.notes:
        records.skip(shown(name) or "file", note)
    image = _image_name(rest.get("imagePath"), name, images)
    size = size_of(rest, "imageHeight", "imageWidth") or size_at_hand(images, image)
    raws = items_of(file.fields["shapes"])
    objects = tuple(records.each(raws, say("shape"), lambda shape: _object(shape, size, records)))
    kept = {key: value for key, value in rest.items() if key not in _TAKEN}
    return ImportedImage(image, size, merged(objects), records.kept(FORMAT, kept))


def _image_name(path: object, name: str, images: Images | None) -> str:
    """The image a file is about: the one it names, else the one that is named as the file is.

    Args:
        path: what the file says, which may lead to a folder of another computer, to the file
            itself where it holds the image, or be missing.
        name: the file's own.
    """
    own = posixpath.splitext(name)[0]
    if not isinstance(path, str) or not path.strip():
        return own
    there = path.replace("\\", "/")
    there = posixpath.normpath(posixpath.join(posixpath.dirname(name), there))
    if images is not None:
        for wanted in (there, own):
            with contextlib.suppress(ValueError):
                images.find(wanted)
                return wanted
    return there if is_image_name(posixpath.basename(there)) else own


def merged(objects: Iterable[ImportedObject]) -> tuple[ImportedObject, ...]:
    """Objects with masks of the same label and ``group_id`` as one, in the place of the first;
    where this program wrote them, those that it says are parts of one.
    """
    found: dict[object, ImportedObject] = {}
    for each in objects:
        owner = _owner(each)
        key = object() if each.mask is None or owner is None else (each.label, owner)
        each = _without_own(each)
        before = found.get(key)
        if before is not None and before.mask is not None and each.mask is not None:
            rest = {k: v for k, v in extra_of(before.extra, FORMAT).items() if k != "points"}
            mask = before.mask.union(each.mask)
            each = replace(before, mask=mask, extra=FrozenMap({FORMAT: rest}))
        found[key] = each
    return tuple(found.values())


def _owner(each: ImportedObject) -> object:
    """What tells the object that a shape is a part of; None if it is one by itself."""
    kept = extra_of(each.extra, FORMAT)
    own = kept.get(OWN)
    if isinstance(own, Mapping) and type(own.get(OBJECT)) is int:
        return OWN, own[OBJECT]
    group = kept.get(GROUP) if each.details.group is None else each.details.group
    return None if group is None else (GROUP, group)


def _without_own(each: ImportedObject) -> ImportedObject:
    """Without what this program wrote into the shape for itself."""
    kept = dict(extra_of(each.extra, FORMAT))
    own = kept.pop(OWN, None)
    if own is None:
        return each
    details = each.details
    if isinstance(own, Mapping) and own.get(GROUPED) is False:
        # The number only holds its parts together.
        details = replace(details, group=None)
    return replace(each, details=details, extra=FrozenMap({FORMAT: kept}))


def _object(shape: dict[str, Any], size: Size | None, records: Records) -> ImportedObject:
    group = whole_number(shape.get(GROUP))
    if group is None and shape.get(GROUP) is not None:
        records.note(
            say("group_id must be a whole number or null, given {given}", repr(shape[GROUP]))
        )
    mask, box, points = geometry(shape, size)
    if mask is not None and not mask.area:
        raise BadValueError("its mask is empty")
    kept = {k: v for k, v in shape.items() if k not in _SHAPE_TAKEN}
    if GROUP in shape:
        kept[GROUP] = group
    values, details = described(kept, _values(kept, shape.get("attributes")), records)
    if kept.pop(GROUP, None) is not None:
        kept[GROUP] = group
    return ImportedObject(
        text(shape, "label"),
        mask,
        box,
        points,
        score=optional_number(shape, "score"),
        attributes=values,
        extra=records.kept(FORMAT, kept),
        details=details,
    )


def _values(kept: dict[str, Any], attributes: object) -> dict[str, Any]:
    """The attributes of a shape, and those of its flags that are yes or no.

    Those are taken out of ``kept``; X-AnyLabeling has ``difficult`` as a field of its own.
    """
    values = dict(attributes) if isinstance(attributes, dict) else {}
    flags = kept.get("flags")
    if isinstance(flags, dict):
        known = {name: value for name, value in flags.items() if isinstance(value, bool)}
        kept["flags"] = {name: value for name, value in flags.items() if name not in known}
        values |= known
    if kept.get(DIFFICULT) is True:
        values.setdefault(DIFFICULT, True)
    return values


def geometry(
    shape: dict[str, Any], size: Size | None
) -> tuple[Mask | None, Box | None, tuple[Point, ...]]:
    """The mask, the box or the points that ``shape`` stands for.

    Raises:
        ValueError: the shape is damaged, or of a kind that has no area.
    """
    kind, points = shape.get("shape_type") or "polygon", shape.get("points")
    if kind in ("rectangle", "oriented_rectangle"):
        # Two opposite corners, or all four as LabelMe's relatives write them.
        x, y = np.array(pairs(points, 2, 4)).T
        return None, Box(float(x.min()), float(y.min()), float(x.max()), float(y.max())), ()
    if kind in ("point", "points"):
        most = 1 if kind == "point" else None
        return None, None, tuple(Point(x, y) for x, y in pairs(points, 1, most))
    if kind not in ("polygon", "circle", "mask"):
        raise BadValueError("a shape of the type {kind} has no area", repr(kind))
    if size is None:
        raise BadValueError("the file does not give imageHeight and imageWidth")
    if kind == "polygon":
        return from_rings([pairs(points, 3)], *size), None, ()
    if kind == "circle":
        return _disc(pairs(points, 2, 2), size), None, ()
    return _bitmap(shape.get("mask"), pairs(points, 2, 2), size), None, ()


def _disc(points: list[tuple[float, float]], size: Size) -> Mask:
    """The circle around the first point through the second."""
    (x, y), (rim_x, rim_y) = points
    angle = np.linspace(0, 2 * np.pi, CIRCLE_CORNERS, endpoint=False)
    radius = np.hypot(rim_x - x, rim_y - y)
    ring = np.stack((x + radius * np.cos(angle), y + radius * np.sin(angle)), axis=1)
    return from_rings([ring], *size)


def _bitmap(encoded: object, points: list[tuple[float, float]], size: Size) -> Mask:
    """The pixels between two corners, both inclusive."""
    if not isinstance(encoded, str):
        raise BadValueError("a mask shape needs its mask as text")
    if not all(abs(value) < 1e9 for point in points for value in point):
        raise BadValueError("the corners of a mask are not finite or far outside any image")
    (x0, y0), (x1, y1) = ((round(x), round(y)) for x, y in points)
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadValueError("the mask is no base64 text: {reason}", error) from error
    pixels = read_png(data, (y1 - y0 + 1, x1 - x0 + 1)).foreground()
    height, width = size
    # What lies outside the image has no pixels here; drawing tools do write such masks.
    left, top = max(-x0, 0), max(-y0, 0)
    inside = pixels[top : max(height - y0, 0), left : max(width - x0, 0)]
    if not inside.size:
        return Mask.empty(height, width)
    return Mask.from_window(inside, max(x0, 0), max(y0, 0), height, width)
