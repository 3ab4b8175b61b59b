"""What the model can be asked to do to a whole image: each task makes a change of its document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.batch.run import CannotGoOn
from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.picture import Picture
from app.inference.detected import FoundBox, boxes_by, boxes_on, proposals_from
from app.inference.proposals import (
    FLOOR,
    Candidates,
    Proposal,
    Region,
    gather,
    with_proposals,
    without_proposals,
)
from app.inference.questions import Cancelled
from app.inference.resegment import Recipe, outside_of, resegmented, segmented, with_resegmented
from app.storage.exchange.waiting import waiting, with_waiting
from model.detection.detector import Detector, load_detector
from model.everything import Settings
from model.interface import Embedding, Model, ModelError, TooSlowError
from model.proposer.proposer import Head

PROPOSE = str(QT_TRANSLATE_NOOP("Session", "Propose masks"))
SEGMENT_ANEW = str(QT_TRANSLATE_NOOP("Session", "Segment anew"))
Change = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Given:
    """What a task works with, on the inference thread.

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
    progress: Callable[[int, int], None]
    tell: Callable[[Problem], None] = lambda problem: None


class Task(Protocol):
    """Work on one image after the other."""

    @property
    def name(self) -> str:
        """Of the edit, for the undo menu."""

    def wants(self, document: Document) -> bool:
        """Whether there is anything to do to an image with these objects."""

    def run(self, given: Given) -> Change:
        """The change; raises Problem, Cancelled or ValueError."""

    def count(self, before: Document, after: Document) -> int:
        """How many masks it brought."""


def waits(document: Document) -> bool:
    return any(each.state is State.PROPOSED for each in document)


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

    def run(self, given: Given) -> Change:
        self.found = gather(
            given.model,
            given.picture,
            given.embedding(),
            self.settings,
            self.region,
            cancelled=given.cancelled,
            progress=given.progress,
            document=given.document if self.avoid else None,
        )
        return lambda document: document

    def count(self, before: Document, after: Document) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Everything:
    """Segment everything, with the filters as they stand.

    Attributes:
        settings: grid and filters.
        least_px: smaller masks are left out.
        label_id: of the proposals.
        fit: thresholds follow what was found on each image; see ``Candidates.fitting``.
        again: also where something is proposed or done already; what nobody has looked at is
            replaced.
        avoid: ask nothing inside accepted objects.
    """

    settings: Settings
    least_px: int = 0
    label_id: int = 1
    fit: bool = False
    again: bool = False
    avoid: bool = False
    name: str = PROPOSE

    def wants(self, document: Document) -> bool:
        return self.again or _untouched(document)

    def run(self, given: Given) -> Change:
        filters = self.settings.filters
        found = gather(
            given.model,
            given.picture,
            given.embedding(),
            self.settings,
            floor=FLOOR if self.fit else filters,
            cancelled=given.cancelled,
            progress=given.progress,
            document=given.document if self.avoid else None,
        )
        filters = found.fitting(filters) if self.fit else filters
        return proposing(found.proposals(filters, self.least_px), self.label_id, fresh=self.again)

    def count(self, before: Document, after: Document) -> int:
        return max(0, len(after) - len(without_proposals(before)))


@dataclass(frozen=True, slots=True)
class Detect:
    """Masks for boxes that something else finds.

    Attributes:
        boxes: finds them, on the inference thread; see ``by_detector`` and ``by_proposer``.
        again: as of ``Everything``.
    """

    boxes: Callable[[Given], Sequence[FoundBox]]
    again: bool = False
    name: str = PROPOSE

    def wants(self, document: Document) -> bool:
        return self.again or _untouched(document)

    def run(self, given: Given) -> Change:
        try:
            boxes = self.boxes(given)
        except TooSlowError as error:
            raise CannotGoOn(f"No boxes were found: {error}", "", error) from error
        except ModelError as error:
            raise Problem(f"No boxes were found: {error}", "", error) from error
        found = proposals_from(given.model, given.embedding(), boxes, cancelled=given.cancelled)
        return proposing(found, None, fresh=self.again)

    def count(self, before: Document, after: Document) -> int:
        return max(0, len(after) - len(without_proposals(before)))


def by_detector(
    path: Path, label_ids: Sequence[int] | None = None
) -> Callable[[Given], Sequence[FoundBox]]:
    """Boxes of the detector that the file ``path`` describes; it is loaded with the first image."""
    loaded: list[Detector] = []

    def boxes(given: Given) -> Sequence[FoundBox]:
        if not loaded:
            loaded.append(load_detector(path))
        return boxes_on(
            loaded[0],
            given.picture,
            label_ids,
            given.cancelled,
            lambda text: given.tell(Problem(f"{text}.")),
        )

    return boxes


def by_proposer(head: Head) -> Callable[[Given], Sequence[FoundBox]]:
    """Boxes of the folder's own proposer."""

    def boxes(given: Given) -> Sequence[FoundBox]:
        if head.model != given.model.identity:
            raise Problem("The proposer was trained for another model.", "Train it again.")
        return boxes_by(head, given.embedding())

    return boxes


@dataclass(frozen=True, slots=True)
class SegmentAnew:
    """Objects that are there become prompts; boxes and points that wait get their masks.

    Attributes:
        recipe: how they are asked.
        ids: these objects; None for imported ones that nobody has corrected, and all that waits.
        every: with ``ids`` None, all objects but rejected ones.
    """

    recipe: Recipe
    ids: frozenset[int] | None = None
    every: bool = False
    name: str = SEGMENT_ANEW

    def wants(self, document: Document) -> bool:
        return bool(self._chosen(document)) or (self.ids is None and bool(waiting(document)))

    def run(self, given: Given) -> Change:
        before, recipe = given.document, self.recipe
        model, embedding, cancelled = given.model, given.embedding(), given.cancelled
        chosen = self._chosen(before)
        objects = waiting(before) if self.ids is None else ()
        outside = outside_of(chosen, objects, given.picture.height, given.picture.width)
        if outside:
            given.tell(
                Problem(f"Objects that lie outside the image and stay as they are: {outside}.")
            )
        results = [*resegmented(model, embedding, chosen, recipe, cancelled)]
        after = with_resegmented(before, results)
        if objects:
            after, left = segmented(model, embedding, after, objects, recipe, cancelled)
            after = with_waiting(after, left)
        after = _open_again(after)

        def change(document: Document) -> Document:
            if document == before:
                return after
            # It was edited meanwhile: what is as it was is segmented anew, the rest stays.
            same = {a.id for a in document if a == before.get(a.id)}
            kept = [each for each in results if each.annotation.id in same]
            return _open_again(with_resegmented(document, kept))

        return change

    def count(self, before: Document, after: Document) -> int:
        old = {a.id: a for a in before}
        return sum(a != old.get(a.id) for a in after)

    def _chosen(self, document: Document) -> list[Annotation]:
        return [a for a in document if self._is_chosen(a)]

    def _is_chosen(self, annotation: Annotation) -> bool:
        if annotation.locked:
            return False
        if self.ids is not None:
            return annotation.id in self.ids
        imported = annotation.source is Source.IMPORTED and annotation.state is not State.EDITED
        return annotation.state is not State.REJECTED and (self.every or imported)


def proposing(found: Iterable[Proposal], label_id: int | None, *, fresh: bool = False) -> Change:
    """The change that adds these proposals.

    Args:
        found: made into masks now, on the calling thread.
        label_id: of all of them; None keeps their own.
        fresh: in the place of earlier ones that nobody has looked at.
    """
    made = [each if label_id is None else replace(each, label_id=label_id) for each in found]

    def change(document: Document) -> Document:
        base = without_proposals(document) if fresh else document
        after = with_proposals(base, made)
        return _open_again(after) if after is not document else document

    return change


def _untouched(document: Document) -> bool:
    finished = document.status in (ImageStatus.DONE, ImageStatus.SKIPPED)
    return not finished and not waits(document)


def _open_again(document: Document) -> Document:
    """What waits to be looked at keeps an image from being done."""
    if waits(document) and document.status in (ImageStatus.TODO, ImageStatus.DONE):
        return document.with_status(ImageStatus.IN_PROGRESS)
    return document
