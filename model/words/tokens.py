"""Words as the numbers that a detector's text part reads; a word it cannot read is named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model.interface import CheckpointError, ModelError, first_line
from model.messages import BadValueError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

PHOTO = "a photo of a {word}"
"""How OWLv2 was asked when it was published."""
MAX_TOKENIZER = 1 << 28
"""Bytes of such a file; the largest published ones have 35 MB."""
_SEPARATES = str.maketrans(".?", "  ")
"""Between two phrases these stand alone."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Some words in one text, ``wheel. window.``.

    Attributes:
        ids: of the text.
        places: of each word its tokens.
        words: their numbers among all.
    """

    ids: tuple[int, ...]
    places: tuple[tuple[int, ...], ...]
    words: tuple[int, ...]


def read_tokenizer(path: Path) -> Tokenizer:
    """What a file such as ``tokenizer.json`` holds, with nothing filled up or cut.

    Raises:
        CheckpointError: it is not there, or cannot be read.
    """
    import tokenizers

    if not path.is_file():
        raise CheckpointError(
            "{folder} lacks {name}: get the whole folder", path.parent.name, path.name
        )
    try:
        _check_size(path)
        with panics_told():
            found = tokenizers.Tokenizer.from_file(str(path))
            found.no_padding()
            found.no_truncation()
            # Some damage shows with the first word alone. That one is unknown is none.
            with suppress(Exception):
                found.encode("a")
    except Exception as error:
        raise CheckpointError(
            "what {name} reads words with is damaged: {reason}", path.parent.name, first_line(error)
        ) from error
    return found


def _check_size(path: Path) -> None:
    if os.stat(path).st_size > MAX_TOKENIZER:
        raise BadValueError("it is larger than {limit} MB", MAX_TOKENIZER >> 20)


@contextmanager
def panics_told() -> Iterator[None]:
    """Inside, a panic of the library becomes a ValueError: it is no ``Exception``, so that it would
    end the thread that reads, unseen."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A tokenizer that says what it cannot read.

    Attributes:
        tokenizer: adds the marks of the beginning and the end itself.
        most: tokens that the network takes, these marks included.
    """

    tokenizer: Tokenizer
    most: int

    def alone(self, word: str, template: str = "{word}") -> tuple[int, ...]:
        """The numbers of one word, in ``template`` if it fits with that.

        Raises:
            ModelError: it cannot be read, or is too long.
        """
        # With a template or without: what cannot be read is told of the word.
        bare = self._encoded(word, word)
        self._check(word, bare, range(len(bare.ids)))
        framed = self._encoded(template.replace("{word}", word), word)
        for found in (framed, bare):
            if len(found.ids) <= self.most:
                return tuple(found.ids)
        raise _too_long(word)

    def together(self, words: Sequence[str]) -> list[Phrases]:
        """The words in as few texts as hold them.

        Raises:
            ModelError: one cannot be read, or is too long.
        """
        texts: list[Phrases] = []
        group: list[int] = []
        fitting: Phrases | None = None
        for number, _ in enumerate(words):
            wider = self._phrases(words, [*group, number])
            if len(wider.ids) > self.most:
                if fitting is None:
                    raise _too_long(words[number])
                texts.append(fitting)
                group = []
                wider = self._phrases(words, [number])
                if len(wider.ids) > self.most:
                    raise _too_long(words[number])
            group.append(number)
            fitting = wider
        return [*texts, fitting] if fitting is not None else texts

    def _phrases(self, words: Sequence[str], numbers: Sequence[int]) -> Phrases:
        text, spans = "", []
        for number in numbers:
            phrase = words[number].lower().translate(_SEPARATES)
            spans.append((len(text), len(text) + len(phrase)))
            text += phrase + ". "
        found = self._encoded(text.strip(), words[numbers[-1]])
        places = []
        for number, (start, end) in zip(numbers, spans, strict=True):
            inside = [
                place
                for place, (left, right) in enumerate(found.offsets)
                if start <= left < right <= end
            ]
            self._check(words[number], found, inside)
            places.append(tuple(inside))
        return Phrases(tuple(found.ids), tuple(places), tuple(numbers))

    def _encoded(self, text: str, word: str) -> Encoding:
        """Raises: ModelError: ``word``, of those in the text the last, cannot be read."""
        try:
            with panics_told():
                return self.tokenizer.encode(text)
        except Exception as error:
            # Where the file names no token for what is unknown, the library refuses the whole text.
            raise _unread(word) from error

    def _check(self, word: str, found: Encoding, places: Sequence[int]) -> None:
        """Raises: ModelError: of the word nothing is read, or not all of it."""
        inside = [place for place in places if not found.special_tokens_mask[place]]
        marks = self.tokenizer.get_added_tokens_decoder()
        unknown = self.tokenizer.token_to_id(getattr(self.tokenizer.model, "unk_token", "") or "")
        ids = [found.ids[place] for place in inside]
        if not ids or any(each in marks or each == unknown for each in ids):
            raise _unread(word)


def _unread(word: str) -> ModelError:
    return ModelError(
        "the detector cannot read {word}: it is not in its vocabulary, which for most is "
        "English; write it in other words",
        repr(word),
    )


def _too_long(word: str) -> ModelError:
    return ModelError(
        "{word} is too long for the detector: a few words say what is looked for", repr(word)
    )
