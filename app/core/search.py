"""Finding objects by what is said of them: label, values, flags, group, note.

A search is words with blanks between them, all of which must hold. ``car`` is part of the label's
name, of the note or of a value, or the name of a flag (``occluded``); ``#12`` is the object of that
number; ``vehicle/`` are the labels below it. ``colour:red`` is that value of the attribute,
``seats>4`` and ``seats<4`` compare numbers, ``colour:`` asks for any value; ``label:``, ``note:``
and ``group:`` ask for those alone. What holds blanks is put in double quotes, and ``-`` before a
word means that it must not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.attributes import number_of, written
from app.core.details import Flag
from app.core.document import Annotation, Document
from app.core.labels import LabelSet

_TERM = re.compile(r'(-?)(?:("[^"]*"|[^\s:=<>"]+)([:=<>]))?("[^"]*"?|[^\s"]*)')
LABEL, NOTE, GROUP = "label", "note", "group"
FLAGS = {flag.value: flag for flag in Flag}


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a search.

    Attributes:
        name: of what is asked for, small letters; empty for anything.
        sign: ``:``, ``<`` or ``>``.
        word: what it must hold, small letters.
        holds: whether it must, or must not.
    """

    name: str
    sign: str
    word: str
    holds: bool = True

    def admits(self, each: Annotation, label: str) -> bool:
        """Whether it holds of an object with a label of that name."""
        return self._found(each, label) == self.holds

    def _found(self, each: Annotation, label: str) -> bool:
        if not self.name:
            return self._anywhere(each, label.casefold())
        if self.sign in "<>":
            return self._compares(_value(each, self.name))
        if self.name == LABEL:
            return _fits(self.word, label.casefold())
        if self.name == NOTE:
            note = each.details.note.casefold()
            return self.word in note if self.word else bool(note)
        if self.name == GROUP:
            group = each.details.group
            return group is not None and self.word in ("", str(group))
        text = _text(_value(each, self.name))
        return text is not None and (not self.word or text == self.word)

    def _anywhere(self, each: Annotation, label: str) -> bool:
        word = self.word
        if word.startswith("#") and word[1:].isdecimal():
            return str(each.id) == word[1:]
        if word in FLAGS:
            return FLAGS[word] in each.details.flags
        if _fits(word, label) or word in each.details.note.casefold():
            return True
        texts = (_text(value) for value in each.attributes.values())
        return any(text is not None and word in text for text in texts)

    def _compares(self, value: object) -> bool:
        limit = number_of(self.word)
        if limit is None or isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return value < limit if self.sign == "<" else value > limit


def _fits(word: str, label: str) -> bool:
    """``vehicle/`` is where names begin, anything else a part of them."""
    return label.startswith(word) if word.endswith("/") else word in label


def _value(each: Annotation, name: str) -> object:
    found = next((v for key, v in each.attributes.items() if key.casefold() == name), None)
    if found is None and name in FLAGS:
        return FLAGS[name] in each.details.flags
    return found


def _text(value: object) -> str | None:
    """As it is searched: yes and no by these words too."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = written(value)
    return None if text is None else text.casefold()


@dataclass(frozen=True, slots=True)
class Search:
    """Words, and what the labels are called that objects have by their ids.

    Attributes:
        text: as a person typed it.
        names: of the labels, by id.
    """

    text: str = ""
    names: Mapping[int, str] = field(default_factory=dict, hash=False)
    terms: tuple[Term, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(_terms(self.text)))

    @classmethod
    def of(cls, text: str, labels: LabelSet) -> Search:
        """These words, for objects with labels of this set."""
        return cls(text.strip(), {each.id: each.name for each in labels} if text.strip() else {})

    def __bool__(self) -> bool:
        return bool(self.terms)

    def admits(self, each: Annotation) -> bool:
        """Whether all of the words hold of an object."""
        label = self.names.get(each.label_id, "")
        return all(term.admits(each, label) for term in self.terms)

    def unknown_in(self, document: Document, labels: LabelSet) -> str | None:
        """The first attribute asked for that no label has and no object either; None if none."""
        asked = [*labels.attributes, *(one for each in labels for one in each.attributes)]
        known = {one.name.casefold() for one in asked} | {LABEL, NOTE, GROUP, *FLAGS}
        known |= {name.casefold() for each in document for name in each.attributes}
        named = (term.name for term in self.terms if term.name)
        return next((name for name in named if name not in known), None)

    def found_in(self, document: Document) -> tuple[int, ...]:
        """Ids of the objects of an image that it finds, bottom first."""
        return tuple(each.id for each in document if self.admits(each))


def _terms(text: str) -> list[Term]:
    found = []
    for minus, name, sign, word in _TERM.findall(text):
        term = Term(_plain(name), sign.replace("=", ":"), _plain(word), not minus)
        if term.word or term.name:
            found.append(term)
    return found


def _plain(word: str) -> str:
    word = word.strip('"').casefold()
    return {"true": "yes", "false": "no", "是": "yes", "否": "no"}.get(word, word)


NO_SEARCH = Search()
