"""How many masks were made on which day, and how long each took: one line for each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec

from app.storage.atomic import PRIVATE_FILE, make_directory
from app.storage.failures import not_written
from app.storage.regular import open_regular

MAX_BYTES = 1 << 26
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Made(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mask that was accepted.

    Attributes:
        moment: ISO 8601, local time with its offset.
        active_s: seconds of work on it, pauses cut off.
        clicks: points and boxes given.
        source: where the mask came from, as ``Source`` calls it.
        folder: name of the folder of the image.
        count: 1, or -1 where a mask was taken back.
    """

    moment: str
    active_s: float
    clicks: int = 0
    source: str = "smart"
    folder: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Day:
    """A day's work."""

    masks: int = 0
    seconds: float = 0.0

    @property
    def seconds_per_mask(self) -> float | None:
        return self.seconds / self.masks if self.masks else None


class DayLog:
    """JSON lines, a file a month; lines that cannot be understood are passed over.

    Args:
        folder: the directory; made when the first line is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, made: Made) -> None:
        """Append a line, in one write, so that two windows do not mix theirs.

        Raises:
            Problem: it could not be written.
        """
        path = self._path(datetime.fromisoformat(made.moment).date())
        line = msgspec.json.encode(made) + b"\n"
        try:
            make_directory(self.folder, private=True)
            descriptor = os.open(path, _APPEND, PRIVATE_FILE)
            try:
                # A line cut short by a full disk must not spoil the next one.
                end = os.lseek(descriptor, 0, os.SEEK_END)
                torn = end > 0 and _last_byte(descriptor, end) != b"\n"
                os.write(descriptor, b"\n" + line if torn else line)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise not_written(path, error) from error

    def on(self, day: date) -> Day:
        """The work of one local day; nothing where there is no file."""
        made = [each for each in self._month(day) if each.moment[:10] == day.isoformat()]
        return Day(
            max(0, sum(each.count for each in made)),
            max(0.0, sum(each.count * each.active_s for each in made)),
        )

    def _month(self, day: date) -> list[Made]:
        try:
            with open_regular(self._path(day)) as file:
                data = file.read(MAX_BYTES)
        except OSError:
            return []
        found = []
        for line in data.splitlines():
            try:
                made = msgspec.json.decode(line, type=Made)
            except (ValueError, RecursionError):
                continue
            if made.active_s >= 0 and abs(made.count) == 1:
                found.append(made)
        return found

    def _path(self, day: date) -> Path:
        return self.folder / f"{day:%Y-%m}.jsonl"


def _last_byte(descriptor: int, end: int) -> bytes:
    os.lseek(descriptor, end - 1, os.SEEK_SET)
    return os.read(descriptor, 1)
