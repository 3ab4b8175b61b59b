"""What objects of a label are to be described by: the schema, and values against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from app.core.details import Flag, yes_or_no
from app.core.frozen import EMPTY, FrozenMap, freeze
from model.messages import say

Value = str | int | float | bool

MAX_NAME = 200
MAX_TEXT = 10_000
MAX_CHOICES = 1000
MAX_ATTRIBUTES = 200
LARGEST = 1e300
KEY = re.compile(r"[A-Z0-9]")


class Kind(StrEnum):
    """What values an attribute has."""

    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One question about an object, and which answers there are.

    Attributes:
        name: printable, up to 200 characters, not that of a flag.
        kind: of its values.
        choices: of a choice: at least one text, each once; else none.
        default: what a new object gets, or None for nothing.
        key: the letter or digit that changes it in attribute mode, or None for the next digit.
        least, most: of a number, or None.
        extra: what its file held beside these.

    Raises:
        ValueError: any of these is not as said.
    """

    name: str
    kind: Kind = Kind.YES_NO
    choices: tuple[str, ...] = ()
    default: Value | None = None
    key: str | None = None
    least: float | None = None
    most: float | None = None
    extra: FrozenMap = field(default=EMPTY)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.strip())
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "choices", tuple(self.choices))
        object.__setattr__(self, "extra", freeze(self.extra))
        if not self.name or len(self.name) > MAX_NAME or not self.name.isprintable():
            raise ValueError(
                say(
                    "an attribute's name needs 1 to {most} printable characters, given {given}",
                    MAX_NAME,
                    repr(self.name),
                )
            )
        if self.name in {flag.value for flag in Flag}:
            raise ValueError(say("{name} is a flag that every object has", repr(self.name)))
        if self.key is not None and not KEY.fullmatch(self.key):
            raise ValueError(
                say("an attribute's key is a letter or a digit, given {given}", repr(self.key))
            )
        self._check_values()

    def _check_values(self) -> None:
        if self.kind is Kind.CHOICE:
            if not 1 <= len(self.choices) <= MAX_CHOICES:
                raise ValueError(
                    say("the choice {name} needs 1 to {most} choices", repr(self.name), MAX_CHOICES)
                )
            if len(set(self.choices)) < len(self.choices) or not all(
                each.strip() and len(each) <= MAX_NAME and each.isprintable()
                for each in self.choices
            ):
                raise ValueError(
                    say("the choices of {name} must be texts, each once", repr(self.name))
                )
        elif self.choices:
            raise ValueError(say("{name} is no choice, but has choices", repr(self.name)))
        bounds = [each for each in (self.least, self.most) if each is not None]
        if bounds and self.kind is not Kind.NUMBER:
            raise ValueError(say("{name} is no number, but has bounds", repr(self.name)))
        if not all(map(_finite, bounds)) or bounds != sorted(bounds):
            raise ValueError(say("nothing lies between the bounds of {name}", repr(self.name)))
        if self.default is not None and not self.admits(self.default):
            raise ValueError(
                say("{default} is no value of {name}", repr(self.default), repr(self.name))
            )

    def admits(self, value: object) -> bool:
        """Whether ``value`` is one of the values it may have."""
        if self.kind is Kind.YES_NO:
            return isinstance(value, bool)
        if self.kind is Kind.CHOICE:
            return isinstance(value, str) and value in self.choices
        if self.kind is Kind.TEXT:
            return isinstance(value, str) and len(value) <= MAX_TEXT
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return (
            _finite(value)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
        )

    def typed(self, text: str) -> Value | None:
        """The number or text that a person typed; None for nothing.

        Raises:
            ValueError: it is none that the attribute may have, with the reason for people.
        """
        if not text.strip():
            return None
        if self.kind is Kind.TEXT:
            if len(text) > MAX_TEXT:
                raise ValueError(say("A text has at most {most} characters.", MAX_TEXT))
            return text
        found = number_of(text.strip().replace(",", "."))
        if found is None:
            raise ValueError(say("This is no number."))
        if self.admits(found):
            return found
        # As people write them: 60, not 60.0.
        least, most = (None if each is None else f"{each:.15g}" for each in (self.least, self.most))
        if least is not None and most is not None:
            raise ValueError(say("The number lies between {least} and {most}.", least, most))
        if least is not None:
            raise ValueError(say("The number is {least} or more.", least))
        raise ValueError(say("The number is {most} or less.", str(most)))

    def read(self, value: object) -> object:
        """``value``, in its own kind where another program wrote it as another; else as it is."""
        if self.admits(value):
            return value
        found: object = None
        if self.kind is Kind.YES_NO:
            found = yes_or_no(value) if value != "" else None
        elif self.kind is Kind.NUMBER and isinstance(value, str):
            found = number_of(value)
        elif self.kind in (Kind.TEXT, Kind.CHOICE):
            found = written(value)
        return found if found is not None and self.admits(found) else value

    def following(self, value: object, steps: int = 1) -> Value | None:
        """The value that its key gives after ``value``; None where a key cannot choose one."""
        if self.kind is Kind.YES_NO:
            return value is not True
        if self.kind is not Kind.CHOICE:
            return None
        if value not in self.choices:
            return self.choices[0 if steps > 0 else -1]
        place = self.choices.index(str(value)) + steps
        return self.choices[place % len(self.choices)]


def checked(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """These; ValueError if a name or a key is given twice, or there are more than 200."""
    found = tuple(attributes)
    names = [each.name for each in found]
    keys = [each.key for each in found if each.key is not None]
    for what, values in ((say("name"), names), (say("key"), keys)):
        twice = next((each for n, each in enumerate(values) if each in values[:n]), None)
        if twice is not None:
            raise ValueError(say("two attributes have the same {what}: {value}", what, repr(twice)))
    if len(found) > MAX_ATTRIBUTES:
        raise ValueError(say("a label has at most {most} attributes", MAX_ATTRIBUTES))
    return found


def together(common: Iterable[Attribute], own: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Those of all labels, then a label's own, which go before common ones of their name."""
    mine = {each.name: each for each in own}
    first = [mine.pop(each.name, each) for each in common]
    return (*first, *mine.values())


def with_defaults(values: FrozenMap, attributes: Iterable[Attribute]) -> FrozenMap:
    """``values``, and the defaults of those attributes that have none there."""
    new = {
        each.name: each.default
        for each in attributes
        if each.default is not None and each.name not in values
    }
    return values.with_items(new) if new else values


def with_value(values: FrozenMap, name: str, value: Value | None) -> FrozenMap:
    """``values`` with this one; without any of that name for None."""
    if value is not None:
        return values.with_items({name: value})
    if name not in values:
        return values
    return FrozenMap({key: each for key, each in values.items() if key != name})


def read_values(values: Mapping[str, object], attributes: Iterable[Attribute]) -> FrozenMap:
    """What another program told, each value that has an attribute in that one's kind."""
    known = {each.name: each for each in attributes}
    changed = {
        name: known[name].read(value) if name in known else value for name, value in values.items()
    }
    same = all(changed[name] is value for name, value in values.items())
    return freeze(values) if same else FrozenMap(changed)


def number_of(text: str) -> int | float | None:
    """The finite number that ``text`` is, or None."""
    if not 0 < len(text) <= 40:
        return None
    for kind in (int, float):
        try:
            found = kind(text)
        except ValueError:
            continue
        return found if _finite(found) else None
    return None


def _finite(value: float) -> bool:
    """Also whether a whole number, which may have any length here, is one for other programs."""
    return abs(value) <= LARGEST and isfinite(value)


def written(value: object) -> str | None:
    """A single value as files of text have it, ``true`` and ``false`` for yes and no; None of a
    list, a mapping or nothing.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
