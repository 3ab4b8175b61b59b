"""Embeddings of images that are scored again and again while their encoder does not learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from model.interface import Embedding, Model, Prediction, Prompt, RuntimeReport
from model.transforms import PixelWindow


class KnownEmbeddings:
    """Those that were made, for the next model with the same encoder.

    Args:
        limit_bytes: memory they may take; what comes later is made each time.
    """

    def __init__(self, limit_bytes: int = 1 << 30) -> None:
        self._limit, self._size = limit_bytes, 0
        self._made: dict[bytes, Embedding] = {}

    def of(self, model: Model) -> Model:
        """``model``, which embeds only what is not known yet."""
        return _Knowing(model, self)

    def get(self, model: Model, image: npt.NDArray[np.uint8]) -> Embedding:
        key = blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        found = self._made.get(key)
        if found is None:
            found = model.embed(image)
            if self._size + found.size_bytes <= self._limit:
                self._made[key] = found
                self._size += found.size_bytes
        return Embedding(found.features, found.transform, model.image_identity)


class _Knowing:
    def __init__(self, model: Model, known: KnownEmbeddings) -> None:
        self._model, self._known = model, known

    @property
    def variant(self) -> str:
        return self._model.variant

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def image_identity(self) -> str:
        return self._model.image_identity

    @property
    def input_size(self) -> int:
        return self._model.input_size

    @property
    def logits_size(self) -> tuple[int, int]:
        return self._model.logits_size

    @property
    def report(self) -> RuntimeReport:
        return self._model.report

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        if window is not None:
            return self._model.embed(image, cancelled, window)
        return self._known.get(self._model, image)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        return self._model.decode(embedding, prompt, multimask)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return self._model.decode_batch(embedding, prompts, multimask)
