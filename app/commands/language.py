"""The language in which the command line tells messages: the window's."""

from __future__ import annotations

import os
from functools import lru_cache

from app.core.errors import Problem
from app.launcher.words import of_system
from app.storage.guarded import read_file
from app.storage.places import Places
from app.storage.settings import MAX_BYTES, NotTomlError, Settings, from_table, parse
from app.storage.translations import in_language


def told(message: str) -> str:
    """A message in the user's language; names and the system's words stay as they are."""
    return in_language(message, _language())


@lru_cache(maxsize=1)
def _language() -> str:
    try:
        # Only looked at: a damaged file is set aside and told where settings are used.
        table = parse(read_file(Places.of_user().settings, MAX_BYTES) or b"")
    except (Problem, NotTomlError):
        table = {}
    chosen = from_table(Settings, table)[0].language
    return of_system(os.environ) if chosen == "system" else chosen
