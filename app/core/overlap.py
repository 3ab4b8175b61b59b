"""Whose pixel is it, when a new mask covers objects that are there already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.document import Annotation, Document, State
from app.core.mask import Mask


class OverlapPolicy(StrEnum):
    """What happens where a new or edited mask covers other objects.

    ``ALLOW``: both keep the pixel. ``NEWEST_WINS``: it is taken from the others; from locked ones
    it
    is not. ``PROTECT_EXISTING``: the new mask does not get it.
    """

    ALLOW = "allow"
    NEWEST_WINS = "newest_wins"
    PROTECT_EXISTING = "protect_existing"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a policy makes of a new mask and the objects under it.

    Attributes:
        mask: the new mask with what it may keep; may be empty.
        changed: those objects that lost pixels, as they are now, not empty.
        emptied: ids of the objects that lost all their pixels.
    """

    mask: Mask
    changed: tuple[Annotation, ...] = ()
    emptied: tuple[int, ...] = ()

    def applied_to(self, document: Document) -> Document:
        """``document`` with the changed objects in place and the emptied ones gone.

        The new mask itself is not added.
        """
        return document.with_replaced(*self.changed).without(self.emptied)


def resolve(
    mask: Mask,
    existing: Iterable[Annotation],
    policy: OverlapPolicy,
    own_id: int | None = None,
) -> Resolution:
    """Apply ``policy`` to ``mask`` over ``existing``.

    Args:
        mask: new, or the new shape of the object ``own_id``.
        existing: the objects of the image; rejected ones do not count.
        policy: what happens to pixels that both have.
        own_id: the object that gets the mask; it is not in its own way.
    """
    others = [a for a in existing if a.id != own_id and a.state != State.REJECTED]
    if policy is OverlapPolicy.ALLOW:
        return Resolution(mask)
    if policy is OverlapPolicy.PROTECT_EXISTING:
        return Resolution(_without(mask, others))
    mask = _without(mask, [a for a in others if a.locked])
    cut = [a for a in others if not a.locked and a.mask.overlaps(mask)]
    rest = [replace(a, mask=a.mask.subtract(mask)) for a in cut]
    return Resolution(
        mask,
        changed=tuple(a for a in rest if a.mask.area),
        emptied=tuple(a.id for a in rest if not a.mask.area),
    )


def _without(mask: Mask, annotations: Iterable[Annotation]) -> Mask:
    for annotation in annotations:
        if mask.overlaps(annotation.mask):
            mask = mask.subtract(annotation.mask)
    return mask
