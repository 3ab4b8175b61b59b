"""From what a person types, as ``wheel, window``, to the words that a detector is asked for."""

from __future__ import annotations

import re
import unicodedata

from model.messages import BadValueError

MOST_WORDS = 50
"""Each costs time; more are a list of labels for a trained detector."""
LONGEST = 80
"""Characters of one; detectors read a few words, not sentences."""
_BETWEEN = re.compile(r"[,;\n\r\u3001\uff0c\uff1b]+")


def words_of(text: str) -> tuple[str, ...]:
    """The words in ``text``, in their order, each once.

    They are parted by commas, semicolons or ends of lines, Chinese ones too; each may be several,
    as ``traffic light``. Upper and lower case are the same.

    Raises:
        ValueError: there is none, there are too many, or one is too long.
    """
    found: dict[str, str] = {}
    for part in _BETWEEN.split(unicodedata.normalize("NFC", text)):
        printable = "".join(each if each.isprintable() else " " for each in part)
        word = " ".join(printable.split())
        if not any(each.isalnum() for each in word):
            if word:
                raise BadValueError("{word} is no word: write what it shows, as wheel", repr(word))
            continue
        if len(word) > LONGEST:
            raise BadValueError(
                "{word}... has more than {most} characters: a few words say what is looked for",
                word[:30],
                LONGEST,
            )
        found.setdefault(word.casefold(), word)
    if not found:
        raise BadValueError("there are no words: write what is looked for, as wheel, window")
    if len(found) > MOST_WORDS:
        raise BadValueError(
            "{count} words are too many at once: give {most} or fewer", len(found), MOST_WORDS
        )
    return tuple(found.values())
