"""How a mask came to be: what quality control and later training want to know about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.prompt import Point, Step


@dataclass(frozen=True, slots=True)
class Evidence:
    """The record kept with each mask (paper, section 4; fields that are not known are None).

    Attributes:
        prompts: the questions asked, oldest first; the last one led to the proposal.
        candidate: which of the model's answers was taken, counted from 0.
        predicted_iou: the model's estimate for it, finite; a head that is a regression may leave
            [0, 1].
        stability_score: its stability in [0, 1].
        clicks: points and boxes given in all, undone ones included.
        brush_added_px: pixels set by hand.
        brush_removed_px: pixels cleared by hand.
        active_s: seconds of work on it, pauses cut off.
        proposal_iou: IoU in [0, 1] of the model's proposal against the mask as it was accepted.
        model: name of the model.
        model_identity: hash of its variant and weights.
        app_version: version of this program.
        created: moment of acceptance in ISO 8601.
        crop_box: (x, y, width, height) of the crop an automatic mask was found in.
        extra: what a file held beside these.

    Raises:
        ValueError: a number out of its range, or a moment that is not ISO 8601.
    """

    prompts: tuple[Step, ...] = ()
    candidate: int | None = None
    predicted_iou: float | None = None
    stability_score: float | None = None
    clicks: int = 0
    brush_added_px: int = 0
    brush_removed_px: int = 0
    active_s: float = 0.0
    proposal_iou: float | None = None
    model: str | None = None
    model_identity: str | None = None
    app_version: str | None = None
    created: str | None = None
    crop_box: tuple[float, float, float, float] | None = None
    extra: FrozenMap = field(default=EMPTY)

    def __post_init__(self) -> None:
        for name in ("candidate", "clicks", "brush_added_px", "brush_removed_px", "active_s"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be 0 or more, given {value}")
        for name in ("stability_score", "proposal_iou"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} must lie in 0 to 1, given {value}")
        if self.predicted_iou is not None and not isfinite(self.predicted_iou):
            raise ValueError(f"predicted_iou must be finite, given {self.predicted_iou}")
        if self.created is not None:
            datetime.fromisoformat(self.created)
        if self.crop_box is not None:
            _require_box(self.crop_box)
        object.__setattr__(self, "extra", freeze(self.extra))

    @property
    def points(self) -> tuple[Point, ...]:
        """The points of the last question, what SA-1B keeps as ``point_coords``."""
        return self.prompts[-1].prompt.points if self.prompts else ()


NO_EVIDENCE = Evidence()


def _require_box(box: tuple[float, float, float, float]) -> None:
    if len(box) != 4 or not all(isfinite(value) for value in box) or min(box[2:]) < 0:
        raise ValueError(f"crop_box must be x, y, width, height in image pixels, given {box}")
