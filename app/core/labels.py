"""The labels of a folder: names and colours for people, ids that stay for files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from app.core.attributes import Attribute, together
from app.core.attributes import checked as checked_attributes
from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.palette import color_number, distinct_colors
from model.messages import say

COLOR = re.compile(r"#[0-9a-f]{6}")
MAX_NAME = 200
MAX_DESCRIPTION = 2000
DIGITS = range(1, 10)
OTHER_KEY = re.compile(r"(Shift\+)?[A-Z]|T[0-9]")
Key = int | str
"""A digit; else a letter, with or without Shift, or ``T`` and a digit, pressed one after the other.
"""
EMPTY_COLORS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Label:
    """A class of objects.

    Attributes:
        id: from 1 on, unique in its set, never reused.
        name: what people call it; not empty, no control characters, no blanks around it.
        color: ``#rrggbb``, small letters.
        key: what chooses it: a digit from 1 to 9, a letter such as ``I`` or ``Shift+C``, ``T5``
            for 5 pressed after T, or None.
        description: what belongs to it, for people; up to 2000 characters.
        attributes: what its objects are described by, beside those of all labels.
        extra: what its file held beside these.

    Raises:
        ValueError: any of these is not as said.
    """

    id: int
    name: str
    color: str
    key: Key | None = None
    extra: FrozenMap = field(default=EMPTY)
    description: str = ""
    attributes: tuple[Attribute, ...] = ()

    def __post_init__(self) -> None:
        if self.id < 1:
            raise ValueError(say("label ids count from 1, given {given}", self.id))
        name, color = self.name.strip(), self.color.lower()
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise ValueError(
                say(
                    "a label's name needs 1 to {most} printable characters, given {given}",
                    MAX_NAME,
                    repr(self.name),
                )
            )
        if not COLOR.fullmatch(color):
            raise ValueError(
                say("a label's colour is written #rrggbb, given {given}", repr(self.color))
            )
        if self.key is not None and not is_key(self.key):
            raise ValueError(
                say(
                    "a label's key is a digit from 1 to 9, a letter, or T and a digit, given "
                    "{given}",
                    repr(self.key),
                )
            )
        if len(self.description) > MAX_DESCRIPTION:
            raise ValueError(
                say("a label's description has at most {most} characters", MAX_DESCRIPTION)
            )
        object.__setattr__(self, "attributes", checked_attributes(self.attributes))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "color", color)
        object.__setattr__(self, "extra", freeze(self.extra))


def is_key(key: object) -> bool:
    """Whether a label can have it."""
    if isinstance(key, str):
        return OTHER_KEY.fullmatch(key) is not None
    return type(key) is int and key in DIGITS


OBJECT = Label(1, "object", color_number(0), 1)
"""The label of work without labels, as in the paper's first stage."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels in the order they are shown. Edits return a new set, or itself if nothing changes.

    An id that is not in the set is a KeyError.

    Attributes:
        labels: at least one; ids, names and keys unique.
        next_id: id of the next label; larger than every id ever given here.
        extra: what its file held beside these.
        attributes: what objects of all labels are described by.

    Raises:
        ValueError: no label, or an id, a name or a key given twice.
    """

    labels: tuple[Label, ...] = (OBJECT,)
    next_id: int = 2
    extra: FrozenMap = field(default=EMPTY)
    attributes: tuple[Attribute, ...] = ()
    _by_id: dict[int, Label] = field(init=False, repr=False, compare=False)
    _by_name: dict[str, Label] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "extra", freeze(self.extra))
        object.__setattr__(self, "attributes", checked_attributes(self.attributes))
        object.__setattr__(self, "_by_id", {label.id: label for label in self.labels})
        object.__setattr__(self, "_by_name", {label.name: label for label in self.labels})
        if not self.labels:
            raise ValueError(say("a set of labels needs at least one"))
        _require_distinct(say("id"), [label.id for label in self.labels])
        _require_distinct(say("name"), [label.name for label in self.labels])
        _require_distinct(say("key"), [each.key for each in self.labels if each.key is not None])
        if self.next_id <= max(label.id for label in self.labels):
            raise ValueError(say("next_id {next_id} is not above the ids in use", self.next_id))

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __contains__(self, label_id: object) -> bool:
        return label_id in self._by_id

    def get(self, label_id: int) -> Label | None:
        """The label of that id, or None."""
        return self._by_id.get(label_id)

    def label(self, label_id: int) -> Label:
        """The label of that id; a stand-in named ``label <id>`` if it was removed."""
        found = self._by_id.get(label_id)
        return found or Label(label_id, f"label {label_id}", color_for(label_id))

    def named(self, name: str) -> Label | None:
        """The label of that name, or None."""
        return self._by_name.get(name.strip())

    def resembling(self, name: str) -> Label | None:
        """A label whose name differs from ``name`` at most by case and blanks, or None."""
        exact = self.named(name)
        if exact is not None:
            return exact
        wanted = _alike(name)
        return next((each for each in self.labels if _alike(each.name) == wanted), None)

    def attributes_of(self, label_id: int) -> tuple[Attribute, ...]:
        """What an object with that label is described by: those of all labels, then its own."""
        found = self._by_id.get(label_id)
        return self.attributes if found is None else together(self.attributes, found.attributes)

    def by_key(self, key: Key) -> Label | None:
        """The label that ``key`` chooses, or None."""
        return next((label for label in self.labels if label.key == key), None)

    def with_added(self, name: str, color: str | None = None) -> LabelSet:
        """With one more label at the end; its id is ``next_id``.

        It takes the first colour of the palette and the first digit that no other label has.
        """
        keys = {label.key for label in self.labels}
        key = next((digit for digit in DIGITS if digit not in keys), None)
        if color is None:
            color = next(distinct_colors(label.color for label in self.labels))
        added = Label(self.next_id, name, color, key)
        return replace(self, labels=(*self.labels, added), next_id=self.next_id + 1)

    def with_names(
        self, names: Iterable[str], colors: Mapping[str, str] = EMPTY_COLORS
    ) -> LabelSet:
        """With a label at the end for each name that none has yet; in time linear in their number.

        Args:
            names: some may be there already.
            colors: of some of the names; the others get the first of the palette that are free.

        Raises:
            ValueError: a name that no label can have.
        """
        wanted = dict.fromkeys(name.strip() for name in names)
        new = [name for name in wanted if name not in self._by_name]
        if not new:
            return self
        taken = {label.key for label in self.labels}
        keys = iter([digit for digit in DIGITS if digit not in taken])
        free = distinct_colors([*(label.color for label in self.labels), *colors.values()])
        added = [
            Label(number, name, colors.get(name) or next(free), next(keys, None))
            for number, name in enumerate(new, self.next_id)
        ]
        return replace(self, labels=(*self.labels, *added), next_id=self.next_id + len(added))

    def with_replaced(self, *labels: Label) -> LabelSet:
        """With these in the places of those with their ids."""
        new = {label.id: label for label in labels}
        for label_id in new:
            self._required(label_id)
        changed = tuple(new.get(each.id, each) for each in self.labels)
        return self if changed == self.labels else replace(self, labels=changed)

    def with_renamed(self, label_id: int, name: str) -> LabelSet:
        return self._with_changed(label_id, name=name)

    def with_recoloured(self, label_id: int, color: str) -> LabelSet:
        return self._with_changed(label_id, color=color)

    def with_key(self, label_id: int, key: Key | None) -> LabelSet:
        """With this key for the label; another label that had it loses it."""
        other = None if key is None else self.by_key(key)
        freed = self
        if other is not None and other.id != label_id:
            freed = self._with_changed(other.id, key=None)
        return freed._with_changed(label_id, key=key)

    def with_attributes(self, label_id: int | None, attributes: Iterable[Attribute]) -> LabelSet:
        """With these attributes of the label, or of all labels for None."""
        asked = tuple(attributes)
        if label_id is not None:
            return self._with_changed(label_id, attributes=asked)
        return self if asked == self.attributes else replace(self, attributes=asked)

    def with_moved(self, label_id: int, place: int) -> LabelSet:
        """With the label at ``place``, counted from the top; beyond the ends is the end."""
        return self.with_all_moved((label_id,), place)

    def with_all_moved(self, label_ids: Sequence[int], place: int) -> LabelSet:
        """With these labels one behind the other, the first at ``place`` counted without them."""
        moved = [self._required(each) for each in label_ids]
        order = [label for label in self.labels if label.id not in label_ids]
        place = max(place, 0)
        order[place:place] = moved
        return self if tuple(order) == self.labels else replace(self, labels=tuple(order))

    def without(self, label_id: int) -> LabelSet:
        """Without the label; ValueError if it is the last one. Its id is not given again."""
        self._required(label_id)
        return replace(self, labels=tuple(each for each in self.labels if each.id != label_id))

    def _required(self, label_id: int) -> Label:
        found = self.get(label_id)
        if found is None:
            raise KeyError(label_id)
        return found

    def _with_changed(self, label_id: int, **changes: Any) -> LabelSet:
        old = self._required(label_id)
        new = replace(old, **changes)
        if new == old:
            return self
        return replace(self, labels=tuple(new if each is old else each for each in self.labels))


def color_for(number: int) -> str:
    """The palette's colour for an id from 1 on, for colouring by object or without a label."""
    return color_number(number - 1)


def shared_parts(name: str, before: str) -> int:
    """How many parts of a nested name, as in ``vehicle/car``, are those of another one.

    The last part of ``name`` is its own: ``vehicle/car`` shares one with ``vehicle``, and one with
    ``vehicle/truck``.
    """
    mine, other = name.split("/")[:-1], before.split("/")
    pairs = zip(mine, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(mine), len(other)))


def beside_family(labels: LabelSet, label_id: int) -> LabelSet:
    """With a label behind the last of those that share most of its nested name; else as it is."""
    name = labels.label(label_id).name
    shares = [(shared_parts(name, each.name), n) for n, each in enumerate(labels)
              if each.id != label_id]  # fmt: skip
    most, place = max(shares, default=(0, 0))
    return labels.with_moved(label_id, place + 1) if most else labels


def as_name(text: str) -> str:
    """``text`` as a label can be called; ``object`` if nothing printable is left of it."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    return printable.strip()[:MAX_NAME].strip() or OBJECT.name


def with_distinct_names(labels: Sequence[Label], settled: Iterable[int]) -> list[Label]:
    """The labels with every name and key given once; those with a ``settled`` id keep theirs."""
    first = set(settled)
    names: set[str] = set()
    keys: set[Key] = set()
    kept: dict[int, Label] = {}
    for label in sorted(labels, key=lambda each: each.id not in first):
        name = label.name
        while name in names:
            name += "'"
        key = None if label.key in keys else label.key
        names.add(name)
        if key is not None:
            keys.add(key)
        kept[label.id] = replace(label, name=name, key=key)
    return [kept[label.id] for label in labels]


def with_distinct_keys(labels: Iterable[Label]) -> Iterator[Label]:
    """The labels, with no letter or ``T`` and digit given twice: the first has it.

    Two equal digits are left: a file with them is damaged.
    """
    given: set[Key] = set()
    for label in labels:
        if isinstance(label.key, str) and label.key in given:
            label = replace(label, key=None)
        elif label.key is not None:
            given.add(label.key)
        yield label


def _alike(name: str) -> str:
    return "".join(name.split()).casefold()


def _require_distinct(what: str, values: Sequence[int | str]) -> None:
    if len(set(values)) == len(values):
        return
    twice = [value for value, count in Counter(values).items() if count > 1]
    raise ValueError(say("two labels have the same {what}: {value}", what, repr(twice[0])))
