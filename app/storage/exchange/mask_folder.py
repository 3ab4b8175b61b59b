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
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from app.core.document import Annotation
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.storage.exchange.files import Target, place
from app.storage.exchange.gathering import Gathered, Progress, read_each
from app.storage.exchange.ids import Ids
from app.storage.exchange.images import Images
from app.storage.exchange.masks import Size
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
from app.storage.names import natural_key

FORMAT = "masks"
LONGEST_NAME = 255
_NAMED = re.compile(r"(.*?)[_ -]?(\d{1,15})")
_UNSAFE = re.compile(r'[%/\\:*?"<>|\x00-\x1f]|^[. ]|[. ]$')


def read(path: Path, images: Images, progress: Progress | None = None) -> Imported:
    """Read every PNG below the folder ``path``.

    Args:
        images: of the folder opened; they tell whether a PNG is an image's only mask.

    Raises:
        Problem: ``path`` cannot be read.
    """
    gathered = read_each(path, ".png", _Reader(images).parse, progress, sys.maxsize)
    return _joined(gathered).imported(FORMAT)


class _Reader:
    def __init__(self, images: Images) -> None:
        self._images = images

    def parse(self, data: bytes, name: str, _: Records) -> ImportedImage | None:
        png = read_png(data)
        if not _is_binary(png):
            raise ValueError("it holds more values than zero and another: it may be an index image")
        mask = Mask.from_array(np.ascontiguousarray(png.foreground()))
        stem, folder = posixpath.splitext(name)[0], posixpath.dirname(name)
        if not folder or self._is_image(stem):
            return ImportedImage(stem, png.size, (ImportedObject("object", mask),))
        label, number = _parsed(posixpath.basename(stem))
        extra = FrozenMap({FORMAT: {"id": number}} if number is not None else {})
        return ImportedImage(folder, png.size, (ImportedObject(label, mask, extra=extra),))

    def _is_image(self, stem: str) -> bool:
        try:
            return self._images.find(stem).by_path
        except ValueError:
            return False


def _is_binary(png: Png) -> bool:
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
    result = Gathered()
    result.skipped = gathered.skipped
    for image in gathered.images:
        if image.size != sizes.setdefault(image.name, image.size):
            reason = "its size differs from that of the image's other masks"
            result.skipped.append(Skip(image.name, reason))
        else:
            found.setdefault(image.name, []).extend(image.objects)
    for name in sorted(found, key=natural_key):
        objects = sorted(found[name], key=_number)
        result.add(ImportedImage(name, sizes[name], tuple(objects)))
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
    target = Target(root, export.labels)

    def one(image: ExportImage) -> None:
        folder = target.claim(image, "", named=False)
        ids = Ids(least=0)
        for annotation in target.with_pixels(image):
            number = ids.take(extra_of(annotation.extra, FORMAT).get("id"), annotation.id)
            label = export.labels.label(annotation.label_id).name
            name = f"{_UNSAFE.sub(_escaped, label)}_{number}.png"
            if len(os.fsencode(name)) > LONGEST_NAME:
                where = place(image, annotation)
                target.counter.skipped.append(Skip(where, "its label is too long for a file name"))
                continue
            _put(target, folder / name, image, annotation)

    return target.each(export, one, progress)


def _put(target: Target, path: Path, image: ExportImage, annotation: Annotation) -> None:
    data = write_png(annotation.mask.to_array())
    found = Mask.from_array(np.ascontiguousarray(read_png(data).foreground()))
    label, _ = _parsed(path.stem)
    target.compare(image, [annotation], [ImportedObject(label, found)])
    target.put(path, data)


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
