"""Writing LabelMe's files, each checked with LabelMe's own rules and read back."""

from __future__ import annotations

import base64
import os
import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.core.contour import outlines
from app.core.details import Flag
from app.core.document import Annotation
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.outlines import bridged
from app.core.polygon import Polygon, from_rings
from app.core.unsegmented import Unsegmented
from app.storage.exchange import labelme
from app.storage.exchange.descriptions import EVERYTHING, GROUP, NOTE
from app.storage.exchange.files import Target, mismatch
from app.storage.exchange.ids import Ids
from app.storage.exchange.labelme import FORMAT
from app.storage.exchange.masks import painted_area
from app.storage.exchange.png import write_png
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import Export, ExportImage, ExportReport, ImportedImage, extra_of
from app.storage.names import shown
from app.storage.schema import OWN
from model.messages import BadValueError, say

ONE_OBJECT = say("LabelMe's own tools take it and the others of its group for one object")
VERSION = "7.1.0"
"""The version of LabelMe whose rules the files keep to."""


def write(
    export: Export,
    root: Path,
    *,
    polygons: bool = True,
    copy_images: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write a file for each image into the folder ``root``.

    Each part of an object becomes a polygon along the edges of its pixels, the parts sharing a
    ``group_id``. Holes are joined to the outline by lines of no width; the report gives the IoU for
    programs that paint these. Objects that are still what an imported shape stood for are written
    as that shape. The path of the image is the one from the file to where it is.

    Args:
        polygons: without, masks become ``mask`` shapes, which lose nothing; LabelMe reads them,
            its relatives mostly do not.
        copy_images: copy the image files beside the files, so that the folder opens anywhere.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    reads = [("", ".json"), *([("", "")] if copy_images else [])]
    target = Target(root, export, FORMAT, reads, EVERYTHING)

    def one(image: ExportImage) -> None:
        path = target.claim(image, ".json", named=True)
        shapes = _Shapes(target, image, polygons)
        whole = _head(image, _path_of(image, path, copied=copy_images))
        whole["shapes"] = shapes.records
        data = msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"
        shapes.compare(labelme.parse(data, path.name, Records()))
        target.put(path, data)
        if copy_images:
            target.copy(image, "")

    target.each(one, progress)
    return target.finish()


def _head(image: ExportImage, path: str) -> dict[str, Any]:
    """The fields of a file beside its shapes, for an image at ``path``."""
    document = image.document
    return {
        "version": VERSION,
        "flags": {},
        **FrozenMap(extra_of(document.extra, FORMAT)).thawed(),
        "shapes": [],
        "imagePath": path,
        "imageData": None,
        "imageHeight": document.height,
        "imageWidth": document.width,
    }


class _Shapes:
    """The shapes of one image, and what each came from."""

    def __init__(self, target: Target, image: ExportImage, polygons: bool) -> None:
        self._target, self._image, self._polygons = target, image, polygons
        self._size = (image.document.height, image.document.width)
        self._groups = Ids()
        self._owners = list(target.with_pixels(image, also_unsegmented=True))
        self._members = Counter((each.label_id, each.details.group) for each in self._owners)
        said = [each.details for each in (*image.document, *image.document.unsegmented)]
        for group in {details.group for details in said} - {None}:
            # Taken: no parts of another object get it.
            self._groups.take(group)
        self.records = [record for annotation in self._owners for record in self._of(annotation)]
        self.records += [self._prompt(each) for each in image.document.unsegmented]

    def _of(self, annotation: Annotation) -> Iterator[dict[str, Any]]:
        kept = FrozenMap(extra_of(annotation.extra, FORMAT)).thawed()
        parts = outlines(annotation.mask) if self._polygons else ()
        head = self._head(annotation, kept) | self._grouped(annotation, kept, len(parts))
        if _stands_for(kept, annotation.mask):
            yield head | {"shape_type": kept.get("shape_type", "polygon"), "points": kept["points"]}
        elif not self._polygons:
            yield head | _mask_shape(annotation.mask)
        else:
            for part in parts:
                yield head | {"shape_type": "polygon", "points": bridged(part).tolist()}
            self._note_bridges(annotation, parts)

    def _grouped(self, annotation: Annotation, kept: dict[str, Any], parts: int) -> dict[str, Any]:
        """The number that an object's parts share: its group, or one that no other object has.

        LabelMe takes shapes of one label and number for one object. So that objects of a group are
        read apart here all the same, each says beside it which object it is a part of.
        """
        group = annotation.details.group
        if group is None:
            number = kept.get(GROUP)
            if number is None and parts < 2:
                return {GROUP: None}
            found: dict[str, Any] = {GROUP: self._groups.take(number)}
            return found if number is not None else found | _own(annotation, grouped=False)
        shared = self._members[annotation.label_id, group] > 1
        if shared:
            self._target.lose(self._image, annotation, ONE_OBJECT, 1.0)
        return {GROUP: group} | (_own(annotation) if shared else {})

    def _note_bridges(self, annotation: Annotation, parts: Sequence[Polygon]) -> None:
        """Count what programs that paint the lines to the holes will make of the object."""
        mask, area = annotation.mask, 0
        for part in parts:
            whole = from_rings([part.shell, *part.holes], *mask.size) if part.holes else None
            area += painted_area(whole, bridged(part)) - whole.area if whole is not None else 0
        if area:
            reason = say("its holes are joined to its outline by lines, which some programs paint")
            self._target.lose(self._image, annotation, reason, mask.area / (mask.area + area))

    def _head(self, each: Annotation | Unsegmented, kept: dict[str, Any]) -> dict[str, Any]:
        """All of a shape but its points: yes and no as flags, other values as X-AnyLabeling's."""
        values = each.attributes.thawed()
        flags = kept.get("flags")
        flags = (dict(flags) if isinstance(flags, dict) else {}) | {
            name: value for name, value in values.items() if isinstance(value, bool)
        }
        flags |= {flag.value: True for flag in sorted(each.details.flags)}
        head = {GROUP: each.details.group, NOTE: each.details.note, **kept, "flags": flags}
        if each.details.note:
            head[NOTE] = each.details.note
        if labelme.DIFFICULT in kept:
            head[labelme.DIFFICULT] = Flag.DIFFICULT in each.details.flags
        head |= {"label": self._target.label(each.label_id), "mask": None}
        rest = {name: value for name, value in values.items() if name not in flags}
        return head | ({"attributes": rest} if rest else {})

    def _prompt(self, each: Unsegmented) -> dict[str, Any]:
        kept = FrozenMap(extra_of(each.extra, FORMAT)).thawed()
        head = self._head(each, kept)
        box, points = each.prompt.box, [[point.x, point.y] for point in each.prompt.points]
        if "points" in kept and _read_back(kept, self._size)[1:] == (box, each.prompt.points):
            return head
        if box is not None:
            corners = [[box.x0, box.y0], [box.x1, box.y1]]
            return head | {"shape_type": "rectangle", "points": corners}
        kind = "point" if len(points) == 1 else "points"
        return head | {"shape_type": kind, "points": points}

    def compare(self, back: ImportedImage) -> None:
        """Raise Problem unless ``back`` holds these shapes."""
        where = shown(self._image.name)
        unsegmented = len(self._image.document.unsegmented)
        if back.size != self._size or len(back.objects) != len(self._owners) + unsegmented:
            raise mismatch(say("{where} came back with {count} objects", where, len(back.objects)))
        for annotation, found in zip(self._owners, back.objects, strict=False):
            if found.mask is None or found.label != self._label(annotation):
                raise mismatch(
                    say("object {number} of {where} came back different", annotation.id, where)
                )
            if found.mask != annotation.mask:
                raise mismatch(say("object {number} of {where} differs", annotation.id, where))
        self._target.counter.objects += len(self._owners) + unsegmented

    def _label(self, annotation: Annotation) -> str:
        return self._target.label(annotation.label_id)


def _own(annotation: Annotation, *, grouped: bool = True) -> dict[str, Any]:
    told = {labelme.OBJECT: annotation.id}
    return {OWN: told if grouped else told | {labelme.GROUPED: False}}


def _path_of(image: ExportImage, path: Path, *, copied: bool) -> str:
    """From the file at ``path`` to the image, as LabelMe looks for it."""
    name = posixpath.basename(image.name)
    if copied or image.path is None:
        return name
    try:
        return os.path.relpath(image.path.absolute(), path.parent.resolve()).replace(os.sep, "/")
    except ValueError:  # on another drive
        return name


def _mask_shape(mask: Mask) -> dict[str, Any]:
    if mask.bounds is None:
        raise BadValueError("an empty mask has no shape")
    x0, y0, x1, y1 = mask.bounds
    return {
        "shape_type": "mask",
        "points": [[x0, y0], [x1 - 1, y1 - 1]],
        "mask": base64.b64encode(write_png(mask.crop(mask.bounds))).decode("ascii"),
    }


def _stands_for(kept: dict[str, Any], mask: Mask) -> bool:
    """Whether the shape the object was imported from still means its mask."""
    if kept.get("shape_type", "polygon") not in ("polygon", "circle") or "points" not in kept:
        return False
    return bool(_read_back(kept, mask.size)[0] == mask)


def _read_back(kept: dict[str, Any], size: tuple[int, int]) -> tuple[Any, Any, Any]:
    try:
        return labelme.geometry(kept, size)
    except REFUSALS:
        return None, None, None
