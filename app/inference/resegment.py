"""Objects that are there already, segmented anew: their masks, boxes or points are the prompts.

The result waits for a person, who keeps the old, takes the new, or edits it; until then the old
one stays with the object, see ``app.core.previous``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np

from app.core.document import Annotation, Document, Source, State
from app.core.frozen import FrozenMap
from app.core.mask import Bounds, Mask
from app.core.previous import Previous
from app.core.prompt import Box, Point, Prompt
from app.core.unsegmented import Unsegmented
from app.inference.prompted import PASSES, Asked, Found, Pixels, answers
from model.interface import Embedding, Model


class By(StrEnum):
    """What of the old object is asked with.

    ``BEST``: its mask if it has one, else its box, else its points. ``MASK``: the mask as logits
    together with its box. ``BOX``: the box, of the mask if there is no other. ``POINTS``: its
    points, or the pixel of the mask that is farthest from its edge.
    """

    BEST = "best"
    MASK = "mask"
    BOX = "box"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How objects are segmented anew.

    Attributes:
        by: what is asked with.
        passes: 2 feeds the best mask back once (paper, appendix D.4).
        margin: how much larger a box is made on each side, as a share of that side.
    """

    by: By = By.BEST
    passes: int = PASSES
    margin: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", By(self.by))
        if self.passes < 1 or not 0 <= self.margin <= 1:
            raise ValueError(
                f"at least one pass and a margin of 0 to 1 are needed, given {self.passes} passes "
                f"and a margin of {self.margin}"
            )


@dataclass(frozen=True, slots=True)
class Resegmented:
    """One object before and after.

    Attributes:
        annotation: as it would be: the new mask, proposed, with its evidence; id, label, source,
            attributes and extra data are the old ones; the old shape is kept in it.
        previous: what it was, with the IoU of old and new.
    """

    annotation: Annotation
    previous: Previous


def resegmented(
    model: Model,
    embedding: Embedding,
    annotations: Iterable[Annotation],
    recipe: Recipe | None = None,
    cancelled: Callable[[], bool] | None = None,
    pixels: Pixels | None = None,
) -> Iterator[Resegmented]:
    """Segment each object anew, in order; ``pixels`` as for ``answers``.

    Left out are locked ones, those with nothing to ask with, those whose box and points lie outside
    the image (``lies_outside``), and those where the model sees nothing.

    Raises:
        Cancelled: ``cancelled()`` became true.
        ValueError: the embedding is another model's, or the model's numbers are not finite.
    """
    how = recipe or Recipe()
    chosen: list[tuple[Annotation, Previous, Asked]] = []
    for annotation in annotations:
        before = shape_before(annotation)
        asked = None if before is None or annotation.locked else asked_of(before, how)
        if before is not None and asked is not None:
            chosen.append((annotation, before, asked))
    asked_all = [each[2] for each in chosen]
    found = answers(model, embedding, asked_all, how.passes, cancelled, pixels)
    for (annotation, before, _), answer in zip(chosen, found, strict=True):
        if answer.mask.area:
            previous = replace(before, iou=agreement(before, answer.mask))
            new = replace(
                annotation, mask=answer.mask, state=State.PROPOSED, evidence=answer.evidence
            )
            yield Resegmented(replace(new, previous=previous), previous)


def with_resegmented(document: Document, results: Iterable[Resegmented]) -> Document:
    """``document`` with the new masks as proposals; objects that are gone are passed over."""
    ids = set(document.ids)
    return document.with_replaced(
        *(each.annotation for each in results if each.annotation.id in ids)
    )


def segmented(
    model: Model,
    embedding: Embedding,
    document: Document,
    objects: Sequence[Unsegmented],
    recipe: Recipe | None = None,
    cancelled: Callable[[], bool] | None = None,
    pixels: Pixels | None = None,
) -> tuple[Document, tuple[Unsegmented, ...]]:
    """``document`` with a mask for each of ``objects`` as a proposal on top, and what is left over.

    Left over are those with nothing to ask with, those that lie outside the image
    (``lies_outside``), and those where the model sees nothing. The score another program gave goes
    into the evidence's ``extra``.

    Raises:
        Cancelled, ValueError: as ``resegmented``.
    """
    how = recipe or Recipe()
    left: list[Unsegmented] = []
    chosen: list[tuple[Unsegmented, Previous, Asked]] = []
    for each in objects:
        before = Previous(box=each.prompt.box, points=each.prompt.points)
        by = By.BOX if before.box is not None and how.by is not By.POINTS else By.POINTS
        asked = asked_of(before, replace(how, by=by))
        if asked is None:
            left.append(each)
        else:
            chosen.append((each, before, asked))
    asked_all = [each[2] for each in chosen]
    answered = answers(model, embedding, asked_all, how.passes, cancelled, pixels)
    for (each, before, _), found in zip(chosen, answered, strict=True):
        if found.mask.area:
            document = _with_segmented(document, each, before, found)
        else:
            left.append(each)
    return document, tuple(left)


def _with_segmented(
    document: Document, each: Unsegmented, before: Previous, found: Found
) -> Document:
    evidence = found.evidence
    if each.score is not None:
        evidence = replace(evidence, extra=FrozenMap({"score": each.score}))
    added = document.with_added(
        found.mask,
        each.label_id,
        source=Source.IMPORTED,
        state=State.PROPOSED,
        evidence=evidence,
        attributes=each.attributes,
        details=each.details,
        extra=each.extra,
    )
    previous = replace(before, iou=agreement(before, found.mask))
    return added.with_replaced(
        replace(added.annotations[-1], previous=previous, imported_from=each.imported_from)
    )


def shape_before(annotation: Annotation) -> Previous | None:
    """What the object was before anything was segmented anew; None for an empty one.

    Asking a second time starts from the first shape again, not from the model's own answer.
    """
    kept = annotation.previous
    if kept is not None:
        return replace(kept, iou=None)
    return Previous(mask=annotation.mask) if annotation.mask.area else None


def lies_outside(each: Annotation | Unsegmented, height: int, width: int) -> bool:
    """Whether an object has a box or points alone, and none of them lies in an image of that size:
    nothing can be asked about it."""
    if isinstance(each, Annotation):
        before = shape_before(each)
    else:
        before = Previous(box=each.prompt.box, points=each.prompt.points)
    asked = None if before is None else asked_of(before, Recipe())
    return asked is not None and asked.inside(height, width) is None


def outside_of(
    annotations: Iterable[Annotation], objects: Iterable[Unsegmented], height: int, width: int
) -> int:
    """How many of them lie outside an image of that size; see ``lies_outside``."""
    return sum(lies_outside(each, height, width) for each in annotations) + sum(
        lies_outside(each, height, width) for each in objects
    )


def asked_of(before: Previous, recipe: Recipe) -> Asked | None:
    """The prompt that ``before`` becomes; None if it has nothing of the kind."""
    mask = before.mask if before.mask is not None and before.mask.area else None
    by = recipe.by
    if by is By.BEST:
        by = By.MASK if mask is not None else By.BOX if before.box is not None else By.POINTS
    if by is By.POINTS:
        points = before.points or (() if mask is None else (deepest_point(mask),))
        return Asked(Prompt(points)) if any(point.positive for point in points) else None
    box = before.box or (None if mask is None else _box_of(mask))
    if box is None:
        return None
    prompt = Prompt(before.points, _grown(box, recipe.margin))
    return Asked(prompt, mask) if by is By.MASK else Asked(prompt)


def agreement(before: Previous, new: Mask) -> float | None:
    """IoU of the old mask and the new one, or of the old box and the new one's; None for points."""
    if before.mask is not None:
        return round(before.mask.iou(new), 4)
    if before.box is not None and new.bounds is not None:
        return round(box_iou(before.box, new.bounds), 4)
    return None


def box_iou(box: Box, bounds: Bounds) -> float:
    """IoU of two rectangles in image pixels."""
    x0, y0, x1, y1 = bounds
    width = max(0.0, min(box.x1, x1) - max(box.x0, x0))
    height = max(0.0, min(box.y1, y1) - max(box.y0, y0))
    shared = width * height
    both = (box.x1 - box.x0) * (box.y1 - box.y0) + (x1 - x0) * (y1 - y0) - shared
    return min(1.0, shared / both)


def deepest_point(mask: Mask) -> Point:
    """The centre of the foreground pixel farthest from the mask's edge (paper, section 7.1).

    Raises:
        ValueError: the mask is empty.
    """
    if mask.bounds is None:
        raise ValueError("an empty mask has no deepest pixel")
    x0, y0, _, _ = mask.bounds
    pixels = np.pad(mask.crop(mask.bounds).astype(np.uint8), 1)
    depth = cv2.distanceTransform(pixels, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return Point(x0 + float(x) - 0.5, y0 + float(y) - 0.5)


def _box_of(mask: Mask) -> Box:
    x0, y0, x1, y1 = mask.bounds or (0, 0, 0, 0)
    return Box(x0, y0, x1, y1)


def _grown(box: Box, margin: float) -> Box:
    dx, dy = (box.x1 - box.x0) * margin, (box.y1 - box.y0) * margin
    return box if margin == 0 else Box(box.x0 - dx, box.y0 - dy, box.x1 + dx, box.y1 + dy)
