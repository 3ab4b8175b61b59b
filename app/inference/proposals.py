"""Masks that the machine proposes for a whole image or a part of it, and how they get into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from app import __version__
from app.core.document import Annotation, Document, Evidence, ImageStatus, Source, State
from app.core.mask import Mask
from app.core.picture import Picture
from app.core.prompt import Point, Prompt, Step
from model.boxes import Places
from model.everything import (
    PAPER,
    Candidate,
    Filters,
    Found,
    Grid,
    Progress,
    Settings,
    segment_everything,
    select,
)
from model.everything.known import KNOWN
from model.everything.refining import refined
from model.everything.run import finished
from model.everything.selection import Coarse
from model.interface import Embedding, Model, RuntimeReport

Region = tuple[int, int, int, int]
FLOOR = Filters(predicted_iou=0.05, stability=0.1, box_iou=0.95, crop_iou=0.95, min_area=0)
"""As far down as sliders reach; what is below is hardly ever an object."""
SMALL = Settings(
    Grid(points_per_side=16),
    Filters(predicted_iou=0.6, stability=0.7, max_cover=0.95, min_area=100),
)
"""For models that answer from few pixels, so that points nearer to each other find little more. How
much they promise differs: see ``Candidates.fitting``."""
FINE = 128
"""From this side of its low-res logits on, a model is asked as densely as the published ones."""
TOP_QUANTILE, IOU_FRACTION, STABILITY_QUANTILE = 0.98, 0.65, 0.25
SMALL_SIDES = 480 * 360
"""Pixels of an image on which the least size of a mask is meant as it stands; on smaller ones it is
so much smaller: what is an object there has no more pixels. Ratings were fitted on such images."""
HELD_BYTES = 256 << 20
DOUBLE_IOU = 0.7


class Answering(Protocol):
    """A model, or what is told of one that was loaded."""

    @property
    def report(self) -> RuntimeReport: ...

    @property
    def variant(self) -> str: ...

    @property
    def logits_size(self) -> tuple[int, int]: ...


def suited(model: Answering | None) -> Settings:
    """How to segment everything with a model: as is known of its variant, or else SA-1B's way where
    it sees as much as SAM does, with its publisher's threshold where its predictions are known to
    mean what they say.

    As for a small model if there is none yet.
    """
    if model is None:
        return SMALL
    if model.variant in KNOWN:
        return KNOWN[model.variant]
    grid = PAPER.grid if min(model.logits_size) >= FINE else SMALL.grid
    kept = model.report.kept_iou
    return Settings(grid, replace(PAPER.filters, predicted_iou=kept) if kept else SMALL.filters)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mask that may become an object.

    Attributes:
        mask: of the image's size, not empty.
        evidence: scores, prompt and model.
        label_id: label it would get.
    """

    mask: Mask
    evidence: Evidence
    label_id: int = 1


@dataclass(frozen=True, slots=True)
class Candidates:
    """What segment everything found on one image: choosing among it asks no model.

    Attributes:
        found: candidates above the floor, at low resolution.
        size: (H, W) of the image.
        variant, identity: of the model that made them.
        promises: whether their predicted IoU is known to mean what it says.
    """

    found: tuple[Candidate, ...]
    size: tuple[int, int]
    variant: str
    identity: str
    promises: bool = False
    _coarse: dict[int, Coarse] = field(default_factory=dict, init=False, compare=False, repr=False)

    def chosen(self, filters: Filters, least_px: int = 0) -> list[Candidate]:
        """Those that the filters keep, none of whose bounds hold fewer than ``least_px`` pixels.

        Fast enough for a slider: a preview needs no mask at the image's size.
        """
        kept = select(self.found, filters, self.size, self._coarse)
        return [each for each in kept if _box_area(each) >= least_px]

    def fitting(self, usual: Filters) -> Filters:
        """``usual``, or what is nearly as sure as the surest here, where a model promises less.

        A small model's predicted IoU ranks its masks well and yet may stay low on all of them, more
        so on images unlike those it learned from. Its thresholds come from what it found: a share
        of its surest predictions, and no stability that a quarter of those lack. Measured on images
        with masks in ``tests/bench/proposal_thresholds.py``. Objects of small images are smaller.
        """
        usual = replace(usual, min_area=least_area(usual.min_area, self.size))
        if self.promises or not self.found:
            return usual
        scores = np.array([each.predicted_iou for each in self.found])
        least = min(usual.predicted_iou, IOU_FRACTION * float(np.quantile(scores, TOP_QUANTILE)))
        sure = [each.stability for each in self.found if each.predicted_iou > least]
        stable = float(np.quantile(sure, STABILITY_QUANTILE)) if sure else usual.stability
        return replace(usual, predicted_iou=least, stability=min(usual.stability, stable))

    def proposals(self, filters: Filters, least_px: int = 0) -> Iterator[Proposal]:
        """The masks of those that the filters keep, the smallest crops first, then by IoU.

        Args:
            filters: as the sliders stand.
            least_px: smaller masks are left out.
        """
        height, width = self.size
        bounds: list[Region] = []
        for each in self.chosen(filters, least_px):
            found = finished(each, filters, self.size, bounds)
            if found is None or found.area < max(least_px, 1):
                continue
            bounds.append(found.bounds)
            yield Proposal(Mask(height, width, found.runs), self._evidence(each))

    def _evidence(self, each: Candidate) -> Evidence:
        x0, y0, x1, y1 = each.crop.box
        return Evidence(
            prompts=(Step(Prompt((Point(*each.point),))),),
            predicted_iou=round(each.predicted_iou, 4),
            stability_score=round(min(max(each.stability, 0.0), 1.0), 4),
            crop_box=(x0, y0, x1 - x0, y1 - y0) if each.crop.layer else None,
            model=self.variant,
            model_identity=self.identity,
            app_version=__version__,
        )


def least_area(usual: int, size: tuple[int, int]) -> int:
    """How many pixels a mask must have on an image of (H, W), with ``usual`` on a larger one."""
    return min(usual, round(usual * size[0] * size[1] / SMALL_SIDES))


@dataclass(slots=True)
class _Gathered:
    """Candidates so far, held within a bound of memory."""

    size: tuple[int, int]
    floor: Filters
    found: list[Candidate] = field(default_factory=list)
    held: int = 0

    def add(self, some: Sequence[Candidate]) -> None:
        self.found.extend(some)
        self.held += sum(each.part.logits.nbytes for each in some)
        if self.held > HELD_BYTES:
            self._thin()

    def _thin(self) -> None:
        """Doubles go first, then the least sure."""
        kept = sorted(
            select(self.found, self.floor, self.size), key=lambda each: -each.predicted_iou
        )
        self.found, self.held = [], 0
        for each in kept:
            self.held += each.part.logits.nbytes
            if self.held > HELD_BYTES // 2:
                break
            self.found.append(each)


def gather(
    model: Model,
    picture: Picture,
    embedding: Embedding | None = None,
    settings: Settings | None = None,
    region: Region | None = None,
    floor: Filters = FLOOR,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
    document: Document | None = None,
) -> Candidates:
    """Ask the model everywhere on the picture, or inside ``region``, and keep what it answers.

    Args:
        embedding: of the picture, if it is there already.
        settings: the grid to ask on, that which suits the model if None; its filters do not
            matter here.
        floor: candidates below it are not kept; where no slider moves, the filters themselves.
        progress: called with points answered and points in all.
        document: nothing is asked inside what a person made or agreed to there; None asks.

    Raises:
        Cancelled: ``cancelled()`` became true.
        ValueError: the region leaves the picture, or the embedding is another picture's.
    """
    size = picture.height, picture.width
    usual = settings or suited(model)
    if usual.filters.by_mask:
        floor = replace(floor, by_mask=True, edge_share=usual.filters.edge_share)
    there = None if document is None else covered_by(document)
    how = replace(usual, filters=floor)
    run = segment_everything(model, picture.pixels, how, embedding, region, None, cancelled, there)
    found = _seen(run, _Gathered(size, floor), progress)
    if usual.looks is not None:
        found = refined(model, picture.pixels, found, usual, cancelled, embedding)
    promises = bool(model.report.kept_iou) or usual.rating is not None
    return Candidates(tuple(found), size, model.variant, model.identity, promises)


def _seen(
    run: Iterator[Progress | Found],
    gathered: _Gathered,
    progress: Callable[[int, int], None] | None,
) -> list[Candidate]:
    """The candidates of a run; it is left before it makes the masks of those that stay."""
    for event in run:
        if isinstance(event, Progress):
            gathered.add(event.seen)
            if progress is not None:
                progress(event.done, event.total)
            if event.done == event.total:
                break
    return gathered.found


def covered_by(document: Document) -> Callable[[float, float], bool]:
    """Whether a point of the image lies on an object that a person made or agreed to."""
    sure = (State.ACCEPTED, State.EDITED)
    masks = [(a.mask.bounds, a.mask) for a in document if a.state in sure and a.mask.bounds]

    def covered(x: float, y: float) -> bool:
        column, row = int(x), int(y)
        box = column, row, column + 1, row + 1
        return any(
            x0 <= column < x1 and y0 <= row < y1 and bool(mask.crop(box)[0, 0])
            for (x0, y0, x1, y1), mask in masks
        )

    return covered


def with_proposals(
    document: Document,
    proposals: Iterable[Proposal],
    double_iou: float = DOUBLE_IOU,
) -> Document:
    """``document`` with each as a proposed object on top.

    Left out is what is there already: a mask whose IoU with an object, or with an earlier one of
    ``proposals``, is above ``double_iou``. Rejected objects count, so what a person threw out does
    not come back.
    """
    there = Masks(a.mask for a in document)
    for each in proposals:
        if there.has(each.mask, double_iou):
            continue
        there.add(each.mask)
        document = document.with_added(
            each.mask,
            each.label_id,
            source=Source.AUTOMATIC,
            state=State.PROPOSED,
            evidence=each.evidence,
        )
    return document


def reopened(document: Document) -> Document:
    """What is to be looked at keeps an image from being done."""
    proposed = any(each.state is State.PROPOSED for each in document)
    if proposed and document.status in (ImageStatus.TODO, ImageStatus.DONE):
        return document.with_status(ImageStatus.IN_PROGRESS)
    return document


def without_proposals(document: Document) -> Document:
    """Without the automatic masks that nobody has looked at.

    Locked ones stay, and those that a person had agreed to before they were segmented anew.
    """
    return document.without([a.id for a in document if _is_untouched(a)])


def _is_untouched(annotation: Annotation) -> bool:
    if annotation.source is not Source.AUTOMATIC or annotation.state is not State.PROPOSED:
        return False
    return not annotation.locked and annotation.previous is None


class Masks:
    """Masks of one image, of which it is asked whether one is there already; empty ones never."""

    def __init__(self, masks: Iterable[Mask] = ()) -> None:
        self._masks: list[Mask] = []
        self._places = Places()
        for each in masks:
            self.add(each)

    def add(self, mask: Mask) -> None:
        """One more."""
        if mask.bounds is not None:
            self._masks.append(mask)
            self._places.add(mask.bounds)

    def has(self, mask: Mask, limit: float) -> bool:
        """Whether one overlaps ``mask`` by an IoU above ``limit``."""
        if mask.bounds is None:
            return False
        near = [self._masks[number] for number in self._places.meeting(mask.bounds)]
        return any(_alike(mask, other, limit) for other in near)


def _alike(first: Mask, second: Mask, limit: float) -> bool:
    # IoU is at most the ratio of the areas; that is cheaper to know.
    small, large = sorted((first.area, second.area))
    return small > limit * large and first.iou(second) > limit


def _box_area(each: Candidate) -> int:
    x0, y0, x1, y1 = each.bounds
    return (x1 - x0) * (y1 - y0)
