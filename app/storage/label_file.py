"""``labels.json``: the labels of a folder, with ids that stay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from app.core.errors import Problem
from app.core.frozen import freeze
from app.core.labels import Label, LabelSet
from app.storage import schema
from app.storage.failures import not_understood
from app.storage.guarded import Token, read_file, token_of
from app.storage.sidecar import NEWER

VERSION = 1


@dataclass(frozen=True, slots=True)
class LoadedLabels:
    """Labels as they were found.

    Attributes:
        labels: the default ones if there is no file or it cannot be understood.
        token: of the file, to be given back when it is written.
        read_only: why the file must not be written, or None.
    """

    labels: LabelSet
    token: Token = None
    read_only: str | None = None


class _Label(Struct):
    id: schema.Id
    name: str
    color: str
    key: int | None = None


class _Labels(Struct):
    labels: Annotated[list[_Label], Meta(min_length=1, max_length=100_000)]
    version: int = VERSION
    next_id: schema.Id = 1


def read_labels(path: Path) -> LoadedLabels:
    """The labels in ``path``; what cannot be understood is said in ``read_only``, never raised."""
    try:
        data = read_file(path, schema.MAX_BYTES)
    except Problem as problem:
        return LoadedLabels(LabelSet(), None, str(problem))
    if data is None:
        return LoadedLabels(LabelSet())
    try:
        raw = schema.parse(data)
        record = schema.convert(raw, _Labels)
        labels = _label_set(raw, record)
    except (ValueError, RecursionError) as error:
        return LoadedLabels(LabelSet(), None, str(not_understood(path, error)))
    return LoadedLabels(labels, token_of(data), NEWER if record.version > VERSION else None)


def labels_to_bytes(labels: LabelSet) -> bytes:
    """The file of these labels: UTF-8 JSON."""
    record: dict[str, Any] = labels.extra.thawed() | {
        "version": VERSION,
        "next_id": labels.next_id,
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
