"""Flags, note and group of an object in other programs' files, and what a format loses of them."""

from __future__ import annotations

from typing import Any

from app.core.details import MAX_GROUP, MAX_NOTE, NO_DETAILS, Details, flags_in
from app.core.frozen import FrozenMap
from app.storage.exchange.records import Records, whole_number
from model.messages import say

GROUP, NOTE = "group_id", "description"
"""As COCO's relatives and LabelMe call them."""


def described(
    record: dict[str, Any], values: object, records: Records
) -> tuple[FrozenMap, Details]:
    """The values and the details of an object; what of ``record`` is understood is taken out.

    Args:
        record: may hold ``group_id`` and ``description``.
        values: its attributes, among them the flags, as CVAT and Datumaro write them.
        records: told of what is not.
    """
    flags, rest = flags_in(records.holdable(values))
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


def told(values: FrozenMap, details: Details) -> dict[str, Any]:
    """Values and flags as ``attributes``; a value under a flag's name stays what it was."""
    return {flag.value: True for flag in sorted(details.flags)} | values.thawed()
