"""A checkpoint on the CPU: images in torch, clicks in onnxruntime where that is faster."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.architecture.features import feature_shapes
from model.interface import (
    AnswersInBatches,
    Embedding,
    Features,
    Float,
    Model,
    ModelError,
    Prediction,
    Prompt,
    RuntimeReport,
    first_line,
)
from model.messages import joined, say
from model.runtime_onnx.fastest_variant import ROUNDS
from model.runtime_torch.model import TorchModel
from model.transforms import PixelWindow, Transform

ENOUGH_S = 0.008
"""A click that torch answers in this time gains nothing that a person would notice."""
TOLERANCE = 1e-4
"""Of logits and predicted IoU, relative to the largest logit."""
_log = logging.getLogger(__name__)


class Decode(Protocol):
    """``interface.Model.decode_batch`` of any runtime."""

    def __call__(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None, /
    ) -> list[Prediction]: ...


class OnnxPromptDecoder(AnswersInBatches):
    """A model whose prompts another decoder of the same weights answers; see ``interface.Model``.

    Args:
        images: embeds, and answers once ``clicks`` failed.
        clicks: answers prompts.
        reason: why; goes before that of ``images`` in the report.

    Attributes:
        config: the architecture as data.
    """

    def __init__(self, images: TorchModel, clicks: Decode, reason: str) -> None:
        self.config, self.identity, self.variant = images.config, images.identity, images.variant
        self.image_identity = images.image_identity
        self.input_size, self.logits_size = images.input_size, images.logits_size
        self._images = images
        self._clicks: Decode | None = clicks
        self._reason = reason

    @property
    def report(self) -> RuntimeReport:
        found = self._images.report
        return replace(found, reason=joined((found.reason, self._reason), "; "))

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        return self._images.embed(image, cancelled, window)

    def encode_inputs(
        self, inputs: Sequence[Float], cancelled: Callable[[], bool] | None = None
    ) -> list[Features]:
        """See ``TorchModel``."""
        return self._images.encode_inputs(inputs, cancelled)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        if self._clicks is not None:
            try:
                return self._clicks(embedding, prompts, multimask)
            except ModelError as error:
                self._reason = say(
                    "clicks continue in torch, since onnxruntime failed ({reason})", error
                )
                self._clicks = None
                _log.warning("%s: %s", self.variant, self._reason)
        return self._images.decode_batch(embedding, prompts, multimask)


def with_onnx_prompt_decoder(model: TorchModel, folder: Path | None = None) -> Model:
    """``model`` with its clicks in onnxruntime, if that runs here, gives the same and is faster.

    Nothing is changed for a GPU. The report says what was found.

    Args:
        model: a checkpoint in torch.
        folder: where exported decoders are kept; the user's cache if None.
    """
    if model.report.device != "cpu":
        return model
    embedding, click = _example(model)
    model.decode(embedding, click)
    expected, torch_s = _timed(model.decode_batch, embedding, click)
    if torch_s < ENOUGH_S:
        return model
    try:
        clicks = _opened(model, folder)
        if model.report.takes_logits:
            again = replace(click, logits=expected.logits[expected.best])
            _check_alike(model.decode(embedding, again), clicks(embedding, [again])[0])
        _check_alike(expected, clicks(embedding, [click])[0])
        # So often that the decoder knows by how many threads it is quickest.
        onnx_s = min(_timed(clicks, embedding, click)[1] for _ in range(2 * ROUNDS))
    except Exception as error:  # noqa: BLE001  the model is worth more than the time of a click
        why = first_line(error)
        model.remark(say("clicks stay in torch, since onnxruntime did not do ({reason})", why))
        return model
    times = _ms(onnx_s), _ms(torch_s)
    if onnx_s >= torch_s:
        model.remark(
            say("clicks too: onnxruntime took {onnx_time} for one, torch {torch_time}", *times)
        )
        return model
    reason = say("clicks run in onnxruntime: {onnx_time} for one, torch took {torch_time}", *times)
    return OnnxPromptDecoder(model, clicks, reason)


def _opened(model: TorchModel, folder: Path | None) -> Decode:
    from model.runtime_onnx.decoder import opened_decoder
    from model.runtime_onnx.kept_decoders import kept_decoder

    stem = kept_decoder(model.network, model.identity, folder)
    names = model.identity, model.image_identity
    return opened_decoder(stem, model.config, *names, "cpu", None).decode_batch


def _example(model: TorchModel) -> tuple[Embedding, Prompt]:
    draw = np.random.default_rng(0)
    features: dict[str, npt.NDArray[np.generic]] = {
        name: draw.normal(size=shape).astype(np.float32)
        for name, shape in feature_shapes(model.config).items()
    }
    side = model.input_size
    transform = Transform((side, side), side, stretched=model.config.stretched)
    embedding = Embedding(features, transform, model.image_identity)
    return embedding, Prompt(points=np.full((1, 2), side / 2), labels=np.ones(1, np.int64))


def _check_alike(expected: Prediction, found: Prediction) -> None:
    apart = float(np.abs(found.logits - expected.logits).max())
    allowed = TOLERANCE * max(1.0, float(np.abs(expected.logits).max()))
    worst = max(apart, float(np.abs(found.predicted_iou - expected.predicted_iou).max()))
    if not worst <= allowed:
        raise ModelError(
            "its answers differ by {difference}, allowed is {allowed}",
            f"{worst:.2g}",
            f"{allowed:.2g}",
        )


def _timed(decode: Decode, embedding: Embedding, prompt: Prompt) -> tuple[Prediction, float]:
    begun = time.perf_counter()
    return decode(embedding, [prompt])[0], time.perf_counter() - begun


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
