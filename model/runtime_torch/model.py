"""The model protocol over PyTorch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.architecture.config import Variant
from model.architecture.features import (
    checked_embedding,
    cut,
    feature_shapes,
    network_input,
    squared,
)
from model.architecture.sam import Sam
from model.interface import (
    AnswersInBatches,
    Cancelled,
    Embedding,
    Features,
    Float,
    ModelError,
    Prediction,
    Prompt,
    RuntimeReport,
)
from model.messages import joined, say
from model.prompt_arrays import PromptArrays, answer, arranged
from model.runtime_torch.fast_decoder import FastDecoder, Memory
from model.runtime_torch.fast_encoder import encode
from model.runtime_torch.fused_norms import channels_last, lower, merge_norms
from model.runtime_torch.place import (
    Failure,
    NotFiniteError,
    Place,
    failure_of,
    fallen_back,
    keep_heap,
    release,
)
from model.runtime_torch.products import quickest_products
from model.terms import BY_FAMILY
from model.transforms import PixelWindow, Transform, checked_image

Answer = TypeVar("Answer")
_log = logging.getLogger(__name__)

CELLS_AT_ONCE = 1 << 16
"""Embedding cells decoded in one run; bounds the decoder's memory to about 1.5 GB."""
CELLS_AT_ONCE_CPU = 1 << 12
"""On a CPU more than one prompt of a usual model leaves the cache."""
KEPT = 2
"""An image and a close-up of it take turns."""


class TorchModel(AnswersInBatches):
    """Answers prompts with a ``Sam`` network; see ``interface.Model`` for the methods.

    The image encoder runs in the place's precision, the decoder always in float32: it is cheap, and
    half precision would move the edges of masks. Not for use by two threads at once.

    Args:
        variant: the architecture.
        weights: float32 tensors on the CPU by name, as ``Sam.state_dict`` has them.
        identity: hash of variant and weights.
        place: device and precision to start with.
        reason: why this place; becomes part of the report.
        build: makes the network of a variant.
        image_identity: see ``interface.Model``; its identity where none is told.

    Attributes:
        config: the architecture as data.
    """

    def __init__(
        self,
        variant: Variant,
        weights: Mapping[str, Tensor],
        identity: str,
        place: Place,
        reason: str,
        build: Callable[[Variant], Sam] = Sam,
        image_identity: str = "",
    ) -> None:
        self.config, self.identity = variant, identity
        self.image_identity = image_identity or identity
        self.variant, self.input_size = variant.name, variant.input_size
        self.logits_size = variant.logits_side, variant.logits_side
        self._weights = weights
        self._build = build
        self._reason = reason
        self._halt = _Halt()
        self._seen: list[tuple[Embedding, Memory]] = []
        self._place = place
        self._tried: set[Place] = set()
        self._network: Sam | None = None
        self._surviving(lambda: self.network)

    @property
    def report(self) -> RuntimeReport:
        return RuntimeReport(
            "torch",
            self._place.device,
            self._place.precision,
            self._reason,
            self.config.conventions.takes_logits,
            BY_FAMILY.get(self.config.terms),
            self.config.kept_iou,
        )

    def remark(self, reason: str) -> None:
        """Adds to the report's reason."""
        self._reason = joined((self._reason, reason), "; ")

    @property
    def network(self) -> Sam:
        """The network where it runs now; the encoder may be in half precision."""
        if self._network is None:
            self._network = self._placed()
        return self._network

    @torch.inference_mode()
    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(
            checked_image(image).shape[:2], self.input_size, window, self.config.stretched
        )
        [features] = self.encode_inputs([network_input(image, transform, self.config)], cancelled)
        return Embedding(features, transform, self.image_identity)

    @torch.inference_mode()
    def encode_inputs(
        self, inputs: Sequence[Float], cancelled: Callable[[], bool] | None = None
    ) -> list[Features]:
        """The features of each network input (1, 3, h, w), all of one size, in one run.

        Raises:
            Cancelled: ``cancelled()`` became true.
            ModelError: no place that is left can run it.
        """
        prepared = torch.from_numpy(inputs[0] if len(inputs) == 1 else np.concatenate(inputs))
        with self._halt.when(cancelled):
            found = self._surviving(lambda: self._encode(prepared))
        names = list(feature_shapes(self.config))
        return [dict(zip(names, arrays, strict=True)) for arrays in found]

    @torch.inference_mode()
    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        checked_embedding(embedding, self.config, self.image_identity)
        cells = CELLS_AT_ONCE_CPU if self._place.device == "cpu" else CELLS_AT_ONCE
        at_most = max(1, cells // self.config.grid**2)
        answers: dict[int, Prediction] = {}
        groups = arranged(
            prompts,
            embedding.transform,
            self.logits_size,
            at_most,
            multimask,
            self.config.conventions,
        )
        for group in groups:
            logits, iou, scores = self._surviving(partial(self._decode, embedding, group))
            for place, index in enumerate(group.indices):
                settled = group.settled(logits[place], iou[place])
                score = float(scores[place]) if len(scores) else None
                answers[index] = answer(*settled, embedding.transform, object_score=score)
        return [answers[index] for index in range(len(prompts))]

    def encoded(self, prepared: Tensor) -> list[npt.NDArray[np.float32]]:
        """The embedding (C, h, w) of a prepared image (1, 3, h, w), and its finer features in the
        order of ``feature_shapes``; for training, which prepares images in ways of its own."""
        with torch.inference_mode():
            return self._surviving(lambda: self._encode(prepared))[0]

    def _encode(self, prepared: Tensor) -> list[list[npt.NDArray[np.float32]]]:
        """Of each of the images (N, 3, h, w)."""
        first = next(self.network.image_encoder.parameters())
        image = prepared.to(first.device, first.dtype, memory_format=torch.channels_last)
        with quickest_products(self._place):
            embedding, skips = encode(self.network, image)
        return [
            [_finite_array(tensor[number].contiguous()) for tensor in (embedding, *skips)]
            for number in range(len(prepared))
        ]

    def _decode(
        self, embedding: Embedding, group: PromptArrays
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Low-res logits (N, K, h, w), predicted IoU (N, K) and object scores (N,), if any."""
        device = self._place.device
        decoder = FastDecoder(self.network)
        memory = self._memory(decoder, embedding)
        coordinates = torch.from_numpy(group.coordinates).to(device)
        labels = torch.from_numpy(group.labels).to(device)
        cells = self.config.cells(embedding.transform.resized)
        if group.logits is not None or self.config.click_maps:
            none = torch.zeros(1, 1, 4 * cells[0], 4 * cells[1])
            earlier = none if group.logits is None else torch.from_numpy(cut(group.logits, cells))
            has_logits = torch.full((1,), float(group.logits is not None), device=device)
            memory = decoder.drawn_on(memory, coordinates, labels, earlier.to(device), has_logits)
        chosen = torch.from_numpy(group.chosen).to(device)
        logits, iou, scores = decoder(memory, coordinates, labels, chosen, cells)
        side = self.config.logits_side
        return squared(_finite_array(logits), side), _finite_array(iou), _finite_array(scores)

    def _memory(self, decoder: FastDecoder, embedding: Embedding) -> Memory:
        """What the decoder keeps of an image; that of the last two stays on the device."""
        for seen, memory in self._seen:
            if seen is embedding:
                return memory
        features = [
            torch.tensor(embedding.features[name], dtype=torch.float32)[None]
            for name in feature_shapes(self.config)
        ]
        embedded, *skips = [feature.to(self._place.device) for feature in features]
        memory = decoder.memory(embedded, tuple(skips))
        self._seen = [(embedding, memory), *self._seen[: KEPT - 1]]
        return memory

    def _surviving(self, work: Callable[[], Answer]) -> Answer:
        """The result of ``work``, moving to a smaller place as often as it takes."""
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                failure = failure_of(error)
                if failure is None:
                    raise
            # Not inside the except block: the traceback keeps the tensors of the failed run alive.
            self._fall_back(failure)

    def _fall_back(self, failure: Failure) -> None:
        failed = self._place
        self._tried.add(failed)
        self._network, self._seen = None, []
        release(failed.device)
        lower = fallen_back(failed, failure, self._tried)
        if lower is None:
            raise ModelError(_advice(failed, failure))
        self._place = lower
        self._reason = say(
            "{device} {failure}, so it continues on {next}", failed, failure.value, lower
        )
        _log.warning("%s: %s", self.config.name, self._reason)

    def _placed(self) -> Sam:
        if self._place.device == "cpu":
            keep_heap()
        with torch.device("meta"):
            network = self._build(self.config)
        network.load_state_dict(self._weights, assign=True)
        network.requires_grad_(requires_grad=False).eval()
        merge_norms(network.image_encoder)
        lower(channels_last(network.image_encoder), self._place.dtype)
        network.to(self._place.device)
        for layers in network.image_encoder.modules():
            for layer in layers if isinstance(layers, nn.ModuleList) else ():
                layer.register_forward_pre_hook(self._halt)
        return network


class _Halt:
    """Raises between two layers once its owner wants no more.

    An object of its own: were it the model, model and network would hold each other, and dropping
    the model would leave its weights in memory for a while.
    """

    def __init__(self) -> None:
        self._asked: Callable[[], bool] | None = None

    def __call__(self, _layer: nn.Module, _inputs: tuple[object, ...]) -> None:
        if self._asked is not None and self._asked():
            raise Cancelled("the embedding is no longer wanted")

    @contextmanager
    def when(self, asked: Callable[[], bool] | None) -> Iterator[None]:
        # Something more urgent may be embedded while one waits for it.
        before, self._asked = self._asked, asked
        try:
            yield
        finally:
            self._asked = before


def _finite_array(tensor: Tensor) -> npt.NDArray[np.float32]:
    """``tensor`` as a read-only float32 array.

    Raises:
        NotFiniteError: it holds NaN or infinity.
    """
    array: npt.NDArray[np.float32] = tensor.float().cpu().numpy()
    if not np.isfinite(array).all():
        raise NotFiniteError(say("the network's output is not finite"))
    array.setflags(write=False)
    return array


def _advice(place: Place, failure: Failure) -> str:
    if failure is Failure.MEMORY:
        return say(
            "there is too little memory on {device}: close other programs or take a smaller model",
            place,
        )
    return say(
        "{device} {failure}: the weights may be damaged; load another checkpoint",
        place,
        failure.value,
    )
