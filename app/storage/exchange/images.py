"""The images of the opened folder, and which of them a name in somebody's file means.

Names from files are only ever compared with the folder's own list: none is opened, joined to a
path or looked for elsewhere, so a hostile one can at worst match nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from app.core.errors import Problem
from app.storage.folder import is_image_name, list_images
from app.storage.names import comparable, shown
from app.storage.reading import read_size

Size = tuple[int, int]


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
    """

    def __init__(self, names: Iterable[str], size_of: Callable[[str], Size]) -> None:
        self._size_of = size_of
        self._sizes: dict[str, Size] = {}
        self._paths: dict[str, str] = {}
        self._by_base: dict[str, list[str]] = {}
        for name in names:
            whole = comparable(name)
            self._paths.setdefault(whole, name)
            base = posixpath.basename(whole)
            self._by_base.setdefault(base, []).append(name)
            self._by_base.setdefault(_stem(base), []).append(name)

    @classmethod
    def in_folder(cls, root: Path, *, recursive: bool = True) -> Images:
        """The images below ``root``; raises Problem if it cannot be read."""
        return cls(list_images(root, recursive=recursive), lambda name: read_size(root / name))

    @classmethod
    def of_sizes(cls, sizes: Mapping[str, Size]) -> Images:
        """Images known by name and (height, width) only."""
        return cls(sizes, sizes.__getitem__)

    def find(self, name: str) -> Match:
        """The image that ``name`` means: of exactly this path, else the only one of this base name.

        Of several images with the base name, the one whose folders agree with it farthest from
        the end. A name without the suffix of an image, as formats with a file for each image have
        it, matches any suffix.

        Raises:
            ValueError: no image has the name, or several have.
        """
        wanted = posixpath.normpath(comparable(name)) if name else ""
        if wanted in self._paths:
            return Match(self._paths[wanted], True)
        base = posixpath.basename(wanted)
        found = self._by_base.get(base, []) if base else []
        if is_image_name(base):
            found = [each for each in found if posixpath.basename(comparable(each)) == base]
        if not found:
            raise ValueError(f"no image of the folder is named {shown(name[:200])!r}")
        agreeing = [_agreement(wanted, each) for each in found]
        best = [each for each, parts in zip(found, agreeing, strict=True) if parts == max(agreeing)]
        if len(best) > 1:
            first, second = best[:2]
            raise ValueError(
                f"{shown(name[:200])!r} may mean {shown(first)} or {shown(second)}: "
                "open a folder that holds only one of them"
            )
        return Match(best[0], _stem(comparable(best[0])) in (wanted, _stem(wanted)))

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


def _stem(name: str) -> str:
    """``name`` without the suffix of an image; unchanged if it has another one or none."""
    return posixpath.splitext(name)[0] if is_image_name(posixpath.basename(name)) else name


def _agreement(wanted: str, name: str) -> int:
    """How many folders before the base names are alike, counted from the end."""
    folders = wanted.split("/")[-2::-1], comparable(name).split("/")[-2::-1]
    count = 0
    for first, second in zip(*folders, strict=False):
        if first != second:
            break
        count += 1
    return count
