"""COCO's one file for a data set: polygons, run lengths compressed or not, crowds, boxes.

Read record by record, and part by part: what is damaged is left out with its reason, the others are
kept, as the text they are in the file: their objects are made when they are asked for, an image at
a time. The lists of results that detectors write, and the panoptic files with a PNG for each image,
are read too. The format: cocodataset.org/#format-data and #format-results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from app.core.errors import Problem
from app.core.frozen import EMPTY, FrozenMap
from app.core.mask import Mask
from app.core.polygon import Ring, checked_ring, from_rings
from app.core.prompt import Box
from app.storage.exchange import coco_panoptic, coco_results
from app.storage.exchange.descriptions import described
from app.storage.exchange.images import Images, size_at_hand
from app.storage.exchange.json_text import REFUSED, JsonFile, items_of, taken_apart, value_of
from app.storage.exchange.masks import (
    EVIDENCE_FIELDS,
    SizeDiffers,
    evidence_of,
    is_numbers,
    require_numbers,
    run_lengths,
    xywh_box,
)
from app.storage.exchange.records import (
    REFUSALS,
    Records,
    identity,
    optional_number,
    read_limited,
    size_of,
    text,
)
from app.storage.exchange.values import (
    Imported,
    ImportedCategory,
    ImportedImage,
    ImportedObject,
    Later,
)
from model.messages import BadValueError, reason_of, say

FORMAT = "coco"
Take = Callable[[str, ImportedObject], None]
Note = Callable[[str], None]
Id = int | str
_LISTS = ("images", "annotations", "categories")
_TAKEN = {"segmentation", "bbox", "area", "image_id", "category_id", "score", "attributes"}
_TAKEN |= EVIDENCE_FIELDS
_IMAGE_TAKEN = {"file_name", "height", "width"}


def read(
    path: Path,
    progress: Callable[[int, int], None] | None = None,
    images: Images | None = None,
) -> Imported:
    """Read a COCO file.

    Args:
        path: the JSON file.
        progress: called now and then with annotations read and in all; may raise to stop.
        images: those at hand, for sizes that the file does not state.

    Raises:
        Problem: the file cannot be read, or is not a COCO file.
    """
    return parse(read_limited(path), path.name, progress, images=images, path=path)


def parse(
    data: bytes,
    name: str,
    progress: Callable[[int, int], None] | None = None,
    take: Take | None = None,
    images: Images | None = None,
    path: Path | None = None,
) -> Imported:
    """As ``read``, from the file's bytes.

    Args:
        name: for messages.
        take: gets each object as it is read, with the name of its image; the images then hold
            none, and memory holds one object at a time.
        path: of the file, beside which lists of results and panoptic files have what they need.
    """
    try:
        file = taken_apart(data)
        if file.items is not None:
            file = coco_results.whole(file.items, file.notes, path, images)
        if "images" not in file.fields:
            raise BadValueError('there is no "images" in it')
        lists = {key: items_of(file.fields.get(key)) for key in _LISTS}
    except REFUSED as error:
        raise Problem(
            say("{name} is not a COCO file: {reason}.", name, error),
            say('Choose a JSON file with "images", "annotations" and "categories".'),
            error,
        ) from error
    return _Reader(progress, take, images, path).read(name, file, lists)


class _Reader:
    def __init__(
        self,
        progress: Callable[[int, int], None] | None,
        take: Take | None,
        images: Images | None,
        path: Path | None,
    ) -> None:
        self._progress, self._take = progress, take
        self._at_hand, self._path = images, path
        self._records = Records()
        self._images: dict[Id, tuple[str, tuple[int, int] | None, FrozenMap]] = {}
        self._labels: dict[Id, str] = {}
        self._categories: dict[str, ImportedCategory] = {}
        self._unnamed: Counter[Id | None] = Counter()
        self._good: dict[Id, list[msgspec.Raw]] = {}
        self._counts: Counter[Id] = Counter()
        self._raw = msgspec.Raw()

    def read(self, name: str, file: JsonFile, lists: dict[str, list[msgspec.Raw]]) -> Imported:
        for note in file.notes:
            self._records.skip(name, note)
        list(self._records.each(lists["categories"], say("category"), self._category))
        list(self._records.each(lists["images"], say("image"), self._image))
        raws = lists["annotations"]
        annotations = self._records.each(self._noted(raws), say("annotation"), self._annotation)
        for done, _ in enumerate(annotations):
            if self._progress is not None and done % 1000 == 0:
                self._progress(done, len(raws))
        self._name_the_unnamed()
        images = tuple(
            ImportedImage(name, size, self._later(key), kept)
            for key, (name, size, kept) in self._images.items()
        )
        rest = self._rest(file)
        extra = FrozenMap({FORMAT: rest}) if rest else EMPTY
        categories = tuple(self._categories.values())
        return Imported(FORMAT, images, categories, tuple(self._records.skipped), extra)

    def _rest(self, file: JsonFile) -> dict[str, Any]:
        """What the file holds on the whole, but for what cannot be read or kept."""
        found: dict[str, Any] = {}
        for key, raw in file.fields.items():
            if key in _LISTS:
                continue
            try:
                found[key] = value_of(raw)
            except ValueError as error:
                self._records.skip(key[:80], reason_of(error))
        return Records(self._records.skipped).holdable(found)

    def _noted(self, raws: Iterable[msgspec.Raw]) -> Iterator[msgspec.Raw]:
        for self._raw in raws:
            yield self._raw

    def _later(self, image: Id) -> Later:
        return Later(self._counts[image], partial(self._made, self._good.get(image, []), image))

    def _made(self, raws: list[msgspec.Raw], image: Id) -> Iterator[ImportedObject]:
        again = Records()
        for found in again.each(
            raws, say("annotation"), lambda each: self._found(each, image, again)
        ):
            yield from (each for _, each in found)

    # -- records

    def _category(self, record: dict[str, Any]) -> None:
        key = identity(record, "id")
        name = text(record, "name") if record.get("name") is not None else f"category {key}"
        if self._labels.setdefault(key, name) != name:
            raise BadValueError("the category id {id} is given twice", key)
        if name not in self._categories:
            # Of two ids with one name both mean it.
            kept = {k: v for k, v in record.items() if k != "name"} | {"id": key}
            self._categories[name] = ImportedCategory(name, self._records.kept(FORMAT, kept))

    def _image(self, record: dict[str, Any]) -> None:
        key, name = identity(record, "id"), text(record, "file_name")
        if key in self._images:
            raise BadValueError("the image id {id} is given twice", key)
        name = name.replace("\\", "/")
        size = size_of(record, "height", "width") or size_at_hand(self._at_hand, name)
        kept = {k: v for k, v in record.items() if k not in _IMAGE_TAKEN}
        self._images[key] = (name, size, self._records.kept(FORMAT, kept))

    def _annotation(self, record: dict[str, Any]) -> None:
        image = identity(record, "image_id")
        if image not in self._images:
            raise BadValueError("there is no image with the id {id}", image)
        found = self._found(record, image, self._records)
        for key, each in found:
            if key not in self._labels:
                self._unnamed[key] += 1
            if self._take is not None:
                self._take(self._images[image][0], each)
        if found and self._take is None:
            self._counts[image] += len(found)
            self._good.setdefault(image, []).append(self._raw)

    def _name_the_unnamed(self) -> None:
        """Make categories of the ids that have no name, and say so."""
        for key, count in self._unnamed.items():
            name = _stand_in(key)
            where = (
                say("annotations without a category")
                if key is None
                else say("category with id {id}", key)
            )
            what = say(
                "the file does not name it: its {count} objects are labelled {label}",
                count,
                repr(name),
            )
            self._records.skip(where, what)
            self._categories.setdefault(name, ImportedCategory(name))

    # -- objects

    def _found(
        self, record: dict[str, Any], image: Id, records: Records
    ) -> list[tuple[Id | None, ImportedObject]]:
        """What a record means, with the ids of the categories; ValueError if it is damaged."""
        if "segments_info" in record:
            size = self._images[image][1]
            segments = coco_panoptic.segments(record, self._path, size, records)
            return [self._made_of(each, mask, None, records) for each, mask in segments]
        mask, box = self._geometry(record, image, records)
        return [self._made_of(record, mask, box, records)]

    def _made_of(
        self, record: Mapping[str, Any], mask: Mask | None, box: Box | None, records: Records
    ) -> tuple[Id | None, ImportedObject]:
        key = None if record.get("category_id") is None else identity(record, "category_id")
        label = _stand_in(key) if key is None else self._labels.get(key, _stand_in(key))
        kept = {k: v for k, v in record.items() if k not in _TAKEN}
        attributes, details = described(kept, record.get("attributes"), records)
        return key, ImportedObject(
            label,
            mask,
            box,
            score=optional_number(record, "score"),
            evidence=evidence_of(record),
            attributes=attributes,
            extra=records.kept(FORMAT, kept),
            details=details,
        )

    def _geometry(
        self, record: dict[str, Any], image: Id, records: Records
    ) -> tuple[Mask | None, Box | None]:
        """The mask and the box of a record; where one of them is damaged, the other."""
        box, reason = None, ""
        try:
            box = xywh_box(record)
        except ValueError as error:
            reason = reason_of(error)
        try:
            mask = mask_of(record, self._images[image][1], records.note)
        except SizeDiffers:
            raise
        except REFUSALS as error:
            if box is None:
                raise
            records.note(say("{reason}: only its box is kept", error))
            return None, box
        if mask is None and box is None:
            raise ValueError(reason or say("an object needs a mask, a box or points"))
        if mask is not None and not mask.area:
            raise BadValueError("its mask is empty")
        if reason:
            records.note(reason)
        return mask, box


def _stand_in(key: Id | None) -> str:
    return "object" if key is None else f"category {key}"


def mask_of(
    record: Mapping[str, Any], size: tuple[int, int] | None, note: Note = lambda reason: None
) -> Mask | None:
    """The mask of an annotation's record on an image of ``size``; None if it has none.

    Args:
        note: told of polygons that are left out while others are kept.

    Raises:
        ValueError: it is damaged.
    """
    segmentation = record.get("segmentation")
    if not segmentation:
        return None
    if isinstance(segmentation, dict):
        return run_lengths(segmentation, size)
    if not isinstance(segmentation, list):
        raise BadValueError("segmentation is neither polygons nor run lengths")
    if not any(each != [] for each in segmentation):
        return None
    if size is None:
        raise BadValueError(
            "polygons need the image's height and width, which the file does not give"
        )
    return from_rings(_rings(segmentation, note), *size)


def _rings(segmentation: list[object], note: Note) -> list[Ring]:
    """Those of the polygons that are some; ValueError if none is."""
    if is_numbers(segmentation) or all(_is_pair(each) for each in segmentation):
        # One polygon without the list around it, which other programs pass over or read so.
        segmentation = [segmentation]
    rings: list[Ring] = []
    reasons: list[str] = []
    for polygon in segmentation:
        try:
            rings.append(_ring(polygon))
        except ValueError as error:
            reasons.append(reason_of(error))
    if reasons and not rings:
        raise ValueError(reasons[0])
    if reasons:
        note(
            say(
                "{count} of its {of} polygons are left out: {reason}",
                len(reasons),
                len(segmentation),
                reasons[0],
            )
        )
    return rings


def _is_pair(values: object) -> bool:
    return isinstance(values, list) and len(values) == 2 and is_numbers(values)


def _ring(polygon: object) -> Ring:
    if isinstance(polygon, list):
        if len(polygon) >= 3 and all(_is_pair(each) for each in polygon):
            return checked_ring(polygon)
        if len(polygon) >= 6 and len(polygon) % 2 == 0 and is_numbers(polygon):
            return checked_ring([float(value) for value in polygon])
        require_numbers(polygon)
    raise BadValueError("a polygon must be a list of at least three x, y pairs")
