"""Index images: one PNG for each image, whose values are classes or objects, 0 the background.

Semantic PNGs say of each pixel which class it is, instance PNGs which object. The folders are those
of Pascal VOC: ``SegmentationClass`` and ``SegmentationObject``, each image's PNG at its path; where
they are missing, the PNGs of the folder itself are taken. The classes of an instance PNG are those
of the semantic PNG beside it. The values are 8-bit, indexed or gray, or 16-bit; semantic PNGs may
also hold the colours of ``labelmap.txt``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.progress import Progress
from app.storage.exchange.class_map import VOID, ClassMap, read_class_map
from app.storage.exchange.gathering import Source, read_each
from app.storage.exchange.images import Images, Match
from app.storage.exchange.mask_images import MaskImages, masks_below
from app.storage.exchange.matching import FileName
from app.storage.exchange.png import Png, Values, read_png
from app.storage.exchange.records import Records, read_limited
from app.storage.exchange.values import Imported, ImportedImage, ImportedObject
from model import rle
from model.messages import BadValueError

SEMANTIC, INSTANCE = "semantic_png", "instance_png"
CLASSES, OBJECTS = "SegmentationClass", "SegmentationObject"


def read_semantic(
    path: Path, images: Images | None = None, progress: Progress | None = None
) -> Imported:
    """Read semantic PNGs: one object for each class of each image.

    Args:
        images: of the folder opened; without them each name stands for its own image.

    Raises:
        Problem: ``path`` cannot be read.
    """
    source = _source(path, CLASSES, images)
    reader = _Reader(read_class_map(source.root), source, images, None)
    gathered = read_each(source, ".png", reader.semantic, progress)
    gathered.skipped += reader.classes.skipped
    return gathered.imported(SEMANTIC, reader.classes.categories(SEMANTIC, reader.used))


def read_instances(
    path: Path, images: Images | None = None, progress: Progress | None = None
) -> Imported:
    """Read instance PNGs, with the classes that the semantic PNGs beside them tell.

    Args:
        images: of the folder opened; without them each name stands for its own image.

    Raises:
        Problem: ``path`` cannot be read.
    """
    source = _source(path, OBJECTS, images)
    beside = source.root.parent / CLASSES if source.root.name == OBJECTS else None
    reader = _Reader(read_class_map(source.root), source, images, beside)
    gathered = read_each(source, ".png", reader.instances, progress)
    if beside is None:
        return gathered.imported(INSTANCE)
    gathered.skipped += reader.classes.skipped
    return gathered.imported(INSTANCE, reader.classes.categories(INSTANCE, reader.used))


def _source(path: Path, inside: str, images: Images | None) -> Source:
    if (path / inside).is_dir():
        return Source.of(path / inside, ".png")
    return Source.of(masks_below(path, images or Images.of_sizes({})), ".png")


class _Reader:
    def __init__(
        self, classes: ClassMap, source: Source, images: Images | None, beside: Path | None
    ) -> None:
        self.classes = classes
        self.used: set[int] = set()
        self._root = source.root
        self._images = MaskImages(source, images or Images.of_sizes({}))
        self._images.match(map(_stem, source.names))
        self._beside = beside

    def semantic(self, data: bytes, name: str, _: Records) -> ImportedImage:
        match = self._images.find(name, _stem(name))
        png = read_png(data)
        self._images.check(png, name, match)
        objects = []
        for index, mask in regions(self._indices(png)):
            self.used.add(index)
            objects.append(ImportedObject(self.classes.name(index), mask))
        return _image(name, png, objects, match)

    def instances(self, data: bytes, name: str, _: Records) -> ImportedImage:
        match = self._images.find(name, _stem(name))
        png = read_png(data)
        self._images.check(png, name, match)
        values = _single(png)
        path = None if self._beside is None else self._beside / name
        classes = None
        if path is not None and path.is_file():
            classes = self._indices(read_png(read_limited(path), png.size))
        objects = []
        for number, mask in regions(values):
            label = "object" if classes is None else self._label(classes, mask)
            extra = FrozenMap({INSTANCE: {"id": number}})
            objects.append(ImportedObject(label, mask, extra=extra))
        return _image(name, png, objects, match)

    def _label(self, classes: Values, mask: Mask) -> str:
        """The class that most of an object's pixels have."""
        if mask.bounds is None:
            return "object"
        x0, y0, x1, y1 = mask.bounds
        index = int(np.bincount(classes[y0:y1, x0:x1][mask.crop(mask.bounds)]).argmax())
        self.used |= {index} - {0}
        return self.classes.name(index) if index else "object"

    def _indices(self, png: Png) -> Values:
        if png.values.ndim == 3:
            return self.classes.of_colors(png.values.astype(np.uint8, copy=False))
        return _single(png, keep_void=VOID in self.classes.names)


def _stem(name: str) -> FileName:
    return FileName(posixpath.splitext(name)[0])


def _image(name: str, png: Png, objects: list[ImportedObject], match: Match) -> ImportedImage:
    stem = posixpath.splitext(name)[0]
    return ImportedImage(stem, png.size, tuple(objects), found=match.name, by_path=match.by_path)


def _single(png: Png, *, keep_void: bool = False) -> Values:
    """The values of a PNG with one channel, what is void or transparent made background."""
    values = png.values
    if values.ndim == 3:
        raise BadValueError("the PNG holds colours instead of numbers")
    gone: npt.NDArray[np.bool_] | None = None if png.opaque is None else ~png.opaque
    if png.indexed and not keep_void:
        gone = values == VOID
    if gone is not None:
        values = values.copy()
        values[gone] = 0
    return values


def regions(values: Values) -> Iterator[tuple[int, Mask]]:
    """The mask of each value but 0 of (H, W) ``values``, in ascending order."""
    height, width = values.shape
    flat = values.T.ravel()
    position = np.flatnonzero(flat)
    found = flat[position]
    order = np.argsort(found, kind="stable")
    position, found = position[order], found[order]
    border = np.flatnonzero(np.diff(found)) + 1
    for group in np.split(position, border):
        if group.size:
            gap = np.flatnonzero(np.diff(group) != 1)
            starts = group[np.concatenate(([0], gap + 1))]
            ends = group[np.concatenate((gap, [group.size - 1]))] + 1
            ends_of_runs = np.stack((starts, ends), axis=1).ravel()
            runs = np.diff(ends_of_runs, prepend=0, append=height * width)
            yield int(flat[group[0]]), Mask(height, width, rle.canonical(runs))
