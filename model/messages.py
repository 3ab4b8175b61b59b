"""What is said to people: English sentences that remember what they were made of.

A message is its English text, so that logs, scripts and exceptions take it like any other. It also
keeps its template and what fills it: who speaks another language looks the template up there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from string import Formatter
from typing import Any


class Message(str):
    """An English sentence, or a part of one, that can be said in other languages.

    What is cut out of it or joined to it with ``+`` is plain text again: fill messages into the
    places of others instead.

    Attributes:
        template: the sentence with named places, ``"{name} cannot be read: {reason}."``; tables
            of other languages know it by that.
        places: what fills the places: text, numbers and messages.
        one: the English template if ``places["count"]`` is 1, where it is another.
    """

    __slots__ = ("one", "places", "template")

    template: str
    places: Mapping[str, object]
    one: str

    def __new__(cls, template: str, places: Mapping[str, object], one: str = "") -> Message:
        english = one if one and places["count"] == 1 else template
        made = super().__new__(cls, english.format_map(places))
        made.template, made.places, made.one = template, places, one
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: what it is made from."""
        return Message, (self.template, self.places, self.one)

    @property
    def kind(self) -> Message:
        """The same without its names and numbers: one for all messages alike."""
        return Message(
            self.template,
            {
                name: value.kind if isinstance(value, Message) else "…"
                for name, value in self.places.items()
            },
        )

    def with_texts(self, change: Callable[[str], str]) -> Message:
        """The same with each text that fills a place changed, also those inside messages."""
        places = {name: _changed(value, change) for name, value in self.places.items()}
        return Message(self.template, places, self.one)


def say(template: str, /, *values: object) -> Message:
    """``template`` with its places filled, in their order; of an error with its reason."""
    return Message(template, _filled(template, values))


def say_count(one: str, many: str, /, *values: object) -> Message:
    """``one`` where its ``count`` is 1, else ``many``, by which other languages know both."""
    return Message(many, _filled(many, values), one)


class MessageError(Exception):
    """An error told by a message.

    Args:
        message: a whole ``Message``, or the template of one.
        values: what fills the template's places, as ``say`` takes it.
    """

    def __init__(self, message: str, *values: object) -> None:
        super().__init__(message if isinstance(message, Message) else say(message, *values))


class BadValueError(MessageError, ValueError):
    """What was read or given cannot be so."""


def as_it_is(text: str) -> Message:
    """What is the same in all languages, such as a name or the system's words."""
    return text if isinstance(text, Message) else say("{text}", text)


def joined(messages: Iterable[str], between: str = " ") -> Message:
    """One message of several; empty ones are left out."""
    parts = [each for each in messages if each]
    return say(between.join(f"{{part{number}}}" for number in range(len(parts))), *parts)


def shortened(text: str, most: int) -> Message:
    """``text`` in at most ``most`` characters, if cutting what fills its places makes it so."""
    whole = made = as_it_is(text)
    room = most
    while len(made) > most and room > 1:
        made = whole.with_texts(partial(_cut, room))
        room -= max(1, len(made) - most)
    return made


def reason_of(error: BaseException) -> Message:
    """What ``error`` says, or its kind if it says nothing."""
    if error.args and isinstance(error.args[0], Message):
        return error.args[0]
    return as_it_is(str(error) or type(error).__name__)


@lru_cache(maxsize=1024)
def names_in(template: str) -> tuple[str, ...]:
    """The names of the places in ``template``, each once."""
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


def _filled(template: str, values: Sequence[object]) -> dict[str, object]:
    return dict(zip(names_in(template), map(_filling, values), strict=True))


def _filling(value: object) -> object:
    if isinstance(value, BaseException):
        return reason_of(value)
    return value if isinstance(value, str | int | float) else str(value)


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, Message):
        return value.with_texts(change)
    return change(value) if isinstance(value, str) else value


def _cut(most: int, text: str) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
