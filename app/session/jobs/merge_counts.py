"""What a merge of two labels would change, and what one that was made has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.document import Document
from app.core.label_merge import Merge, Share
from app.core.labels import LabelSet

Turn = Callable[[Document], Document]
Wanted = Callable[[], bool]


def always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Counted:
    """What a merge would do.

    Attributes:
        merge: which label goes, and which stays.
        shares: the images with objects of the label that goes.
        unclear: images that cannot be read or changed; while there are any, the label stays.
    """

    merge: Merge
    shares: tuple[Share, ...]
    unclear: tuple[str, ...] = ()

    @property
    def objects(self) -> int:
        return sum(len(each) for each in self.shares)


@dataclass(slots=True)
class Done:
    """A merge that was made: what takes it back, and whether it was taken back."""

    counted: Counted
    before: LabelSet
    after: LabelSet
    shares: dict[str, Share] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    parted: bool = False
