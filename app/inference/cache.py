"""Embeddings kept in memory, the least recently used given up first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from app.core.picture import Picture
from app.inference.memory import memory_is_scarce
from model.interface import Embedding, Model

DEFAULT_BYTES = 512 << 20


class EmbeddingStore(Protocol):
    """Where embeddings outlive the program."""

    def get(self, key: str, identity: str) -> Embedding | None:
        """The embedding of the picture ``key`` kept under the image identity ``identity`` of a
        model; None if it is not there.

        Anything damaged counts as not there.
        """

    def has(self, key: str, identity: str) -> bool:
        """Whether there is one, without reading it."""

    def put(self, key: str, embedding: Embedding) -> None:
        """Keep it, giving up old ones; failures are logged, not raised."""


def stored_embedding(store: EmbeddingStore | None, key: str, model: Model) -> Embedding | None:
    """The embedding of the picture ``key`` by this model or one with the same encoder; None if
    neither is kept."""
    if store is None:
        return None
    found = store.get(key, model.image_identity)
    if found is None and model.identity != model.image_identity:
        # Programs of before kept it under the whole model's name.
        former = store.get(key, model.identity)
        found = None if former is None else replace(former, model=model.image_identity)
    return found


def is_stored(store: EmbeddingStore | None, key: str, model: Model) -> bool:
    """Whether ``stored_embedding`` finds one, without reading it."""
    names = model.image_identity, model.identity
    return store is not None and any(store.has(key, name) for name in dict.fromkeys(names))


def embedding_of(
    model: Model,
    picture: Picture,
    store: EmbeddingStore | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Embedding:
    """The picture's embedding by this model: from the store, else computed and kept there.

    Raises:
        Cancelled: ``cancelled()`` became true.
        ValueError: the model's numbers are not finite.
    """
    found = stored_embedding(store, picture.key, model)
    if found is None or found.image_size != picture.pixels.shape[:2]:
        found = model.embed(picture.pixels, cancelled)
        if not found.is_finite:
            raise ValueError("the model answered with numbers that are not finite")
        if store is not None:
            store.put(picture.key, found)
    return found


class EmbeddingCache:
    """At most ``limit_bytes`` of embeddings, the newest always kept; any thread may use it.

    They lie on disk too, so they are the first to go where memory is scarce.

    Args:
        limit_bytes: memory that may be used.
        scarce: asked with each new one.
    """

    def __init__(
        self, limit_bytes: int = DEFAULT_BYTES, scarce: Callable[[], bool] = memory_is_scarce
    ) -> None:
        self._limit = limit_bytes
        self._scarce = scarce
        self._held: OrderedDict[tuple[str, str], Embedding] = OrderedDict()
        self._lock = threading.Lock()
        self._size = 0

    @property
    def size_bytes(self) -> int:
        return self._size

    def get(self, key: str, identity: str) -> Embedding | None:
        with self._lock:
            found = self._held.get((key, identity))
            if found is not None:
                self._held.move_to_end((key, identity))
            return found

    def put(self, key: str, embedding: Embedding) -> None:
        place = key, embedding.model
        limit = 0 if self._scarce() else self._limit
        with self._lock:
            old = self._held.pop(place, None)
            if old is not None:
                self._size -= old.size_bytes
            self._held[place] = embedding
            self._size += embedding.size_bytes
            while self._size > limit and len(self._held) > 1:
                _, given_up = self._held.popitem(last=False)
                self._size -= given_up.size_bytes

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._size = 0
