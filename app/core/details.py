"""What people say of an object beside its label: a note, a group, and whether it is seen whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from model.messages import say

MAX_NOTE = 10_000
MAX_GROUP = 1 << 53


class Flag(StrEnum):
    """What may be said of any object, by the names that Pascal VOC and CVAT have for it.

    A crowd is a region of many objects that nobody tells apart: COCO's ``iscrowd``.
    """

    OCCLUDED = "occluded"
    TRUNCATED = "truncated"
    DIFFICULT = "difficult"
    CROWD = "crowd"


@dataclass(frozen=True, slots=True)
class Details:
    """Edits return new details.

    Attributes:
        note: of the annotator, at most 10,000 characters.
        group: the number that objects of one group share, from 0 on, or None.
        flags: those that hold.

    Raises:
        ValueError: a note too long, a group below 0 or above 2 ** 53.
    """

    note: str = ""
    group: int | None = None
    flags: frozenset[Flag] = frozenset()

    def __post_init__(self) -> None:
        if len(self.note) > MAX_NOTE:
            raise ValueError(say("a note has at most {most} characters", MAX_NOTE))
        if self.group is not None and not 0 <= self.group <= MAX_GROUP:
            raise ValueError(say("a group is a number from 0 on, given {given}", self.group))
        object.__setattr__(self, "flags", frozenset(map(Flag, self.flags)))

    def __bool__(self) -> bool:
        return self != NO_DETAILS

    def with_flag(self, flag: Flag, holds: bool) -> Details:
        flags = self.flags | {flag} if holds else self.flags - {flag}
        return replace(self, flags=flags)


def typed_group(text: str) -> int | None:
    """The group that a person typed; None for nothing.

    Raises:
        ValueError: it is none, with the reason for people.
    """
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 20 or int(text) > MAX_GROUP:
        raise ValueError(say("A group is a whole number from 0 on."))
    return int(text)


def typed_note(text: str) -> str:
    """The note that a person typed; ValueError, with the reason for people, if it is too long."""
    if len(text) > MAX_NOTE:
        raise ValueError(say("A note has at most {most} characters.", MAX_NOTE))
    return text


NO_DETAILS = Details()
IS_CROWD = "iscrowd"
YES = frozenset({"1", "true", "yes"})
NO = frozenset({"0", "false", "no", ""})


def yes_or_no(value: object) -> bool | None:
    """``value`` as other programs write yes and no, also as 1 or as text; None if it is neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in YES else False if word in NO else None
    return None


def flags_in(values: Mapping[str, object]) -> tuple[frozenset[Flag], dict[str, object]]:
    """The flags among the attributes of another program's object, and the other attributes.

    What stands under a flag's name and is neither yes nor no stays an attribute.
    """
    found: set[Flag] = set()
    rest: dict[str, object] = {}
    for name, value in values.items():
        flag = _FLAGS.get(name)
        said = None if flag is None else yes_or_no(value)
        if flag is None or said is None:
            rest[name] = value
        elif said:
            found.add(flag)
    return frozenset(found), rest


def crowd_in(record: dict[str, Any]) -> frozenset[Flag]:
    """What COCO's ``iscrowd`` of a record says, taken out of it where it is yes or no."""
    said = yes_or_no(record[IS_CROWD]) if IS_CROWD in record else None
    if said is None:
        return frozenset()
    del record[IS_CROWD]
    return frozenset({Flag.CROWD}) if said else frozenset()


_FLAGS: Mapping[str, Flag] = {flag.value: flag for flag in Flag}
