"""The formats there are, for windows and command lines to list, and which one a path holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Problem
from app.core.progress import Progress
from app.storage.exchange import (
    coco_folder,
    coco_results,
    coco_write,
    index_png,
    index_png_write,
    isat,
    labelme,
    labelme_write,
    mask_folder,
    recognising,
    sa1b,
    voc,
    yolo,
    yolo_write,
)
from app.storage.exchange.foreign import foreign_file
from app.storage.exchange.images import Images
from app.storage.exchange.json_text import taken_apart
from app.storage.exchange.records import REFUSALS, read_limited
from app.storage.exchange.values import ExportReport, Imported
from app.storage.names import shown
from model.messages import say

Read = Callable[[Path, Images, Progress | None], Imported]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice a writer offers: a ``bool`` default is a switch, else one of ``choices``."""

    name: str
    title: str
    default: object = False
    choices: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        name: short, for command lines.
        title: for people.
        description: what it holds and what it loses, one sentence.
        suffix: of the one file it is written to; empty if it is a folder.
        needs_images: whether reading needs the images' sizes.
        read: makes an ``Imported`` of a path; raises Problem.
        write: as the writers of the format's module; raises Problem and OSError.
        options: that ``write`` takes as keywords.
    """

    name: str
    title: str
    description: str
    read: Read
    write: Callable[..., ExportReport]
    suffix: str = ""
    needs_images: bool = False
    options: tuple[Option, ...] = ()


def _with_images(read: Callable[[Path, Progress | None, Images | None], Imported]) -> Read:
    return lambda path, images, progress: read(path, progress, images)


def _alone(read: Callable[[Path, Progress | None], Imported]) -> Read:
    return lambda path, images, progress: read(path, progress)


_COPY = Option("copy_images", say("Copy the images too"))
_BITS = Option("bits", say("Bits for each pixel"), None, (None, 8, 16))
_ALL = (
    Format(
        "coco",
        "COCO",
        say("One JSON file; masks as run lengths lose nothing, as polygons they lose holes."),
        lambda path, images, progress: coco_folder.read(path, images, progress, format_of_file),
        coco_write.write,
        ".json",
        options=(Option("polygons", say("Polygons instead of run lengths")),),
    ),
    Format(
        "sa1b",
        "SA-1B",
        say(
            "A JSON file for each image with masks as run lengths; nothing is lost, but only this "
            "program reads the labels."
        ),
        _alone(sa1b.read),
        sa1b.write,
    ),
    Format(
        "labelme",
        "LabelMe",
        say(
            "A JSON file for each image; holes are joined to outlines by lines, or mask shapes, "
            "which few other programs read."
        ),
        _with_images(labelme.read),
        labelme_write.write,
        options=(Option("polygons", say("Polygons instead of mask shapes"), True), _COPY),
    ),
    Format(
        "yolo",
        "YOLO",
        say(
            "data.yaml and a text file for each image; parts and holes are joined by lines, or "
            "boxes. Attributes are lost."
        ),
        yolo.read,
        yolo_write.write,
        needs_images=True,
        options=(Option("boxes", say("Boxes for detection instead of polygons")), _COPY),
    ),
    Format(
        "voc",
        say("Pascal VOC boxes"),
        say("An XML file for each image; only the boxes are kept, with their attributes."),
        _alone(voc.read),
        voc.write,
        options=(_COPY,),
    ),
    Format(
        "semantic-png",
        say("Semantic PNG"),
        say(
            "An index image of classes for each image; objects of a class become one. Attributes "
            "are lost."
        ),
        index_png.read_semantic,
        index_png_write.write_semantic,
        options=(_BITS,),
    ),
    Format(
        "instance-png",
        say("Instance PNG"),
        say(
            "An index image of objects for each image; where they overlap the upper one is seen. "
            "Attributes are lost."
        ),
        index_png.read_instances,
        index_png_write.write_instances,
        options=(_BITS,),
    ),
    Format(
        "masks",
        say("Folder of masks"),
        say("A black and white PNG for each object; nothing is lost but attributes."),
        mask_folder.read,
        mask_folder.write,
    ),
    Format(
        "isat",
        "ISAT",
        say(
            "A JSON file for each image with polygons in layers; of attributes only notes are kept."
        ),
        _with_images(isat.read),
        isat.write,
    ),
)
FORMATS: dict[str, Format] = {each.name: each for each in _ALL}


def format_named(name: str) -> Format:
    """The format of that name; raises Problem if there is none."""
    if name not in FORMATS:
        raise Problem(
            say("There is no format {name}.", repr(name)),
            say("There are: {formats}.", ", ".join(FORMATS)),
        )
    return FORMATS[name]


def detect(path: Path) -> Format:
    """The format of the file or folder ``path``, judged by what is in it.

    Raises:
        Problem: it cannot be read, or is of no known format.
    """
    if not path.exists():
        raise Problem(say("{name} is not a file.", path), say("Choose an existing file."))
    if path.is_dir():
        name = recognising.of_folder(path, format_of_file)
    else:
        name = None if foreign_file(path) else format_of_file(path)
    if name is None:
        raise recognising.unknown(path) or Problem(
            say("{name} is in no format that is known here.", shown(path.name)),
            say("Say which it is: {formats}.", ", ".join(FORMATS)),
        )
    return FORMATS[name]


def format_of_file(path: Path) -> str | None:
    """The short name of the format of one file, by its content; Problem if it cannot be read."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return format_of_json(read_limited(path), path.name)
    if suffix in (".yaml", ".yml") or (suffix == ".txt" and yolo.is_labels(path)):
        return "yolo"
    return {".xml": "voc", ".png": "instance-png"}.get(suffix)


def format_of_json(data: bytes, name: str) -> str | None:
    """What kind of file ``data`` is, by its fields; Problem if it is no JSON."""
    try:
        file = taken_apart(data)
    except REFUSALS as error:
        raise Problem(
            say("{name} cannot be read: {reason}.", shown(name), error),
            say("Export it again, or mend it there with a text editor."),
            error,
        ) from error
    if file.items is not None:
        return "coco" if coco_results.is_results(file.items) else "sa1b"
    keys = set(file.fields)
    if "images" in keys and keys & {"annotations", "categories"}:
        return "coco"
    for needed, kind in (("annotations", "sa1b"), ("shapes", "labelme"), ("objects", "isat")):
        if needed in keys and keys & {"image", "imagePath", "imageData", "info"}:
            return kind
    return None
