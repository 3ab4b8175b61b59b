"""The images of the opened folder, and which of them a name in somebody's file means.

Names from files are only ever compared with the folder's own list: none is opened, joined to a
path or looked for elsewhere, so a hostile one can at worst match nothing.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from app.core.errors import Problem
from app.storage.exchange.name_tree import NameTree
from app.storage.folder import is_image_name, list_images
from app.storage.names import comparable, shown
from app.storage.reading import read_size
from model.messages import BadValueError

Size = tuple[int, int]
SETS = ("images/", "JPEGImages/")
"""Folders that data sets keep their images in, and that one may open instead of the data set."""


class Match(NamedTuple):
    """The image a name means; ``by_path`` is False where only its last part agrees."""

    name: str
    by_path: bool


class Images:
    """The images of one folder.

    Args:
        names: relative to the folder, with forward slashes.
        size_of: tells (height, width) of one of them, upright; called once a name, when asked.
            A ``Problem`` it raises says why the image cannot be used.
        root: the folder, if it is at hand.
    """

    def __init__(
        self, names: Iterable[str], size_of: Callable[[str], Size], root: Path | None = None
    ) -> None:
        self._size_of = size_of
        self._root = root
        self._sizes: dict[str, Size] = {}
        self._names = tuple(dict.fromkeys(names))

    @classmethod
    def in_folder(cls, root: Path, *, recursive: bool = True) -> Images:
        """The images below ``root``; raises Problem if it cannot be read."""
        names = list_images(root, recursive=recursive)
        return cls(names, lambda name: read_size(root / name), root)

    @classmethod
    def of_sizes(cls, sizes: Mapping[str, Size]) -> Images:
        """Images known by name and (height, width) only."""
        return cls(sizes, sizes.__getitem__)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, relative to the folder."""
        return self._names

    def path(self, name: str) -> Path | None:
        """The file of the image ``name`` of the folder, if the folder is at hand."""
        return None if self._root is None else self._root / name

    def among(self, files: Iterable[Path]) -> dict[Path, str]:
        """Those of ``files`` that are images of the folder, and the name of each."""
        if self._root is None:
            return {}
        root = os.path.realpath(self._root)
        folders: dict[Path, str] = {}
        found: dict[Path, str] = {}
        for file in files:
            folder = folders.get(file.parent)
            if folder is None:
                folder = folders[file.parent] = os.path.realpath(file.parent)
            inside = os.path.relpath(os.path.join(folder, file.name), root).replace(os.sep, "/")
            if inside in self._exact:
                found[file] = inside
        return found

    def any_below(self, folder: Path) -> bool:
        """Whether one of them lies in ``folder`` or in one inside."""
        if self._root is None:
            return False
        root, inside = os.path.realpath(self._root), os.path.realpath(folder)
        return any(
            os.path.join(root, *name.split("/")).startswith(f"{inside}{os.sep}")
            for name in self.names
        )

    def without(self, names: Iterable[str]) -> Images:
        """The same without those of ``names``."""
        gone = set(names)
        return Images((n for n in self._names if n not in gone), self._size_of, self._root)

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(self._names)

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        return _grouped(self._names, comparable)

    @cached_property
    def _exact_stems(self) -> dict[str, list[str]]:
        return _grouped(self._names, _stem)

    @cached_property
    def _path_stems(self) -> dict[str, list[str]]:
        return _grouped(self._names, lambda name: _stem(comparable(name)))

    @cached_property
    def _bases(self) -> NameTree:
        return NameTree((comparable(name), name) for name in self._names)

    @cached_property
    def _stems(self) -> NameTree:
        return NameTree((_stem(comparable(name)), name) for name in self._names)

    def find(self, name: str) -> Match:
        """The image that ``name`` means: of exactly this path, else the only one of this base name.

        Of several images with the base name, the one whose folders agree with it farthest from
        the end. A name without the suffix of an image matches any suffix.

        Raises:
            ValueError: no image has the name, or several have.
        """
        if name in self._exact:
            return Match(name, True)
        wanted = posixpath.normpath(comparable(name)) if name else ""
        if wanted in self._paths:
            return Match(_only(name, self._paths[wanted]), True)
        for place in SETS:
            inner = wanted.removeprefix(place)
            if inner != wanted and inner in self._paths:
                return Match(_only(name, self._paths[inner]), False)
        tree = self._bases if is_image_name(posixpath.basename(wanted)) else self._stems
        found = tree.find(wanted)
        if not found:
            raise BadValueError("no image of the folder is named {name}", repr(shown(name[:200])))
        best = _only(name, found)
        return Match(best, _stem(comparable(best)) in (wanted, _stem(wanted)))

    def has(self, path: str) -> bool:
        """Whether an image lies at just this path."""
        return path in self._exact or posixpath.normpath(comparable(path)) in self._paths

    def with_stem(self, stem: str) -> str | None:
        """The image whose path without suffix is just ``stem``, or None.

        Raises:
            ValueError: several have it.
        """
        if stem in self._exact_stems:
            return _only(stem, self._exact_stems[stem])
        found = self._path_stems.get(comparable(stem))
        return _only(stem, found) if found else None

    def near_stem(self, stem: str) -> str | None:
        """As ``with_stem``, where only the last part of the path need agree."""
        found = self._stems.find(comparable(stem))
        return _only(stem, found) if found else None

    def size(self, name: str) -> Size:
        """(height, width) of the image ``name`` of the folder.

        Raises:
            ValueError: it cannot be read, and why.
        """
        if name not in self._sizes:
            try:
                self._sizes[name] = self._size_of(name)
            except Problem as problem:
                raise ValueError(problem.what) from problem
        return self._sizes[name]


def _grouped(names: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(key(name), []).append(name)
    return found


def _only(name: str, found: list[str]) -> str:
    """The one image in ``found``; ValueError if there are more."""
    if len(found) > 1:
        first, second = found[:2]
        raise BadValueError(
            "{name} may mean {first} or {second}: open a folder that holds only one of them",
            repr(shown(name[:200])),
            shown(first),
            shown(second),
        )
    return found[0]


def size_at_hand(images: Images | None, name: str) -> Size | None:
    """(height, width) of the image that ``name`` means; None if none is at hand."""
    try:
        return None if images is None else images.size(images.find(name).name)
    except ValueError:
        return None


def _stem(name: str) -> str:
    """``name`` without the suffix of an image; unchanged if it has another one or none."""
    return posixpath.splitext(name)[0] if is_image_name(posixpath.basename(name)) else name
