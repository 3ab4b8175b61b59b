"""JSON-like values that nobody can change, for what a file holds and this program does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from model.messages import say

MAX_DEPTH = 50


class FrozenMap(Mapping[str, object]):
    """A read-only mapping from text to JSON-like values, equal to any mapping of equal content.

    Nested mappings are ``FrozenMap``, nested lists tuples, so that equal values hash alike and
    nothing inside can change. The order of keys is kept.

    Raises:
        ValueError: a key that is not text, a value JSON cannot hold, a nesting deeper than 50.
    """

    __slots__ = ("_items",)
    _items: dict[str, object]

    def __init__(self, items: Mapping[str, object] | None = None) -> None:
        self._items = {} if items is None else _frozen_items(items, MAX_DEPTH)

    def __getitem__(self, key: str) -> object:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self is other or _alike(self, other)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"

    def with_items(self, items: Mapping[str, object]) -> FrozenMap:
        """The same with ``items`` put in or replaced; itself if nothing changes."""
        changed = FrozenMap({**self._items, **items})
        return self if changed == self else changed

    def thawed(self) -> dict[str, Any]:
        """A new plain dict of dicts and lists, as the JSON encoders want it."""
        return {key: _thawed(value) for key, value in self._items.items()}


EMPTY = FrozenMap()


def freeze(items: Mapping[str, object]) -> FrozenMap:
    """``items`` as a ``FrozenMap``, itself if it is one."""
    return items if isinstance(items, FrozenMap) else FrozenMap(items)


def _frozen_items(items: Mapping[str, object], depth: int) -> dict[str, object]:
    for key in items:
        if not isinstance(key, str):
            raise ValueError(say("a key of extra data must be text, given {given}", repr(key)))  # noqa: TRY004  callers know ValueError
    return {key: _frozen(value, depth - 1) for key, value in items.items()}


def _frozen(value: object, depth: int) -> object:
    if depth < 0:
        raise ValueError(say("extra data is nested deeper than {most} levels", MAX_DEPTH))
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(say("extra data holds {value}, which JSON cannot", value))
        return value
    if isinstance(value, Mapping):
        nested = FrozenMap()
        nested._items = _frozen_items(value, depth)
        return nested
    if isinstance(value, list | tuple):
        return tuple(_frozen(item, depth - 1) for item in value)
    raise ValueError(say("extra data holds a {name}, which JSON cannot", type(value).__name__))


def _alike(first: object, second: object) -> bool:
    """Equal as JSON: Python takes True for 1, files do not."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(_alike(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_alike, first, second))
    return isinstance(first, bool) == isinstance(second, bool) and first == second


def _thawed(value: object) -> object:
    if isinstance(value, FrozenMap):
        return value.thawed()
    if isinstance(value, tuple):
        return [_thawed(item) for item in value]
    return value
