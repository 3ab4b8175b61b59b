"""What is like an example, found on the open image for a person to choose from, or on a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.batch.examples import Examples, learned_from, mask_of
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Given, Made, proposing
from app.core.document import Document, ImageStatus
from app.core.errors import Problem
from app.core.fingerprint import fingerprint
from app.inference.alike import USUAL_SCORE, Alike, find, learned
from app.inference.findings import MOST, Findings
from app.inference.proposals import Region
from model.alike import Example, Likeness
from model.messages import say

FIND = "Find all like this"
"""Name of the edit; the window has it in its languages."""
JOB = "find"
"""Of the mark that an image gets."""


class Source(Protocol):
    """What finds objects, each with a score: by examples, or by words."""

    @property
    def inputs(self) -> object:
        """All that determines what it finds; compared by ``repr``."""

    def findings(self, given: Given) -> Findings:
        """Raises: Problem, Cancelled or ValueError."""


@dataclass(slots=True)
class FindHere:
    """Candidates of the open image that are like some of its objects; the document stays as it is.

    Attributes:
        like, unlike: numbers of objects that are examples, and of what it is not.
        region: only inside it, or None.
        known: what was learned before, on this image or another, or None.
        source: examples that are not of this image, in the place of ``like``; or None.
        found: what was found, once it was run.
    """

    like: tuple[int, ...]
    unlike: tuple[int, ...] = ()
    region: Region | None = None
    known: Likeness | None = None
    source: ByExamples | None = None
    found: Alike | None = None
    name: str = FIND

    def wants(self, document: Document) -> bool:
        return True

    def run(self, given: Given) -> Made:
        self.found = find(
            given.model,
            given.picture,
            self._likeness(given),
            given.document,
            self.region,
            given.embedding(),
            given.cancelled,
            given.progress,
        )
        return Made()

    def _likeness(self, given: Given) -> Likeness:
        if self.known is not None and self.known.model == given.model.identity:
            return self.known
        if self.source is not None:
            return self.source.likeness(given)
        like = [mask_of(given.document, each) for each in self.like]
        unlike = [mask_of(given.document, each) for each in self.unlike]
        return learned(given.model, given.picture, like, unlike, given.embedding(), given.cancelled)

    def count(self, before: Document, after: Document) -> int:
        return 0


@dataclass(slots=True)
class ByExamples:
    """Finds what is like examples on images of a folder.

    Attributes:
        folder: the images of the examples are read from it.
        examples: of it, and of what it is not.
        more: examples seen while one worked, as what was accepted and rejected.
    """

    folder: BatchFolder
    examples: Examples
    more: tuple[Sequence[Example], Sequence[Example]] = ((), ())
    _learned: Likeness | None = field(default=None, init=False)

    @property
    def inputs(self) -> object:
        counts = [[each.look.bounds for each in some] for some in self.more]
        return self.examples.inputs, counts

    def likeness(self, given: Given) -> Likeness:
        """What the examples have in common; learned once for each model."""
        if self._learned is None or self._learned.model != given.model.identity:
            found = learned_from(
                self.folder, self.examples, given.model, given.cancelled, told=given.tell
            )
            self._learned = found.with_decisions(*self.more)
        return self._learned

    def findings(self, given: Given) -> Findings:
        likeness, embedding = self.likeness(given), given.embedding()
        return find(
            given.model,
            given.picture,
            likeness,
            given.document,
            None,
            embedding,
            given.cancelled,
            given.progress,
        ).findings


@dataclass(frozen=True, slots=True)
class FindAll:
    """All that a source finds with at least some score is proposed, image after image.

    Attributes:
        source: finds.
        least: score.
        label_id: of the proposals that have none of their own.
        every: also on images that are done or skipped.
        identity: of the model, where what it did before is passed over; empty where it is not.
    """

    source: Source
    least: float = USUAL_SCORE
    label_id: int = 1
    every: bool = False
    identity: str = ""
    name: str = FIND

    def wants(self, document: Document) -> bool:
        """Not where a person is done, unless told so, nor where it was done before."""
        finished = document.status in (ImageStatus.DONE, ImageStatus.SKIPPED)
        before = bool(self.identity) and document.has_run(JOB, self.mark(self.identity))
        return not before and (self.every or not finished)

    def run(self, given: Given) -> Made:
        found = self.source.findings(given)
        if len([each for each in found.found if each.score >= self.least]) > MOST:
            given.tell(
                Problem(
                    say("More than {count} were found; the likeliest are proposed.", MOST),
                    say("Ask for a higher score, or name a better example."),
                )
            )
        add = proposing(found.proposals(self.least, self.label_id), None)
        mark = self.mark(given.model.identity)
        return Made(lambda document: add(document).with_run(JOB, mark))

    def count(self, before: Document, after: Document) -> int:
        return max(0, len(after) - len(before))

    def mark(self, identity: str) -> str:
        """Of what determines its result, by the model of that identity."""
        return fingerprint(identity, self.source.inputs, self.least, self.label_id)
