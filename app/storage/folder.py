"""The images of a folder, found without waiting for all of them."""

from __future__ import annotations

import itertools
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.errors import Problem
from app.storage.foreign_files import NO_FILE, LeftOut
from app.storage.names import natural_key, shown
from model.messages import joined, say, say_count

SUFFIXES = frozenset(
    (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo",
     ".webp", ".tif", ".tiff", ".bmp", ".gif")
)  # fmt: skip
FIRST_BATCH = 256
LARGEST_BATCH = 32_768
LOOKED_INTO = 64
"""Folders inside that are asked whether they hold images."""


def is_image_name(name: str) -> bool:
    """Whether the listing shows a file of that name; its content decides when it is opened."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES


def image_batches(
    root: Path, *, recursive: bool = False, left_out: LeftOut | None = None
) -> Iterator[list[str]]:
    """Names of the image files below ``root``, in batches that double in size.

    The first batch comes after a few milliseconds, whatever the size of the folder. A batch is in
    natural order; merge batches with ``merged``. Hidden files and folders are passed over. Linked
    folders are entered, each folder once.

    Args:
        root: the folder.
        recursive: also the folders inside.
        left_out: notes what is passed over, until the last batch.

    Yields:
        Names relative to ``root`` with ``/`` between folders; ``root / name`` opens the file.

    Raises:
        Problem: ``root`` cannot be read.
    """
    batch: list[str] = []
    size = FIRST_BATCH
    for name in _image_names(root, recursive, left_out or LeftOut()):
        batch.append(name)
        if len(batch) >= size:
            yield sorted(batch, key=natural_key)
            batch = []
            size = min(size * 2, LARGEST_BATCH)
    if batch:
        yield sorted(batch, key=natural_key)


def merged(names: list[str], batch: list[str]) -> list[str]:
    """Two lists in natural order as one, in time linear in their lengths."""
    # The sort finds the two sorted stretches and merges them.
    return sorted((*names, *batch), key=natural_key)


def list_images(
    root: Path, *, recursive: bool = False, left_out: LeftOut | None = None
) -> list[str]:
    """All names at once, in natural order; see ``image_batches``."""
    return sorted(_image_names(root, recursive, left_out or LeftOut()), key=natural_key)


def nothing_in(root: Path, *, recursive: bool = False) -> Problem:
    """What a folder without images holds instead, and what to do."""
    folders: list[str] = []
    suffixes: Counter[str] = Counter()
    try:
        with os.scandir(root) as entries:
            for entry in itertools.islice(entries, LARGEST_BATCH):
                if entry.name.startswith("."):
                    continue
                if _is(entry.is_dir):
                    folders.append(entry.name)
                else:
                    suffixes[os.path.splitext(entry.name)[1].lower()] += 1
    except OSError as error:
        return _unreadable(root, error)
    what = say("There are no images in {folder}.", shown(root))
    inside = (
        [] if recursive else [each for each in folders[:LOOKED_INTO] if _holds_images(root / each)]
    )
    if inside:
        name = shown(min(inside, key=natural_key))
        return Problem(what, say("There are some in the folder {name} inside: open that one, or "
                                 "let the settings include the folders inside.", name))  # fmt: skip
    kinds = joined((suffix or say("no ending") for suffix, _ in suffixes.most_common(4)), ", ")
    found = say("It is empty.")
    if suffixes:
        found = say_count(
            "It holds another file ({kinds}).",
            "It holds {count} other files ({kinds}).",
            suffixes.total(),
            shown(kinds),
        )
    return Problem(
        what, joined((found, say("Images are PNG, JPEG, WebP, TIFF, BMP and GIF files.")))
    )


def _holds_images(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(is_image_name(each.name) for each in itertools.islice(entries, 256))
    except OSError:
        return False


def _image_names(root: Path, recursive: bool, left_out: LeftOut) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    left = [""]
    while left:
        inside = left.pop()
        folders: list[str] = []
        try:
            if _seen_before(root / inside, seen):
                continue
            with os.scandir(root / inside) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if is_image_name(entry.name):
                        if _is(entry.is_file):
                            yield inside + entry.name
                            continue
                        if not _is(entry.is_dir):
                            left_out.kinds[NO_FILE] += 1
                            continue
                    else:
                        left_out.note(entry.name)
                    if _is(entry.is_dir):
                        folders.append(f"{inside}{entry.name}/")
        except OSError as error:
            problem = _unreadable(root / inside, error)
            if not inside:
                raise problem from error
            left_out.folders.append(problem)
        if recursive:
            left.extend(sorted(folders, key=natural_key, reverse=True))
        else:
            holding = (each for each in folders[:LOOKED_INTO] if _holds_images(root / each))
            left_out.inside = min(holding, key=natural_key, default="").rstrip("/")


def _is(question: Callable[[], bool]) -> bool:
    """The answer about a directory entry; no, for a link into nowhere or in a circle."""
    try:
        return question()
    except OSError:
        return False


def _seen_before(folder: Path, seen: set[tuple[int, int]]) -> bool:
    found = os.stat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, "not a folder", os.fspath(folder))
    identity = found.st_dev, found.st_ino
    if identity in seen:
        return True
    seen.add(identity)
    return False


def _unreadable(folder: Path, error: OSError) -> Problem:
    reason = error.strerror or type(error).__name__
    return Problem(
        say("The folder {folder} cannot be read: {reason}.", shown(folder), reason),
        say("Check that it is still there and that you may open it."),
        error,
    )
