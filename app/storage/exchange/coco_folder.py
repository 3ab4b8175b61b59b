"""COCO's files in the folder of a data set: one for each split, beside or apart from the images.

Known are the folders of Roboflow (``train/_annotations.coco.json``), of COCO itself, CVAT and
Datumaro (``annotations/instances_<split>.json``), of FiftyOne (``labels.json`` and ``data``) and
of Label Studio (``result.json`` and ``images``); of other names every COCO file is read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from app.core.errors import Problem
from app.core.progress import Progress
from app.storage.exchange import coco
from app.storage.exchange.gathering import walk
from app.storage.exchange.images import Images
from app.storage.exchange.records import Records
from app.storage.exchange.values import Imported, ImportedCategory, ImportedImage, Skip
from app.storage.folder import is_image_name
from app.storage.names import shown
from model.messages import say

INSTANCES = "instances_"
_USUAL = ("_annotations.coco.json", "labels.json", "result.json", "annotations.json", "coco.json")
_APART = ("annotations", "annotation")
OfFile = Callable[[Path], str | None]


def is_usual(name: str) -> bool:
    """Whether programs name a data set's COCO file so."""
    base = posixpath.basename(name).lower()
    return base in _USUAL or base.startswith(INSTANCES)


def read(path: Path, images: Images, progress: Progress | None, of_file: OfFile) -> Imported:
    """Read a COCO file, or all of the folder ``path``.

    Args:
        images: of the folder opened.
        of_file: tells whether a file is one of COCO's; may raise Problem.

    Raises:
        Problem: ``path`` cannot be read, or holds no COCO file.
    """
    if not path.is_dir():
        return coco.read(path, progress, images)
    skipped: list[Skip] = []
    parts: list[tuple[str, Imported]] = []
    for name in _files(path, of_file, skipped):
        try:
            parts.append((name, coco.read(path / name, progress, images)))
        except Problem as problem:
            Records(skipped).skip(shown(name), problem.what)
    if not parts:
        advice = say('Choose a JSON file with "images", "annotations" and "categories".')
        if not skipped:
            raise Problem(say("{name} holds no COCO file.", shown(path.name)), advice)
        first = skipped[0]
        what = say(
            "Nothing in {name} can be read: {where}: {reason}",
            shown(path.name),
            first.where,
            first.reason,
        )
        raise Problem(what, advice)
    return _joined(parts, images, skipped)


def _files(path: Path, of_file: OfFile, skipped: list[Skip]) -> list[str]:
    """Names of the COCO files below ``path``: those with objects, where there are others."""
    names = [n for n in walk(path, ".json", skipped) if not is_image_name(n[: -len(".json")])]
    found: list[str] = []
    for name in names:
        try:
            if of_file(path / name) == coco.FORMAT:
                found.append(name)
        except Problem as problem:
            Records(skipped).skip(shown(name), problem.what)
    instances = {name for name in found if posixpath.basename(name).startswith(INSTANCES)}
    folders = set(map(posixpath.dirname, instances))
    passed = [n for n in found if n not in instances and posixpath.dirname(n) in folders]
    for name in passed:
        reason = say("only the files named {name}… beside it are read", INSTANCES)
        Records(skipped).skip(shown(name), reason)
    return [name for name in found if name not in passed]


def _joined(parts: list[tuple[str, Imported]], images: Images, skipped: list[Skip]) -> Imported:
    categories: dict[str, ImportedCategory] = {}
    found: list[ImportedImage] = []
    for name, part in parts:
        for category in part.categories:
            categories.setdefault(category.name, category)
        place = _Place(name, several=len(parts) > 1)
        found += (replace(each, name=place.of(each.name, images)) for each in part.images)
        records = Records(skipped, f"{shown(name)}, ")
        for skip in part.skipped:
            records.skip(skip.where, skip.reason)
    extra = parts[0][1].extra
    return Imported(coco.FORMAT, tuple(found), tuple(categories.values()), tuple(skipped), extra)


class _Place:
    """Where the images of one file lie, as far as its own place tells."""

    def __init__(self, name: str, *, several: bool) -> None:
        self._folder, base = posixpath.split(name)
        self._split = posixpath.splitext(base)[0].removeprefix(INSTANCES)
        self._several = several
        self._apart = posixpath.basename(self._folder).lower() in _APART
        if self._apart:
            self._folder = posixpath.dirname(self._folder)

    def of(self, name: str, images: Images) -> str:
        """The path of the image that the file calls ``name``: where there is one, or should be."""
        for each in self._candidates(name):
            if images.has(each):
                return each
        if self._apart and self._several:
            return posixpath.join(self._folder, "images", self._split, name)
        return posixpath.join(self._folder, name)

    def _candidates(self, name: str) -> Iterator[str]:
        if self._apart:
            yield posixpath.join(self._folder, "images", self._split, name)
            yield posixpath.join(self._folder, self._split, name)
        yield posixpath.join(self._folder, name)
        for inside in ("images", "data"):
            yield posixpath.join(self._folder, inside, name)
