"""What an object was before it was segmented anew, kept with it until somebody has looked.

It lies in the annotation's ``extra`` under ``maskwright`` / ``previous``, and so in its file: the
keys ``counts`` (the old mask as COCO's compressed run lengths, of the image's size), ``box``
([x0, y0, x1, y1]), ``points`` ([[x, y, positive], ...]) and ``iou`` (old mask against new one, or
of the new mask's box against the old box), each only where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.document import Annotation, State
from app.core.frozen import EMPTY, FrozenMap
from app.core.mask import Mask
from app.core.prompt import Box, Point

OWN = "maskwright"
KEY = "previous"


@dataclass(frozen=True, slots=True)
class Previous:
    """The old annotation.

    Attributes:
        mask: its pixels, or None if it had only a box or points.
        box: image pixels, or None.
        points: image pixels.
        iou: how much the new mask agrees, in [0, 1]; None where it cannot be said.

    Raises:
        ValueError: there is neither a mask nor a box nor a point, or the IoU is out of range.
    """

    mask: Mask | None = None
    box: Box | None = None
    points: tuple[Point, ...] = ()
    iou: float | None = None

    def __post_init__(self) -> None:
        if self.mask is None and self.box is None and not self.points:
            raise ValueError("what was there before must be a mask, a box or points")
        if self.iou is not None and not 0 <= self.iou <= 1:
            raise ValueError(f"an IoU lies in 0 to 1, given {self.iou}")


def previous_of(annotation: Annotation) -> Previous | None:
    """What the object was before; None if nothing is kept, or nothing that can be understood."""
    own = annotation.extra.get(OWN)
    raw = own.get(KEY) if isinstance(own, Mapping) else None
    if not isinstance(raw, Mapping):
        return None
    try:
        return _parsed(raw, *annotation.mask.size)
    except (ValueError, TypeError):
        return None


def with_previous(annotation: Annotation, previous: Previous) -> Annotation:
    """The annotation with ``previous`` kept in it, in the place of what was kept there."""
    own = annotation.extra.get(OWN)
    kept = dict(own) if isinstance(own, Mapping) else {}
    kept[KEY] = _record(previous)
    return replace(annotation, extra=annotation.extra.with_items({OWN: kept}))


def without_previous(annotation: Annotation) -> Annotation:
    """The annotation with nothing kept; itself if nothing was."""
    own = annotation.extra.get(OWN)
    if not isinstance(own, Mapping) or KEY not in own:
        return annotation
    kept = {key: value for key, value in own.items() if key != KEY}
    rest = {key: value for key, value in annotation.extra.items() if key != OWN}
    return replace(annotation, extra=FrozenMap(rest | ({OWN: kept} if kept else {})))


def keeping_old(annotation: Annotation) -> Annotation:
    """The decision for the old mask: it is back and accepted, nothing is kept.

    Raises:
        ValueError: there is no old mask, only a box or points or nothing at all.
    """
    found = previous_of(annotation)
    if found is None or found.mask is None:
        raise ValueError(f"annotation {annotation.id} has no older mask to go back to")
    return replace(without_previous(annotation), mask=found.mask, state=State.ACCEPTED)


def taking_new(annotation: Annotation) -> Annotation:
    """The decision for the new mask: it is accepted, the old one is forgotten."""
    return replace(without_previous(annotation), state=State.ACCEPTED)


def _record(previous: Previous) -> dict[str, object]:
    record: dict[str, object] = {}
    if previous.mask is not None:
        record["counts"] = previous.mask.counts
    if previous.box is not None:
        box = previous.box
        record["box"] = [box.x0, box.y0, box.x1, box.y1]
    if previous.points:
        record["points"] = [[p.x, p.y, p.positive] for p in previous.points]
    if previous.iou is not None:
        record["iou"] = previous.iou
    return record


def _parsed(raw: Mapping[str, Any], height: int, width: int) -> Previous:
    counts, box = raw.get("counts"), raw.get("box")
    mask = Mask.from_counts(counts, height, width) if isinstance(counts, str) else None
    points = tuple(Point(x, y, positive) for x, y, positive in raw.get("points", EMPTY))
    return Previous(mask, None if box is None else Box(*box), points, raw.get("iou"))
