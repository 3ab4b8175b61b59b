"""What an image holds, as far as a list of images is filtered and sorted by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.attributes import written
from app.core.details import Flag

if TYPE_CHECKING:
    from app.core.document import Annotation

LONGEST_VALUE = 100
"""Characters of a value that are kept; a list is not filtered by whole stories."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Of the objects of an image that are not rejected.

    Attributes:
        labels: their names.
        values: names of attributes, each with a value as files of text have it.
        flags: those that hold for one of them at least.
        least_iou: the lowest predicted IoU; None if none is known.
    """

    labels: frozenset[str] = frozenset()
    values: frozenset[tuple[str, str]] = frozenset()
    flags: frozenset[Flag] = frozenset()
    least_iou: float | None = None

    @classmethod
    def of(cls, objects: Iterable[Annotation], names: Mapping[int, str]) -> Contents:
        """Of these objects.

        Args:
            objects: none of them rejected.
            names: of labels by their ids; those without one are left out.
        """
        found = list(objects)
        ids = {each.label_id for each in found}
        scores = [s for a in found if (s := a.evidence.predicted_iou) is not None]
        return cls(
            frozenset(names[each] for each in ids if each in names),
            frozenset(pair for each in found if each.attributes for pair in pairs(each.attributes)),
            frozenset().union(*{each.details.flags for each in found}),
            min(scores, default=None),
        )


NOTHING = Contents()


def pairs(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each name with its value as text; what is no single value is left out."""
    for name, value in values.items():
        text = written(value)
        if text is not None:
            yield name, text[:LONGEST_VALUE]
