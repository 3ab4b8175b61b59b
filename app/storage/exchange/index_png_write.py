"""Writing index images: where objects overlap, the upper one is seen, and the rest is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from app.core.document import Annotation, Document
from app.core.mask import Mask, union_of
from app.storage.exchange.class_map import FILE_NAME, numbers, to_bytes
from app.storage.exchange.files import Target
from app.storage.exchange.ids import Ids
from app.storage.exchange.index_png import CLASSES, INSTANCE, OBJECTS, SEMANTIC, regions
from app.storage.exchange.png import Values, read_png, voc_palette, write_png
from app.storage.exchange.values import Export, ExportImage, ExportReport, Loss, extra_of
from app.storage.names import shown
from model.messages import BadValueError, say

MOST = {8: 254, 16: 65_535}
"""The largest number by bits; 255 is void in indexed images."""


SETS = tuple(f"ImageSets/{each}/default.txt" for each in ("Segmentation", "Main"))
"""Datumaro looks into the first for masks alone, into the second for all kinds at once."""
OTHER_CLASSES = say("other classes cover part of it")
PARTLY, WHOLLY = say("other objects cover part of it"), say("other objects cover all of it")


def write_semantic(
    export: Export,
    root: Path,
    *,
    bits: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write ``SegmentationClass/<image>.png`` and ``labelmap.txt`` into the folder ``root``.

    The objects of a class become one; the report names each class of an image of which a part
    was covered by another, with its IoU.

    Args:
        bits: 8, indexed with Pascal VOC's colours; 16, gray; None, 8 if the classes fit.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    classes = numbers(export.labels, SEMANTIC)
    depth = bits or (8 if len(classes) <= MOST[8] else 16)
    target = _start(export, root, SEMANTIC)

    def one(image: ExportImage) -> None:
        path = target.claim(image, ".png", f"{CLASSES}/", named=False)
        drawn = list(target.with_pixels(image))
        values = _numbers_of(drawn, classes)
        back = _put(target, path, image.document, drawn, values, depth)
        for index in sorted(set(values)):
            parts = [a for a, value in zip(drawn, values, strict=True) if value == index]
            whole = union_of((a.mask for a in parts), image.document.height, image.document.width)
            iou = back[index].iou(whole) if index in back else 0.0
            if iou < 1:
                label = export.label(parts[0].label_id)
                where = say("{name}, class {label}", shown(image.name), label)
                target.counter.losses.append(Loss(where, OTHER_CLASSES, iou))
        target.counter.objects += len(drawn)

    return _all(target, one, progress)


def write_instances(
    export: Export,
    root: Path,
    *,
    bits: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write ``SegmentationObject`` and ``SegmentationClass`` PNGs and ``labelmap.txt``.

    The report names each object of which a part was covered by another, with its IoU.

    Args:
        bits: 8, indexed with Pascal VOC's colours; 16, gray; None, 8 where the objects fit.

    Raises:
        Problem: what was written does not read back as it should.
        OSError: a file cannot be written.
    """
    classes = numbers(export.labels, INSTANCE)
    class_bits = 8 if len(classes) <= MOST[8] else 16
    target = _start(export, root, INSTANCE)

    def one(image: ExportImage) -> None:
        path = target.claim(image, ".png", f"{OBJECTS}/", named=False)
        drawn = list(target.with_pixels(image))
        depth = bits or (8 if len(drawn) <= MOST[8] else 16)
        ids = Ids(least=1, most=MOST[depth])
        wanted = [extra_of(a.extra, INSTANCE).get("id") for a in drawn]
        values = [ids.take(each) for each in wanted]
        back = _put(target, path, image.document, drawn, values, depth)
        class_path = target.claim(image, ".png", f"{CLASSES}/", named=False)
        indices = _numbers_of(drawn, classes)
        _put(target, class_path, image.document, drawn, indices, class_bits)
        for annotation, value in zip(drawn, values, strict=True):
            iou = back[value].iou(annotation.mask) if value in back else 0.0
            if iou < 1:
                target.lose(image, annotation, PARTLY if iou else WHOLLY, iou)
        target.counter.objects += len(drawn)

    return _all(target, one, progress)


def _start(export: Export, root: Path, form: str) -> Target:
    folders = (CLASSES, OBJECTS) if form == INSTANCE else (CLASSES,)
    target = Target(root, export, form.replace("_", "-"), [(folder, ".png") for folder in folders])
    target.put_shared(FILE_NAME, to_bytes(export.labels, form))
    return target


def _all(
    target: Target,
    one: Callable[[ExportImage], None],
    progress: Callable[[int], None] | None,
) -> ExportReport:
    target.each(one, progress)
    for name in SETS:
        target.put_set(name, CLASSES, ".png")
    return target.finish()


def _numbers_of(drawn: Sequence[Annotation], classes: Mapping[int, int]) -> list[int]:
    missing = next((a.label_id for a in drawn if a.label_id not in classes), None)
    if missing is not None:
        raise BadValueError("the label {label} of one of its objects was removed", missing)
    return [classes[a.label_id] for a in drawn]


def _put(
    target: Target,
    path: Path,
    document: Document,
    drawn: Sequence[Annotation],
    values: Sequence[int],
    bits: int,
) -> dict[int, Mask]:
    """Write a PNG with ``drawn`` in these values, later ones on top; what it holds, read back."""
    if max(values, default=0) > MOST[bits]:
        raise BadValueError(
            "{bits} bits hold numbers up to {most}, it needs {needed}",
            bits,
            MOST[bits],
            max(values),
        )
    size = document.height, document.width
    image: Values = np.zeros(size, np.uint8) if bits == 8 else np.zeros(size, np.uint16)
    for annotation, value in zip(drawn, values, strict=True):
        if annotation.mask.bounds is not None:
            x0, y0, x1, y1 = annotation.mask.bounds
            image[y0:y1, x0:x1][annotation.mask.crop(annotation.mask.bounds)] = value
    data = write_png(image, voc_palette() if bits == 8 else None)
    back = read_png(data, size).values
    if not np.array_equal(back, image):
        raise target.differs(path)
    target.put(path, data)
    return dict(regions(back))
