"""Which keys each command has: those of the table, or those that the user gave it instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from PySide6.QtGui import QKeySequence

from app.storage.settings import Settings
from app.ui.words import plain, translate

FIXED = frozenset(
    {"accept", "drop", "next-answer", "find-label", *(f"digit-{n}" for n in range(1, 10))}
)
"""Commands whose keys many sentences name, or that share them by a rule of their own."""
RESERVED = frozenset(
    {"Return", "Enter", "Space", "Esc", "Tab", "Backtab", "Shift+Tab", *map(str, range(1, 10))}
    | {f"{held}{arrow}" for arrow in ("Left", "Right", "Up", "Down")
       for held in ("", "Shift+", "Alt+", "Alt+Shift+")}
)  # fmt: skip
"""Keys that no other command may have: answers, labels, and the arrows that move things."""
REVIEW = "review-"
_PLACE = re.compile("«([a-z0-9-]+)»")


_TABLE: dict[str, tuple[tuple[str, ...], str]] = {}
"""Keys and words of the commands, by their names. The table of actions enters itself: it runs the
commands, which name keys, so it cannot be imported here."""


def enter(name: str, keys: tuple[str, ...], words: str) -> None:
    """Know a command with the keys it comes with and its words, untranslated."""
    _TABLE[name] = keys, words


def default_keys() -> Mapping[str, tuple[str, ...]]:
    """By the names of the commands, in the order of the table."""
    return {name: keys for name, (keys, _) in _TABLE.items()}


def all_keys(chosen: Settings) -> dict[str, tuple[str, ...]]:
    """Of all commands, as they are with these choices."""
    return dict(_all_keys(chosen.shortcuts))


@lru_cache(maxsize=4)
def _all_keys(shortcuts: tuple[tuple[str, ...], ...]) -> Mapping[str, tuple[str, ...]]:
    changed = {each[0]: each[1:] for each in shortcuts if each}
    return {
        name: keys if name in FIXED else changed.get(name, keys)
        for name, keys in default_keys().items()
    }


def command_keys(chosen: Settings) -> frozenset[str]:
    """Keys that commands have, those of the review included."""
    return frozenset(key for keys in _all_keys(chosen.shortcuts).values() for key in keys)


def lent_keys(chosen: Settings) -> frozenset[str]:
    """Keys that other commands give up while a review goes on."""
    keys = all_keys(chosen)
    return frozenset(key for name in keys if name.startswith(REVIEW) for key in keys[name])


def holders(key: str, of: str, chosen: Settings) -> list[str]:
    """The commands that would lose ``key`` if the command ``of`` got it.

    Between the review and all other commands keys are lent, not lost.
    """
    reviewing = of.startswith(REVIEW)
    return [
        name
        for name, keys in all_keys(chosen).items()
        if key in keys and name != of and name.startswith(REVIEW) == reviewing
    ]


def with_keys(of: str, keys: tuple[str, ...], chosen: Settings) -> Settings:
    """The choices with these keys for the command ``of``, taken away from those that had them."""
    now = all_keys(chosen)
    for key in keys:
        for name in holders(key, of, chosen):
            now[name] = tuple(each for each in now[name] if each != key)
    now[of] = keys
    return _chosen(now, chosen)


def without_changes(of: str | None, chosen: Settings) -> Settings:
    """The choices with the keys of the table for a command, or for all of them if it is None."""
    if of is None:
        return replace(chosen, shortcuts=())
    return with_keys(of, default_keys()[of], chosen)


def _chosen(now: Mapping[str, tuple[str, ...]], chosen: Settings) -> Settings:
    changed = ((name, *keys) for name, keys in now.items() if keys != default_keys()[name])
    unknown = (each for each in chosen.shortcuts if each and each[0] not in now)
    return replace(chosen, shortcuts=(*changed, *unknown))


def keys_text(keys: tuple[str, ...]) -> str:
    """Shortcuts as this system writes them; both keys that accept by the one name on keyboards."""
    native = QKeySequence.SequenceFormat.NativeText
    texts = (QKeySequence(key).toString(native).replace("Return", "Enter") for key in keys)
    return ", ".join(dict.fromkeys(texts))


def filled(text: str, chosen: Settings) -> str:
    """``text`` with the key of a command wherever its name stands in « and ».

    A command without a key is told by its words.
    """
    if "«" not in text:
        return text
    keys = all_keys(chosen)
    return _PLACE.sub(lambda found: keys_text(keys[found[1]][:1]) or _words(found[1]), text)


def _words(name: str) -> str:
    return translate("Keys", "“{0}”").format(plain(translate("Actions", _TABLE[name][1])))
