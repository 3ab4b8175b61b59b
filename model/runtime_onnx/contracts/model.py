"""The model protocol over an encoder and a decoder that another program exported."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.interface import (
    AnswersInBatches,
    Cancelled,
    CheckpointError,
    Embedding,
    Float,
    ModelError,
    Prediction,
    Prompt,
    RuntimeReport,
)
from model.messages import Message, joined, say
from model.prompt_arrays import (
    NOT_A_POINT,
    REFUSED,
    PromptArrays,
    answer,
    arranged,
    checked_features,
)
from model.runtime_onnx.contracts.contract import (
    EDGE_SAM,
    NOTHING,
    SAM_TRANSFORMERS,
    Arrays,
    asked_of,
)
from model.runtime_onnx.contracts.files import identity_of, read_graph
from model.runtime_onnx.contracts.pair import (
    MAPS,
    OBJECT_SCORE,
    STACKED,
    STRIDE,
    STRIDE_SAM_3,
    Pair,
)
from model.runtime_onnx.contracts.pairing import Called, find_pair
from model.runtime_onnx.contracts.picture import check_square
from model.runtime_onnx.graph import Session, place_of
from model.runtime_onnx.retreat import Retreating
from model.terms import EDGE_SAM as EDGE_SAM_TERMS
from model.transforms import HALF, IMAGENET, PixelWindow, Transform, checked_image

Sides = tuple[Session, Session]
POINTS = ("point_coords", "batched_point_coords")
LABELLED = (
    ("point_coords", "point_labels"),
    ("input_points", "input_labels"),
    ("batched_point_coords", "batched_point_labels"),
)
MASKS, CANDIDATES = 4, 3
"""A decoder that gives all has the single one first, then the candidates."""
KEPT = 2
"""An image and a close-up of it take turns."""
LARGE = 1 << 20
"""Values of an embedding; see ``runtime_onnx.decoder``."""


class PairedModel(AnswersInBatches):
    """Answers prompts with two graphs of another program; see ``interface.Model``.

    Not for use by two threads at once.

    Args:
        pair: the files.
        sides: encoder and decoder, opened.
        identity: of both files.
        report: what runs and why.
        retreat: opens both on the CPU, for when the device fails; None on the CPU.
    """

    def __init__(
        self,
        pair: Pair,
        sides: Sides,
        identity: str,
        report: RuntimeReport,
        retreat: Callable[[], Sides] | None = None,
    ) -> None:
        self._pair = pair
        # Which of the encoder's answers are used, and how, depends on the decoder, too.
        self.identity = self.image_identity = identity
        self.variant = _name_of(pair)
        self._places = Retreating(sides, report, retreat, self.variant)
        self._seen: list[tuple[Embedding, Arrays]] = []
        self._fills_empty = False
        self._side, self._shapes = self._fitting()
        _, rows, columns = self._shapes["embedding"]
        by_14 = STRIDE_SAM_3 * rows == self._side
        self.input_size = (STRIDE_SAM_3 if by_14 else STRIDE) * max(rows, columns)
        self.logits_size = 4 * rows, 4 * columns

    def _fitting(self) -> tuple[int, dict[str, tuple[int, ...]]]:
        """Side of the square that the encoder sees, and shapes of its features: as the files tell
        them, or as a run shows."""
        pair, told = self._pair, _told_shapes(self._pair)
        if told is not None and (pair.picture.size is not None or not pair.picture.raw):
            return pair.side, told
        # One that takes images of any size and scales or pads them itself does not tell to what.
        sides = [pair.side] if pair.picture.size is not None else [pair.side, pair.side // 2]
        for side in sides:
            try:
                found = self._shapes_at(side)
            except ModelError as error:
                failure = error
                continue
            if told in (None, found):
                return side, found
            failure = ModelError(
                "the encoder gave features of {found}, needed are {needed}", found, told
            )
        raise failure

    def _shapes_at(self, side: int) -> dict[str, tuple[int, ...]]:
        black = np.zeros((side, side, 3), np.uint8)
        transform = self._transform((side, side), side)
        features = self._features(self._pair.picture.feed(black, transform))
        return {name: part.shape for name, part in features.items()}

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
        size = checked_image(image).shape[:2]
        transform = self._transform(size, self.input_size, window)
        if cancelled is not None and cancelled():
            raise Cancelled("the embedding is no longer wanted")
        inside = self._transform(size, self._side, window)
        by_14 = self._side == self.input_size and self.input_size % STRIDE
        normalisation = HALF if by_14 else IMAGENET
        feeds = self._pair.picture.feed(image, inside, normalisation)
        features = self._features(feeds, cancelled)
        return Embedding({**features}, transform, self.identity)

    def _transform(
        self, size: tuple[int, int], side: int, window: PixelWindow | None = None
    ) -> Transform:
        pair = self._pair
        return Transform(size, side, window, pair.contract.stretched, pair.picture.canvas(side))

    def _features(
        self, feeds: Arrays, cancelled: Callable[[], bool] | None = None
    ) -> Mapping[str, npt.NDArray[np.generic]]:
        wanted = [name for names in self._pair.sources.values() for name in names]
        found = self._places.run(lambda sides: sides[0].run(feeds, cancelled, wanted))
        parts = [part for name in wanted for part in _maps(found[name])]
        return {_feature(place): part for place, part in enumerate(parts)}

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        checked_features(embedding, self._shapes, self.variant, self.identity)
        contract, transform = self._pair.contract, embedding.transform
        if not contract.takes_logits and any(prompt.logits is not None for prompt in prompts):
            raise ValueError(REFUSED)
        groups = arranged(prompts, transform, self.logits_size, 1, multimask, contract.conventions)
        answers: dict[int, Prediction] = {}
        for group in groups:
            logits, iou, score = self._decoded(embedding, group)
            settled = _settled(group, logits, iou)
            answers[group.indices[0]] = answer(*settled, transform, object_score=score)
        return [answers[index] for index in range(len(prompts))]

    def _decoded(
        self, embedding: Embedding, group: PromptArrays
    ) -> tuple[Float, Float, float | None]:
        """Low-res logits (K, h, w) and predicted IoU (K,) of all masks that the decoder gives."""
        asked = asked_of(group, self._pair.decoder.inputs, self.input_size, self.logits_size)
        found = self._run(self._given(embedding), self._typed(self._pair.contract.prompt(asked)))
        masks = found[self._pair.masks].astype(np.float32)
        logits = masks.reshape(-1, *masks.shape[-2:])
        iou = found[self._pair.scores].astype(np.float32).reshape(-1)
        if logits.shape != (len(iou), *self.logits_size):
            raise ModelError(
                "the decoder gave masks of {shape} and {count} scores, needed are masks of "
                "{size}: the files were exported in another way",
                logits.shape,
                len(iou),
                self.logits_size,
            )
        score = found.get(OBJECT_SCORE)
        return logits, iou, None if score is None else float(score.reshape(-1)[0])

    def _run(self, given: Arrays, prompt: Arrays) -> Arrays:
        """The decoder's outputs; for a prompt without points with one that says nothing, if the
        graph cannot do without any."""
        wanted = self._pair.wanted
        empty = any(name in prompt and not prompt[name].size for name in (*POINTS, "input_points"))
        if not (empty and self._fills_empty):
            try:
                return self._places.run(lambda sides: sides[1].run(given | prompt, wanted=wanted))
            except ModelError:
                if not empty:
                    raise
        filled = given | _filled(prompt)
        found = self._places.run(lambda sides: sides[1].run(filled, wanted=wanted))
        self._fills_empty = True
        return found

    def _typed(self, arrays: Arrays) -> Arrays:
        """Those that the decoder takes, in its types and numbers of points."""
        inputs = self._pair.decoder.inputs
        found = {
            name: array.astype(inputs[name].kind)
            for name, array in arrays.items()
            if name in inputs
        }
        for points, labels in LABELLED:
            shape = inputs[points].shape if points in inputs else None
            if shape is not None and len(shape) > 1 and shape[-2] is not None:
                found |= _resized(found, points, labels, shape[-2])
        return found

    def _given(self, embedding: Embedding) -> Arrays:
        """The decoder's inputs of an image; those of the last two embeddings are kept."""
        for seen, arrays in self._seen:
            if seen is embedding:
                return arrays
        maps = list(embedding.features.values())
        arrays = {}
        *first, last = self._pair.contract.features
        for place, name in enumerate(first):
            arrays[name] = maps[place][None]
        rest = maps[len(first) :]
        shape = self._pair.decoder.inputs[last].shape
        stacked = len(rest) > 1 or (shape is not None and len(shape) == STACKED)
        arrays[last] = np.stack([part[None] for part in rest]) if stacked else rest[0][None]
        typed: Arrays = {
            name: np.ascontiguousarray(array, self._pair.decoder.inputs[name].kind)
            for name, array in arrays.items()
        }
        self._seen = [(embedding, typed), *self._seen[: KEPT - 1]]
        return typed


def _filled(prompt: Arrays) -> Arrays:
    found = dict(prompt)
    for points, labels in LABELLED:
        if points in found:
            found |= _resized(found, points, labels, 1)
            if points == "input_points":
                found[labels] = np.full_like(found[labels], NOTHING)
    return found


def _resized(found: Arrays, points: str, labels: str, count: int) -> Arrays:
    """``count`` points and labels: the last ones, or with some that say nothing."""
    coordinates, kinds = found[points][..., -count:, :], found[labels][..., -count:]
    more = [(0, 0)] * (kinds.ndim - 1) + [(0, count - kinds.shape[-1])]
    return {
        points: np.pad(coordinates, [*more, (0, 0)]),
        labels: np.pad(kinds, more, constant_values=NOT_A_POINT),
    }


def _settled(group: PromptArrays, logits: Float, iou: Float) -> tuple[Float, Float]:
    """The masks and scores that answer ``group``, of all that the decoder gives."""
    if len(iou) == MASKS:
        return group.settled(logits[group.chosen], iou[group.chosen])
    if len(group.chosen) == CANDIDATES or len(iou) == 1:
        return logits, iou
    best = int(np.argmax(iou))
    return logits[best : best + 1], iou[best : best + 1]


def _feature(place: int) -> str:
    return f"skip_{place - 1}" if place else "embedding"


def _maps(array: npt.NDArray[np.generic]) -> list[npt.NDArray[np.generic]]:
    """The feature maps (C, h, w) or (h, w, C) in an encoder's output."""
    return [part[0] for part in array] if array.ndim == STACKED else [array[0]]


def _told_shapes(pair: Pair) -> dict[str, tuple[int, ...]] | None:
    """Shapes of the features as the files tell them; None if they leave a size open."""
    shapes: list[tuple[int | None, ...]] = []
    for name in (name for names in pair.sources.values() for name in names):
        shape = pair.encoder.outputs[name].shape
        if shape is None or len(shape) not in (MAPS, STACKED):
            return None
        shapes += [shape[1:]] if len(shape) == MAPS else [shape[2:]] * (shape[0] or 0)
    sizes = [tuple(size for size in shape if size is not None) for shape in shapes]
    if not sizes or any(len(each) != MAPS - 1 for each in sizes):
        return None
    return {_feature(place): each for place, each in enumerate(sizes)}


def _name_of(pair: Pair) -> str:
    """What the files, or else their folder, call the model."""
    folder = pair.encoder.path.absolute().parent
    if folder.name == "onnx":
        folder = folder.parent
    for path in (pair.encoder.path, pair.decoder.path, folder):
        words = Called.of(path).words
        if words:
            return "_".join(words)
    return pair.contract.name


def load_pair(path: str | Path, device: str = "auto", threads: int | None = None) -> PairedModel:
    """The model of another program that ``path`` stands for, see ``find_pair``.

    A device that does not work is left for the CPU; the report says why.

    Args:
        path: a file, a folder, or a description.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1`` and so on.
        threads: that a run may use; as many as there are cores if None.

    Raises:
        ValueError: onnxruntime knows no such device.
        CheckpointError: no two files that belong together, or one is damaged or refers to files
            elsewhere.
        ModelError: not even the CPU can run it.
    """
    place, reason = place_of(device)
    pair = find_pair(Path(path))
    check_square(pair.picture, pair.encoder, stretched=pair.contract.stretched)
    if place != "cpu":
        try:
            return _loaded(pair, place, reason, threads)
        except CheckpointError:
            raise
        except ModelError as error:
            reason = say("{device} could not be used ({reason}), so it runs on cpu", place, error)
    return _loaded(pair, "cpu", reason, threads)


def _loaded(pair: Pair, place: str, reason: str, threads: int | None) -> PairedModel:
    sides, identity = _opened(pair, place, threads)
    retreat = (lambda: _opened(pair, "cpu", threads)[0]) if place != "cpu" else None
    told = joined((reason, *_remarks(pair)), "; ")
    terms = EDGE_SAM_TERMS if pair.contract is EDGE_SAM else None
    takes_logits = pair.contract.takes_logits
    report = RuntimeReport(
        "onnxruntime", place, pair.precision, told, takes_logits, terms, pair.contract.kept_iou
    )
    return PairedModel(pair, sides, identity, report, retreat)


def _remarks(pair: Pair) -> list[Message]:
    """What one should know of the files."""
    told = [say("the files are laid out as {title} exports them", pair.contract.title)]
    bits = pair.precision.removeprefix("int")
    if bits.isdigit():
        told.append(say("its weights are stored in {bits} bits, which makes masks coarser", bits))
    if not pair.contract.takes_logits:
        told.append(say("it takes no earlier masks, so corrections start from the clicks alone"))
    if pair.contract is SAM_TRANSFORMERS and "input_boxes" not in pair.decoder.inputs:
        told.append(say("it takes no boxes, so the middle of a box is asked for"))
    return told


def _opened(pair: Pair, place: str, threads: int | None) -> tuple[Sides, str]:
    """Encoder and decoder, and the hash of both."""
    encoder, decoder = read_graph(pair.encoder.path), read_graph(pair.decoder.path)
    identity = identity_of(pair.contract.name, encoder, decoder)
    told = _told_shapes(pair)
    large = told is None or math.prod(told["embedding"]) >= LARGE
    sides = (
        Session(encoder[0], pair.encoder.path, "encoder", place, threads, beside=encoder[1]),
        Session(
            decoder[0], pair.decoder.path, "decoder", place, threads, awake=large, beside=decoder[1]
        ),
    )
    return sides, identity
