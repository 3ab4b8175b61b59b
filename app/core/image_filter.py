"""Which images of a folder are listed, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.details import Flag
from app.core.document import ImageStatus
from app.core.review import Summary

EVERY_STATUS = frozenset(ImageStatus)


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """What an image must have to be listed; what is empty or None does not matter.

    Attributes:
        words: a part of its name, in small letters.
        statuses: one of these.
        labels: it has an object of a label with one of these names: one label may have several,
            since files go on with those it had before.
        attribute: an object has a value of this name; with a second text, this value.
        flag: it holds for an object.
    """

    words: str = ""
    statuses: frozenset[ImageStatus] = EVERY_STATUS
    labels: frozenset[str] | None = None
    attribute: tuple[str, str | None] | None = None
    flag: Flag | None = None

    @property
    def by_contents(self) -> bool:
        """Whether it asks what is in the images' files, which takes a while to be known."""
        return len(self.statuses) < len(EVERY_STATUS) or self.by_objects

    @property
    def by_objects(self) -> bool:
        return (self.labels, self.attribute, self.flag) != (None, None, None)

    def admits(self, summary: Summary) -> bool:
        """Whether an image of which this is known is listed, whatever its name."""
        if summary.status not in self.statuses:
            return False
        if not self.by_objects:
            return True
        held = summary.contents
        if self.labels is not None and not self.labels & held.labels:
            return False
        if self.flag is not None and self.flag not in held.flags:
            return False
        if self.attribute is None:
            return True
        name, value = self.attribute
        if value is not None:
            return (name, value) in held.values
        return any(name == each for each, _ in held.values)


class SortBy(StrEnum):
    """What the list is sorted by.

    ``STATE``: in progress, to do, skipped, done. ``UNCERTAINTY``: the lowest predicted IoU first.
    """

    NAME = "name"
    DATE = "date"
    STATE = "state"
    UNCERTAINTY = "uncertainty"


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """How images follow each other; those alike by their names, and unknown ones last.

    Attributes:
        by: by what.
        backwards: the other way round.
    """

    by: SortBy = SortBy.NAME
    backwards: bool = False

    def __str__(self) -> str:
        return f"{self.by}{' backwards' if self.backwards else ''}"

    @classmethod
    def read(cls, text: str | None) -> ImageOrder:
        """What ``str`` made of one; by name if it is none."""
        by, _, backwards = (text or "").partition(" ")
        return cls(SortBy(by), backwards == "backwards") if by in set(SortBy) else cls()

    @property
    def by_contents(self) -> bool:
        return self.by in (SortBy.STATE, SortBy.UNCERTAINTY)

    def sorted(
        self,
        places: Sequence[int],
        summary: Callable[[int], Summary],
        date: Callable[[int], int | None],
    ) -> Sequence[int]:
        """These places of the list in this order.

        Args:
            places: ascending, as the names are.
            summary: what is known of the image at a place.
            date: when the file of the image at a place was changed, in any unit; None if that is
                not known yet.
        """
        if self.by is SortBy.NAME:
            return places[::-1] if self.backwards else places
        known, keys, unknown = [], [], []
        for place in places:
            key = self._key(place, summary, date)
            if key is None:
                unknown.append(place)
            else:
                known.append(place)
                keys.append(key)
        # Equal ones stay as their names are, whichever way it goes.
        order = sorted(range(len(known)), key=keys.__getitem__, reverse=self.backwards)
        return [known[number] for number in order] + unknown

    def _key(
        self,
        place: int,
        summary: Callable[[int], Summary],
        date: Callable[[int], int | None],
    ) -> float | None:
        if self.by is SortBy.DATE:
            return date(place)
        if self.by is SortBy.STATE:
            return _RANKS[summary(place).status]
        return summary(place).contents.least_iou


_RANKS = {
    ImageStatus.IN_PROGRESS: 0.0,
    ImageStatus.TODO: 1.0,
    ImageStatus.SKIPPED: 2.0,
    ImageStatus.DONE: 3.0,
}
