"""HTML from the parts of a template file; what is put in is escaped unless it is such a part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from html import escape
from pathlib import Path
from string import Template

from app.storage.names import shown

_PART = re.compile(r"^<!-- part: (\w+) -->\n", re.MULTILINE)


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def joined(parts: Iterable[Markup]) -> Markup:
    return Markup("\n".join(parts))


def _escaped(value: object) -> str:
    return value if isinstance(value, Markup) else escape(shown(f"{value}"))


class Parts:
    """The parts of a file, each below ``<!-- part: NAME -->``; read when the first is needed.

    Args:
        path: a file of the program's own, UTF-8, with places as ``string.Template`` has them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, name: str, /, **values: object) -> Markup:
        """The part of that name; KeyError if it does not exist or a place in it has no value."""
        safe = {
            key: v if isinstance(v, Markup) else escape(shown(f"{v}")) for key, v in values.items()
        }
        return Markup(self._parts[name].substitute(safe))

    @cached_property
    def _parts(self) -> dict[str, Template]:
        _, *found = _PART.split(self._path.read_text("utf-8"))
        return {name: Template(text) for name, text in zip(found[::2], found[1::2], strict=True)}
