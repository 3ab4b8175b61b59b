"""The model protocol over onnxruntime: no PyTorch is needed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from model.config import Variant
from model.features import checked_embedding, feature_shapes
from model.interface import (
    Cancelled,
    CheckpointError,
    Embedding,
    Float,
    ModelError,
    Prediction,
    Prompt,
    RuntimeReport,
)
from model.onnx_file import CHANGED, DRAWN, Part, part_path, parts_of, stem_of
from model.onnx_session import PROVIDERS, Arrays, Graph, available
from model.prompt_arrays import PromptArrays, answer, arranged
from model.transforms import PixelWindow, Transform, checked_image, encoder_input
from model.turns import Turns

Result = TypeVar("Result")
_log = logging.getLogger(__name__)
KEPT = 2
"""An image and a close-up of it take turns."""


class OnnxModel:
    """Answers prompts with the graphs that ``onnx_export`` writes; see ``interface.Model``.

    Not for use by two threads at once.

    Args:
        graphs: its parts, from equal weights.
        variant: the architecture.
        identity: of the weights.
        report: what runs and why.
        beside: opens the decoder's parts once more, for runs of one thread each, as many at a time
            as there are ``workers``; None where nothing is gained by it.
        workers: see ``beside``.
        retreat: opens all parts on the CPU, for when the device fails; None on the CPU.
    """

    def __init__(
        self,
        graphs: Mapping[Part, Graph],
        variant: Variant,
        identity: str,
        report: RuntimeReport,
        beside: Callable[[], Mapping[Part, Graph]] | None = None,
        workers: int = 1,
        retreat: Callable[[], Mapping[Part, Graph]] | None = None,
    ) -> None:
        self._graphs = graphs
        self._variant = variant
        self._identity = identity
        self._report = report
        self._seen: list[tuple[Embedding, Arrays]] = []
        self._beside = beside
        self._lone: Mapping[Part, Graph] | None = None
        self._workers = workers
        # The steps of a click are so small that threads which share one may cost more than they
        # bring.
        self._retreat = retreat
        ways = [lambda: self._graphs, self._alone]
        self._single = Turns(ways if beside is not None else ways[:1])
        self._nothing = np.zeros((1, 1, *self.logits_size), np.float32)

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

    def warm_up(self) -> None:
        """Runs every graph once, so that the first click does not wait for it."""
        side = self.input_size
        embedding = self.embed(np.zeros((side, side, 3), np.uint8))
        self.decode(embedding, Prompt(points=np.ones((1, 2), np.float32), labels=np.ones(1, int)))

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(checked_image(image).shape[:2], self.input_size, window)
        if cancelled is not None and cancelled():
            raise Cancelled("the embedding is no longer wanted")
        feeds = {"image": encoder_input(image, transform)}
        arrays = self._surviving(lambda: self._graphs[Part.ENCODER].run(feeds, cancelled))
        features: dict[str, npt.NDArray[np.generic]] = {k: v[0] for k, v in arrays.items()}
        return Embedding(features, transform, self.identity)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        return self.decode_batch(embedding, [prompt], multimask)[0]

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        checked_embedding(embedding, self._variant, self.identity)
        answers: dict[int, Prediction] = {}
        # One at a time: two of a usual model leave the cache.
        groups = list(arranged(prompts, embedding.transform, self.logits_size, 1, multimask))
        decoded = self._surviving(lambda: list(self._decoded(embedding, groups)))
        for group, (logits, iou) in zip(groups, decoded, strict=True):
            answers[group.indices[0]] = answer(logits[0], iou[0], embedding.transform)
        return [answers[index] for index in range(len(prompts))]

    def _surviving(self, work: Callable[[], Result]) -> Result:
        """The result of ``work``, on the CPU if the device fails; the report says so."""
        try:
            return work()
        except ModelError as error:
            if self._retreat is None:
                raise
            failed = self._report.device
            reason = f"{failed} failed ({error}), so it continues on cpu"
        # Outside the except block: a traceback holds what must be freed first.
        retreat, self._retreat, self._seen = self._retreat, None, []
        self._graphs = {}
        self._graphs = retreat()
        self._single = Turns([lambda: self._graphs])
        self._report = replace(self._report, device="cpu", reason=reason)
        _log.warning("%s: %s", self._variant.name, reason)
        return work()

    def _decoded(
        self, embedding: Embedding, groups: Sequence[PromptArrays]
    ) -> Iterator[tuple[Float, Float]]:
        """Logits and predicted IoU of each group.

        Several are decoded side by side on one thread each: a decoder's steps are so small that
        threads which share one of them wait for each other most of the time.
        """
        memory = self._memory(embedding)
        if self._beside is None or len(groups) < 2:
            for group in groups:
                yield self._single.run(partial(self._decode, memory, group))
            return
        lone, most = self._alone(), min(self._workers, len(groups))
        with ThreadPoolExecutor(most, "decoding") as pool:
            yield from pool.map(lambda group: self._decode(memory, group, lone), groups)

    def _alone(self) -> Mapping[Part, Graph]:
        if self._lone is None:
            self._lone = self._graphs if self._beside is None else self._beside()
        return self._lone

    def _decode(
        self, memory: Arrays, group: PromptArrays, graphs: Mapping[Part, Graph]
    ) -> tuple[Float, Float]:
        feeds = memory | {
            "coordinates": group.coordinates,
            "labels": group.labels,
            "chosen": group.chosen,
        }
        if self._variant.click_maps:
            feeds["logits"] = self._nothing if group.logits is None else group.logits
            feeds["has_logits"] = np.full(1, group.logits is not None, np.float32)
        elif group.logits is not None:
            given = {name: memory[name] for name in CHANGED}
            drawn = graphs[Part.DENSE].run(given | {"logits": group.logits})
            feeds |= {name: drawn[DRAWN + name] for name in CHANGED}
        out = graphs[Part.DECODER].run(feeds)
        return out["masks"], out["predicted_iou"]

    def _memory(self, embedding: Embedding) -> Arrays:
        """What the decoder keeps of an image; that of the last two embeddings is kept."""
        for seen, memory in self._seen:
            if seen is embedding:
                return memory
        feeds = {
            name: np.asarray(embedding.features[name], np.float32)[None]
            for name in feature_shapes(self._variant)
        }
        memory = self._graphs[Part.MEMORY].run(feeds)
        self._seen = [(embedding, memory), *self._seen[: KEPT - 1]]
        return memory


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
    def opened(parts: Sequence[Part], place: str, threads: int | None) -> dict[Part, Graph]:
        return {part: Graph(part_path(stem, part), part, place, threads) for part in parts}

    graphs = opened([Part.ENCODER], place, threads)
    first = graphs[Part.ENCODER].description
    parts = parts_of(first.variant)
    graphs |= opened([part for part in parts if part is not Part.ENCODER], place, threads)
    for graph in graphs.values():
        if graph.description.identity != first.identity:
            raise CheckpointError(
                f"{stem}: encoder and {graph.part.value} are of different models: export them again"
            )
    report = RuntimeReport("onnxruntime", place, "float32", reason)
    workers = threads or os.cpu_count() or 1
    build = partial(OnnxModel, graphs, first.variant, first.identity, report)
    if place != "cpu":
        _tried(graphs[Part.MEMORY], first.variant)
        return build(retreat=lambda: opened(parts, "cpu", threads))
    if workers == 1:
        return build()
    decoding = [part for part in parts if part in (Part.DENSE, Part.DECODER)]
    return build(beside=lambda: opened(decoding, place, 1), workers=workers)


def _tried(memory: Graph, variant: Variant) -> None:
    """Raises: ModelError: the device cannot run even this small part."""
    shapes = feature_shapes(variant)
    memory.run({name: np.zeros((1, *shape), np.float32) for name, shape in shapes.items()})


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
