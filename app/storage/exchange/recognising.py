"""Which format the folder of a data set holds: by its files, never by how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from app.core.errors import Problem
from app.storage.exchange import coco_folder, index_png, mask_folder, yolo, yolo_names
from app.storage.exchange.foreign import foreign_file, foreign_folder, refusal, root_tag
from app.storage.exchange.gathering import walk
from app.storage.exchange.mask_images import masks_below
from app.storage.exchange.mask_looks import looks_like_photograph
from app.storage.exchange.png import read_png
from app.storage.exchange.records import REFUSALS, read_limited
from app.storage.folder import is_image_name
from app.storage.names import shown
from app.storage.regular import open_regular
from model.messages import say

OfFile = Callable[[Path], str | None]
FILES_LOOKED_AT = 20
PNGS_LOOKED_AT = 8


def of_folder(path: Path, of_file: OfFile) -> str | None:
    """The name of the format of the folder ``path``; None if it holds nothing that is known.

    Args:
        of_file: tells the format of a JSON file, or None; may raise Problem.

    Raises:
        Problem: it cannot be read, holds files of several formats, or those of a program that are
            not read here.
    """
    names = walk(path, "")
    by_suffix = {
        suffix: [name for name in names if name.lower().endswith(suffix)]
        for suffix in (".json", ".xml", ".txt", ".png")
    }
    for folder, kind in ((index_png.OBJECTS, "instance-png"), (index_png.CLASSES, "semantic-png")):
        if any(name.startswith(f"{folder}/") for name in by_suffix[".png"]):
            return kind
    named = yolo_names.find_names(path) is not None
    labels = _has_labels(path, by_suffix[".txt"])
    if named and labels:
        return "yolo"
    found = _of_json(path, by_suffix[".json"], of_file)
    if found is not None:
        return found
    tags = {root_tag(path / name) for name in _spread(by_suffix[".xml"], FILES_LOOKED_AT)}
    if "annotation" in tags:
        return "voc"
    if labels:
        return "yolo"
    whose = foreign_folder(path, names[:FILES_LOOKED_AT] + _likely_foreign(names))
    if whose is not None:
        raise refusal(path, whose)
    if named:
        return "yolo"
    return _of_pngs(path, by_suffix[".png"]) or ("voc" if by_suffix[".xml"] else None)


def _likely_foreign(names: Sequence[str]) -> list[str]:
    suffixes = (".json", ".xml", ".csv", ".tfrecord", ".ndjson", "_mask.png")
    return list(islice((n for n in names if n.lower().endswith(suffixes)), FILES_LOOKED_AT))


def _has_labels(path: Path, texts: Sequence[str]) -> bool:
    inside = [name for name in texts if "labels" in name.split("/")[:-1]]
    return any(yolo.is_labels(path / n) for n in _spread(inside or texts, FILES_LOOKED_AT))


def _of_json(path: Path, names: Sequence[str], of_file: OfFile) -> str | None:
    """The format of the JSON files; those that are named as COCO's are looked at in any case."""
    own = [name for name in names if is_image_name(name[: -len(".json")])]
    others = sorted(set(names) - set(own), key=lambda name: not coco_folder.is_usual(name))
    kinds: set[str] = set()
    for name in others[:FILES_LOOKED_AT]:
        if foreign_file(path / name) is None:
            kinds |= _kind(path / name, of_file)
    if len(kinds) > 1:
        raise Problem(
            say(
                "{name} holds files of several formats: {formats}.",
                shown(path.name),
                ", ".join(sorted(kinds)),
            ),
            say("Choose one of its files or folders, or say which format is meant."),
        )
    if not kinds and any(_kind(path / name, of_file) for name in own[:FILES_LOOKED_AT]):
        # Named after the whole name of an image: what lies beside our own images.
        return "sa1b"
    return next(iter(kinds), None)


def _kind(path: Path, of_file: OfFile) -> set[str]:
    try:
        found = of_file(path)
    except Problem:
        # The others may tell; reading says what is wrong with this one.
        return set()
    return set() if found is None else {found}


def _of_pngs(path: Path, names: Sequence[str]) -> str | None:
    """Whether PNGs are masks; Problem if they are numbers, which may mean two things."""
    root = masks_below(path, None)
    beside = [name for name in names if (path / name).is_relative_to(root)]
    binary = numbered = False
    for name in _spread(beside, PNGS_LOOKED_AT):
        try:
            png = read_png(read_limited(path / name))
        except (Problem, *REFUSALS):
            continue
        if mask_folder.is_binary(png):
            binary = True
        elif png.values.ndim == 2 and not looks_like_photograph(png):
            numbered = True
    if numbered and not binary:
        raise Problem(
            say("The PNGs in {name} hold numbers, of classes or of objects.", shown(path.name)),
            say("Say which it is: semantic-png or instance-png."),
        )
    return "masks" if binary else None


def _spread(names: Sequence[str], count: int) -> Sequence[str]:
    """At most ``count`` of them, from all over."""
    step = max(1, -(-len(names) // count))
    return names[::step]


def unknown(path: Path) -> Problem | None:
    """What can be said of a file or folder in no known format, besides that; or None."""
    if path.is_dir():
        names = walk(path, "")
        if names and all(map(is_image_name, names)):
            return Problem(
                say(
                    "{name} holds images only, and nothing that was drawn on them.",
                    shown(path.name),
                ),
                say("Choose the file or folder of the annotations."),
            )
        return None
    try:
        with open_regular(path):
            whose = foreign_file(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Problem(say("{name} cannot be read: {reason}.", shown(path.name), reason), "", error)
    if whose is not None:
        return refusal(path, whose)
    return yolo.refusal(path) if path.suffix.lower() == ".txt" else None
