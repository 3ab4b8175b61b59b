"""Which image a file belongs to that tells so by its own name only.

The rule, for reading and for writing: such a file is named as its image without the image's
suffix, ``a.jpg`` as ``a`` and ``a.jpg.png`` as ``a.jpg``. Some programs keep the suffix, so that
``a.jpg`` belongs to ``a.jpg``: this is taken where no image fits the rule and no other file of the
data set is named by it. What may mean two images is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.storage.exchange.images import Images, Match
from app.storage.folder import is_image_name
from app.storage.names import shown
from model.messages import reason_of, say


@dataclass(frozen=True, slots=True)
class FileName:
    """What the name of a file says of its image.

    Attributes:
        stem: path of the image without suffix.
        inner: the same below the folder of the images, where that may have been opened itself.
        others: what else it may be.
    """

    stem: str
    inner: str = ""
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """The images a file may belong to: by the rule, and by a name that keeps the suffix."""

    rule: Match | None = None
    whole: Match | None = None
    refused: str = ""


class Matching:
    """The images of all files of a data set.

    Args:
        images: of the folder opened; where it knows none, every name stands for its own image.
        names: of the files.
    """

    def __init__(self, images: Images, names: Iterable[FileName]) -> None:
        self._images = images
        each = list(dict.fromkeys(names))
        self._found: dict[FileName, Match | str] = {}
        if images:
            self._match(each)
        else:
            self._found = {name: _unmatched(name) for name in each}

    def find(self, name: FileName) -> Match:
        """The image; ValueError says why none is sure."""
        found = self._found.get(
            name, say("no image of the folder is named {name}", repr(shown(name.stem[:200])))
        )
        if isinstance(found, Match):
            return found
        raise ValueError(found)

    def _match(self, names: list[FileName]) -> None:
        inside = self._is_inside(names)
        found = {name: self._candidates(name, inside) for name in names}
        ruled = any(each.rule and not each.whole for each in found.values())
        kept = any(each.whole and not each.rule for each in found.values())
        for name, each in found.items():
            self._found[name] = _decided(name, each, ruled=ruled, kept=kept)
        self._refuse_several()

    def _is_inside(self, names: list[FileName]) -> bool | None:
        """Whether the folder of the images itself was opened; None if the names do not tell."""
        outer = inner = False
        for name in names:
            if name.inner:
                first, second = self._at(name.stem), self._at(name.inner)
                outer |= first is not None and second is None
                inner |= second is not None and first is None
        return None if outer == inner else inner

    def _at(self, stem: str) -> str | None:
        try:
            return self._images.with_stem(stem)
        except ValueError:
            return stem

    def _candidates(self, name: FileName, inside: bool | None) -> _Found:
        found = _Found()
        try:
            found.rule = self._by_rule(name, inside)
        except ValueError as error:
            found.refused = reason_of(error)
        if is_image_name(name.stem.rpartition("/")[2]):
            try:
                found.whole = self._images.find(name.stem)
            except ValueError:
                found.whole = None
        return found

    def _by_rule(self, name: FileName, inside: bool | None) -> Match | None:
        exact = self._images.with_stem(name.stem)
        inner = self._images.with_stem(name.inner) if name.inner else None
        if exact is not None and inner is not None and exact != inner:
            if inside is None:
                raise ValueError(_either(name.stem, exact, inner))
            exact = inner if inside else exact
        exact = exact if exact is not None else inner
        for other in filter(None, map(self._images.with_stem, name.others)):
            if exact not in (None, other):
                raise ValueError(_either(name.stem, f"{exact}", other))
            exact = other
        if exact is not None:
            return Match(exact, True)
        near = self._images.near_stem(name.stem)
        return None if near is None else Match(near, False)

    def _refuse_several(self) -> None:
        """Of several files that mean one image, take the one at just its path, or none."""
        by_image: dict[str, list[FileName]] = {}
        for name, found in self._found.items():
            if not isinstance(found, str):
                by_image.setdefault(found.name, []).append(name)
        for image, names in by_image.items():
            sure = [each for each in names if self.find(each).by_path]
            if len(names) > 1:
                kept = sure if len(sure) == 1 else []
                for each in names:
                    if each not in kept:
                        self._found[each] = say(
                            "several images of the file may be {name}", shown(image)
                        )


def _unmatched(name: FileName) -> Match | str:
    """Without images at hand; what ends like an image might be read as one of another name."""
    if is_image_name(name.stem.rpartition("/")[2]):
        return say(
            "which image {name} means is not sure: name the folder of the images",
            repr(shown(name.stem)),
        )
    return Match(name.stem, True)


def _decided(name: FileName, found: _Found, *, ruled: bool, kept: bool) -> Match | str:
    """The image of ``name``, or why it is not sure.

    Args:
        ruled: whether files of the data set follow the rule for sure.
        kept: whether files of the data set keep the suffixes of their images for sure.
    """
    if found.rule is not None and found.whole is not None:
        nearer = found.whole.by_path and not found.rule.by_path
        if kept or nearer:
            return _either(name.stem, found.rule.name, found.whole.name)
    if found.rule is not None:
        return found.rule
    if found.refused:
        return found.refused
    if found.whole is None:
        return say("no image of the folder is named {name}", repr(shown(name.stem[:200])))
    if ruled:
        return say(
            "it may belong to {name}, but other files here are named after their images "
            "without the suffix: rename it",
            shown(found.whole.name),
        )
    return found.whole


def _either(name: str, first: str, second: str) -> str:
    return say(
        "{name} may mean {first} or {second}: open a folder that holds only one of them",
        repr(shown(name[:200])),
        shown(first),
        shown(second),
    )
