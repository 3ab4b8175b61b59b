"""Lists of results in COCO's format, as detectors write them: objects that name numbers only.

A list says of each object the numbers of its image and its category. What these are called is in
the annotations file that the detector was run on: it is looked for beside the list. Without it an
image is found by a file name that is its number, as COCO's own images have, and categories are
named by theirs. The format: cocodataset.org/#format-results.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

import msgspec

from app.core.errors import Problem
from app.storage.exchange.images import Images
from app.storage.exchange.json_text import REFUSED, JsonFile, items_of, record_of, taken_apart
from app.storage.exchange.records import identity, read_limited, whole_number
from app.storage.names import natural_key
from model.messages import BadValueError

FILES_LOOKED_AT = 50
Id = int | str


def is_results(items: list[msgspec.Raw]) -> bool:
    """Whether the first item of a list tells the number of its image, as results do."""
    if not items:
        return False
    try:
        return "image_id" in record_of(items[0])[0]
    except ValueError:
        return False


def whole(
    items: list[msgspec.Raw], notes: tuple[str, ...], path: Path | None, images: Images | None
) -> JsonFile:
    """The list as a COCO file with images and, where they are known, categories.

    Raises:
        ValueError: it is no such list, or nothing tells which images it is about; the text says
            what is needed.
    """
    if not is_results(items):
        raise BadValueError('it is a list of something else than results with an "image_id"')
    wanted = _image_ids(items)
    fields = _companion(path, wanted) or _by_number(wanted, images)
    if not fields:
        raise BadValueError(
            "it names images by number only: put the annotations file that these results "
            'were made for, with its "images" and "categories", beside it'
        )
    return JsonFile({**fields, "annotations": _list(items)}, None, notes)


def _list(items: list[msgspec.Raw]) -> msgspec.Raw:
    return msgspec.Raw(b"[" + b",".join(map(bytes, items)) + b"]")


def _image_ids(items: list[msgspec.Raw]) -> set[Id]:
    found: set[Id] = set()
    for raw in items:
        try:
            found.add(identity(record_of(raw)[0], "image_id"))
        except ValueError:
            continue
    return found


def _companion(path: Path | None, wanted: set[Id]) -> dict[str, msgspec.Raw]:
    """The images that are wanted, and the categories, of the file beside the list that knows most.

    Looked for beside it and in folders ``annotations``; empty if there is none.
    """
    best: list[msgspec.Raw] = []
    categories = _list([])
    for each in _neighbours(path) if path is not None else ():
        try:
            file = taken_apart(read_limited(each))
            known = [raw for raw in items_of(file.fields.get("images")) if _id_of(raw) in wanted]
            named = _list(items_of(file.fields.get("categories")))
        except (*REFUSED, Problem):
            continue
        if len(known) > len(best):
            best, categories = known, named
    return {"images": _list(best), "categories": categories} if best else {}


def _neighbours(path: Path) -> list[Path]:
    found: list[Path] = []
    for folder in (path.parent, path.parent / "annotations", path.parent.parent / "annotations"):
        try:
            files = sorted(folder.glob("*.json"), key=lambda each: natural_key(each.name))
        except OSError:
            continue
        found += [each for each in files if each != path and each.is_file()]
    return found[:FILES_LOOKED_AT]


def _id_of(raw: msgspec.Raw) -> Id | None:
    try:
        return identity(record_of(raw)[0], "id")
    except ValueError:
        return None


def _by_number(wanted: set[Id], images: Images | None) -> dict[str, msgspec.Raw]:
    """The images whose file names are the numbers, or texts, that are wanted; empty if none is."""
    found: dict[Id, list[str]] = {}
    for name in () if images is None else images.names:
        stem = posixpath.splitext(posixpath.basename(name))[0]
        number = whole_number(stem)
        keys: set[Id] = {stem} if number is None else {stem, number}
        for key in keys:
            found.setdefault(key, []).append(name)
    sure = {key: names[0] for key, names in found.items() if len(names) == 1}
    listed = [{"id": key, "file_name": sure[key]} for key in sorted(wanted & sure.keys(), key=str)]
    return {"images": msgspec.Raw(msgspec.json.encode(listed))} if listed else {}
