"""A label goes: its objects get another one, or go with it; on a document, and back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.core.document import Annotation, Document
from app.core.unsegmented import Unsegmented
from model.messages import say

Taken = tuple[int, Annotation]
"""An object that was taken out, and its place counted from the bottom."""


@dataclass(frozen=True, slots=True)
class Share:
    """What of one image a merge is about, and what takes it back.

    Attributes:
        name: of the image.
        size: of the image, height and width.
        ids: its objects with the label that goes, whatever their state, locked ones included.
        unsegmented: those without a mask.
        taken: its objects themselves, where they are to be deleted.
    """

    name: str
    size: tuple[int, int]
    ids: frozenset[int]
    unsegmented: tuple[Unsegmented, ...] = ()
    taken: tuple[Taken, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.ids) + len(self.unsegmented)


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
            raise ValueError(say("label {id} cannot be merged with itself", self.source))

    def share(self, name: str, document: Document) -> Share:
        """What it is about on the image of that name."""
        found = [each for each in enumerate(document) if each[1].label_id == self.source]
        return Share(
            name,
            (document.height, document.width),
            frozenset(each.id for _, each in found),
            tuple(each for each in document.unsegmented if each.label_id == self.source),
            tuple(found) if self.into is None else (),
        )

    def done(self, document: Document) -> Document:
        """With the label that stays on each of them, ids, masks and states as they were; or
        without them.
        """
        if self.into is not None:
            return document.with_label_ids({self.source: self.into})
        after = document.without(self.share("", document).ids)
        left = (each for each in document.unsegmented if each.label_id != self.source)
        return after.with_unsegmented(left)

    def undone(self, share: Share, document: Document) -> Document:
        """With the old label where the merge took it, as far as the new one is still there.

        Args:
            share: what was changed; objects that were deleted are put back unless they are there.
            document: the objects now.
        """
        if self.into is None:
            return self._put_back(share, document)
        found = [e.id for e in document if e.id in share.ids and e.label_id == self.into]
        moved = {replace(each, label_id=self.into) for each in share.unsegmented}
        return document.with_label(found, self.source).with_unsegmented(
            replace(each, label_id=self.source) if each in moved else each
            for each in document.unsegmented
        )

    def _put_back(self, share: Share, document: Document) -> Document:
        every = list(document)
        for place, each in share.taken:
            if each.id not in document:
                every.insert(min(place, len(every)), each)
        next_id = max([document.next_id, *(each.id + 1 for each in every)])
        if len(every) > len(document):
            document = replace(document, annotations=tuple(every), next_id=next_id)
        there = document.unsegmented
        back = [each for each in share.unsegmented if each not in there]
        return document.with_unsegmented([*there, *back])
