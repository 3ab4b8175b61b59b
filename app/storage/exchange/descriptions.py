"""Flags, note and group of an object in other programs' files, and what a format loses of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from app.core.details import (
    IS_CROWD,
    MAX_GROUP,
    MAX_NOTE,
    NO_DETAILS,
    Details,
    Flag,
    crowd_in,
    flags_in,
)
from app.core.document import Annotation
from app.core.frozen import FrozenMap
from app.core.unsegmented import Unsegmented
from app.storage.exchange.records import Records, whole_number
from app.storage.exchange.values import Undescribed
from model.messages import say

GROUP, NOTE = "group_id", "description"
"""As COCO's relatives and LabelMe call them."""


class Part(StrEnum):
    """What of an object's description a format may have a place for; ``FLAGS`` are all of them."""

    VALUES = "values"
    FLAGS = "flags"
    CROWD = "crowd"
    GROUP = "group"
    NOTE = "note"


NOTHING: frozenset[Part] = frozenset()
EVERYTHING = frozenset(Part)
NONE_LOST = Undescribed()


def undescribed(each: Annotation | Unsegmented, holds: frozenset[Part]) -> Undescribed:
    """What of one object's description is lost where only ``holds`` is written."""
    details = each.details
    flags = details.flags
    if Part.FLAGS in holds:
        flags = frozenset()
    elif Part.CROWD in holds:
        flags -= {Flag.CROWD}
    if holds == EVERYTHING or not (each.attributes or details):
        return NONE_LOST
    return Undescribed(
        int(bool(each.attributes) and Part.VALUES not in holds),
        int(bool(flags)),
        int(details.group is not None and Part.GROUP not in holds),
        int(bool(details.note) and Part.NOTE not in holds),
    )


def described(
    record: dict[str, Any], values: object, records: Records
) -> tuple[FrozenMap, Details]:
    """The values and the details of an object; what of ``record`` is understood is taken out.

    Args:
        record: may hold ``iscrowd``, ``group_id`` and ``description``.
        values: its attributes, among them the flags, as CVAT and Datumaro write them.
        records: told of what is not.
    """
    flags, rest = flags_in(records.holdable(values))
    flags |= crowd_in(record)
    note, group = note_in(record, records), group_in(record, records)
    found = Details(note, group, flags)
    return FrozenMap(rest), found or NO_DETAILS


def note_in(record: dict[str, Any], records: Records, key: str = NOTE) -> str:
    """The note, taken out of ``record``; empty where there is none."""
    note = record.get(key)
    if not isinstance(note, str):
        return ""
    if len(note) > MAX_NOTE:
        records.note(say("its note has more than {most} characters", MAX_NOTE))
        return ""
    del record[key]
    return note


def group_in(record: dict[str, Any], records: Records, key: str = GROUP) -> int | None:
    """The group, taken out of ``record`` where it is one; else None."""
    group = whole_number(record.get(key))
    if group is not None and not 0 <= group <= MAX_GROUP:
        records.note(say("its group {group} is kept, but not used", group))
        group = None
    if group is not None:
        del record[key]
    return group


def as_fields(each: Annotation | Unsegmented) -> dict[str, Any]:
    """The description as fields of a record of COCO's or SA-1B's, which ``described`` reads."""
    record: dict[str, Any] = {}
    details = each.details.with_flag(Flag.CROWD, False)
    attributes = told(each.attributes, details)
    if Flag.CROWD in each.details.flags:
        record[IS_CROWD] = 1
    if attributes:
        record["attributes"] = attributes
    if each.details.group is not None:
        record[GROUP] = each.details.group
    if each.details.note:
        record[NOTE] = each.details.note
    return record


def told(values: FrozenMap, details: Details) -> dict[str, Any]:
    """Values and flags as ``attributes``; a value under a flag's name stays what it was."""
    return {flag.value: True for flag in sorted(details.flags)} | values.thawed()
