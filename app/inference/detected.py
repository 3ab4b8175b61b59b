"""Boxes that a detector found, as masks to be proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.frozen import FrozenMap
from app.core.picture import Picture
from app.core.prompt import Box, Prompt
from app.inference.prompted import PASSES, Asked, Pixels, answers
from app.inference.proposals import Proposal
from model.detection.detector import Detector
from model.interface import Embedding, Model
from model.proposer.proposer import Head


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A box and what is known of it.

    Attributes:
        box: image pixels.
        score: the detector's own confidence in [0, 1].
        label_id: of the object it would become.
        detector: name of what found it.
    """

    box: Box
    score: float
    label_id: int = 1
    detector: str = ""


def boxes_on(
    detector: Detector,
    picture: Picture,
    label_ids: Sequence[int] | None = None,
    cancelled: Callable[[], bool] | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> list[FoundBox]:
    """What the detector finds, the surest first.

    Args:
        label_ids: label of each of its classes; None gives everything the label 1, "object".
        tell: takes what a person should know of its answer.

    Raises:
        ModelError: the detector fails.
        Cancelled: ``cancelled()`` became true.
    """
    found = detector.detect(picture.pixels, cancelled)
    if found.told:
        tell(found.told)
    name = detector.description.file.stem
    return [
        FoundBox(
            Box(*(float(side) for side in box)),
            float(score),
            1 if label_ids is None else label_ids[int(kind)],
            name,
        )
        for box, score, kind in zip(found.boxes, found.scores, found.classes, strict=True)
    ]


def boxes_by(head: Head, embedding: Embedding, confidence: float | None = None) -> list[FoundBox]:
    """What the folder's own proposer finds, the surest first; everything is an "object".

    Args:
        confidence: least score; None takes the one that served best when it was trained.

    Raises:
        ValueError: it was trained for another model.
    """
    found = head.propose(embedding, confidence)
    return [
        FoundBox(Box(*(float(side) for side in box)), float(score), 1, "proposer")
        for box, score in zip(found.boxes, found.scores, strict=True)
    ]


def proposals_from(
    model: Model,
    embedding: Embedding,
    boxes: Sequence[FoundBox],
    passes: int = PASSES,
    cancelled: Callable[[], bool] | None = None,
    pixels: Pixels | None = None,
) -> Iterator[Proposal]:
    """A mask for each box in which the model sees something, in order; ``pixels`` as for
    ``answers``.

    Raises:
        Cancelled: ``cancelled()`` became true.
        ValueError: the model's numbers are not finite.
    """
    asked = [Asked(Prompt(box=each.box)) for each in boxes]
    found = answers(model, embedding, asked, passes, cancelled, pixels)
    for box, answer in zip(boxes, found, strict=True):
        if answer.mask.area:
            origin = FrozenMap({"detector": box.detector, "score": round(box.score, 4)})
            yield Proposal(answer.mask, replace(answer.evidence, extra=origin), box.label_id)
