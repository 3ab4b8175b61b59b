"""Reading untrusted records one by one, so that a bad one costs itself and not the file."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.core.errors import Problem
from app.storage.exchange.values import Skip
from app.storage.regular import open_regular

MAX_FILE_BYTES = 2 << 30
MAX_SKIPS = 10_000
"""More reasons than anyone reads; a file of nothing but bad records must not fill the memory."""
LONGEST = 300
"""Characters of a reason; what a record held may be as long as the file."""

REFUSALS = (ValueError, OverflowError, MemoryError, RecursionError)
"""What reading a hostile record may raise."""

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
                    f"{path.name} has {size / 2**30:.1f} GiB; at most 2 GiB are read.",
                    "Split the file and import the parts.",
                )
            return file.read(MAX_FILE_BYTES)
    except OSError as error:
        if not path.is_file():
            raise Problem(f"{path} is not a file.", "Choose an existing file.") from error
        raise Problem(f"{path.name} cannot be read: {error.strerror}.", "", error) from error


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

    def each(
        self,
        raws: Iterable[msgspec.Raw],
        kind: str,
        take: Callable[[dict[str, Any]], Result],
    ) -> Iterator[Result]:
        """What ``take`` makes of each record, the bad ones left out."""
        for place, raw in enumerate(raws):
            where = f"{kind} {place + 1}"
            try:
                record = msgspec.json.decode(raw, type=dict[str, Any])
                if isinstance(record.get("id"), int):
                    where = f"{kind} with id {record['id']}"
                yield take(record)
            except REFUSALS as error:
                self.skip(where, str(error) or type(error).__name__)

    def skip(self, where: str, reason: str) -> None:
        if len(self.skipped) < MAX_SKIPS:
            short = reason if len(reason) <= LONGEST else f"{reason[: LONGEST - 1]}…"
            self.skipped.append(Skip(self._prefix + where, short))


def number(record: dict[str, Any], field: str, least: int | None = None) -> int:
    """The whole number ``record[field]``; ValueError if it is missing or anything else."""
    value = record.get(field)
    if type(value) is not int or (least is not None and value < least):
        least_text = "" if least is None else f" from {least} on"
        raise ValueError(f"{field} must be a whole number{least_text}, given {value!r}")
    return value


def text(record: dict[str, Any], field: str) -> str:
    """The non-empty text ``record[field]``; ValueError if it is missing or anything else."""
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field} must be text, given {value!r}")
    return value


def optional_number(record: Mapping[str, Any], field: str) -> float | None:
    """The finite number ``record[field]``; None if it is missing or anything else."""
    value = record.get(field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if isfinite(value) else None
    return None
