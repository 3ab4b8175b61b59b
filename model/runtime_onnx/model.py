"""The model protocol over onnxruntime: no PyTorch is needed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from model.architecture.config import Variant
from model.interface import (
    Cancelled,
    CheckpointError,
    Embedding,
    ModelError,
    Prediction,
    Prompt,
    RuntimeReport,
)
from model.runtime_onnx.decoder import OnnxDecoder, opened_decoder
from model.runtime_onnx.graph import PROVIDERS, Graph, available
from model.runtime_onnx.graph_file import Part, check_is_ours, part_path, stem_of
from model.transforms import PixelWindow, Transform, checked_image, encoder_input

Result = TypeVar("Result")
Sides = tuple[Graph, OnnxDecoder]
_log = logging.getLogger(__name__)


class OnnxModel:
    """Answers prompts with the graphs that ``onnx_export`` writes; see ``interface.Model``.

    Not for use by two threads at once.

    Args:
        encoder: the image encoder's graph.
        decoder: of equal weights.
        variant: the architecture.
        identity: of the weights.
        report: what runs and why.
        retreat: opens both sides on the CPU, for when the device fails; None on the CPU.
    """

    def __init__(
        self,
        encoder: Graph,
        decoder: OnnxDecoder,
        variant: Variant,
        identity: str,
        report: RuntimeReport,
        retreat: Callable[[], Sides] | None = None,
    ) -> None:
        self._sides: list[Sides] = [(encoder, decoder)]
        self._variant = variant
        self._identity = identity
        self._report = report
        self._retreat = retreat

    @property
    def variant(self) -> str:
        return self._variant.name

    @property
    def config(self) -> Variant:
        """The architecture as data."""
        return self._variant

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def input_size(self) -> int:
        return self._variant.input_size

    @property
    def logits_size(self) -> tuple[int, int]:
        return self._variant.logits_side, self._variant.logits_side

    @property
    def report(self) -> RuntimeReport:
        return self._report

    def remark(self, reason: str) -> None:
        """Adds to the report's reason."""
        self._report = replace(self._report, reason=f"{reason}; {self._report.reason}")

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(
            checked_image(image).shape[:2], self.input_size, window, self._variant.stretched
        )
        if cancelled is not None and cancelled():
            raise Cancelled("the embedding is no longer wanted")
        shape = self._variant.input_shape(transform.resized)
        feeds = {"image": encoder_input(image, transform, shape)}
        arrays = self._surviving(lambda sides: sides[0].run(feeds, cancelled))
        features: dict[str, npt.NDArray[np.generic]] = {k: v[0] for k, v in arrays.items()}
        return Embedding(features, transform, self.identity)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        return self.decode_batch(embedding, [prompt], multimask)[0]

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return self._surviving(lambda sides: sides[1].decode_batch(embedding, prompts, multimask))

    def _surviving(self, work: Callable[[Sides], Result]) -> Result:
        """The result of ``work``, on the CPU if the device fails; the report says so."""
        try:
            return work(self._sides[0])
        except ModelError as error:
            if self._retreat is None:
                raise
            failed = self._report.device
            reason = f"{failed} failed ({error}), so it continues on cpu"
        # Outside the except block: a traceback holds what must be freed first.
        retreat, self._retreat = self._retreat, None
        self._sides.clear()
        self._sides.append(retreat())
        self._report = replace(self._report, device="cpu", reason=reason)
        _log.warning("%s: %s", self._variant.name, reason)
        return work(self._sides[0])


def load_onnx(path: str | Path, device: str = "auto", threads: int | None = None) -> OnnxModel:
    """The model whose files lie beside ``path``, any one of them or their common beginning.

    A device that does not work is left for the CPU; the report says why.

    Args:
        path: such as ``folder/NAME`` or ``folder/NAME.encoder.onnx``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1`` and so on.
        threads: that a run may use; as many as there are cores if None.

    Raises:
        ValueError: onnxruntime knows no such device.
        CheckpointError: a file is missing, damaged, of another model, or refers to other files.
        ModelError: not even the CPU can run it.
    """
    check_is_ours(Path(path))
    stem = stem_of(Path(path))
    place, reason = _place(device)
    if place != "cpu":
        try:
            return _loaded(stem, place, reason, threads)
        except CheckpointError:
            raise
        except ModelError as error:
            reason = f"{place} could not be used ({error}), so it runs on cpu"
    return _loaded(stem, "cpu", reason, threads)


def _loaded(stem: Path, place: str, reason: str, threads: int | None) -> OnnxModel:
    encoder, decoder = _opened(stem, place, threads)
    found = encoder.description
    retreat = partial(_opened, stem, "cpu", threads) if place != "cpu" else None
    report = RuntimeReport("onnxruntime", place, "float32", reason)
    return OnnxModel(encoder, decoder, found.variant, found.identity, report, retreat)


def _opened(stem: Path, place: str, threads: int | None) -> Sides:
    encoder = Graph(part_path(stem, Part.ENCODER), Part.ENCODER, place, threads)
    found = encoder.description
    return encoder, opened_decoder(stem, found.variant, found.identity, place, threads)


def _place(device: str) -> tuple[str, str]:
    """Device and reason."""
    kind, _, number = device.partition(":")
    if kind not in ("auto", *PROVIDERS) or (number and not number.isdigit()):
        raise ValueError(f"onnxruntime runs on auto, cpu or cuda, given {device!r}")
    if kind == "cuda" and not available("cuda"):
        return "cpu", f"{device} was asked for, but this onnxruntime was not built for it"
    if kind == "auto":
        place = "cuda" if available("cuda") else "cpu"
        return place, f"the model is in ONNX, and onnxruntime here runs on {place}"
    return device, f"{device} was asked for"
