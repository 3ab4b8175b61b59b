"""The values and the protocol by which everything else speaks to a model.

Coordinates are image pixels, (x, y), with (0, 0) the outer corner of the first pixel; arrays are
(H, W) or (H, W, C).
Nothing here imports a framework: a reader of predictions needs numpy alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from model.masks.outlines import Guide
from model.masks.resampling import Part, logits_at_size, mask_at_size
from model.messages import MessageError
from model.prompt import Prompt as Prompt
from model.terms import Terms
from model.transforms import PixelWindow, Transform

Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Features = dict[str, npt.NDArray[np.generic]]
"""Of an ``Embedding``."""

STABILITY_OFFSET = 1.0
"""Logit distance between the two masks whose IoU is the stability score (paper, appendix B)."""


class ModelError(MessageError):
    """A model cannot be loaded or run; the text says what happened and what to do."""


def first_line(error: BaseException) -> str:
    """What a library said, without what it told besides; its kind if it said nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


class CheckpointError(ModelError):
    """A file is missing, is not a checkpoint, or does not fit any known variant."""


class ServerError(ModelError):
    """The machine where the image encoder runs did not do its part; clicks go on without it.

    Attributes:
        passing: whether the same may be answered a little later, with nothing changed here.
    """

    passing = False


class ServerGoneError(ServerError):
    """It cannot be reached, does not answer, or has too much to do."""

    passing = True


class TooSlowError(ModelError):
    """A run was ended since it took longer than it may; the next would too."""


class Cancelled(Exception):  # noqa: N818  it is an outcome, not a fault
    """Work was stopped because its owner asked for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What the image encoder made of an image or a window of it; immutable, so it may cross threads
    and be cached.

    Attributes:
        features: read-only float arrays by name: ``embedding`` (C, h, w) always; a variant with
            skip features
            adds ``skip_0`` (C0, 2h, 2w) and so on, SAM-HQ ``fine`` (C / 8, 4h, 4w). float32 or
            float16.
        transform: how image pixels became encoder pixels.
        model: image identity of the model that made it; another model refuses it.
        guide: what the outlines of masks follow, for who wants that; see ``model.masks.outlines``.
    """

    features: Features
    transform: Transform
    model: str
    guide: Guide | None = None

    def guided_by(self, image: npt.NDArray[np.uint8]) -> Embedding:
        """The same with the guide that the ``image`` (H, W, 3) uint8 RGB it was made of gives."""
        return replace(self, guide=Guide.of(image, self.transform))

    @property
    def image_size(self) -> tuple[int, int]:
        """(H, W) of the whole image in pixels."""
        return self.transform.image_size

    @property
    def window(self) -> PixelWindow | None:
        """The part of the image that was embedded; None for the whole of it."""
        return self.transform.window

    @property
    def size_bytes(self) -> int:
        guide = 0 if self.guide is None else self.guide.size_bytes
        return guide + sum(array.nbytes for array in self.features.values())

    @property
    def is_finite(self) -> bool:
        """Whether all of its numbers are; those of a broken model or precision may not be."""
        return all(bool(np.isfinite(array).all()) for array in self.features.values())


class LazyPaddingLogits:
    """Low-res logits that show padding: made when they are asked for, if ever.

    Not for use by two threads at once.

    Args:
        side: of the square low-res logits.
        make: takes those that show the image, (K, r, c), and gives all of them, (K, side, side),
            read-only.
    """

    def __init__(self, side: int, make: Callable[[Float], Float]) -> None:
        self.side = side
        self._make: Callable[[Float], Float] | None = make
        self._whole = np.zeros((0, side, side), np.float32)

    def with_shown(self, shown: Float) -> Float:
        """All of them, those that show the image being ``shown``.

        Raises:
            ModelError: making them failed.
        """
        if self._make is not None:
            # What they were made from may go.
            self._whole, self._make = self._make(shown), None
        return self._whole


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The candidates for one prompt, best predicted IoU not necessarily first.

    Attributes:
        shown: (K, r, c) float32 low-res logits, foreground where > 0: all of them, or the first
            rows and columns, which are all that masks of the image are made from.
        predicted_iou: (K,) float32, the IoU head's estimate.
        stability: (K,) float32 in [0, 1], IoU of the masks at logits > +1 and > -1 (appendix B),
            counted on the part of the low-res logits that shows the image.
        transform: of the embedding it was decoded from.
        rest: the other low-res logits; None if ``shown`` has all.
        object_score: the logit that there is an object at all; None if the model does not say.
        guide: of the embedding, for who gives it on.
    """

    shown: Float
    predicted_iou: Float
    stability: Float
    transform: Transform
    rest: LazyPaddingLogits | None = None
    object_score: float | None = None
    guide: Guide | None = None

    @property
    def logits(self) -> Float:
        """(K, h, w) float32 low-res logits over the whole padded input, for the next prompt.

        Raises:
            ModelError: they had to be made, and that failed.
        """
        return self.shown if self.rest is None else self.rest.with_shown(self.shown)

    @property
    def logits_size(self) -> tuple[int, int]:
        """(h, w) of ``logits``."""
        if self.rest is not None:
            return self.rest.side, self.rest.side
        return self.shown.shape[1], self.shown.shape[2]

    @property
    def best(self) -> int:
        """Index of the candidate with the highest predicted IoU."""
        return int(np.argmax(self.predicted_iou))

    def mask(self, index: int | None = None) -> Bool:
        """Candidate ``index`` (the best one if None) as (H, W) bool at the whole image's size.

        Background outside the window that was embedded. One resize straight from the low-res
        logits; see ``resampling``.
        """
        return mask_at_size(self.part(index), self.transform)

    def full_logits(self, index: int | None = None) -> Float:
        """Logits (H, W) by the published rule: to the input's size, cropped, to the image's size.

        ``mask`` skips the step between; this is for comparisons with the published code.
        """
        candidate = self.best if index is None else index
        return logits_at_size(self.logits[candidate], self.transform)

    def part(self, index: int | None = None) -> Part:
        """Low-res logits of a candidate (the best one if None), as far as they show the image."""
        return Part(self.shown[self.best if index is None else index], (0, 0), self.logits_size)


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
        precision: of the image encoder, ``float32``, ``bfloat16`` or ``float16``; of weights that
            were made smaller ``int8`` or ``int4``.
        reason: one sentence for people: why this choice, or what failed before it.
        takes_logits: whether prompts may bring earlier logits along. Some exports of other programs
            and some small models have no place for them; they refuse such prompts.
        terms: what must be told before the model is used for the first time, if anything.
        kept_iou: predicted IoU from which its publisher keeps what segment everything finds; 0 if
            its predictions are not known to mean what they say.
    """

    runtime: str
    device: str
    precision: str
    reason: str
    takes_logits: bool = True
    terms: Terms | None = None
    kept_iou: float = 0.0


@runtime_checkable
class Model(Protocol):
    """A promptable segmentation model without a current image."""

    @property
    def variant(self) -> str:
        """Name of the architecture, such as ``vit_b``."""

    @property
    def identity(self) -> str:
        """Hash of variant and weights."""

    @property
    def image_identity(self) -> str:
        """Hash of variant and of the weights that images pass through, see ``Sam.encode``.

        Embeddings of equal image identity are interchangeable, whatever answers prompts on them.
        """

    @property
    def input_size(self) -> int:
        """Side of the square encoder input in pixels."""

    @property
    def logits_size(self) -> tuple[int, int]:
        """(h, w) of the low-res logits."""

    @property
    def report(self) -> RuntimeReport: ...

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        """Run the image encoder on ``image`` (H, W, 3) uint8 RGB, or on a window of it.

        A small window is seen in more detail; prompts and masks stay those of the whole image.

        Args:
            image: the whole of it.
            cancelled: whether the embedding is no longer wanted.
            window: x0, y0, x1, y1 in whole image pixels.

        Raises:
            ValueError: the image has another shape or dtype, or no pixels; the window is empty or
                reaches beyond the image.
            Cancelled: ``cancelled()`` became true.
        """

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        """Answer one prompt; three candidates if ``multimask``, one if not, by the ambiguity rule
        if None.

        Raises:
            ValueError: the embedding is another model's, the prompt lies outside what was
                embedded, or the logits have another size.
        """

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        """Answer many prompts in one call, in order; the same answers as ``decode`` one by one."""


class AnswersInBatches(ABC):
    """What a model needs that answers many prompts at once: one is a batch of one."""

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        """See ``Model``."""
        return self.decode_batch(embedding, [prompt], multimask)[0]

    @abstractmethod
    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        """See ``Model``."""
