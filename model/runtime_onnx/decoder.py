"""The prompt side of a model in onnxruntime: what it keeps of an image, and its answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.architecture.config import Variant
from model.architecture.features import checked_embedding, cut, feature_shapes, squared
from model.interface import CheckpointError, Embedding, Float, LazyPaddingLogits, Prediction, Prompt
from model.prompt_arrays import PromptArrays, answer, arranged
from model.runtime_onnx.fastest_variant import FastestVariant
from model.runtime_onnx.graph import Arrays, Graph
from model.runtime_onnx.graph_file import BEYOND, CHANGED, DRAWN, Part, part_path, parts_of


class Answer(NamedTuple):
    """Of a group of one prompt.

    Attributes:
        logits: (1, K, h, w).
        predicted_iou: (1, K).
        rest: what the logits lack.
        object_score: (1,) where the variant has one.
    """

    logits: Float
    predicted_iou: Float
    rest: LazyPaddingLogits | None = None
    object_score: Float | None = None


LEFT = (*BEYOND, "kernels")
LARGE = 1 << 20
"""Values of an embedding; with fewer, the threads of a run wait for each other most of the time."""
KEPT = 2
"""An image and a close-up of it take turns."""


class OnnxDecoder:
    """Answers prompts on embeddings with the graphs of the prompt side.

    Not for use by two threads at once.

    Args:
        graphs: all parts but the encoder, from equal weights.
        variant: the architecture.
        image_identity: of the embeddings it takes, see ``interface.Model``.
        beside: opens the decoder's parts once more, for runs of one thread each, as many at a time
            as there are ``workers``; None where nothing is gained by it.
        workers: see ``beside``.
        at_once: whether logits that show padding are made with the others, and not when a prompt
            starts from them; on a device that saves nothing.
    """

    def __init__(
        self,
        graphs: Mapping[Part, Graph],
        variant: Variant,
        image_identity: str,
        beside: Callable[[], Mapping[Part, Graph]] | None = None,
        workers: int = 1,
        *,
        at_once: bool = False,
    ) -> None:
        self._graphs = graphs
        self._variant = variant
        self._image_identity = image_identity
        self._seen: list[tuple[Embedding, Arrays]] = []
        self._beside = beside
        self._lone: Mapping[Part, Graph] | None = None
        self._workers = workers
        self._at_once = at_once
        # The steps of a click are so small that threads which share one may cost more than they
        # bring.
        ways = [lambda: self._graphs, self._alone]
        self._single = FastestVariant(ways if beside is not None else ways[:1])

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        """See ``interface.Model``.

        Raises:
            ModelError: onnxruntime failed.
        """
        checked_embedding(embedding, self._variant, self._image_identity)
        size = self._variant.logits_side, self._variant.logits_side
        # One at a time: two of a usual model leave the cache.
        variant = self._variant
        groups = list(
            arranged(prompts, embedding.transform, size, 1, multimask, variant.conventions)
        )
        answers: dict[int, Prediction] = {}
        for group, found in zip(groups, self._decoded(embedding, groups), strict=True):
            settled = group.settled(found.logits[0], found.predicted_iou[0])
            score = None if found.object_score is None else float(found.object_score[0])
            answers[group.indices[0]] = answer(*settled, embedding.transform, found.rest, score)
        return [answers[index] for index in range(len(prompts))]

    def _decoded(self, embedding: Embedding, groups: Sequence[PromptArrays]) -> Iterator[Answer]:
        """The answers to all groups, in order.

        Several are decoded side by side on one thread each: a decoder's steps are so small that
        threads which share one of them wait for each other most of the time.
        """
        memory = self._memory(embedding)
        resized = embedding.transform.resized
        if self._beside is None or len(groups) < 2:
            for group in groups:
                yield self._single.run(partial(self._decode, memory, group, resized))
            return
        lone, most = self._alone(), min(self._workers, len(groups))
        with ThreadPoolExecutor(most, "decoding") as pool:
            yield from pool.map(lambda group: self._decode(memory, group, resized, lone), groups)

    def _alone(self) -> Mapping[Part, Graph]:
        if self._lone is None:
            self._lone = self._graphs if self._beside is None else self._beside()
        return self._lone

    def _decode(
        self,
        memory: Arrays,
        group: PromptArrays,
        resized: tuple[int, int],
        graphs: Mapping[Part, Graph],
    ) -> Answer:
        cells = self._variant.cells(resized)
        feeds = memory | {
            "coordinates": group.coordinates,
            "labels": group.labels,
            "chosen": group.chosen,
        }
        if self._variant.click_maps:
            none = np.zeros((1, 1, 4 * cells[0], 4 * cells[1]), np.float32)
            feeds["logits"] = none if group.logits is None else cut(group.logits, cells)
            feeds["has_logits"] = np.full(1, group.logits is not None, np.float32)
        elif group.logits is not None:
            given = {name: memory[name] for name in CHANGED}
            drawn = graphs[Part.DENSE].run(given | {"logits": group.logits})
            feeds |= {name: drawn[DRAWN + name] for name in CHANGED}
        if not self._variant.rest_later:
            out = graphs[Part.DECODER].run(feeds)
            logits = squared(out["masks"], self._variant.logits_side)
            return Answer(logits, out["predicted_iou"], object_score=out.get("object_score"))
        shown = self._variant.shown_cells(resized) if not self._at_once else cells
        out = graphs[Part.DECODER].run(feeds | {"shown": np.array(shown)})
        if shown == cells:
            return Answer(out["masks"], out["predicted_iou"])
        make = partial(_completed, graphs[Part.REST], {name: out[name] for name in LEFT})
        rest = LazyPaddingLogits(self._variant.logits_side, make)
        return Answer(out["masks"], out["predicted_iou"], rest)

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


def _completed(graph: Graph, left: Arrays, shown: Float) -> Float:
    """All low-res logits of one prompt: (K, r, c) -> (K, side, side)."""
    parts = [shown]
    # First those beside what is shown, then those below both.
    for name, axis in (("right", 2), ("below", 1)):
        cells = left[name]
        if cells.size:
            found = graph.run({"left": cells, "kernels": left["kernels"]})["masks"][0]
            parts = [np.concatenate([*parts, found], axis=axis)]
    parts[0].setflags(write=False)
    return parts[0]


def opened_decoder(
    stem: Path,
    variant: Variant,
    identity: str,
    image_identity: str,
    place: str,
    threads: int | None,
) -> OnnxDecoder:
    """The decoder whose files begin with ``stem``.

    Args:
        identity: that the files must tell.
        image_identity: of the embeddings it takes.

    Raises:
        CheckpointError: a file is missing, damaged, or of another model.
        ModelError: ``place`` does not work.
    """
    sides = [part for part in parts_of(variant) if part is not Part.ENCODER]

    large = variant.width * variant.grid**2 >= LARGE

    def opened(parts: Sequence[Part], threads: int | None) -> dict[Part, Graph]:
        awake = {part: large and part is Part.DECODER for part in parts}
        return {
            part: Graph(part_path(stem, part), part, place, threads, awake=awake[part])
            for part in parts
        }

    graphs = opened(sides, threads)
    _check_named(identity, graphs.values(), stem)
    if place != "cpu":
        _tried(graphs[Part.MEMORY], variant)
        return OnnxDecoder(graphs, variant, image_identity, at_once=True)
    workers = threads or os.cpu_count() or 1
    if workers == 1:
        return OnnxDecoder(graphs, variant, image_identity)
    decoding = [part for part in sides if part is not Part.MEMORY]
    return OnnxDecoder(graphs, variant, image_identity, lambda: opened(decoding, 1), workers)


def _check_named(identity: str, graphs: Iterable[Graph], stem: Path) -> None:
    """Raises: CheckpointError: one of them tells another model."""
    for graph in graphs:
        if graph.description.identity != identity:
            raise CheckpointError(
                "{stem}: encoder and {part} are of different models: export them again",
                stem,
                graph.part.value,
            )


def _tried(memory: Graph, variant: Variant) -> None:
    """Raises: ModelError: the device cannot run even this small part."""
    shapes = feature_shapes(variant)
    memory.run({name: np.zeros((1, *shape), np.float32) for name, shape in shapes.items()})
