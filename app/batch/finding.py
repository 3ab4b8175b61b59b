"""What is like an example, found on the open image for a person to choose from, or on a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.batch.image_tasks import Given, Made
from app.core.document import Document
from app.core.errors import Problem
from app.core.mask import Mask
from app.inference.alike import Alike, find, learned
from app.inference.proposals import Region
from model.alike import Example
from model.messages import say

FIND = "Find all like this"
"""Name of the edit; the window has it in its languages."""


@dataclass(slots=True)
class FindHere:
    """Candidates of the open image that are like some of its objects; the document stays as it is.

    Attributes:
        like, unlike: numbers of objects that are examples, and of what it is not.
        region: only inside it, or None.
        more_like, more_unlike: examples that were seen before, on this image or another.
        found: what was found, once it was run.
    """

    like: tuple[int, ...]
    unlike: tuple[int, ...] = ()
    region: Region | None = None
    more_like: Sequence[Example] = ()
    more_unlike: Sequence[Example] = ()
    found: Alike | None = None
    name: str = FIND

    def wants(self, document: Document) -> bool:
        return True

    def run(self, given: Given) -> Made:
        like = [mask_of(given.document, each) for each in self.like]
        unlike = [mask_of(given.document, each) for each in self.unlike]
        model, picture, embedding = given.model, given.picture, given.embedding()
        likeness = learned(model, picture, like, unlike, embedding, given.cancelled)
        likeness = likeness.with_examples(self.more_like, self.more_unlike)
        self.found = find(
            model,
            picture,
            likeness,
            given.document,
            self.region,
            embedding,
            given.cancelled,
            given.progress,
        )
        return Made()

    def count(self, before: Document, after: Document) -> int:
        return 0


def mask_of(document: Document, number: int) -> Mask:
    """The mask of an example.

    Raises:
        Problem: there is no such object, or it has no pixels.
    """
    found = document.get(number)
    if found is None:
        raise Problem(
            say("The example, object {number}, is not there any more.", number),
            say("Select another one."),
        )
    if not found.mask.area:
        raise Problem(
            say("The example, object {number}, has no pixels.", number),
            say("Select an object that has a mask."),
        )
    return found.mask
