"""Words for people: said in the language chosen at the start, or marked to be said later."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate
"""translate(context, text): in the language of the window."""


def marked(context: str, text: str) -> str:
    """``text`` itself; ``context`` is where translators find it and what ``translate`` needs."""
    return text
