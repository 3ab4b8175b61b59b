"""A folder of binary masks: ``<image>/<label>_<number>.png``, each the size of its image.

``<image>`` is the image's path without suffix. In labels, characters that file names cannot hold
are written as ``%`` and two hexadecimal digits. Read are also PNGs named otherwise: a number alone
is an object without a label, a PNG that lies where its image would lie is the image's only mask.
Every pixel that is not zero and not transparent belongs to the mask.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from app.core.document import Annotation
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.progress import Progress
from app.storage.exchange.files import Target, place
from app.storage.exchange.gathering import Gathered, Source, read_each
from app.storage.exchange.ids import Ids
from app.storage.exchange.images import Images
from app.storage.exchange.mask_images import MaskImages, masks_below
from app.storage.exchange.masks import Size
from app.storage.exchange.matching import FileName
from app.storage.exchange.png import Png, read_png, write_png
from app.storage.exchange.records import Records
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
from app.storage.folder import is_image_name
from app.storage.names import natural_key, shown
from model.messages import BadValueError, say

FORMAT = "masks"
LONGEST_NAME = 255
_NAMED = re.compile(r"(.*?)[_ -]?(\d{1,15})")
_UNSAFE = re.compile(r'[%/\\:*?"<>|\x00-\x1f]|^[. ]|[. ]$')


def read(path: Path, images: Images, progress: Progress | None = None) -> Imported:
    """Read every PNG below the folder ``path``, or where masks lie beside images.

    Args:
        images: of the folder opened; they tell whether a PNG is an image's only mask.

    Raises:
        Problem: ``path`` cannot be read.
    """
    source = Source.of(masks_below(path, images), ".png")
    gathered = read_each(source, ".png", _Reader(source, images).parse, progress, sys.maxsize)
    return _joined(gathered).imported(FORMAT)


class _Reader:
    def __init__(self, source: Source, images: Images) -> None:
        self._images = MaskImages(source, images)
        self._places = _places(source.names, self._images.others)
        places = (place for place in self._places.values() if isinstance(place, _Place))
        self._images.match(place.image for place in places)

    def parse(self, data: bytes, name: str, _: Records) -> ImportedImage | None:
        place = _sure(self._places[name])
        match = self._images.find(name, place.image)
        png = read_png(data)
        if not is_binary(png):
            raise BadValueError(
                "it holds more values than zero and another: it may be an index image"
            )
        self._images.check(png, name, match)
        mask = Mask.from_array(np.ascontiguousarray(png.foreground()))
        extra = FrozenMap({FORMAT: {"id": place.number}} if place.number is not None else {})
        objects = (ImportedObject(place.label, mask, extra=extra),)
        stem = place.image.stem
        return ImportedImage(stem, png.size, objects, found=match.name, by_path=match.by_path)


@dataclass(frozen=True, slots=True)
class _Place:
    """What the path of a PNG says: its image, and the label and number of the object."""

    image: FileName
    label: str = "object"
    number: int | None = None


def _places(names: Sequence[str], images: Images) -> dict[str, _Place | str]:
    """What each path says; or why it is not sure.

    A PNG lies either in a folder named after its image, or where its image would lie. Where both
    may be, the other PNGs decide.
    """
    lone: dict[str, bool] = {}
    named: dict[str, bool] = {}
    for name in names:
        folder, stem = posixpath.dirname(name), posixpath.splitext(name)[0]
        lone[name] = not folder or _is_image(images, stem)
        if folder not in named:
            named[folder] = bool(folder) and _is_image(images, folder)
    objects = {posixpath.dirname(name) for name in names if not lone[name]}
    objects = {folder for folder in objects if named[folder]}
    alone = any(lone[name] and not named[posixpath.dirname(name)] for name in names)
    found: dict[str, _Place | str] = {}
    for name in names:
        folder, stem = posixpath.dirname(name), posixpath.splitext(name)[0]
        whole = _Place(FileName(stem))
        part = _Place(FileName(folder), *_parsed(posixpath.basename(stem)))
        if not lone[name]:
            found[name] = part if named[folder] or not _is_near(images, stem) else whole
        elif not named[folder] or (alone and not objects):
            found[name] = whole
        elif folder in objects or (objects and not alone):
            found[name] = part
        else:
            found[name] = say(
                "it may be the mask of {image}, or of one object of {folder}",
                repr(shown(stem)),
                repr(shown(folder)),
            )
    return found


def _sure(place: _Place | str) -> _Place:
    if isinstance(place, _Place):
        return place
    raise ValueError(place)


def _is_image(images: Images, stem: str) -> bool:
    """Whether an image lies at just this path, named with its suffix or without."""
    try:
        if images.with_stem(stem) is not None:
            return True
        return is_image_name(posixpath.basename(stem)) and images.find(stem).by_path
    except ValueError:
        return False


def _is_near(images: Images, stem: str) -> bool:
    """Whether only an image with the last part of ``stem`` can be meant."""
    try:
        near = images.near_stem(stem) is not None
    except ValueError:
        return True
    folder = posixpath.dirname(stem)
    try:
        return near and images.near_stem(folder) is None
    except ValueError:
        return False


def is_binary(png: Png) -> bool:
    """Whether every value is zero or one other."""
    values = png.values.max(axis=2) if png.values.ndim == 3 else png.values
    return bool(((values == 0) | (values == values.max())).all())


def _parsed(stem: str) -> tuple[str, int | None]:
    match = _NAMED.fullmatch(stem)
    label, number = (match[1], int(match[2])) if match else (stem, None)
    return unquote(label, errors="replace").strip() or "object", number


def _joined(gathered: Gathered) -> Gathered:
    """The masks of each image together, by number; one of another size than the first is left."""
    found: dict[str, list[ImportedObject]] = {}
    sizes: dict[str, Size | None] = {}
    firsts: dict[str, ImportedImage] = {}
    result = Gathered()
    result.skipped = gathered.skipped
    for image in gathered.images:
        if image.size != sizes.setdefault(image.name, image.size):
            reason = say("its size differs from that of the image's other masks")
            result.skipped.append(Skip(image.name, reason))
        else:
            found.setdefault(image.name, []).extend(image.objects)
            firsts.setdefault(image.name, image)
    for name in sorted(found, key=natural_key):
        objects = sorted(found[name], key=_number)
        result.add(replace(firsts[name], objects=tuple(objects)))
    return result


def _number(found: ImportedObject) -> int:
    number = extra_of(found.extra, FORMAT).get("id")
    return number if isinstance(number, int) else 0


def write(
    export: Export, root: Path, *, progress: Callable[[int], None] | None = None
) -> ExportReport:
    """Write a one-bit PNG for each object into the folder ``root``. Nothing is lost.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    target = Target(root, export, FORMAT, [("", ".png")])

    def one(image: ExportImage) -> None:
        folder = target.claim(image, "", named=False)
        ids = Ids(least=0)
        for annotation in target.with_pixels(image):
            number = ids.take(extra_of(annotation.extra, FORMAT).get("id"), annotation.id)
            label = export.label(annotation.label_id)
            name = f"{_UNSAFE.sub(_escaped, label)}_{number}.png"
            if len(os.fsencode(name)) > LONGEST_NAME:
                where = place(image, annotation)
                target.counter.skipped.append(
                    Skip(where, say("its label is too long for a file name"))
                )
                continue
            _put(target, folder / name, image, annotation)

    target.each(one, progress)
    return target.finish()


def _put(target: Target, path: Path, image: ExportImage, annotation: Annotation) -> None:
    data = write_png(annotation.mask.to_array())
    found = Mask.from_array(np.ascontiguousarray(read_png(data).foreground()))
    label, _ = _parsed(path.stem)
    target.compare(image, [annotation], [ImportedObject(label, found)])
    target.put(path, data)


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
