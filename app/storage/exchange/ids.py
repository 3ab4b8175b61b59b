"""Ids for what is written: those asked for where they are free."""

from __future__ import annotations

from app.core.labels import LabelSet
from app.storage.exchange.values import extra_of


class Ids:
    """Gives each record the id it asks for if it is free, else the next free one from 1 on.

    Args:
        least, most: ids outside are not given, though they were asked for.
    """

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self._used: set[int] = set()
        self._next = 1
        self._least, self._most = least, most

    def take(self, *wanted: object) -> int:
        """The first of ``wanted`` that is a free id, else the next free one."""
        for want in wanted:
            if type(want) is int and self._may(want) and want not in self._used:
                self._used.add(want)
                return want
        while self._next in self._used:
            self._next += 1
        self._used.add(self._next)
        return self._next

    def _may(self, want: int) -> bool:
        above = self._least is None or want >= self._least
        return above and (self._most is None or want <= self._most)


def in_order(labels: LabelSet, form: str) -> list[int]:
    """Ids of the labels as a format without ids of its own numbers them, one after the other.

    Those that came from a file of the format ``form`` keep their order and come first.
    """

    def asked(place: int) -> tuple[int, int]:
        index = extra_of(labels.labels[place].extra, form).get("index")
        return (index, place) if type(index) is int else (1 << 62, place)

    return [labels.labels[place].id for place in sorted(range(len(labels)), key=asked)]
