"""JSON of other programs taken apart, so that an odd value costs itself and not its file.

Well-formed text goes the quick way, through msgspec. What that refuses as a whole is mended where
what was meant is plain (a byte order mark, another encoding, ``NaN``, half a surrogate, a tab in a
text) and taken apart without being understood: so a value that is nested too deeply or a number too
long is met only where that one value is read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from model.messages import BadValueError, reason_of, say

REFUSED = (ValueError, OverflowError, MemoryError, RecursionError)
"""What decoding a hostile value may raise."""

_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TEXT = re.compile(_STRING, re.DOTALL)
_NEXT = re.compile(_STRING + rb'|["\[\]{}]', re.DOTALL)
_ODD = re.compile(_STRING + rb"|-?\b(?:NaN|Infinity)\b", re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*")
_PLAIN = re.compile(rb"[^\s,\]}\[{\":]+")
_HALF = re.compile(
    rb"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BETWEEN = 10
"""Bytes that line breaks and spaces between two fields of a file may take unnoticed."""


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A file taken apart.

    Attributes:
        fields: of its object, still as text.
        items: of its list, if it is one instead; else None.
        notes: what was mended, for people.
    """

    fields: dict[str, msgspec.Raw]
    items: list[msgspec.Raw] | None = None
    notes: tuple[str, ...] = ()


_TEXT_END = say("the end of a text")


def taken_apart(data: bytes) -> JsonFile:
    """The parts of a file's JSON.

    Raises:
        ValueError: it is no JSON; the text says where, and what was expected.
    """
    notes: list[str] = []
    data = _as_utf8(data, notes)
    try:
        return _quick(data, notes)
    except (*REFUSED, msgspec.DecodeError):
        data = _mended(data, notes)
    try:
        return _quick(data, notes)
    except (*REFUSED, msgspec.DecodeError):
        start = _space(data, 0)
    if data[start : start + 1] == b"[":
        return JsonFile({}, items_of(msgspec.Raw(data)), tuple(notes))
    if data[start : start + 1] != b"{":
        raise _broken(data, start, "'{' or '['")
    return JsonFile(_joined(_whole_members(data, start), notes), None, tuple(notes))


def items_of(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    """The items of a list, each still as text; none of null and of what is not there.

    Raises:
        ValueError: it is something else, or its end is missing.
    """
    if raw is None or (memoryview(raw).nbytes == 4 and bytes(raw) == b"null"):
        return []
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (*REFUSED, msgspec.DecodeError):
        data = bytes(raw)
        start = _space(data, 0)
        if data[start : start + 1] != b"[":
            raise BadValueError("it must be a list, given {given}", _shortly(data)) from None
        return list(_whole_items(data, start))


def value_of(raw: msgspec.Raw) -> Any:
    """A value.

    Raises:
        ValueError: it cannot be read; the text says why.
    """
    try:
        return msgspec.json.decode(raw)
    except (*REFUSED, msgspec.DecodeError) as error:
        raise ValueError(_why(error)) from error


def record_of(raw: msgspec.Raw) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """The fields of an object, and of those that cannot be read the name and the reason.

    Raises:
        ValueError: it is no object.
    """
    try:
        return msgspec.json.decode(raw, type=dict[str, Any]), ()
    except (*REFUSED, msgspec.DecodeError):
        data = bytes(raw)
    start = _space(data, 0)
    if data[start : start + 1] != b"{":
        raise BadValueError("it must be an object in braces, given {given}", _shortly(data))
    found: dict[str, Any] = {}
    lost: list[tuple[str, str]] = []
    for key, value in _whole_members(data, start):
        try:
            found[key] = value_of(value)
        except ValueError as error:
            lost.append((key, reason_of(error)))
    return found, tuple(lost)


def _why(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return say("it is nested too deeply")
    if isinstance(error, msgspec.ValidationError):
        return say("it holds a number that is too large")
    return say("it is no JSON: {reason}", error) if str(error) else type(error).__name__


def _shortly(data: bytes) -> str:
    text = data[:40].decode("utf-8", "replace").strip()
    return text if len(data) <= 40 else f"{text}…"


# -- characters


def _as_utf8(data: bytes, notes: list[str]) -> bytes:
    """``data`` in UTF-8 without a mark; bytes that are no UTF-8 are taken for Latin-1."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                data = data.removeprefix(mark)
                break
            return _recoded(data, encoding)
    else:
        if data[1:2] == b"\0" and data[:1] in b"{[ \r\n\t":
            return _recoded(data, "utf-16-le")
        if data[:1] == b"\0" and data[1:2] in b"{[ \r\n\t":
            return _recoded(data, "utf-16-be")
    if not _is_utf8(data):
        text, count = _ESCAPED.subn(_latin, data.decode("utf-8", "surrogateescape"))
        what = say(
            "bytes of it that are no UTF-8 were read as Latin-1 ({count}): look at the names", count
        )
        notes.append(what)
        data = text.encode()
    return data


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        # In pieces, so that a large file is not held a second time.
        for begin in range(0, len(data), 1 << 20):
            decoder.decode(data[begin : begin + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _latin(found: re.Match[str]) -> str:
    return bytes([ord(found[0]) - 0xDC00]).decode("latin-1")


def _recoded(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        what = say("it begins as {encoding} and goes on as something else", encoding.upper())
        raise ValueError(what) from error


def _mended(data: bytes, notes: list[str]) -> bytes:
    """``data`` with ``NaN`` and its like as text, and texts without what JSON does not allow.

    So they are known in the record they stand in, which says so where it needs a number.
    """
    halves = 0

    def mended(found: re.Match[bytes]) -> bytes:
        nonlocal halves
        token = found[0]
        if token[:1] != b'"':
            return b'"' + token + b'"'
        if b"\\u" in token:
            token, before = _HALF.sub(lambda each: each[1] or b"\\ufffd", token), token
            halves += token != before
        return _CONTROL.sub(lambda each: b"\\u%04x" % each[0][0], token)

    data = _ODD.sub(mended, data)
    if halves:
        notes.append(
            say("halves of characters in it became question marks, in texts: {count}", halves)
        )
    return data


# -- structure


def _quick(data: bytes, notes: list[str]) -> JsonFile:
    """As ``taken_apart``, of JSON without a fault; raises msgspec's errors for any other."""
    start = _space(data, 0)
    if data[start : start + 1] == b"[":
        return JsonFile({}, msgspec.json.decode(data, type=list[msgspec.Raw]), tuple(notes))
    fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    known = sum(len(key) + memoryview(value).nbytes + 6 for key, value in fields.items())
    if len(data) - known > _BETWEEN * (len(fields) + 1):
        # Much text belongs to no field: one of them may be there twice.
        fields = _joined(_whole_members(data, start), notes)
    return JsonFile(fields, None, tuple(notes))


def _joined(members: Iterator[tuple[str, msgspec.Raw]], notes: list[str]) -> dict[str, msgspec.Raw]:
    """Fields by name. Of a list given twice all is kept, of anything else the last."""
    found: dict[str, msgspec.Raw] = {}
    for key, value in members:
        before = found.get(key)
        if before is not None:
            both = bytes(before).strip(), bytes(value).strip()
            lists = all(each[:1] == b"[" for each in both)
            what = say("both lists are read") if lists else say("the last one is read")
            notes.append(say("its field {name} is given twice: {which}", key[:80], what))
            if lists:
                inner = [each[1:-1].strip().removesuffix(b",") for each in both]
                value = msgspec.Raw(b"[" + b",".join(each for each in inner if each) + b"]")
        found[key] = value
    return found


def _whole_members(data: bytes, start: int) -> Iterator[tuple[str, msgspec.Raw]]:
    """The fields of the object that begins at ``start`` and ends with ``data``."""
    at = _space(data, start + 1)
    while data[at : at + 1] != b"}":
        name = _TEXT.match(data, at)
        if name is None:
            open_text = data[at : at + 1] == b'"'
            raise _broken(data, at, _TEXT_END if open_text else say("a name in quotes, or '}}'"))
        colon = _space(data, name.end())
        if data[colon : colon + 1] != b":":
            raise _broken(data, colon, "':'")
        begin = _space(data, colon + 1)
        end = _end_of_value(data, begin)
        try:
            key = msgspec.json.decode(name[0], type=str)
        except (*REFUSED, msgspec.DecodeError):
            key = name[0].decode("utf-8", "replace")
        yield key, msgspec.Raw(data[begin:end])
        at = _after_item(data, end, b"}")
    _require_end(data, at + 1)


def _whole_items(data: bytes, start: int) -> Iterator[msgspec.Raw]:
    """The items of the list that begins at ``start`` and ends with ``data``."""
    at = _space(data, start + 1)
    while data[at : at + 1] != b"]":
        end = _end_of_value(data, at)
        yield msgspec.Raw(data[at:end])
        at = _after_item(data, end, b"]")
    _require_end(data, at + 1)


def _after_item(data: bytes, end: int, close: bytes) -> int:
    """Where the next item begins, or ``close`` stands; a comma before it is passed over."""
    at = _space(data, end)
    if data[at : at + 1] == b",":
        return _space(data, at + 1)
    if data[at : at + 1] != close:
        raise _broken(data, at, f"',' or '{close.decode()}'")
    return at


def _require_end(data: bytes, at: int) -> None:
    at = _space(data, at)
    if at < len(data):
        raise _broken(data, at, say("the end of the file"))


def _end_of_value(data: bytes, at: int) -> int:
    """Where the value that begins at ``at`` ends; its inside is not looked at closely."""
    first = data[at : at + 1]
    if first not in (b"{", b"["):
        found = (_TEXT if first == b'"' else _PLAIN).match(data, at)
        if found is None:
            raise _broken(data, at, _TEXT_END if first == b'"' else say("a value"))
        return found.end()
    awaited = bytearray()
    for token in _NEXT.finditer(data, at):
        begin = token.start()
        mark = data[begin]
        if mark in b"[{":
            awaited.append(mark + 2)  # ']' and '}' are the second ones after '[' and '{'
        elif mark in b"]}":
            if mark != awaited[-1]:
                raise _broken(data, begin, f"'{chr(awaited[-1])}'")
            awaited.pop()
            if not awaited:
                return token.end()
        elif token.end() == begin + 1:
            raise _broken(data, begin, _TEXT_END)
    raise _broken(data, len(data), f"'{chr(awaited[-1])}'")


def _space(data: bytes, at: int) -> int:
    found = _SPACE.match(data, at)
    return found.end() if found is not None else at


def _broken(data: bytes, at: int, expected: str) -> ValueError:
    """Says where ``data`` is not as it must be."""
    line = data.count(b"\n", 0, at) + 1
    begin = data.rfind(b"\n", 0, at) + 1
    column = len(data[begin:at].decode("utf-8", "replace")) + 1
    if at >= len(data):
        what = say(
            "line {line}, column {column}: {expected} was expected, but the file ends there",
            line,
            column,
            expected,
        )
        return ValueError(what)
    text = data[at : at + 20].decode("utf-8", "replace")
    what = say(
        "line {line}, column {column}: {expected} was expected, found {found}",
        line,
        column,
        expected,
        repr((text.split() or [text])[0]),
    )
    return ValueError(what)
