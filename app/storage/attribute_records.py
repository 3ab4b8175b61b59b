"""Schemas of attributes as ``labels.json`` and files of label sets have them.

Of a label, and of the file for all labels: ``"attributes": [{"name": "colour", "kind": "choice",
"choices": ["red", "blue"], "default": "red", "key": "C"}, ...]``. ``kind`` is ``choice``,
``number`` (with ``least`` and ``most``, both of which may be left out), ``text`` or ``yes_no``;
all but ``name`` may be left out, ``kind`` is then ``yes_no``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from app.core.attributes import MAX_ATTRIBUTES, Attribute, Kind
from app.core.frozen import FrozenMap

ATTRIBUTES = "attributes"


class _Record(Struct):
    name: str
    kind: Kind = Kind.YES_NO
    choices: list[str] = []
    default: str | bool | int | float | None = None
    key: str | None = None
    least: float | None = None
    most: float | None = None


_KNOWN = frozenset(_Record.__struct_fields__)


def attributes_in(raw: object) -> tuple[tuple[Attribute, ...], dict[str, Any]]:
    """The attributes of a file's list; and what of it cannot be understood, to be kept as it is."""
    found: dict[str, Attribute] = {}
    keys: set[str | None] = set()
    damaged: list[object] = []
    if raw is not None and not isinstance(raw, list):
        return (), {ATTRIBUTES: raw}
    for each in raw or ():
        try:
            one = attribute_of(each)
        except ValueError:
            damaged.append(each)
            continue
        taken = one.key is not None and one.key in keys
        if one.name in found or taken or len(found) >= MAX_ATTRIBUTES:
            damaged.append(each)
            continue
        found[one.name] = one
        keys.add(one.key)
    return tuple(found.values()), {ATTRIBUTES: damaged} if damaged else {}


def attribute_of(raw: object) -> Attribute:
    """One attribute of a file; ValueError, with the reason, if it is none."""
    record = msgspec.convert(raw, _Record)
    rest = raw if isinstance(raw, dict) else {}
    return Attribute(
        record.name,
        record.kind,
        tuple(record.choices),
        record.default,
        record.key,
        record.least,
        record.most,
        FrozenMap({key: value for key, value in rest.items() if key not in _KNOWN}),
    )


def with_attributes(record: dict[str, Any], attributes: Iterable[Attribute]) -> dict[str, Any]:
    """``record`` with these attributes, before what could not be understood of its list."""
    told = [_told(each) for each in attributes]
    damaged = record.get(ATTRIBUTES, [])
    if told:
        record[ATTRIBUTES] = told + (damaged if isinstance(damaged, list) else [damaged])
    return record


def _told(each: Attribute) -> dict[str, Any]:
    record: dict[str, Any] = each.extra.thawed() | {"name": each.name, "kind": each.kind.value}
    if each.choices:
        record["choices"] = list(each.choices)
    for key in ("default", "key", "least", "most"):
        value = getattr(each, key)
        if value is not None:
            record[key] = value
    return record
