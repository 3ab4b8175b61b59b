"""A frozen dataclass as a TOML file: only what differs from the defaults, unknown keys kept."""

from __future__ import annotations

import base64
import math
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import tomli_w

T = TypeVar("T")

LIST_LIMIT = 1000
MOST_DEEP = 64
LONGEST_NUMBER = 4096
"""In bits."""


class NotTomlError(ValueError):
    """The text is no TOML at all."""


def parse(data: bytes) -> dict[str, Any]:
    """The table in a TOML file.

    Raises:
        NotTomlError: the bytes are no TOML, or hold what could not be written again.
    """
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotTomlError(str(error)) from error
    _check(table)
    return table


def _check(table: dict[str, Any]) -> None:
    """Unknown keys are written again as they are: writing goes down into each by itself."""
    waiting: list[tuple[Any, int]] = [(table, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MOST_DEEP:
            raise NotTomlError(f"it is nested more than {MOST_DEEP} deep")
        if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
            raise NotTomlError("it holds a number that is too long")
        inside = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            waiting += [(each, depth + 1) for each in inside]


def from_table(kind: type[T], table: Mapping[str, Any]) -> tuple[T, tuple[str, ...]]:
    """A ``kind`` with the values of the table.

    Returns:
        It, with defaults for what is missing or wrong, and the names of what is wrong.
    """
    hints = get_type_hints(kind)
    good: dict[str, Any] = {}
    wrong: list[str] = []
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name not in table:
            continue
        try:
            value = _from_toml(hints[field.name], table[field.name])
            kind(**{field.name: value})  # its own check, one value at a time
        except (ValueError, TypeError):
            wrong.append(field.name)
        else:
            good[field.name] = value
    try:
        return kind(**good), tuple(wrong)
    except ValueError:  # each is possible, but not all together
        return kind(), tuple(good) + tuple(wrong)


def to_bytes(value: object, old: Mapping[str, Any]) -> bytes:
    """The TOML file of ``value``.

    Args:
        value: a dataclass all of whose fields have defaults.
        old: the table that was read, whose unknown keys are kept, and its wrong values as long as
            the field still has its default.
    """
    default = type(value)()
    table = dict(old)
    _, wrong = from_table(type(value), old)
    for field in fields(value):  # type: ignore[arg-type]
        mine = getattr(value, field.name)
        if mine != getattr(default, field.name):
            table[field.name] = _to_toml(mine)
        elif field.name not in wrong:
            table.pop(field.name, None)
    return tomli_w.dumps(table).encode("utf-8", "replace")


def _from_toml(hint: Any, raw: Any) -> Any:
    """``raw`` as the type ``hint``; ValueError or TypeError if it is none."""
    if get_origin(hint) is tuple:
        (item, *_) = get_args(hint)
        if not isinstance(raw, list) or len(raw) > LIST_LIMIT:
            raise TypeError(f"a list is needed, not {type(raw).__name__}")
        return tuple(_from_toml(item, each) for each in raw)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(raw)
    if hint is bytes and isinstance(raw, str):
        return base64.b64decode(raw, validate=True)
    if hint is float and type(raw) is int:
        return float(raw)
    if type(raw) is not hint:
        raise TypeError(f"a {hint} is needed, not {type(raw).__name__}")
    if hint is float and not math.isfinite(raw):
        raise ValueError("a finite number is needed")
    return raw


def _to_toml(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_toml(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value
