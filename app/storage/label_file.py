"""``labels.json``: the labels of a folder, with ids that stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from app.core.errors import Problem
from app.core.frozen import freeze
from app.core.labels import (
    MAX_DESCRIPTION,
    Key,
    Label,
    LabelSet,
    is_key,
    with_distinct_keys,
)
from app.storage import schema
from app.storage.attribute_records import attributes_in, with_attributes
from app.storage.failures import not_understood
from app.storage.guarded import Token, read_file, token_of
from app.storage.sidecar import NEWER
from model.messages import reason_of

VERSION = 2
"""From 2 on sidecars hold the names of their labels; this file tells the table of older ones."""
EMPTY: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OldTable:
    """What ids mean in sidecars without names, which versions before this one wrote.

    Attributes:
        names: by id.
        next_id: of the table when it was last written by such a version; a smaller id without a
            name was removed. 1 where there never was such a table.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    next_id: int = 1


@dataclass(frozen=True, slots=True)
class LoadedLabels:
    """Labels as they were found.

    Attributes:
        labels: the default ones if there is no file or it cannot be understood.
        token: of the file, to be given back when it is written.
        read_only: why the file must not be written, or None.
        former: names by which some sidecars still call a label, and its id.
        old: what sidecars without names mean.
        damaged: whether there is a file and it cannot be read or understood.
    """

    labels: LabelSet
    token: Token = None
    read_only: str | None = None
    former: Mapping[str, int] = field(default_factory=dict)
    old: OldTable = field(default_factory=OldTable)
    damaged: bool = False


class _Label(Struct):
    id: schema.Id
    name: str
    color: str
    key: int | None = None
    shortcut: str | None = None
    description: str = ""
    attributes: Any = None


class _Former(Struct):
    id: schema.Id
    name: str


class _Old(Struct):
    next_id: schema.Id = 1
    labels: Annotated[list[_Former], Meta(max_length=100_000)] = []


class _Labels(Struct):
    labels: Annotated[list[_Label], Meta(min_length=1, max_length=100_000)]
    version: int = 1
    next_id: schema.Id = 1
    former_names: list[_Former] = []
    without_names: _Old = msgspec.field(default_factory=_Old)
    attributes: Any = None


def read_labels(path: Path) -> LoadedLabels:
    """The labels in ``path``; what cannot be understood is said in ``read_only``, never raised."""
    try:
        data = read_file(path, schema.MAX_BYTES)
    except Problem as problem:
        return LoadedLabels(LabelSet(), None, reason_of(problem), damaged=True)
    if data is None:
        return LoadedLabels(LabelSet())
    try:
        raw = schema.parse(data)
        record = schema.convert(raw, _Labels)
        labels = _label_set(raw, record)
    except (ValueError, RecursionError) as error:
        return LoadedLabels(LabelSet(), None, str(not_understood(path, error)), damaged=True)
    if record.version < VERSION:
        old = OldTable({label.id: label.name for label in labels}, labels.next_id)
    else:
        names = {each.id: each.name for each in record.without_names.labels}
        old = OldTable(names, record.without_names.next_id)
    former = {each.name: each.id for each in record.former_names}
    read_only = NEWER if record.version > VERSION else None
    return LoadedLabels(labels, token_of(data), read_only, former, old)


def labels_to_bytes(
    labels: LabelSet, former: Mapping[str, int] = EMPTY, old: OldTable | None = None
) -> bytes:
    """The file of these labels: UTF-8 JSON.

    Args:
        labels: what to write.
        former: names by which some sidecars still call a label, and its id.
        old: what sidecars without names mean.
    """
    more: dict[str, Any] = {}
    if former:
        more["former_names"] = [{"id": number, "name": name} for name, number in former.items()]
    if old is not None and old.next_id > 1:
        names = [{"id": number, "name": name} for number, name in old.names.items()]
        more["without_names"] = {"next_id": old.next_id, "labels": names}
    record: dict[str, Any] = labels.extra.thawed() | {
        "version": VERSION,
        "next_id": labels.next_id,
        **more,
        "labels": [{**label_fields(label), "id": label.id} for label in labels],
    }
    with_attributes(record, labels.attributes)
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def label_fields(label: Label) -> dict[str, Any]:
    """A label as the file has it, but for its id.

    Keys other than digits have a field of their own, which versions that know digits alone keep.
    """
    digit = label.key if isinstance(label.key, int) else None
    record = label.extra.thawed() | {"name": label.name, "color": label.color, "key": digit}
    if isinstance(label.key, str):
        record["shortcut"] = label.key
    if label.description:
        record["description"] = label.description
    return with_attributes(record, label.attributes)


def _label_set(raw: Any, record: _Labels) -> LabelSet:
    known = frozenset(_Labels.__struct_fields__)
    labels = tuple(
        _label(each, found) for each, found in zip(record.labels, raw["labels"], strict=True)
    )
    labels = tuple(with_distinct_keys(labels))
    next_id = max([record.next_id, *(label.id + 1 for label in labels)])
    attributes, damaged = attributes_in(record.attributes)
    extra = {k: v for k, v in raw.items() if k not in known} | damaged
    return LabelSet(labels, next_id, freeze(extra), attributes)


def _label(record: _Label, raw: Mapping[str, Any]) -> Label:
    """What is told wrongly beside name, colour and digit costs itself alone, and is kept."""
    attributes, extra = attributes_in(record.attributes)
    key: Key | None = record.key
    if key is None and record.shortcut is not None:
        if is_key(record.shortcut):
            key = record.shortcut
        else:
            extra["shortcut"] = record.shortcut
    description = record.description
    if len(description) > MAX_DESCRIPTION:
        description, extra["description"] = "", record.description
    own = frozenset(_Label.__struct_fields__)
    extra |= {key: value for key, value in raw.items() if key not in own}
    return Label(record.id, record.name, record.color, key, freeze(extra), description, attributes)
