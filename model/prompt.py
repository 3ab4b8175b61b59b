"""What is asked of a model, checked when it is put together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.transforms import Transform

Float = npt.NDArray[np.float32]


def _frozen(array: npt.ArrayLike, dtype: type[np.generic]) -> npt.NDArray[np.generic]:
    # What a smaller type cannot hold becomes infinite, and is refused as such.
    with np.errstate(over="ignore"):
        copy = np.array(array, dtype=dtype)
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What is asked of the mask decoder: points, at most one box, earlier logits, in any mixture.

    Attributes:
        points: (N, 2) float32, (x, y) in image pixels.
        labels: (N,) int64, 1 foreground, 0 background.
        box: (4,) float32 x0, y0, x1, y1 with x0 < x1 and y0 < y1, or None.
        logits: (h, w) float32 low-res logits of an earlier prediction on the same image,
            unthresholded, or None.
        logits_of: the ``transform`` of the prediction that the logits are of. Where it is given, an
            embedding of another part of the image refuses them.

    Raises:
        ValueError: nothing is asked, or a value is not finite, not of the named shape, or out of
        order.
    """

    points: Float = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    labels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    box: Float | None = None
    logits: Float | None = None
    logits_of: Transform | None = None

    def __post_init__(self) -> None:
        points = np.asarray(self.points, dtype=np.float64)
        if points.size == 0:
            points = points.reshape(0, 2)
        labels = np.asarray(self.labels)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(
                f"points must have the shape (N, 2), given {points.shape}: one (x, y) per point"
            )
        if labels.shape != (len(points),):
            raise ValueError(
                f"{len(points)} points need as many labels, given the shape {labels.shape}: "
                "say 1 (foreground) or 0 (background) of each"
            )
        if not np.isin(labels, (0, 1)).all():
            raise ValueError(
                "a label is 1 (foreground) or 0 (background), given "
                f"{sorted(set(labels.tolist()))}: correct it; a box is given as box"
            )
        finite = np.isfinite(_frozen(points, np.float32)).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"a point is not of finite numbers, given {points[~finite][0].tolist()}: "
                "drop the point or correct it"
            )
        set_field = object.__setattr__
        set_field(self, "points", _frozen(points, np.float32))
        set_field(self, "labels", _frozen(labels, np.int64))
        if self.box is not None:
            set_field(self, "box", _checked_box(self.box))
        if self.logits is not None:
            set_field(self, "logits", _checked_logits(self.logits))
        if not len(points) and self.box is None and self.logits is None:
            raise ValueError(
                "an empty prompt asks for nothing: give a point, a box or earlier logits"
            )

    @property
    def ambiguous(self) -> bool:
        """Whether three candidates belong to it: one point and nothing else (paper, appendix A)."""
        return len(self.points) == 1 and self.box is None and self.logits is None


def _checked_box(box: npt.ArrayLike) -> npt.NDArray[np.generic]:
    values = np.asarray(box, dtype=np.float64)
    if values.shape != (4,):
        raise ValueError(
            f"a box is four numbers x0, y0, x1, y1, given the shape {values.shape}: "
            "ask for one box at a time"
        )
    if not np.isfinite(_frozen(values, np.float32)).all():
        raise ValueError(
            f"a box has a coordinate that is not a finite number, given {values.tolist()}: "
            "drop the box or correct it"
        )
    if values[0] >= values[2] or values[1] >= values[3]:
        raise ValueError(
            f"a box needs x0 < x1 and y0 < y1, given {values.tolist()}: order its corners"
        )
    return _frozen(values, np.float32)


def _checked_logits(logits: npt.ArrayLike) -> npt.NDArray[np.generic]:
    values = _frozen(logits, np.float32)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(
            f"earlier logits must have the shape (h, w), given {values.shape}: "
            "pass those of one candidate"
        )
    if not np.isfinite(values).all():
        raise ValueError("the earlier logits hold values that are not finite: leave them out")
    return values
