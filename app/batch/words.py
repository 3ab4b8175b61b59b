"""Finding by words: the detector, the words, and the labels that they set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.batch.box_sources import with_classes
from app.batch.examples import mask_of
from app.batch.image_tasks import Given, Made
from app.batch.run import CannotGoOn
from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet, as_name
from app.core.mask import Bounds
from app.inference.by_words import find_words
from app.inference.findings import Finding, Findings
from app.inference.proposals import Proposal, Region
from model.interface import ModelError, TooSlowError
from model.messages import say
from model.words.interface import ExampleBoxes, TextDetector
from model.words.wording import words_of

FIND = "Find by words"
"""Name of the edit; the window has it in its languages."""


def words_in(text: str) -> tuple[str, ...]:
    """What a person typed, as words.

    Raises:
        Problem: there is none, there are too many, or one is too long.
    """
    try:
        return words_of(text)
    except ValueError as error:
        raise Problem(
            say("These words cannot be looked for: {reason}.", error), "", error
        ) from error


@dataclass(slots=True)
class ByWords:
    """What words name, found by the detector that lies at ``path``.

    Attributes:
        path: of the detector.
        words: what is looked for.
        label_ids: of the words; None leaves the label to whoever adds what was found.
    """

    path: Path
    words: tuple[str, ...]
    label_ids: Sequence[int | None]
    _loaded: TextDetector | None = None
    _read: bool = field(init=False, default=False)

    @classmethod
    def of(cls, path: Path, words: tuple[str, ...], last: ByWords | None = None) -> ByWords:
        """With labels to be set later; what ``last`` has loaded from there is used again."""
        loaded = last._loaded if last is not None and last.path == path else None
        return cls(path, words, (None,) * len(words), loaded)

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process, which loads the detector by itself."""
        return ByWords, (self.path.absolute(), self.words, tuple(self.label_ids))

    @property
    def inputs(self) -> object:
        """All that determines what it finds."""
        return self.load().identity, self.words, tuple(self.label_ids)

    @property
    def usual(self) -> float:
        """The score from which on what it finds is mostly right. Raises Problem."""
        return self.load().usual

    def load(self) -> TextDetector:
        """The detector, which can read the words; loaded once.

        Raises:
            CannotGoOn: it cannot be used, or cannot read one of them; on no other image either.
        """
        if self._loaded is None or not self._read:
            from model.words.loading import load_text_detector

            try:
                self._loaded = self._loaded or load_text_detector(self.path)
                self._loaded.check(self.words)
            except ModelError as error:
                raise CannotGoOn(say("Words find nothing: {reason}.", error), "", error) from error
            self._read = True
        return self._loaded

    def findings(self, given: Given, examples: ExampleBoxes | None = None) -> Findings:
        """Raises: Problem, CannotGoOn, Cancelled or ValueError."""
        detector = self.load()
        try:
            return find_words(
                given.model,
                given.picture,
                detector,
                self.words,
                self.label_ids,
                given.embedding,
                given.cancelled,
                given.progress,
                lambda text: given.tell(Problem(say("{text}.", text))),
                examples,
            )
        except TooSlowError as error:
            raise CannotGoOn(say("Words find nothing: {reason}.", error), "", error) from error
        except ModelError as error:
            raise Problem(say("Words find nothing: {reason}.", error), "", error) from error


@dataclass(slots=True)
class WordsHere:
    """What words name on the open image, for a person to choose from; the document stays.

    Attributes:
        source: finds it.
        region: only what has its middle inside it, or None.
        like, unlike: numbers of objects that are examples, and of what it is not; their boxes go
            along.
        found: what was found, once it was run.
        usual: its usual score, then.
    """

    source: ByWords
    region: Region | None = None
    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    found: Findings | None = None
    usual: float = 0.0
    name: str = FIND

    def wants(self, document: Document) -> bool:
        return True

    def run(self, given: Given) -> Made:
        self.usual = self.source.usual
        found = self.source.findings(given, self._examples(given.document))
        kept = tuple(each for each in found.found if _is_inside(each.bounds, self.region))
        self.found = replace(found, found=kept)
        return Made()

    def _examples(self, document: Document) -> ExampleBoxes | None:
        """Raises: Problem: one is gone, or empty."""
        ids = (*self.like, *self.unlike)
        if not ids:
            return None
        boxes = [mask_of(document, each).bounds for each in ids]
        like = np.array([each in self.like for each in ids])
        return ExampleBoxes(np.array(boxes, np.float32).reshape(-1, 4), like)

    def count(self, before: Document, after: Document) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Words:
    """Finds the masks that words name, with at least some score; a ``Finder`` for whole folders.

    Attributes:
        source: finds them.
        least: score; None takes the detector's usual one.
    """

    source: ByWords
    least: float | None = None

    @property
    def inputs(self) -> object:
        return self.source.inputs, self.least

    def proposals(self, given: Given) -> Iterable[Proposal]:
        least = self.source.usual if self.least is None else self.least
        return self.source.findings(given).proposals(least)


def _is_inside(bounds: Bounds, region: Region | None) -> bool:
    if region is None:
        return True
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    return region[0] <= x <= region[2] and region[1] <= y <= region[3]


def labels_for(labels: LabelSet, words: Sequence[str]) -> tuple[LabelSet, dict[str, int]]:
    """The labels with one for each word that has none yet, and each word's label.

    Upper and lower case are the same: a word takes the label that is there.
    """
    there = {label.name.casefold(): label.id for label in labels}
    new = [word for word in words if as_name(word).casefold() not in there]
    labels, added = with_classes(labels, new)
    there.update(zip((as_name(word).casefold() for word in new), added, strict=True))
    return labels, {word: there[as_name(word).casefold()] for word in words}


def word_of(finding: Finding) -> str:
    """The word that found it."""
    return str(finding.evidence.extra.get("words", ""))


def labelled(findings: Findings, ids: Mapping[str, int]) -> Findings:
    """The findings, each with the label of its word."""
    found = tuple(replace(each, label_id=ids.get(word_of(each))) for each in findings.found)
    return replace(findings, found=found)
