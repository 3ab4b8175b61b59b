"""Words for people: said in the language chosen at the start, or marked to be said later."""

from __future__ import annotations

import re

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


def plain(text: str) -> str:
    """The words of a menu's entry alone, without its letter to press and its dots."""
    without = re.sub(r"\s*\(&\w\)", "", text)
    return re.sub(r"&(.)", r"\1", without).removesuffix("…")


def marked(context: str, text: str) -> str:
    """``text`` itself; ``context`` is where translators find it and what ``translate`` needs."""
    return text
