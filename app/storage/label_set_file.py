"""A set of labels as a file of its own: to be made once and used in many folders.

It has the layout of ``labels.json`` without ids: ``{"labels": [{"name": "vehicle/car", "color":
"#3cb44b", "key": 1, "shortcut": "Shift+C", "description": "...", "attributes": [...]}],
"attributes": [...]}``, where all but the names may be left out; attributes are told in
``attribute_records``. Read too are ``labels.json`` itself, the list that CVAT shows as "Raw" of a
project's labels, and a text file with a name on each line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.core.attributes import MAX_NAME, Attribute, Kind, number_of
from app.core.details import yes_or_no
from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.labels import (
    COLOR,
    DIGITS,
    MAX_DESCRIPTION,
    Key,
    Label,
    LabelSet,
    as_name,
    is_key,
    with_distinct_names,
)
from app.core.palette import distinct_colors
from app.storage.atomic import write_atomic
from app.storage.attribute_records import attributes_in, with_attributes
from app.storage.failures import not_written
from app.storage.label_file import label_fields
from app.storage.names import shown
from app.storage.regular import open_regular
from model.messages import BadValueError, say

MAX_BYTES = 16 << 20
MAX_LABELS = 100_000
_KNOWN = {"id", "name", "color", "key", "shortcut", "description", "attributes"}
_CVAT_KINDS = {
    "select": Kind.CHOICE,
    "radio": Kind.CHOICE,
    "checkbox": Kind.YES_NO,
    "number": Kind.NUMBER,
    "text": Kind.TEXT,
}


def read_set(path: Path) -> LabelSet:
    """The labels in a file, with ids from 1 on.

    What is told wrongly of a label, but for its name, is left out.

    Raises:
        Problem: the file cannot be read, or holds no labels.
    """
    try:
        with open_regular(path) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BadValueError("it is larger than {limit} MB", MAX_BYTES >> 20)
        return parse_set(data)
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror or "" if isinstance(error, OSError) else error
        raise Problem(
            say("{name} holds no labels: {reason}.", shown(path.name), why),
            say("Choose a file that this program or CVAT wrote, or a text with a name a line."),
            error,
        ) from error


def parse_set(data: bytes) -> LabelSet:
    """As ``read_set``, from the file's bytes; ValueError, with the reason, if there are none."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] not in (b"{", b"["):
        names = text.decode("utf-8", "replace").splitlines()
        return _set({"name": line} for line in names if line.strip())
    raw = msgspec.json.decode(text)
    if isinstance(raw, list):
        return _set(map(_of_cvat, raw))
    labels = raw.get("labels")
    if not isinstance(labels, list):
        raise BadValueError('there is no "labels" in it')
    common, _ = attributes_in(raw.get("attributes"))
    return _set(labels, common)


def _set(raws: Iterable[object], common: tuple[Attribute, ...] = ()) -> LabelSet:
    colors = distinct_colors(())
    found: dict[str, Label] = {}
    for raw in raws:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
            continue
        name = as_name(raw["name"])
        if raw["name"].strip() and name not in found:
            found[name] = _label(len(found) + 1, name, raw, colors)
        if len(found) >= MAX_LABELS:
            break
    if not found:
        raise BadValueError("it names no label")
    labels = with_distinct_names([*found.values()], ())
    return LabelSet(tuple(labels), len(labels) + 1, attributes=common)


def _label(number: int, name: str, raw: Mapping[str, Any], colors: Iterator[str]) -> Label:
    told, description = raw.get("color"), raw.get("description")
    color = told.lower() if isinstance(told, str) and COLOR.fullmatch(told.lower()) else None
    good = isinstance(description, str) and len(description) <= MAX_DESCRIPTION
    return Label(
        number,
        name,
        color or next(colors),
        _key(raw),
        _rest(raw),
        description if good and isinstance(description, str) else "",
        attributes_in(raw.get("attributes"))[0],
    )


def _key(raw: Mapping[str, Any]) -> Key | None:
    digit, other = raw.get("key"), raw.get("shortcut")
    if type(digit) is int and digit in DIGITS:
        return digit
    return other if isinstance(other, str) and is_key(other) else None


def _rest(raw: Mapping[str, Any]) -> FrozenMap:
    """What a file holds on a label beside, where files of ours can hold it."""
    kept = {}
    for key, value in raw.items():
        if key not in _KNOWN:
            try:
                FrozenMap({key: value})
            except ValueError:
                continue
            kept[key] = value
    return FrozenMap(kept)


def _of_cvat(raw: object) -> object:
    """A label of CVAT's as one of ours: its attributes have kinds and defaults told otherwise."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("attributes", []), list):
        return raw
    attributes = [_attribute_of_cvat(each) for each in raw.get("attributes", [])]
    found = {"name": raw.get("name"), "color": raw.get("color")}
    return with_attributes(found, [each for each in attributes if each is not None])


def _attribute_of_cvat(raw: object) -> Attribute | None:
    if not isinstance(raw, Mapping):
        return None
    kind, name = _CVAT_KINDS.get(str(raw.get("input_type"))), raw.get("name")
    values, default = raw.get("values"), raw.get("default_value")
    texts = [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
    if kind is None or not isinstance(name, str) or len(name) > MAX_NAME:
        return None
    choices = tuple(dict.fromkeys(texts)) if kind is Kind.CHOICE else ()
    bounds = [number_of(each) for each in texts[:2]] if kind is Kind.NUMBER else []
    least, most = bounds if len(bounds) == 2 else (None, None)
    told: Any = default if isinstance(default, str) and default else None
    if told is not None and kind is Kind.YES_NO:
        told = yes_or_no(told)
    elif told is not None and kind is Kind.NUMBER:
        told = number_of(told)
    for start in (told, None):
        try:
            return Attribute(name, kind, choices, start, None, least, most)
        except ValueError:
            continue
    return None


def set_to_bytes(labels: LabelSet) -> bytes:
    """The file of a set: UTF-8 JSON."""
    record: dict[str, Any] = {"labels": [label_fields(label) for label in labels]}
    with_attributes(record, labels.attributes)
    return json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def write_set(labels: LabelSet, path: Path) -> None:
    """Write ``path``; raises Problem where it cannot be written."""
    try:
        write_atomic(path, set_to_bytes(labels))
    except OSError as error:
        raise not_written(path, error) from error
