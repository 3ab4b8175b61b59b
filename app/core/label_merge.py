"""Two labels become one: on a document, and back."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.document import Document


@dataclass(frozen=True, slots=True)
class Merge:
    """The objects of one label get another one's.

    Attributes:
        source: id of the label that goes.
        into: id of the label that stays.
    """

    source: int
    into: int

    def __post_init__(self) -> None:
        if self.source == self.into:
            raise ValueError(f"label {self.source} cannot be merged with itself")

    def ids(self, document: Document) -> frozenset[int]:
        """The objects that are meant, whatever their state, locked ones included."""
        return frozenset(each.id for each in document if each.label_id == self.source)

    def done(self, document: Document) -> Document:
        """With the label that stays on each of them; ids, masks and states are as they were."""
        return document.with_relabelled(self.ids(document), self.into)

    def undone(self, document: Document, ids: frozenset[int]) -> Document:
        """With the old label on those of ``ids`` that are there and have the new one still."""
        found = [each.id for each in document if each.id in ids and each.label_id == self.into]
        return document.with_relabelled(found, self.source)
