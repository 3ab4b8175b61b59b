"""The audit of mask quality: random masks are corrected and compared with what they were.

After the paper (section 5, "Mask quality"): professionals improve a random sample with the same
tools, and the IoUs of the pairs are reported.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite

from app.core.document import Annotation, Document, Source, State
from app.core.mask import Mask
from app.core.statistics import Fact, Stage, stage_of


@dataclass(frozen=True, slots=True)
class Item:
    """A mask that was drawn.

    Attributes:
        image: name of its image.
        annotation_id: of the object.
        label_id, source, stage: of the object when it was drawn.
        mask: as it was when it was drawn.
        checked: whether somebody has looked, and corrected it where that was needed.
        seconds: of active work on the correction.
    """

    image: str
    annotation_id: int
    label_id: int
    source: Source
    stage: Stage
    mask: Mask
    checked: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if not isfinite(self.seconds) or self.seconds < 0:
            raise ValueError(f"work takes 0 seconds or more, given {self.seconds}")

    @property
    def key(self) -> tuple[str, int]:
        return self.image, self.annotation_id


@dataclass(frozen=True, slots=True)
class Audit:
    """The masks drawn, in the order in which they are looked at, and the seed of the draw."""

    seed: int
    items: tuple[Item, ...]

    @property
    def needs_review(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.checked)

    def with_checked(self, image: str, annotation_id: int, seconds: float) -> Audit:
        """With that mask looked at; KeyError if it was not drawn."""
        key = image, annotation_id
        if key not in {item.key for item in self.items}:
            raise KeyError(key)
        items = (
            replace(item, checked=True, seconds=item.seconds + seconds) if item.key == key else item
            for item in self.items
        )
        return Audit(self.seed, tuple(items))


def may_be_drawn(annotation: Annotation, automatic_only: bool = False) -> bool:
    """Accepted, edited and automatic masks are audited; rejected and empty ones are not."""
    if annotation.state is State.REJECTED or annotation.mask.area == 0:
        return False
    return stage_of(annotation) is not Stage.ASSISTED or not automatic_only


class Draw:
    """Draws ``count`` masks, each as likely as any other, from documents that come one by one.

    Reservoir sampling (Vitter 1985, algorithm R): the memory is that of the masks drawn.
    """

    def __init__(self, count: int, seed: int, *, automatic_only: bool = False) -> None:
        if count < 1:
            raise ValueError(f"at least one mask must be drawn, given {count}")
        self._count, self._seed, self._automatic_only = count, seed, automatic_only
        self._random = random.Random(seed)  # noqa: S311  repeatable, not secret
        self._seen = 0
        self._held: list[Item] = []

    def offer(self, image: str, document: Document) -> None:
        for annotation in document:
            if may_be_drawn(annotation, self._automatic_only):
                self._offer(image, annotation)

    def _offer(self, image: str, annotation: Annotation) -> None:
        self._seen += 1
        place = len(self._held)
        if place >= self._count:
            place = self._random.randrange(self._seen)
            if place >= self._count:
                return
        stage = stage_of(annotation)
        item = Item(
            image, annotation.id, annotation.label_id, annotation.source, stage, annotation.mask
        )
        self._held[place : place + 1] = [item]

    def audit(self) -> Audit:
        """The masks drawn, those of one image next to each other."""
        return Audit(self._seed, tuple(sorted(self._held, key=lambda item: item.key)))


@dataclass(frozen=True, slots=True)
class Compared:
    """A checked mask and what became of it.

    Attributes:
        corrected: the mask now; None if the object was rejected or deleted.
        iou: of both; 0.0 for one that is gone.
    """

    item: Item
    corrected: Mask | None
    iou: float


def compare(items: Iterable[Item], documents: Mapping[str, Document]) -> tuple[Compared, ...]:
    """What became of the checked ones; those of images not in ``documents`` are left out."""
    found = []
    for item in items:
        document = documents.get(item.image)
        if not item.checked or document is None:
            continue
        now = document.get(item.annotation_id)
        if now is None or now.state is State.REJECTED or now.mask.size != item.mask.size:
            found.append(Compared(item, None, 0.0))
        else:
            iou = 1.0 if now.mask == item.mask else now.mask.iou(item.mask)
            found.append(Compared(item, now.mask, iou))
    return tuple(found)


def fact_of(compared: Compared) -> Fact:
    """The pair as the statistics take it: its IoU and seconds are those of the correction."""
    item = compared.item
    return Fact(
        item.image,
        item.annotation_id,
        item.label_id,
        item.source,
        State.ACCEPTED if compared.iou == 1.0 else State.EDITED,
        item.stage,
        item.mask.area,
        item.seconds,
        0,
        compared.iou,
        None,
    )
