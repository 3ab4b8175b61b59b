"""What the model can be asked to do to a whole image: propose masks, or segment objects again.

The window and the command line run the same tasks. A task makes a change of the image's document;
whoever runs it applies that change. What may be replaced is decided here and nowhere else: see
``Propose.wants`` and ``Resegment.chosen``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from app.batch.run import CannotGoOn
from app.core import review
from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.fingerprint import fingerprint
from app.core.picture import Picture
from app.core.progress import Progress
from app.core.review import taking_new
from app.inference.detected import FoundBox, proposals_from
from app.inference.proposals import (
    FLOOR,
    Candidates,
    Proposal,
    Region,
    gather,
    least_area,
    reopened,
    with_proposals,
    without_proposals,
)
from app.inference.questions import Cancelled
from app.inference.resegment import Recipe, outside_of, resegmented, segmented, with_resegmented
from model.everything import PAPER, Filters, Settings
from model.interface import Embedding, Model, ModelError, TooSlowError
from model.messages import say

PROPOSE, RESEGMENT = "Propose masks", "Segment anew"
"""Names of the edits; the window has them in its languages."""
Change = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Given:
    """What a task works with, on the thread of the model.

    Attributes:
        model: answers.
        picture: the image.
        document: its objects when the work was begun.
        embedding: gives the picture's embedding, computing it if need be.
        cancelled: whether to give up; to be asked often, clicks are answered inside.
        progress: takes parts done and parts in all.
        tell: takes what a person should know of it, though the work goes on.
    """

    model: Model
    picture: Picture
    document: Document
    embedding: Callable[[], Embedding]
    cancelled: Cancelled
    progress: Progress
    tell: Callable[[Problem], None] = lambda problem: None


@dataclass(frozen=True, slots=True)
class Made:
    """What a task came to on one image.

    Attributes:
        change: of the document; what was edited meanwhile stays.
        unanswered: objects in which the model saw nothing; they stay as they were.
        outside: objects whose box or points lie outside the image; they stay as they were.
    """

    change: Change = lambda document: document
    unanswered: int = 0
    outside: int = 0


class Task(Protocol):
    """Work on one image after the other."""

    @property
    def name(self) -> str:
        """Of the edit, for the undo menu."""

    def wants(self, document: Document) -> bool:
        """Whether there is anything to do to an image with these objects."""

    def run(self, given: Given) -> Made:
        """Raises: Problem, Cancelled or ValueError."""

    def count(self, before: Document, after: Document) -> int:
        """How many masks it brought."""


class Finder(Protocol):
    """What finds the masks that are proposed."""

    @property
    def inputs(self) -> object:
        """All that determines what it finds; compared by ``repr``."""

    def proposals(self, given: Given) -> Iterable[Proposal]:
        """Raises: Problem, Cancelled or ValueError."""


class BoxSource(Protocol):
    """What finds boxes; see ``app.batch.box_sources``."""

    @property
    def inputs(self) -> object:
        """As of ``Finder``."""

    def boxes(self, given: Given) -> Sequence[FoundBox]:
        """Raises: Problem, Cancelled, ModelError or ValueError."""


@dataclass(slots=True)
class Gather:
    """Candidates of the open image, for a person to choose from: the document stays as it is.

    Attributes:
        settings: the grid.
        region: only inside it, or None.
        avoid: ask nothing inside accepted objects.
        found: what was found, once it was run.
    """

    settings: Settings
    region: Region | None = None
    avoid: bool = False
    found: Candidates | None = None
    name: str = PROPOSE

    def wants(self, document: Document) -> bool:
        return True

    def run(self, given: Given) -> Made:
        self.found = _gathered(given, self.settings, avoid=self.avoid, region=self.region)
        return Made()

    def count(self, before: Document, after: Document) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Everything:
    """Finds masks by asking the model everywhere, with the filters as they stand.

    Attributes:
        settings: grid and filters.
        least_px: smaller masks are left out; None follows the filters, and the image where it is
            small.
        fit: thresholds follow what was found on each image; see ``Candidates.fitting``.
        avoid: ask nothing inside accepted objects.
    """

    settings: Settings = PAPER
    least_px: int | None = 0
    fit: bool = False
    avoid: bool = False

    @property
    def inputs(self) -> object:
        return self

    def proposals(self, given: Given) -> Iterable[Proposal]:
        filters = self.settings.filters
        floor = FLOOR if self.fit else filters
        found = _gathered(given, self.settings, avoid=self.avoid, floor=floor)
        chosen = found.fitting(filters) if self.fit else filters
        least = least_area(filters.min_area, found.size) if self.least_px is None else self.least_px
        # Neither is a speck or a hole what may be an object.
        chosen = replace(chosen, min_area=min(filters.min_area, least))
        return found.proposals(chosen, least)


@dataclass(frozen=True, slots=True)
class Boxes:
    """Finds masks for the boxes that something else finds.

    Attributes:
        source: a detector, or the folder's own proposer.
    """

    source: BoxSource

    @property
    def inputs(self) -> object:
        return self.source.inputs

    def proposals(self, given: Given) -> Iterable[Proposal]:
        try:
            boxes = self.source.boxes(given)
        except TooSlowError as error:
            raise CannotGoOn(say("No boxes were found: {reason}", error), "", error) from error
        except (ModelError, ValueError) as error:
            raise Problem(say("No boxes were found: {reason}", error), "", error) from error
        stop, pixels = given.cancelled, given.picture.pixels
        return proposals_from(given.model, given.embedding(), boxes, cancelled=stop, pixels=pixels)


@dataclass(frozen=True, slots=True)
class Propose:
    """Masks are proposed.

    Attributes:
        finder: finds them.
        label_id: of all of them; None keeps the finder's own.
        again: also where something is proposed or done already; what nobody has looked at is
            replaced.
        accept_iou: from this predicted IoU on one is accepted at once; None accepts none.
    """

    finder: Finder
    label_id: int | None = None
    again: bool = False
    accept_iou: float | None = None
    name: str = PROPOSE

    def wants(self, document: Document) -> bool:
        """Unless asked for again, not where a person is done or has proposals to look at."""
        finished = document.status in (ImageStatus.DONE, ImageStatus.SKIPPED)
        return self.again or not (finished or _has_proposals(document))

    def run(self, given: Given) -> Made:
        found = self.finder.proposals(given)
        return Made(proposing(found, self.label_id, again=self.again, accept_iou=self.accept_iou))

    def count(self, before: Document, after: Document) -> int:
        return max(0, len(after) - len(without_proposals(before)))

    def mark(self, identity: str) -> str:
        """Of what determines its result, by the model of that identity."""
        return fingerprint(identity, self.finder.inputs, self.label_id, self.accept_iou)


@dataclass(frozen=True, slots=True)
class Resegment:
    """Objects that are there become prompts; boxes and points without a mask get theirs.

    Attributes:
        recipe: how they are asked.
        ids: these objects; None for imported ones that nobody has corrected, and all without mask.
        every: with ``ids`` None, all objects but rejected ones.
        asked: of those, not these.
        accept_iou: from this IoU of old and new on the new mask is taken at once; None takes none.
    """

    recipe: Recipe = field(default_factory=Recipe)
    ids: frozenset[int] | None = None
    every: bool = False
    asked: frozenset[int] = frozenset()
    accept_iou: float | None = None
    name: str = RESEGMENT

    def wants(self, document: Document) -> bool:
        return bool(self.chosen(document)) or (self.ids is None and bool(document.unsegmented))

    def run(self, given: Given) -> Made:
        before, recipe = given.document, self.recipe
        model, embedding, cancelled = given.model, given.embedding(), given.cancelled
        chosen = self.chosen(before)
        objects = before.unsegmented if self.ids is None else ()
        pixels = given.picture.pixels
        results = [*resegmented(model, embedding, chosen, recipe, cancelled, pixels)]
        after = with_resegmented(before, results)
        new = [each.annotation.id for each in results]
        if objects:
            after, left = segmented(model, embedding, after, objects, recipe, cancelled, pixels)
            after = after.with_unsegmented(left)
            new += [a.id for a in after.annotations[len(before) :]]
        after = reopened(self._accepted(after, new))

        def change(document: Document) -> Document:
            if document == before:
                return after
            # It was edited meanwhile: what is as it was is segmented anew, the rest stays.
            same = {a.id for a in document if a == before.get(a.id)}
            kept = [each for each in results if each.annotation.id in same]
            changed = with_resegmented(document, kept)
            return reopened(self._accepted(changed, [each.annotation.id for each in kept]))

        outside = outside_of(chosen, objects, given.picture.height, given.picture.width)
        return Made(change, len(chosen) + len(objects) - len(new) - outside, outside)

    def count(self, before: Document, after: Document) -> int:
        old = {a.id: a for a in before}
        return sum(a != old.get(a.id) for a in after)

    def mark(self, identity: str) -> str:
        """Of what determines its result, by the model of that identity."""
        return fingerprint(identity, self.recipe, self.every, self.accept_iou)

    def chosen(self, document: Document) -> list[Annotation]:
        """The objects with a mask that are asked again; their old shape is kept with them."""
        return [a for a in document if self._is_chosen(a)]

    def _is_chosen(self, annotation: Annotation) -> bool:
        if annotation.locked or annotation.id in self.asked:
            return False
        if self.ids is not None:
            return annotation.id in self.ids
        imported = annotation.source is Source.IMPORTED and annotation.state is not State.EDITED
        return annotation.state is not State.REJECTED and (self.every or imported)

    def _accepted(self, document: Document, new: Iterable[int]) -> Document:
        if self.accept_iou is None:
            return document
        sure = review.Filter(old_iou=review.Span(least=self.accept_iou))
        made = [document.annotation(each) for each in new]
        return document.with_replaced(
            *(taking_new(a) for a in made if a.previous and sure.admits(a))
        )


def proposing(
    found: Iterable[Proposal],
    label_id: int | None,
    *,
    again: bool = False,
    accept_iou: float | None = None,
) -> Change:
    """The change that adds these proposals.

    Args:
        found: made into masks now, on the calling thread.
        label_id, again, accept_iou: as of ``Propose``.
    """
    made = [each if label_id is None else replace(each, label_id=label_id) for each in found]

    def change(document: Document) -> Document:
        base = without_proposals(document) if again else document
        after = with_proposals(base, made)
        if accept_iou is not None:
            sure = review.Filter(predicted_iou=review.Span(least=accept_iou))
            new = {a.id for a in after.annotations[len(base) :]}
            after = after.with_state(new.intersection(review.preview(after, sure).ids),
                                     State.ACCEPTED)  # fmt: skip
        return reopened(after) if after is not document else document

    return change


def _gathered(
    given: Given,
    settings: Settings,
    *,
    avoid: bool,
    region: Region | None = None,
    floor: Filters = FLOOR,
) -> Candidates:
    return gather(
        given.model,
        given.picture,
        given.embedding(),
        settings,
        region,
        floor,
        given.cancelled,
        given.progress,
        given.document if avoid else None,
    )


def _has_proposals(document: Document) -> bool:
    return any(each.state is State.PROPOSED for each in document)
