"""Reading untrusted records one by one, so that a bad one costs itself and not the file."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.storage.exchange.json_text import record_of
from app.storage.exchange.values import Skip
from app.storage.regular import open_regular
from model.messages import BadValueError, joined, reason_of, say, shortened

MAX_FILE_BYTES = 2 << 30
MAX_SKIPS = 10_000
"""More reasons than anyone reads; a file of nothing but bad records must not fill the memory."""
AND_MORE = say("and so on")
"""Stands in the place of what was left out beyond that."""
LONGEST = 300
"""Characters of a reason; what a record held may be as long as the file."""

REFUSALS = (ValueError, OverflowError, MemoryError, RecursionError)
"""What reading a hostile record may raise."""
LONGEST_NUMBER = 30
"""Characters of a number that is written as text."""

Result = TypeVar("Result")


def read_limited(path: Path) -> bytes:
    """The bytes of a regular file.

    Raises:
        Problem: it is not there, not a file, unreadable, or larger than 2 GiB.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise Problem(
                    say(
                        "{name} has {size} GiB; at most 2 GiB are read.",
                        path.name,
                        f"{size / 2**30:.1f}",
                    ),
                    say("Split the file and import the parts."),
                )
            return file.read(MAX_FILE_BYTES)
    except OSError as error:
        if not path.is_file():
            raise Problem(
                say("{name} is not a file.", path), say("Choose an existing file.")
            ) from error
        raise Problem(
            say("{name} cannot be read: {reason}.", path.name, error.strerror), "", error
        ) from error


def decoded(data: bytes) -> tuple[str, bool]:
    """The text of ``data``, and whether its encoding had to be guessed.

    UTF-8 and, by its mark, UTF-16 are sure; else every byte is taken for a character of Latin-1.

    Raises:
        ValueError: it begins as UTF-16 and goes on as something else.
    """
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data.decode("utf-16"), False
    try:
        return data.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return data.decode("latin-1"), True


class Records:
    """Takes records over; those that raise ``ValueError`` become skips.

    Args:
        skipped: where the skips go.
        prefix: stands before the place of each.
    """

    def __init__(self, skipped: list[Skip] | None = None, prefix: str = "") -> None:
        self.skipped: list[Skip] = [] if skipped is None else skipped
        self._prefix = prefix
        self._notes: list[str] | None = None

    def each(
        self,
        raws: Iterable[msgspec.Raw],
        kind: str,
        take: Callable[[dict[str, Any]], Result],
    ) -> Iterator[Result]:
        """What ``take`` makes of each record, the bad ones left out."""
        for place, raw in enumerate(raws):
            where = say("{kind} {number}", kind, place + 1)
            self._notes = []
            lost: tuple[tuple[str, str], ...] = ()
            try:
                record, lost = record_of(raw)
                if isinstance(record.get("id"), int):
                    where = say("{kind} with id {id}", kind, record["id"])
                taken = take(record)
            except REFUSALS as error:
                # What is missing for want of a field that cannot be read, is told by that field.
                reason = _unreadable(*lost[0]) if lost else reason_of(error)
                self._notes = None
                self.skip(where, reason)
                continue
            notes, self._notes = self._notes, None
            for note in (*(_unreadable(*each) for each in lost), *notes):
                self.skip(where, note)
            yield taken

    def note(self, reason: str) -> None:
        """Say what is left out of the record at hand; between records, of the file."""
        if self._notes is None:
            self.skip(say("file"), reason)
        else:
            self._notes.append(reason)

    def kept(self, form: str, fields: Mapping[str, Any]) -> FrozenMap:
        """``fields`` under the name of their format, but for what our files cannot hold."""
        return FrozenMap({form: self.holdable(fields)})

    def holdable(self, fields: object) -> dict[str, Any]:
        """Those of ``fields`` that our files can hold; of the others is said why they are not."""
        if not isinstance(fields, Mapping):
            return {}
        good: dict[str, Any] = {}
        for name, value in fields.items():
            try:
                # They come to lie that much deeper in a file of ours.
                FrozenMap({name: [[[[[[[[value]]]]]]]]})
                if isinstance(value, int | list | dict):
                    msgspec.json.encode(value)
            except (ValueError, OverflowError) as error:
                self.note(say("its field {name} is not kept: {reason}", name[:80], error))
            else:
                good[name] = value
        return good

    def skip(self, where: str, reason: str) -> None:
        leave_out(self.skipped, joined((self._prefix, where), ""), shortened(reason, LONGEST))


def leave_out(skipped: list[Skip], where: str, reason: str) -> None:
    """Note what is left out; beyond ``MAX_SKIPS`` only how many more there are."""
    if len(skipped) < MAX_SKIPS:
        skipped.append(Skip(where, reason))
        return
    beyond = more_than_told(skipped) + 1
    skipped[MAX_SKIPS:] = [Skip(AND_MORE, say("{count} more", beyond))]


def more_than_told(skipped: Sequence[Skip]) -> int:
    """How many were left out beyond those in ``skipped``."""
    last = skipped[-1] if skipped else None
    return int(last.reason.split()[0]) if last is not None and last.where == AND_MORE else 0


def _unreadable(name: str, reason: str) -> str:
    return say("its field {name} cannot be read: {reason}", name[:80], reason)


def number(record: Mapping[str, Any], field: str, least: int | None = None) -> int:
    """The whole number ``record[field]``, which may be written as ``64.0`` or ``"64"``.

    Raises:
        ValueError: it is missing or anything else.
    """
    value = record.get(field)
    found = whole_number(value)
    if found is None or (least is not None and found < least):
        what = say("{field} must be a whole number, given {given}", field, repr(value))
        if least is not None:
            what = say(
                "{field} must be a whole number from {least} on, given {given}",
                field,
                least,
                repr(value),
            )
        raise ValueError(what)
    return found


def whole_number(value: object) -> int | None:
    """``value`` if it is a whole number, also where it is written as ``64.0`` or ``"64"``."""
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER:
        try:
            value = float(value) if "." in value else int(value)
        except ValueError:
            return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def identity(record: Mapping[str, Any], field: str) -> int | str:
    """What ``record[field]`` is told apart by: a whole number in any spelling, or another text.

    Raises:
        ValueError: it is missing or anything else.
    """
    value = record.get(field)
    found = whole_number(value)
    if found is not None:
        return found
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise BadValueError("{field} must be a number or text, given {given}", field, repr(value))


def size_of(record: Mapping[str, Any], height: str, width: str) -> tuple[int, int] | None:
    """(height, width) as the fields of these names say it; None if they do not."""
    sides = whole_number(record.get(height)), whole_number(record.get(width))
    if sides[0] is None or sides[1] is None or min(sides[0], sides[1]) < 1:
        return None
    return sides[0], sides[1]


def text(record: Mapping[str, Any], field: str) -> str:
    """The text ``record[field]``, which may be written as a number.

    Raises:
        ValueError: it is missing, empty or anything else.
    """
    value = record.get(field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise BadValueError("{field} must be text, given {given}", field, repr(value))
    return value


def optional_number(record: Mapping[str, Any], field: str) -> float | None:
    """The finite number ``record[field]``; None if it is missing or anything else."""
    value = record.get(field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if isfinite(value) else None
    return None
