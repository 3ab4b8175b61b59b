"""COCO's one file for a data set: polygons, run lengths compressed or not, crowds, boxes.

Read record by record: one bad annotation is skipped with its reason, the others are kept, as the
text they are in the file: their objects are made when they are asked for, an image at a time.
The format: cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from app.core.errors import Problem
from app.core.frozen import EMPTY, FrozenMap
from app.core.mask import Mask
from app.core.polygon import from_rings
from app.storage.exchange.masks import (
    EVIDENCE_FIELDS,
    evidence_of,
    is_numbers,
    run_lengths,
    xywh_box,
)
from app.storage.exchange.records import Records, number, optional_number, read_limited, text
from app.storage.exchange.values import (
    Imported,
    ImportedCategory,
    ImportedImage,
    ImportedObject,
    Later,
)

FORMAT = "coco"
Take = Callable[[str, ImportedObject], None]
_TAKEN = {"segmentation", "bbox", "area", "image_id", "category_id", "score", "attributes"}
_TAKEN |= EVIDENCE_FIELDS
_IMAGE_TAKEN = {"file_name", "height", "width"}


class _File(msgspec.Struct):
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw] = []
    categories: list[msgspec.Raw] = []


def read(path: Path, progress: Callable[[int, int], None] | None = None) -> Imported:
    """Read a COCO file.

    Args:
        path: the JSON file.
        progress: called now and then with annotations read and in all; may raise to stop.

    Raises:
        Problem: the file cannot be read, or is not a COCO file.
    """
    return parse(read_limited(path), path.name, progress)


def parse(
    data: bytes,
    name: str,
    progress: Callable[[int, int], None] | None = None,
    take: Take | None = None,
) -> Imported:
    """As ``read``, from the file's bytes.

    Args:
        name: for messages.
        take: gets each object as it is read, with the name of its image; the images then hold
            none, and memory holds one object at a time.
    """
    try:
        file = msgspec.json.decode(data, type=_File)
        rest = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(
            f"{name} is not a COCO file: {error}.",
            'Choose a JSON file with "images", "annotations" and "categories".',
            error,
        ) from error
    return _Reader(progress, take).read(file, _kept(rest))


def _kept(rest: dict[str, msgspec.Raw]) -> dict[str, object]:
    known = {"images", "annotations", "categories"}
    return {key: msgspec.json.decode(raw) for key, raw in rest.items() if key not in known}


class _Reader:
    def __init__(
        self, progress: Callable[[int, int], None] | None, take: Take | None = None
    ) -> None:
        self._take = take
        self._records = Records()
        self._progress = progress
        self._images: dict[int, tuple[str, tuple[int, int] | None, FrozenMap]] = {}
        self._names: dict[int, str] = {}
        self._good: dict[int, list[msgspec.Raw]] = {}
        self._raw = msgspec.Raw()

    def read(self, file: _File, rest: Mapping[str, object]) -> Imported:
        categories = tuple(self._records.each(file.categories, "category", self._category))
        list(self._records.each(file.images, "image", self._image))
        total = len(file.annotations)
        raws = self._noted(file.annotations)
        annotations = self._records.each(raws, "annotation", self._annotation)
        for done, _ in enumerate(annotations):
            if self._progress is not None and done % 1000 == 0:
                self._progress(done, total)
        images = tuple(
            ImportedImage(name, size, self._later(key), kept)
            for key, (name, size, kept) in self._images.items()
        )
        extra = FrozenMap({FORMAT: dict(rest)}) if rest else EMPTY
        return Imported(FORMAT, images, categories, tuple(self._records.skipped), extra)

    def _noted(self, raws: Iterable[msgspec.Raw]) -> Iterator[msgspec.Raw]:
        for self._raw in raws:
            yield self._raw

    def _later(self, image: int) -> Later:
        raws = self._good.get(image, [])
        return Later(len(raws), partial(self._made, raws, image))

    def _made(self, raws: list[msgspec.Raw], image: int) -> Iterator[ImportedObject]:
        for raw in raws:
            yield self._object(msgspec.json.decode(raw, type=dict[str, Any]), image)

    def _category(self, record: dict[str, Any]) -> ImportedCategory:
        key, name = number(record, "id"), text(record, "name")
        if key in self._names:
            raise ValueError(f"the category id {key} is given twice")
        if name in self._names.values():
            raise ValueError(f"the category name {name!r} is given twice")
        self._names[key] = name
        kept = {k: v for k, v in record.items() if k != "name"}
        return ImportedCategory(name, FrozenMap({FORMAT: kept}))

    def _image(self, record: dict[str, Any]) -> None:
        key, name = number(record, "id"), text(record, "file_name")
        if key in self._images:
            raise ValueError(f"the image id {key} is given twice")
        size = None
        if record.get("height") is not None and record.get("width") is not None:
            size = (number(record, "height", 1), number(record, "width", 1))
        kept = {k: v for k, v in record.items() if k not in _IMAGE_TAKEN}
        self._images[key] = (name.replace("\\", "/"), size, FrozenMap({FORMAT: kept}))

    def _annotation(self, record: dict[str, Any]) -> None:
        image = number(record, "image_id")
        if image not in self._images:
            raise ValueError(f"there is no image with the id {image}")
        category = number(record, "category_id")
        if category not in self._names:
            raise ValueError(f"there is no category with the id {category}")
        found = self._object(record, image)
        if self._take is not None:
            self._take(self._images[image][0], found)
        else:
            self._good.setdefault(image, []).append(self._raw)

    def _object(self, record: dict[str, Any], image: int) -> ImportedObject:
        """What a record means; ValueError if it is damaged."""
        attributes = record.get("attributes")
        return ImportedObject(
            self._names[record["category_id"]],
            mask_of(record, self._images[image][1]),
            xywh_box(record),
            score=optional_number(record, "score"),
            evidence=evidence_of(record),
            attributes=FrozenMap(attributes if isinstance(attributes, dict) else {}),
            extra=FrozenMap({FORMAT: {k: v for k, v in record.items() if k not in _TAKEN}}),
        )


def mask_of(record: Mapping[str, Any], size: tuple[int, int] | None) -> Mask | None:
    """The mask of an annotation's record on an image of ``size``; None if it has none.

    Raises:
        ValueError: it is damaged.
    """
    segmentation = record.get("segmentation")
    if not segmentation:
        return None
    if isinstance(segmentation, dict):
        return run_lengths(segmentation, size)
    if not isinstance(segmentation, list):
        raise ValueError("segmentation is neither polygons nor run lengths")  # noqa: TRY004
    if size is None:
        raise ValueError("polygons need the image's height and width, which the file does not give")
    return from_rings([_ring(polygon) for polygon in segmentation], *size)


def _ring(polygon: object) -> list[tuple[float, float]]:
    if (
        not isinstance(polygon, list)
        or not is_numbers(polygon)
        or len(polygon) % 2
        or len(polygon) < 6
    ):
        raise ValueError("a polygon must be a list of at least three x, y pairs")
    return [(float(x), float(y)) for x, y in zip(polygon[::2], polygon[1::2], strict=True)]
