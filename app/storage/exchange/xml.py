"""XML from strangers: elements and their text, and nothing that XML can do beyond that.

Declarations of types and entities are refused, so nothing can be expanded or fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from app.storage.exchange.records import decoded
from model.messages import BadValueError, say

MAX_BYTES = 64 << 20
MAX_DEPTH = 20
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_KNOWN = re.compile(
    r"(utf-?8|(us-)?ascii|iso-?8859|latin|windows-|cp\d|gb|big5|euc|shift|koi8)", re.IGNORECASE
)
"""Encodings of text; there are others in Python that are none, or slow."""
_BARE = re.compile(rb"&(?!#?\w{1,10};)")
_ILLEGAL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(slots=True)
class Element:
    """An element: its text if nothing is inside it, else the elements inside."""

    tag: str
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def first(self, tag: str) -> Element | None:
        return next((each for each in self.inside if each.tag == tag), None)

    def text_of(self, tag: str) -> str:
        """Text of the first element ``tag`` inside; empty if there is none."""
        found = self.first(tag)
        return "" if found is None else found.text.strip()

    def plain(self) -> list[object]:
        """As JSON: ``[tag, text]`` or ``[tag, [elements inside]]``."""
        return [self.tag, [e.plain() for e in self.inside] if self.inside else self.text.strip()]


def parse(data: bytes, note: Callable[[str], None] = lambda reason: None) -> Element:
    """The root element of ``data``, with all that was closed before damage.

    Args:
        note: told of what had to be guessed or left out.

    Raises:
        ValueError: no well-formed XML, too large, too deep, or with declarations.
    """
    if len(data) > MAX_BYTES:
        raise BadValueError(
            "the XML has {size} MB; at most {limit} are read", len(data) >> 20, MAX_BYTES >> 20
        )
    text = _as_utf8(data, note)
    reader = _Reader()
    try:
        _run(reader, text)
    except expat.ExpatError as error:
        mended = _ILLEGAL.sub(b"", _BARE.sub(b"&amp;", text))
        if mended != text:
            try:
                reader = _Reader()
                _run(reader, mended)
                note(say("it holds characters that XML does not allow as such"))
                return reader.whole.inside[0]
            except expat.ExpatError:
                pass
        if not reader.whole.inside or not reader.whole.inside[0].inside:
            raise BadValueError("it is no XML: {reason}", error) from error
        note(say("only what stands before its damage is read: {reason}", error))
    return reader.whole.inside[0]


def _run(reader: _Reader, text: bytes) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.Parse(text, True)


def _as_utf8(data: bytes, note: Callable[[str], None]) -> bytes:
    """``data`` in UTF-8, by its mark or its declaration, else as what it can be."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data.decode("utf-16").encode()
    data = data.removeprefix(codecs.BOM_UTF8).lstrip()
    declared = _DECLARED.match(data[:200])
    name = declared[1].decode() if declared else "utf-8"
    if _KNOWN.match(name):
        try:
            return data.decode(name).encode()
        except (LookupError, UnicodeError):
            pass
    text, guessed = decoded(data)
    if guessed:
        note(say("it is not in the encoding that it declares: it was read as Latin-1"))
    return text.encode()


def _refuse(*_: object) -> None:
    raise BadValueError("it declares types or entities, which are not read")


class _Reader:
    def __init__(self) -> None:
        self.whole = Element("")
        self._open = [self.whole]
        # Text comes in pieces; adding each to what there is would take time with their square.
        self._pieces: list[list[str]] = [[]]

    def start(self, tag: str, _: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise BadValueError("its elements are nested deeper than {depth}", MAX_DEPTH)
        element = Element(tag)
        if len(self._open) == 1:
            self.whole.inside.append(element)
        self._open.append(element)
        self._pieces.append([])

    def end(self, _: str) -> None:
        element = self._open.pop()
        element.text = "".join(self._pieces.pop())
        # Only when it is whole, so that damage costs what it stands in.
        if len(self._open) > 1:
            self._open[-1].inside.append(element)

    def characters(self, text: str) -> None:
        self._pieces[-1].append(text)


def to_bytes(tag: str, content: object) -> bytes:
    """XML of ``content``, text or a list of ``[tag, content]`` as ``Element.plain`` gives it."""
    return "".join(_lines(tag, content, "")).encode()


def _lines(tag: str, content: object, indent: str) -> list[str]:
    if isinstance(content, list | tuple):
        inside = [line for name, each in content for line in _lines(name, each, indent + "  ")]
        return [f"{indent}<{tag}>\n", *inside, f"{indent}</{tag}>\n"]
    text = str(content).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return [f"{indent}<{tag}>{text}</{tag}>\n"]
