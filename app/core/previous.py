"""What an object was before it was segmented anew, kept with it until somebody has looked."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.mask import Mask
from app.core.prompt import Box, Point


@dataclass(frozen=True, slots=True)
class Previous:
    """The old annotation.

    Attributes:
        mask: its pixels, or None if it had only a box or points.
        box: image pixels, or None.
        points: image pixels.
        iou: how much the new mask agrees, in [0, 1]: old mask against new one, or old box against
            the new mask's; None where it cannot be said.
        extra: what its file held beside these.

    Raises:
        ValueError: there is neither a mask nor a box nor a point, or the IoU is out of range.
    """

    mask: Mask | None = None
    box: Box | None = None
    points: tuple[Point, ...] = ()
    iou: float | None = None
    extra: FrozenMap = field(default=EMPTY)

    def __post_init__(self) -> None:
        if self.mask is None and self.box is None and not self.points:
            raise ValueError("what was there before must be a mask, a box or points")
        if self.iou is not None and not 0 <= self.iou <= 1:
            raise ValueError(f"an IoU lies in 0 to 1, given {self.iou}")
        object.__setattr__(self, "extra", freeze(self.extra))
