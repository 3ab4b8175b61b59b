"""The parser of a command line that speaks the user's language, argparse's own words included.

Help texts are templates of messages without places; they are looked up when they are shown.
"""

from __future__ import annotations

import argparse
import re
import unicodedata

from model.messages import Message, say

OWN_WORDS = (
    say("usage: "),
    say("positional arguments"),
    say("options"),
    say("show this help message and exit"),
    say("show program's version number and exit"),
    say("%(prog)s: error: %(message)s\n"),
    say("argument %(argument_name)s: %(message)s"),
    say("the following arguments are required: %s"),
    say("one of the arguments %s is required"),
    say("unrecognized arguments: %s"),
    say("expected one argument"),
    say("expected at most one argument"),
    say("expected at least one argument"),
    say("expected %s arguments"),
    say("not allowed with argument %s"),
    say("ignored explicit argument %r"),
    say("ambiguous option: %(option)s could match %(matches)s"),
    say("invalid %(type)s value: %(value)r"),
    say("invalid choice: %(value)r (choose from %(choices)s)"),
    say("can't open '%(filename)s': %(error)s"),
)
"""Of argparse, as its source has them; a test compares them."""
_LATER = frozenset(str(each) for each in OWN_WORDS[1:5])
"""Told when they are shown: asking for the language costs a start that shows nothing."""
_PARTS = re.compile(r"[\x21-\x7e]+|\s+|.")


def _told(text: str) -> str:
    # Reads the settings, which a command that goes well need not wait for.
    from app.commands.language import told

    return told(text if isinstance(text, Message) else Message(text, {}))


def _word(text: str) -> str:
    return text if text in _LATER else _told(text)


def _words(one: str, many: str, count: int) -> str:
    found = _told(many)
    return one if found == many and count == 1 else found


# Where argparse takes its words from; it offers no other way but catalogues of another kind.
vars(argparse).update({"_": _word, "ngettext": _words})


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Shows help texts, headings and descriptions in the user's language."""

    def start_section(self, heading: str | None) -> None:
        super().start_section(_told(heading) if heading else heading)

    def add_text(self, text: str | None) -> None:
        """Lines that are too long are folded; those of a list stay as they are."""
        super().add_text(_told(text) if text and text is not argparse.SUPPRESS else text)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return _told(action.help) if action.help else action.help

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(" ".join(text.split()), width)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns; Chinese characters take two, and end a line anywhere."""
    lines, line, used = [], "", 0
    for part in _PARTS.findall(text):
        columns = sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in part)
        if used + columns > width and line.strip():
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not part.isspace():
            line, used = line + part, used + columns
    return [*lines, line.rstrip()] if line.strip() else lines


def parser_of(
    name: str, description: str, epilog: str | None, version: str
) -> argparse.ArgumentParser:
    """An empty parser, but for ``--version``."""
    made = argparse.ArgumentParser(
        prog=name, description=description, epilog=epilog, formatter_class=Formatter
    )
    made.add_argument("--version", action="version", version=f"Maskwright {version}")
    return made
