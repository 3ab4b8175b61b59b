"""The jobs: fill the embedding cache, propose masks, segment anew. One call does one image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from app.batch.folder import BatchFolder, Held
from app.batch.marks import is_done, with_done
from app.batch.run import BEFORE, CannotGoOn, Result
from app.batch.taking import Taking
from app.core import review
from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.fingerprint import fingerprint
from app.core.picture import Picture
from app.core.previous import previous_of, taking_new
from app.inference import questions as q
from app.inference.cache import EmbeddingStore
from app.inference.detected import boxes_by, boxes_on, proposals_from
from app.inference.engine import Engine
from app.inference.proposals import FLOOR, Proposal, gather, with_proposals, without_proposals
from app.inference.resegment import Recipe, outside_of, resegmented, segmented, with_resegmented
from app.storage.exchange.waiting import waiting, with_waiting
from model.detection.detector import Detector
from model.everything import PAPER, Settings
from model.interface import Embedding, Model, ModelError, TooSlowError
from model.proposer.proposer import Head, dumps

T = TypeVar("T")
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Worker:
    """A model that answers for a batch job; used on one thread.

    Attributes:
        engine: holds the model, loaded.
        store: embeddings on disk, or None.
        cancelled: whether to stop.
    """

    engine: Engine
    store: EmbeddingStore | None = None
    cancelled: Callable[[], bool] = lambda: False

    @property
    def identity(self) -> str:
        return self.engine.model.identity

    def embedding(self, picture: Picture) -> Embedding:
        """The picture's embedding, from the store if it is there, else kept there.

        Raises:
            Problem, Cancelled: as ``Engine.answer``.
        """
        reply = self.engine.answer(q.Embed(picture), self.cancelled)
        assert isinstance(reply, q.Embedded)  # noqa: S101  an Embed is answered so
        if self.store is not None and reply.origin == "computed":
            self.store.put(picture.key, reply.embedding)
        return reply.embedding

    def ask(self, name: str, work: Callable[[Model, Callable[[], bool]], T]) -> T:
        """``work`` with the model, on the CPU if its device fails meanwhile.

        Raises:
            Problem, Cancelled: as ``Engine.answer``.
        """
        try:
            reply = self.engine.answer(q.Job(name, work), self.cancelled)
        except (ModelError, ValueError) as error:
            raise Problem(f"The model failed: {error}", "", error) from error
        assert isinstance(reply, q.Done)  # noqa: S101  a Job is answered so
        result: T = reply.result
        return result


@dataclass(frozen=True, slots=True)
class Choosing:
    """Which of the candidates become proposals.

    Attributes:
        settings: the grid, and the filters.
        least_px: smaller masks are left out.
        accept_iou: from this predicted IoU on a proposal is accepted at once; None accepts none.
        fit: thresholds follow what was found on each image; see ``Candidates.fitting``.
        avoid: ask nothing inside accepted objects.
    """

    settings: Settings = PAPER
    least_px: int = 0
    accept_iou: float | None = None
    fit: bool = False
    avoid: bool = False


@dataclass(slots=True)
class Automask:
    """Proposes masks: from a grid of points, or from a detector's boxes.

    Attributes:
        label_ids: of the detector's classes; None gives every mask the label 1.
        head: the folder's own proposer, whose boxes are taken instead; None for none.
        again: also where it was done before; what nobody has looked at is replaced.
        progress: called with points answered and points in all, of one image.
    """

    folder: BatchFolder
    worker: Worker
    choosing: Choosing = field(default_factory=Choosing)
    detector: Detector | None = None
    label_ids: Sequence[int] | None = None
    head: Head | None = None
    again: bool = False
    progress: Progress | None = None
    job: str = "automask"
    told: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> Result:
        """Raises: Problem, CannotGoOn, Cancelled."""
        held, mark = self.folder.objects(name), self.mark
        if not self.again and is_done(held.document, self.job, mark):
            return BEFORE
        self.told.clear()
        before = without_proposals(held.document)
        after = with_proposals(before, self.proposals(self.folder.picture(name), before))
        made = [a.id for a in after.annotations[len(before.annotations) :]]
        _write(self.folder, held, with_done(self._accepted(after, made), self.job, mark))
        return Result(masks=len(made), told=tuple(self.told))

    @property
    def mark(self) -> str:
        how: object = self.detector.description if self.detector else self.choosing
        if self.head is not None:
            how = dumps(self.head)
        return fingerprint(self.worker.identity, how, self.choosing.accept_iou)

    def proposals(self, picture: Picture, document: Document) -> list[Proposal]:
        """What is proposed for a picture with these objects; some of them may be there already."""
        embedding = self.worker.embedding(picture)
        if self.head is not None or self.detector is not None:
            return self._from_boxes(picture, embedding)
        settings, fit = self.choosing.settings, self.choosing.fit
        found = self.worker.ask(
            self.job,
            lambda model, cancelled: gather(
                model,
                picture,
                _own(model, embedding),
                settings,
                floor=FLOOR if fit else settings.filters,
                cancelled=cancelled,
                progress=self.progress,
                document=document if self.choosing.avoid else None,
            ),
        )
        filters = found.fitting(settings.filters) if fit else settings.filters
        return [*found.proposals(filters, self.choosing.least_px)]

    def _from_boxes(self, picture: Picture, embedding: Embedding) -> list[Proposal]:
        try:
            boxes = []
            if self.head is not None:
                boxes += boxes_by(self.head, embedding)
            if self.detector is not None:
                cancelled, tell = self.worker.cancelled, self.told.append
                boxes += boxes_on(self.detector, picture, self.label_ids, cancelled, tell)
        except TooSlowError as error:
            raise CannotGoOn(f"No boxes were found: {error}", "", error) from error
        except (ModelError, ValueError) as error:
            raise Problem(f"No boxes were found: {error}", "", error) from error
        return self.worker.ask(
            self.job,
            lambda model, cancelled: [
                *proposals_from(
                    model, _required(model, embedding, picture), boxes, cancelled=cancelled
                )
            ],
        )

    def _accepted(self, document: Document, made: Sequence[int]) -> Document:
        least = self.choosing.accept_iou
        if least is None:
            return document
        sure = review.Filter(predicted_iou=review.Span(least=least))
        chosen = set(made).intersection(review.preview(document, sure).ids)
        return document.with_state(chosen, State.ACCEPTED)


@dataclass(slots=True)
class Relabel:
    """Segments the objects of an image anew: imported ones, and boxes that wait for a mask.

    Attributes:
        every: all objects, not only imported ones that no person has corrected; rejected ones
            never.
        accept_iou: from this IoU of old and new on the new mask is taken at once; None takes none.
        again: also where it was done before.
        taking: another program's file whose objects are taken over first, or None.
    """

    folder: BatchFolder
    worker: Worker
    recipe: Recipe = field(default_factory=Recipe)
    every: bool = False
    accept_iou: float | None = None
    again: bool = False
    taking: Taking | None = None
    job: str = "relabel"

    def __call__(self, name: str) -> Result:
        """Raises: Problem, CannotGoOn, Cancelled."""
        held = self.folder.objects(name)
        mark = fingerprint(self.worker.identity, self.recipe, self.every, self.accept_iou)
        taking = self.taking
        before = held.document if taking is None else taking.applied(name, held.document)
        fresh = before is not held.document
        done = not self.again and is_done(held.document, self.job, mark)
        if done and not fresh:
            return BEFORE
        # Where it was done, only what the file has just brought has not been asked yet.
        known = set(held.document.ids) if done else set()
        wanted = [a for a in before if self._wants(a) and a.id not in known]
        objects = waiting(before)
        if not (wanted or objects or fresh):
            return Result()
        picture = self.folder.picture(name)
        embedding = self.worker.embedding(picture)

        def work(model: Model, cancelled: Callable[[], bool]) -> tuple[Document, int]:
            view = _required(model, embedding, picture)
            results = [*resegmented(model, view, wanted, self.recipe, cancelled)]
            document = with_resegmented(before, results)
            made, left = segmented(model, view, document, objects, self.recipe, cancelled)
            return with_waiting(made, left), len(results) + len(made) - len(document)

        after, masks = self.worker.ask(self.job, work)
        _write(self.folder, held, with_done(self._accepted(after), self.job, mark))
        outside = outside_of(wanted, objects, picture.height, picture.width)
        unanswered = len(wanted) + len(objects) - masks - outside
        return Result(masks=masks, unanswered=unanswered, outside=outside)

    def _wants(self, annotation: Annotation) -> bool:
        if annotation.state is State.REJECTED or annotation.locked:
            return False
        imported = annotation.source is Source.IMPORTED
        return self.every or (imported and annotation.state is not State.EDITED)

    def _accepted(self, document: Document) -> Document:
        if self.accept_iou is None:
            return document
        sure = review.Filter(old_iou=review.Span(least=self.accept_iou))
        return document.with_replaced(
            *(taking_new(a) for a in document if previous_of(a) and sure.admits(a))
        )


@dataclass(slots=True)
class Embed:
    """Fills the cache; an image that is in it already is not even decoded.

    Attributes:
        has: whether the store has a picture's embedding by a model, given key and identity.
        key: of an image file.
    """

    folder: BatchFolder
    worker: Worker
    has: Callable[[str, str], bool]
    key: Callable[[str], str]

    def __call__(self, name: str) -> Result:
        """Raises: Problem, Cancelled."""
        if self.has(self.key(name), self.worker.identity):
            return BEFORE
        picture = self.folder.picture(name)
        self.worker.embedding(picture)
        if not self.has(picture.key, self.worker.identity):
            raise Problem(
                f"The embedding of {name} could not be kept.",
                "Check the space on the disk of the cache, and its limit.",
            )
        return Result()


def _write(folder: BatchFolder, held: Held, document: Document) -> None:
    waits = any(a.state is State.PROPOSED for a in document)
    if waits and document.status in (ImageStatus.TODO, ImageStatus.DONE):
        document = document.with_status(ImageStatus.IN_PROGRESS)
    folder.write(held, document)


def _own(model: Model, embedding: Embedding) -> Embedding | None:
    """The embedding, if it is still this model's: the engine may have changed to another device."""
    return embedding if embedding.model == model.identity else None


def _required(model: Model, embedding: Embedding, picture: Picture) -> Embedding:
    return _own(model, embedding) or model.embed(picture.pixels)
