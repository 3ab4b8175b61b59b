"""A label goes: its objects get another one, or go with it; on a document, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.document import Annotation, Document

Taken = tuple[int, Annotation]
"""An object that was taken out, and its place counted from the bottom."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The objects of one label get another one's, or are deleted.

    Attributes:
        source: id of the label that goes.
        into: id of the label that stays; None deletes the objects.
    """

    source: int
    into: int | None

    def __post_init__(self) -> None:
        if self.source == self.into:
            raise ValueError(f"label {self.source} cannot be merged with itself")

    def ids(self, document: Document) -> frozenset[int]:
        """The objects that are meant, whatever their state, locked ones included."""
        return frozenset(each.id for each in document if each.label_id == self.source)

    def taken(self, document: Document) -> tuple[Taken, ...]:
        """The objects that would be deleted."""
        if self.into is not None:
            return ()
        every = enumerate(document)
        return tuple((place, each) for place, each in every if each.label_id == self.source)

    def done(self, document: Document) -> Document:
        """With the label that stays on each of them, ids, masks and states as they were; or
        without them.
        """
        if self.into is None:
            return document.without(self.ids(document))
        return document.with_label(self.ids(document), self.into)

    def undone(
        self, document: Document, ids: frozenset[int], taken: Iterable[Taken] = ()
    ) -> Document:
        """With the old label on those of ``ids`` that are there and have the new one still.

        Args:
            document: the objects now.
            ids: of those that were changed.
            taken: those that were deleted; each is put back unless it is there.
        """
        if self.into is not None:
            found = [e.id for e in document if e.id in ids and e.label_id == self.into]
            return document.with_label(found, self.source)
        every = list(document)
        for place, each in taken:
            if each.id not in document:
                every.insert(min(place, len(every)), each)
        if len(every) == len(document):
            return document
        next_id = max(document.next_id, *(each.id + 1 for each in every))
        return replace(document, annotations=tuple(every), next_id=next_id)
