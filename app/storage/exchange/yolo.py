"""YOLO's text files: a line for each object, its class index and a box or a polygon.

Coordinates are fractions of the image's width and height, so the images must be at hand
(docs.ultralytics.com/datasets/detect and /segment). A line is ``class x y width height``, a box by
its centre; or ``class x1 y1 ... xn yn``, a polygon; a confidence may follow either.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.polygon import from_rings
from app.core.prompt import Box
from app.storage.exchange.gathering import Progress, read_each, walk
from app.storage.exchange.images import Images
from app.storage.exchange.masks import Size
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import Imported, ImportedCategory, ImportedImage, ImportedObject
from app.storage.exchange.yolo_names import FORMAT, TEXT_NAMES, find_names, read_names

SLACK = 0.01
"""Fractions may lie this far outside 0 to 1; they are clipped. More is no fraction."""
MAX_CLASSES = 100_000


def read(path: Path, images: Images, progress: Progress | None = None) -> Imported:
    """Read a data set: its folder, its ``data.yaml``, or a single text file of labels.

    Text files in folders named ``labels`` are read, or all where there is no such folder; which
    image each belongs to is found by its path, ``labels`` taken for ``images``.

    Args:
        images: of the folder opened.

    Raises:
        Problem: ``path`` or the class names cannot be read.
    """
    root = path if path.is_dir() else path.parent
    listed = path if path.suffix.lower() in (".yaml", ".yml") else find_names(root)
    names = read_names(listed) if listed is not None else {}
    target = root if listed == path else path
    labels = target.is_dir() and any(_in_labels(name) for name in walk(target, ".txt"))
    reader = Reader(names, images, only_labels=labels)
    gathered = read_each(target, ".txt", reader.parse, progress)
    return gathered.imported(FORMAT, reader.categories())


class Reader:
    """Reads text files of labels.

    Args:
        names: class names by index; where there are none, they are made up.
        images: of the folder opened.
        only_labels: pass over files outside folders named ``labels``.
    """

    def __init__(self, names: dict[int, str], images: Images, *, only_labels: bool = False) -> None:
        self._names = names
        self._images = images
        self._given = set(names)
        self._only_labels = only_labels

    def parse(self, data: bytes, name: str, records: Records) -> ImportedImage | None:
        """One file's image; ValueError if no image belongs to it, None if it holds no labels."""
        if posixpath.basename(name) in TEXT_NAMES or (self._only_labels and not _in_labels(name)):
            return None
        image = self._images.find(_image_name(name)).name
        size = self._images.size(image)
        return ImportedImage(image, size, tuple(self.objects(data, size, records)))

    def objects(self, data: bytes, size: Size, records: Records) -> Iterator[ImportedObject]:
        """What the lines of ``data`` mean in an image of ``size`` (height, width)."""
        for number, line in enumerate(data.decode("utf-8-sig").splitlines(), 1):
            try:
                if line.strip():
                    yield self._object(line.split(), size)
            except REFUSALS as error:
                records.skip(f"line {number}", str(error) or type(error).__name__)

    def _object(self, words: list[str], size: Size) -> ImportedObject:
        label = self._label(words[0])
        values = np.array([float(word) for word in words[1:]])
        if not np.isfinite(values).all():
            raise ValueError("a number is not finite")
        score = None
        if len(values) == 5 or (len(values) > 6 and len(values) % 2):
            score, values = float(values[-1]), values[:-1]
        if len(values) != 4 and (len(values) < 6 or len(values) % 2):
            raise ValueError(
                f"a line needs a class and four numbers, or at least three corners: {len(words)} "
                "values given"
            )
        if (values < -SLACK).any() or (values > 1 + SLACK).any():
            raise ValueError("coordinates must be fractions of the image, from 0 to 1")
        height, width = size
        if len(values) == 4:
            return ImportedObject(
                label, box=_box(values * (width, height, width, height), size), score=score
            )
        ring = np.clip(values.reshape(-1, 2), 0, 1) * (width, height)
        return ImportedObject(label, from_rings([ring], height, width), score=score)

    def _label(self, word: str) -> str:
        index = float(word)
        if not isfinite(index) or index != int(index) or not 0 <= index < MAX_CLASSES:
            raise ValueError(f"a class index must be a whole number from 0 on, given {word[:20]!r}")
        if self._given and int(index) not in self._given:
            raise ValueError(f"there is no class with the index {int(index)}")
        return self._names.setdefault(int(index), f"class {int(index)}")

    def categories(self) -> tuple[ImportedCategory, ...]:
        """The classes, those that were made up included."""
        return tuple(
            ImportedCategory(self._names[index], FrozenMap({FORMAT: {"index": index}}))
            for index in sorted(self._names)
        )


def _box(values: npt.NDArray[np.float64], size: Size) -> Box:
    x, y, width, height = (float(value) for value in values)
    # Clipping also takes away what rounding to a few digits added.
    found = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2).clipped(*size)
    if found is None:
        raise ValueError("the box lies outside the image")
    return found


def _in_labels(name: str) -> bool:
    return "labels" in name.split("/")[:-1]


def _image_name(name: str) -> str:
    """Where the image of a file of labels is, by Ultralytics' rule; without suffix."""
    parts = posixpath.splitext(name)[0].split("/")
    if "labels" in parts[:-1]:
        last = len(parts) - 2 - parts[-2::-1].index("labels")
        parts[last] = "images"
    return "/".join(parts)


def is_labels(path: Path) -> bool:
    """Whether ``path`` is a file that a reader would take for one of labels: for recognising."""
    try:
        words = path.read_bytes()[:4096].decode().splitlines()[0].split()
        return len(words) >= 5 and all(isfinite(float(word)) for word in words)
    except (OSError, ValueError, IndexError, Problem):
        return False
