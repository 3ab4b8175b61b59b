"""XML from strangers: elements and their text, and nothing that XML can do beyond that.

Declarations of types and entities are refused, so nothing can be expanded or fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

MAX_BYTES = 64 << 20
MAX_DEPTH = 20


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


def parse(data: bytes) -> Element:
    """The root element of ``data``.

    Raises:
        ValueError: no well-formed XML, too large, too deep, or with declarations.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"the XML has {len(data) >> 20} MB; at most {MAX_BYTES >> 20} are read")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(f"it is no XML: {error}") from error
    return reader.whole.inside[0]


def _refuse(*_: object) -> None:
    raise ValueError("it declares types or entities, which are not read")


class _Reader:
    def __init__(self) -> None:
        self.whole = Element("")
        self._open = [self.whole]

    def start(self, tag: str, _: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise ValueError(f"its elements are nested deeper than {MAX_DEPTH}")
        element = Element(tag)
        self._open[-1].inside.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].text += text


def to_bytes(tag: str, content: object) -> bytes:
    """XML of ``content``, text or a list of ``[tag, content]`` as ``Element.plain`` gives it."""
    return "".join(_lines(tag, content, "")).encode()


def _lines(tag: str, content: object, indent: str) -> list[str]:
    if isinstance(content, list | tuple):
        inside = [line for name, each in content for line in _lines(name, each, indent + "  ")]
        return [f"{indent}<{tag}>\n", *inside, f"{indent}</{tag}>\n"]
    text = str(content).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return [f"{indent}<{tag}>{text}</{tag}>\n"]
