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
from model.architecture.features import network_input
from model.interface import (
    AnswersInBatches,
    Cancelled,
    CheckpointError,
    Embedding,
    Features,
    Float,
    ModelError,
    Prediction,
    Prompt,
    RuntimeReport,
)
from model.messages import joined, say
from model.runtime_onnx.decoder import OnnxDecoder, opened_decoder
from model.runtime_onnx.graph import Graph, place_of
from model.runtime_onnx.graph_file import Part, part_path, stem_of
from model.runtime_onnx.retreat import Retreating
from model.terms import BY_FAMILY
from model.transforms import PixelWindow, Transform, checked_image

Result = TypeVar("Result")
Sides = tuple[Graph, OnnxDecoder]
_log = logging.getLogger(__name__)


class OnnxModel(AnswersInBatches):
    """Answers prompts with the graphs that ``onnx_export`` writes; see ``interface.Model``.

    Not for use by two threads at once.

    Args:
        encoder: the image encoder's graph.
        decoder: of equal weights.
        variant: the architecture.
        identity, image_identity: of the weights.
        report: what runs and why.
        retreat: opens both sides on the CPU, for when the device fails; None on the CPU.

    Attributes:
        config: the architecture as data.
    """

    def __init__(
        self,
        encoder: Graph,
        decoder: OnnxDecoder,
        variant: Variant,
        identity: str,
        image_identity: str,
        report: RuntimeReport,
        retreat: Callable[[], Sides] | None = None,
    ) -> None:
        self._places = Retreating((encoder, decoder), report, retreat, variant.name)
        self.config = variant
        self.identity, self.image_identity = identity, image_identity
        self.variant, self.input_size = variant.name, variant.input_size
        self.logits_size = variant.logits_side, variant.logits_side

    @property
    def report(self) -> RuntimeReport:
        return self._places.report

    def remark(self, reason: str) -> None:
        """Adds to the report's reason."""
        self._places.report = replace(
            self.report, reason=joined((reason, self.report.reason), "; ")
        )

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(
            checked_image(image).shape[:2], self.input_size, window, self.config.stretched
        )
        if cancelled is not None and cancelled():
            raise Cancelled("the embedding is no longer wanted")
        [features] = self.encode_inputs([network_input(image, transform, self.config)], cancelled)
        return Embedding(features, transform, self.image_identity)

    def encode_inputs(
        self, inputs: Sequence[Float], cancelled: Callable[[], bool] | None = None
    ) -> list[Features]:
        """The features of each network input (1, 3, h, w), one after the other.

        Raises:
            Cancelled: ``cancelled()`` became true.
            ModelError: onnxruntime failed.
        """
        found = []
        for prepared in inputs:
            run = partial(_encoded, prepared, cancelled)
            found.append(self._places.run(run))
        return found

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return self._places.run(lambda sides: sides[1].decode_batch(embedding, prompts, multimask))


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
    stem = stem_of(Path(path))
    place, reason = place_of(device)
    if place != "cpu":
        try:
            return _loaded(stem, place, reason, threads)
        except CheckpointError:
            raise
        except ModelError as error:
            reason = say("{device} could not be used ({reason}), so it runs on cpu", place, error)
    return _loaded(stem, "cpu", reason, threads)


def _loaded(stem: Path, place: str, reason: str, threads: int | None) -> OnnxModel:
    encoder, decoder = _opened(stem, place, threads)
    found = encoder.description
    retreat = partial(_opened, stem, "cpu", threads) if place != "cpu" else None
    report = RuntimeReport(
        "onnxruntime",
        place,
        "float32",
        reason,
        found.variant.conventions.takes_logits,
        BY_FAMILY.get(found.variant.terms),
        found.variant.kept_iou,
    )
    return OnnxModel(
        encoder, decoder, found.variant, found.identity, found.image_identity, report, retreat
    )


def _encoded(prepared: Float, cancelled: Callable[[], bool] | None, sides: Sides) -> Features:
    arrays = sides[0].run({"image": prepared}, cancelled)
    return {name: array[0] for name, array in arrays.items()}


def _opened(stem: Path, place: str, threads: int | None) -> Sides:
    encoder = Graph(part_path(stem, Part.ENCODER), Part.ENCODER, place, threads)
    found = encoder.description
    names = found.identity, found.image_identity
    return encoder, opened_decoder(stem, found.variant, *names, place, threads)
