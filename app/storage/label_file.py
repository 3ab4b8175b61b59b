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
from app.core.labels import Label, LabelSet
from app.storage import schema
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
        "labels": [
            label.extra.thawed()
            | {"id": label.id, "name": label.name, "color": label.color, "key": label.key}
            for label in labels
        ],
    }
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def _label_set(raw: Any, record: _Labels) -> LabelSet:
    known, own = frozenset(_Labels.__struct_fields__), frozenset(_Label.__struct_fields__)
    labels = tuple(
        Label(
            each.id,
            each.name,
            each.color,
            each.key,
            freeze({key: value for key, value in found.items() if key not in own}),
        )
        for each, found in zip(record.labels, raw["labels"], strict=True)
    )
    next_id = max([record.next_id, *(label.id + 1 for label in labels)])
    return LabelSet(labels, next_id, freeze({k: v for k, v in raw.items() if k not in known}))
