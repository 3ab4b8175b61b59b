"""Stored names and outputs of published models, and models with the weights they were made with."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.interface import Prompt
from tests.golden.recipe import Changed, weights
from tests.model.golden import FOLDER

FAMILIES = FOLDER / "families"
Arrays = Mapping[str, npt.NDArray[Any]]


@lru_cache(maxsize=1)
def keys() -> dict[str, dict[str, list[int]]]:
    """Names and shapes of all tensors, by file."""
    with gzip.open(FAMILIES / "keys.json.gz") as file:
        found: dict[str, dict[str, list[int]]] = json.load(file)
    return found


def hollow(name: str) -> dict[str, Tensor]:
    """Tensors of the right names and shapes that take no memory: all zeros are one."""
    return {key: torch.zeros(()).expand(shape) for key, shape in keys()[name].items()}


def drawn(name: str, salt: str = "", changed: Changed | None = None) -> dict[str, Tensor]:
    made = weights(keys()[name], salt, changed)
    return {key: torch.from_numpy(values) for key, values in made.items()}


@lru_cache(maxsize=4)
def outputs(name: str) -> Arrays:
    with np.load(FAMILIES / name) as file:
        return dict(file)


def prompt_of(io: Arrays, case: str, otherwise: Mapping[str, Any] | None = None) -> Prompt:
    """The stored prompt ``case``."""

    def given(what: str) -> Any:
        return io.get(f"{case}.{what}", (otherwise or {}).get(what))

    points, labels, earlier = given("points"), given("labels"), given("mask_input")
    return Prompt(
        points=np.zeros((0, 2), np.float32) if points is None else points,
        labels=np.zeros(0, np.int64) if labels is None else labels,
        box=given("box"),
        logits=None if earlier is None else earlier[0],
    )
