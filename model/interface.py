"""The values and the protocol by which everything else speaks to a model.

Coordinates are image pixels, (x, y), with (0, 0) the outer corner of the first pixel; arrays are
(H, W) or (H, W, C).
Nothing here imports a framework: a reader of predictions needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from model.resampling import Window, logits_at_size, mask_at_size, mask_in_window
from model.transforms import Transform

Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]

STABILITY_OFFSET = 1.0
"""Logit distance between the two masks whose IoU is the stability score (paper, appendix B)."""


class ModelError(Exception):
    """A model cannot be loaded or run; the text says what happened and what to do."""


class CheckpointError(ModelError):
    """A file is missing, is not a checkpoint, or does not fit any known variant."""


class Cancelled(Exception):  # noqa: N818  it is an outcome, not a fault
    """Work was stopped because its owner asked for it."""


def _frozen(array: npt.ArrayLike, dtype: type[np.generic]) -> npt.NDArray[np.generic]:
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

    Raises:
        ValueError: nothing is asked, or a value is not finite, not of the named shape, or out of
        order.
    """

    points: Float = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    labels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    box: Float | None = None
    logits: Float | None = None

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
                f"{len(points)} points need as many labels, given the shape {labels.shape}"
            )
        if not np.isin(labels, (0, 1)).all():
            raise ValueError(
                "a label is 1 (foreground) or 0 (background), given "
                f"{sorted(set(labels.tolist()))}: correct it; a box is given as box"
            )
        finite = np.isfinite(points).all(axis=1)
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
    if not np.isfinite(values).all():
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
    values = np.asarray(logits)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(
            f"earlier logits must have the shape (h, w), given {values.shape}: "
            "pass those of one candidate"
        )
    if not np.isfinite(values).all():
        raise ValueError("the earlier logits hold values that are not finite: leave them out")
    return _frozen(values, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What the image encoder made of one image; immutable, so it may cross threads and be cached.

    Attributes:
        features: read-only float arrays by name: ``embedding`` (C, h, w) always; a variant with
            skip features
            adds ``skip_0`` (C0, 2h, 2w) and so on. float32 or float16.
        transform: how image pixels became encoder pixels.
        model: identity of the model that made it; another model refuses it.
    """

    features: dict[str, npt.NDArray[np.generic]]
    transform: Transform
    model: str

    @property
    def image_size(self) -> tuple[int, int]:
        """(H, W) of the image in pixels."""
        return self.transform.image_size

    @property
    def size_bytes(self) -> int:
        return sum(array.nbytes for array in self.features.values())


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The candidates for one prompt, best predicted IoU not necessarily first.

    Attributes:
        logits: (K, h, w) float32 low-res logits over the whole padded input; foreground where > 0.
        predicted_iou: (K,) float32, the IoU head's estimate.
        stability: (K,) float32 in [0, 1], IoU of the masks at logits > +1 and > -1 (appendix B),
            counted on the part of the low-res logits that shows the image.
        transform: of the embedding it was decoded from.
    """

    logits: Float
    predicted_iou: Float
    stability: Float
    transform: Transform

    @property
    def best(self) -> int:
        """Index of the candidate with the highest predicted IoU."""
        return int(np.argmax(self.predicted_iou))

    def mask(self, index: int | None = None) -> Bool:
        """Candidate ``index`` (the best one if None) as (H, W) bool at the image's size.

        One resize straight from the low-res logits; see ``resampling``.
        """
        return mask_at_size(self._candidate(index), self.transform)

    def mask_window(self, index: int | None, window: Window, size: tuple[int, int]) -> Bool:
        """The part of a candidate inside ``window`` as ``size`` (h, w) bool.

        For previews: costs the pixels shown, not the pixels of the image.

        Args:
            index: the candidate, or None for the best one.
            window: x0, y0, x1, y1 in image pixels; fractions and places outside are allowed.
            size: rows and columns to show the window in.
        """
        return mask_in_window(self._candidate(index), self.transform, window, size)

    def full_logits(self, index: int | None = None) -> Float:
        """Logits (H, W) by the published rule: to the input's size, cropped, to the image's size.

        ``mask`` skips the step between; this is for comparisons with the published code.
        """
        return logits_at_size(self._candidate(index), self.transform)

    def _candidate(self, index: int | None) -> Float:
        candidate: Float = self.logits[self.best if index is None else index]
        return candidate


def stability_score(logits: Float, offset: float = STABILITY_OFFSET) -> Float:
    """IoU of the masks at logits > ``+offset`` and > ``-offset``: (K, h, w) -> (K,) float32.

    0 where both are empty.
    """
    inner = np.count_nonzero(logits > offset, axis=(-2, -1))
    outer = np.count_nonzero(logits > -offset, axis=(-2, -1))
    score: Float = (inner / np.maximum(outer, 1)).astype(np.float32)
    return score


@dataclass(frozen=True, slots=True)
class RuntimeReport:
    """What really runs, and why.

    Attributes:
        runtime: ``torch`` or ``onnxruntime``.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.
        precision: ``float32``, ``bfloat16``, ``float16`` or ``int8``.
        reason: one sentence for people: why this choice, or what failed before it.
    """

    runtime: str
    device: str
    precision: str
    reason: str


@runtime_checkable
class Model(Protocol):
    """A promptable segmentation model without a current image."""

    @property
    def variant(self) -> str:
        """Name of the architecture, such as ``vit_b``."""

    @property
    def identity(self) -> str:
        """Hash of variant and weights; embeddings of equal identity are interchangeable."""

    @property
    def input_size(self) -> int:
        """Side of the square encoder input in pixels."""

    @property
    def logits_size(self) -> tuple[int, int]:
        """(h, w) of the low-res logits."""

    @property
    def report(self) -> RuntimeReport: ...

    def embed(
        self, image: npt.NDArray[np.uint8], cancelled: Callable[[], bool] | None = None
    ) -> Embedding:
        """Run the image encoder on ``image`` (H, W, 3) uint8 RGB.

        Raises:
            ValueError: the image has another shape or dtype, or no pixels.
            Cancelled: ``cancelled()`` became true.
        """

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        """Answer one prompt; three candidates if ``multimask``, one if not, by the ambiguity rule
        if None.

        Raises:
            ValueError: the embedding is another model's, or the logits have another size.
        """

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        """Answer many prompts in one call, in order; the same answers as ``decode`` one by one."""
