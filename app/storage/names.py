"""File names: how they are shown, ordered, compared, and kept inside their folder."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from app.core.errors import Problem
from model.messages import Message, say

_ACCENTS = re.compile(r"[\u0300-\u036f]+")
"""Of Latin, Greek and Cyrillic letters, taken apart; signs of other scripts are letters."""
_DIGITS = re.compile(r"[0-9]+")
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def shown(name: str | os.PathLike[str]) -> str:
    """``name`` for people and for text files: bytes that are no UTF-8 become ``\\xff``."""
    if isinstance(name, Message):
        return name.with_texts(shown)
    text = os.fspath(name)
    if text.isascii() and text.isprintable():
        return text
    escaped = (
        f"\\x{ord(each) - 0xDC00:02x}"
        if "\udc80" <= each <= "\udcff"
        else each
        if each.isprintable()
        else each.encode("unicode_escape", "backslashreplace").decode("ascii")
        for each in text
    )
    return "".join(escaped)


def process_words(program: str, process: int | str, machine: str) -> Message:
    """A running program, for people; what is told of it may come from a file."""
    return say("{program} (process {process} on {machine})", program, process, machine)


def natural_key(name: str) -> str:
    """Sorts names as people do: numbers by value, small and capital letters, and letters with and
    without accents, together.

    One text, not a tuple, because sorting a hundred thousand of them must not hold up a window.
    """
    text = name if name.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFD", name))
    text = _DIGITS.sub(_number_key, text.casefold().replace("/", "\x01"))
    return f"{text}\0{name}"


def _number_key(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    length = str(len(digits)) if len(digits) < 9 else f"9{len(digits):09d}"
    return length + digits


def comparable(name: str) -> str:
    """The form in which two spellings of one name are equal: one system composes, one does not."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def to_text(path: Path) -> str:
    """``path`` as plain ASCII that ``from_text`` turns back exactly, whatever bytes it holds."""
    return quote(os.fsencode(path), safe="/\\: ")


def from_text(text: str) -> Path:
    """The path that ``to_text`` wrote.

    Raises:
        ValueError: the text holds a character that no path can hold.
    """
    path = os.fsdecode(unquote_to_bytes(text))
    if "\0" in path:
        raise ValueError(say("a path cannot hold a zero character"))
    return Path(path)


def resolve_inside(root: Path, name: str, *, windows: bool = os.name == "nt") -> Path:
    """The file that ``name``, found in somebody's file, means below ``root``.

    Both slashes separate. Refused are absolute and drive names, shares, ``..``, control characters,
    and, with ``windows``, streams and device names. The folder must lie below ``root`` once links
    are followed; a link to a file is followed as everywhere.

    Returns:
        A path below ``root``; nothing need be there.

    Raises:
        Problem: the name is refused, and why.
    """
    reason = _refusal(name, windows)
    if reason is None:
        path = root.joinpath(*(part for part in _parts(name) if part not in ("", ".")))
        try:
            if path != root and path.parent.resolve().is_relative_to(root.resolve()):
                return path
        except (OSError, ValueError, RuntimeError) as error:
            raise Problem(
                say("The file name {name} cannot be used.", repr(shown(name))), "", error
            ) from error
        reason = say("it leads out of the folder")
    short = shown(name[:200])
    raise Problem(
        say("The file name {name} is refused: {reason}.", repr(short), reason),
        say("Names in annotation files must be relative to the folder of the images."),
    )


def _parts(name: str) -> list[str]:
    return name.replace("\\", "/").split("/")


def _refusal(name: str, windows: bool) -> str | None:
    parts = _parts(name)
    if not name.strip():
        return say("it is empty")
    if any(ord(each) < 32 or ord(each) == 127 for each in name):
        return say("it holds a control character")
    if parts[0] == "":
        return say("it is absolute")
    if _DRIVE.match(name):
        return say("it names a drive")
    if ".." in parts:
        return say("it leads out of the folder")
    if windows:
        if ":" in name:
            return say("it names a stream inside a file")
        if any(_RESERVED.fullmatch(part.split(".")[0].strip()) for part in parts):
            return say("it names a device")
    return None
