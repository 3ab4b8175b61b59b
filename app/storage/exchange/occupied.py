"""What already lies where an export is to go: nothing, our own last export, or something else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from app.core.errors import Problem
from app.storage.exchange import manifest
from app.storage.exchange.foreign import root_tag
from app.storage.exchange.formats import FORMATS, Format, format_of_file, format_of_json
from app.storage.exchange.gathering import walk
from app.storage.exchange.index_png import CLASSES, OBJECTS
from app.storage.exchange.protected import Protected
from app.storage.exchange.recognising import FILES_LOOKED_AT
from app.storage.exchange.records import read_limited
from app.storage.exchange.yolo import is_labels
from app.storage.exchange.yolo_names import find_names
from app.storage.names import shown
from model.messages import say

_VOC = "voc"
LARGEST_LOOKED_INTO = 256 << 20


def occupied(form: Format, target: Path, protected: Protected, source: str) -> Problem | None:
    """What an export to ``target`` would mix with or replace, to be asked about; None if nothing.

    An export that this program made of the same source in the same format is no reason to ask.
    Nor are images, the objects beside them, or files of no data set.

    Args:
        form: what is to be written.
        target: the file or folder.
        protected: what belongs to the folder that is exported.
        source: as of an ``Export``.
    """
    if form.suffix:
        return _instead_of(form, target)
    found = manifest.formats_in(target)
    if form.name in found:
        if manifest.Manifest(target, form.name, source).source == source:
            return None
        return Problem(say("{folder} holds an export of another folder.", shown(target)))
    others = [FORMATS[name].title for name in found if name in FORMATS]
    title = others[0] if others else _title_in(form, target, protected)
    if title is None:
        return None
    return Problem(
        say("{folder} holds files in the format {format} already.", shown(target), title)
    )


def _instead_of(form: Format, target: Path) -> Problem | None:
    """One file may be replaced by another one of the same format."""
    if not target.is_file() or not target.stat().st_size:
        return None
    if target.stat().st_size > LARGEST_LOOKED_INTO or _of(target, _as_json) == form.name:
        return None
    return Problem(
        say("{name} is there already, and is no {format} file.", shown(target), form.title)
    )


def _title_in(form: Format, root: Path, protected: Protected) -> str | None:
    """The title of the format of the first files of a data set in ``root``."""
    if not root.is_dir():
        return None
    for folder, name in ((OBJECTS, "instance-png"), (CLASSES, "semantic-png")):
        if (root / folder).is_dir() and walk(root / folder, ".png"):
            return FORMATS[name].title
    if find_names(root) is not None:
        return FORMATS["yolo"].title

    def first(suffix: str, of: Callable[[Path], str | None]) -> str | None:
        free = (
            root / name for name in walk(root, suffix) if protected.why_not(root / name) is None
        )
        return next((f for path in islice(free, FILES_LOOKED_AT) if (f := of(path))), None)

    found = first(".json", _of)
    found = found or first(".xml", lambda path: _VOC if root_tag(path) == "annotation" else None)
    found = found or first(".txt", lambda path: "yolo" if is_labels(path) else None)
    if found is None and form.name == "masks":
        # Elsewhere they are taken for the images that the labels are written beside.
        found = first(".png", lambda path: "masks")
    return None if found is None else FORMATS[found].title


def _as_json(path: Path) -> str | None:
    return format_of_json(read_limited(path), path.name)


def _of(path: Path, judge: Callable[[Path], str | None] = format_of_file) -> str | None:
    try:
        return judge(path)
    except Problem:
        return None
