"""The proposer's training in the middle, as bytes: all that it needs to go on just the same."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.interface import Embedding
from model.proposer.proposer import Float

FORMAT = "maskwright-proposer-training-1"


class Keeper(Protocol):
    """Where the state of a training is kept."""

    def load(self, run: str) -> bytes | None:
        """What was kept last of the training ``run``, or None."""

    def save(self, run: str, state: bytes) -> None:
        """Keep it in the place of what was there; may do nothing."""

    def due(self) -> bool:
        """Whether the state should be kept now."""


@dataclass(slots=True)
class State:
    """Where a training is.

    Attributes:
        weights, first, second: the head's, and Adam's means of gradients and of their squares.
        step: so many are done.
        order: examples that are still to come in this round, the last one first.
        random: of the generator that draws the rounds.
        loss: its running mean.
    """

    weights: dict[str, Float]
    first: dict[str, Float]
    second: dict[str, Float]
    random: np.random.Generator
    step: int = 0
    order: list[int] = field(default_factory=list)
    loss: float = 0.0

    def dumps(self) -> bytes:
        """All of it; a safetensors file."""
        told = {
            "step": self.step,
            "order": self.order,
            "random": self.random.bit_generator.state,
            "loss": self.loss,
        }
        groups = {"weights": self.weights, "first": self.first, "second": self.second}
        arrays = {f"{g}.{name}": a for g, all_ in groups.items() for name, a in all_.items()}
        return save(arrays, {"format": FORMAT, "state": json.dumps(told)})

    def take(self, data: bytes) -> bool:
        """Be what ``dumps`` wrote; False, and nothing changed, if it does not fit."""
        try:
            arrays = load(data)
            (length,) = struct.unpack_from("<Q", data)
            metadata = json.loads(data[8 : 8 + length])["__metadata__"]
            told: dict[str, Any] = json.loads(metadata["state"])
            groups = [
                {name: np.array(arrays[f"{group}.{name}"]) for name in self.weights}
                for group in ("weights", "first", "second")
            ]
            fits = metadata["format"] == FORMAT and all(
                each.shape == self.weights[name].shape and each.dtype == np.float32
                for found in groups
                for name, each in found.items()
            )
            step, order, loss = int(told["step"]), [int(n) for n in told["order"]], told["loss"]
            if not fits:
                return False
            self.random.bit_generator.state = told["random"]
        except (SafetensorError, ValueError, KeyError, TypeError, struct.error):
            return False
        self.weights, self.first, self.second = groups
        self.step, self.order, self.loss = step, order, float(loss)
        return True


def run_of(embeddings: Sequence[Embedding], boxes: Sequence[Float], steps: int, seed: int) -> str:
    """Names a training after all that decides its result."""
    digest = blake2b(f"{FORMAT} {steps} {seed} {np.__version__}".encode(), digest_size=16)
    for embedding, wanted in zip(embeddings, boxes, strict=True):
        features = np.ascontiguousarray(embedding.features["embedding"])
        told = embedding.model, embedding.transform, features.shape, features.dtype, wanted.shape
        digest.update(repr(told).encode())
        digest.update(features.tobytes())
        digest.update(np.ascontiguousarray(wanted).tobytes())
    return digest.hexdigest()
