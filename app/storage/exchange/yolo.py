"""YOLO's text files: a line for each object, its class index and a box or a polygon.

Coordinates are fractions of the image's width and height, so the images must be at hand
(docs.ultralytics.com/datasets). What the numbers of a line may mean is told in ``yolo_lines``; key
points, tracks and the turn of a box are left out, and said so.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.polygon import from_rings
from app.core.progress import Progress
from app.core.prompt import Box
from app.storage.exchange.gathering import Source, read_each
from app.storage.exchange.images import Images
from app.storage.exchange.masks import Size
from app.storage.exchange.matching import FileName, Matching
from app.storage.exchange.records import REFUSALS, Records, decoded
from app.storage.exchange.values import Imported, ImportedCategory, ImportedImage, ImportedObject
from app.storage.exchange.yolo_lines import (
    KEY_POINTS,
    SLACK,
    TRACKS,
    TURNS,
    Layout,
    Values,
    layout_of,
    parse,
)
from app.storage.exchange.yolo_names import (
    FORMAT,
    TEXT_NAMES,
    find_names,
    read_key_points,
    read_names,
)
from app.storage.names import shown
from app.storage.regular import open_regular
from model.messages import BadValueError, reason_of, say

__all__ = ["MAX_CLASSES", "SLACK", "Reader", "is_labels", "read"]

MAX_CLASSES = 100_000
LOOKED_AT = 200
"""So many files, and lines of each, tell what the lines of a data set hold."""
HEAD_BYTES = 1 << 16


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
    records = Records()
    names = read_names(listed, records) if listed is not None else {}
    source = _labels_of(Source.of(root if listed == path else path, ".txt"))
    matching = Matching(images, map(file_name, source.names))
    key_points = None if listed is None else read_key_points(listed)
    layout = layout_of(_first_lines(source), key_points)
    reader = Reader(names, images, matching, layout)
    gathered = read_each(source, ".txt", reader.parse, progress)
    reader.tell_lost(records, path.name)
    gathered.skipped += records.skipped
    return gathered.imported(FORMAT, reader.categories())


def _labels_of(source: Source) -> Source:
    """Those that hold labels: of a folder, what lies in folders named ``labels``, if any does."""
    if source.alone:
        return source
    inside = tuple(name for name in source.names if _in_labels(name))
    names = inside or source.names
    return Source(source.root, names, refused=source.refused)


def _first_lines(source: Source) -> Iterator[Values]:
    for path in islice(source.files, LOOKED_AT):
        for line in islice(_head(path).splitlines(), LOOKED_AT):
            values = _numbers(line.split())
            if values is not None:
                yield values[1:]


def _numbers(words: Sequence[str]) -> Values | None:
    """``words`` as numbers; None if one is none, or there are too few for a label."""
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        return None
    return values if len(values) >= 5 and np.isfinite(values).all() else None


def _head(path: Path) -> str:
    """The first whole lines of a file; nothing if it cannot be read."""
    try:
        with open_regular(path) as file:
            data = file.read(HEAD_BYTES)
        text, _ = decoded(data)
    except (OSError, ValueError):
        return ""
    return text if len(data) < HEAD_BYTES else text.rpartition("\n")[0]


class Reader:
    """Reads text files of labels.

    Args:
        names: class names by index; where there are none, they are made up.
        images: of the folder opened.
        matching: tells which image each file belongs to.
        layout: of the lines.
    """

    def __init__(
        self,
        names: dict[int, str],
        images: Images,
        matching: Matching | None = None,
        layout: Layout | None = None,
    ) -> None:
        self._names = names
        self._images = images
        self._given = set(names)
        self._matching = matching or Matching(images, ())
        self._layout = layout or Layout()
        self._lost: Counter[str] = Counter()

    def parse(self, data: bytes, name: str, records: Records) -> ImportedImage | None:
        """One file's image; ValueError if no image belongs to it, None if it holds no labels."""
        try:
            image, by_path = self._matching.find(file_name(name))
        except ValueError:
            if _is_other(name, data):
                return None
            raise
        if posixpath.basename(name) in TEXT_NAMES and not _holds_labels(decoded(data)[0]):
            return None
        size = self._images.size(image)
        objects = tuple(self.objects(data, size, records))
        return ImportedImage(image, size, objects, found=image, by_path=by_path)

    def objects(self, data: bytes, size: Size, records: Records) -> Iterator[ImportedObject]:
        """What the lines of ``data`` mean in an image of ``size`` (height, width)."""
        for number, line in enumerate(decoded(data)[0].splitlines(), 1):
            try:
                if line.strip():
                    yield self._object(line.split(), size)
            except REFUSALS as error:
                records.skip(say("line {number}", number), reason_of(error))

    def _object(self, words: list[str], size: Size) -> ImportedObject:
        label = self._label(words[0])
        values = np.array([_number(word) for word in words[1:]])
        if not np.isfinite(values).all():
            raise BadValueError("a number is not finite")
        parsed = parse(values, self._layout)
        height, width = size
        if parsed.shape.ndim == 1:
            box = _box(parsed.shape * (width, height, width, height), size)
            found = ImportedObject(label, box=box, score=parsed.score)
        else:
            ring = np.clip(parsed.shape, 0, 1) * (width, height)
            found = ImportedObject(label, from_rings([ring], height, width), score=parsed.score)
        self._lost.update(parsed.lost)
        return found

    def _label(self, word: str) -> str:
        index = _number(word)
        if not isfinite(index) or index != int(index) or not 0 <= index < MAX_CLASSES:
            raise BadValueError(
                "a class index must be a whole number from 0 on, given {given}", repr(word[:20])
            )
        if self._given and int(index) not in self._given:
            raise BadValueError("there is no class with the index {index}", int(index))
        return self._names.setdefault(int(index), f"class {int(index)}")

    def tell_lost(self, records: Records, where: str) -> None:
        """Say what was left out of objects that were read, and of how many."""
        if count := self._lost[KEY_POINTS]:
            records.skip(where, say("the key points of {count} objects are not taken over", count))
        if count := self._lost[TRACKS]:
            records.skip(
                where, say("the track numbers of {count} objects are not taken over", count)
            )
        if count := self._lost[TURNS]:
            records.skip(
                where, say("{count} turned boxes are taken over as the boxes around them", count)
            )

    def categories(self) -> tuple[ImportedCategory, ...]:
        """The classes, those that were made up included."""
        found: dict[str, ImportedCategory] = {}
        for index in sorted(self._names):
            extra = FrozenMap({FORMAT: {"index": index}})
            found.setdefault(self._names[index], ImportedCategory(self._names[index], extra))
        return tuple(found.values())


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise BadValueError("{given} is not a number", repr(word[:20])) from None


def _box(values: npt.NDArray[np.float64], size: Size) -> Box:
    x, y, width, height = (float(value) for value in values)
    # Clipping also takes away what rounding to a few digits added.
    found = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2).clipped(*size)
    if found is None:
        raise BadValueError("the box lies outside the image")
    return found


def _in_labels(name: str) -> bool:
    return "labels" in name.split("/")[:-1]


def _is_other(name: str, data: bytes) -> bool:
    """Whether a file without an image is no file of labels: class names, a list, a note."""
    return posixpath.basename(name) in TEXT_NAMES or not _holds_labels(decoded(data)[0])


def _holds_labels(text: str) -> bool:
    return any(_numbers(line.split()) is not None for line in islice(text.splitlines(), LOOKED_AT))


def file_name(name: str) -> FileName:
    """What the name of a file of labels says of its image, by Ultralytics' rule."""
    parts = posixpath.splitext(name)[0].split("/")
    places = [place for place, part in enumerate(parts[:-1]) if part == "labels"]
    if not places:
        return FileName("/".join(parts))
    # An image may itself lie in a folder of that name.
    *others, (stem, inner) = (
        ("/".join((*parts[:place], "images", *parts[place + 1 :])), "/".join(parts[place + 1 :]))
        for place in places
    )
    return FileName(stem, inner, tuple(each for pair in others for each in pair))


def is_labels(path: Path) -> bool:
    """Whether ``path`` is a file that a reader would take for one of labels: for recognising."""
    return _holds_labels(_head(path))


def refusal(path: Path) -> Problem:
    """What to say of a text file that ``is_labels`` refuses."""
    return Problem(
        say(
            "{name} is in no format that is known here: it holds no line of a class and "
            "numbers, as YOLO's labels have.",
            shown(path.name),
        ),
        say("Choose the folder of the data set, or its data.yaml."),
    )
