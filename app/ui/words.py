"""Words for people: said in the language chosen at the start, or marked to be said later."""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import QCoreApplication

from app.core.errors import Problem
from app.storage.translations import in_language
from model.messages import reason_of

translate = QCoreApplication.translate
"""translate(context, text): in the language of the window."""


def language() -> str:
    """The code of the language the window speaks, as translators gave it."""
    return translate("Language", "en")


def said(message: str) -> str:
    """A message in the language of the window; names and the system's words as they are."""
    return in_language(message, language())


def spoken(problem: Problem) -> str:
    """What happened and what to do."""
    return said(reason_of(problem))


RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
"""Directions of characters, as the Unicode standard calls them (annex 9)."""


def isolated(name: str) -> str:
    """A name to stand among other words: one that is read from the right does not tear them apart.

    Such a name is put between the isolates of the Unicode standard, which are not seen.
    """
    if any(unicodedata.bidirectional(each) in RIGHT_TO_LEFT for each in name):
        return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return name


def plain(text: str) -> str:
    """The words of a menu's entry alone, without its letter to press and its dots."""
    without = re.sub(r"\s*\(&\w\)", "", text)
    return re.sub(r"&(.)", r"\1", without).removesuffix("…")


def marked(context: str, text: str) -> str:
    """``text`` itself; ``context`` is where translators find it and what ``translate`` needs."""
    return text
