"""Messages in the languages that are shipped: a table of templates for each but English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from app.storage.shipped import RESOURCES
from model.messages import Message

FOLDER = RESOURCES / "translations"


def in_language(text: str, language: str) -> str:
    """A message, and those inside it, in ``language``, a code such as ``zh_CN``.

    What is no message, as a file's name, and what the language has no words for stays as it is.
    """
    if not isinstance(text, Message):
        return text
    table = _table(language)
    if not table:
        return text
    places = {
        name: in_language(value, language) if isinstance(value, str) else value
        for name, value in text.places.items()
    }
    return table.get(text.template, text.template).format_map(places)


@lru_cache
def _table(language: str) -> Mapping[str, str]:
    path = FOLDER / f"messages_{language}.json"
    found: dict[str, str] = json.loads(path.read_bytes()) if path.is_file() else {}
    return found
