"""The stored outputs of the published code, and the models they belong to."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from model.architecture.config import VARIANTS, Variant, ViTConfig
from model.interface import Embedding, Prompt
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.transforms import Transform
from tests.golden.recipe import weights

FOLDER = Path(__file__).resolve().parent.parent / "golden"
TINY_FILE = FOLDER / "tiny_sam_11.safetensors"
TINY = Variant(
    "tiny",
    ViTConfig(48, 4, 4, (1, 3), 7),
    input_size=256,
    width=32,
    decoder_heads=4,
    decoder_mlp=64,
    iou_head_hidden=32,
)
CASES = ("point", "points", "box", "box_points", "corner", "mask", "mask_only")


@lru_cache(maxsize=4)
def stored(name: str) -> dict[str, npt.NDArray[Any]]:
    with np.load(FOLDER / name) as file:
        return dict(file)


def tiny_io() -> dict[str, npt.NDArray[Any]]:
    return stored("tiny_sam_11_io.npz")


def published_keys() -> dict[str, dict[str, tuple[int, ...]]]:
    """Names and shapes of the published checkpoints, by variant."""
    with gzip.open(FOLDER / "keys.json.gz") as file:
        found = json.load(file)
    return {name: {key: tuple(s) for key, s in keys.items()} for name, keys in found.items()}


@lru_cache(maxsize=1)
def tiny_model() -> TorchModel:
    weights = load_file(TINY_FILE)
    return TorchModel(TINY, weights, "tiny", Place("cpu"), "it is the one of the test")


def tiny_embedding() -> Embedding:
    io = tiny_io()
    transform = Transform(io["image"].shape[:2], TINY.input_size)
    return Embedding({"embedding": io["embedding"][0]}, transform, "tiny")


def tiny_prompt(case: str) -> Prompt:
    io = tiny_io()
    earlier = io.get(f"{case}.mask_input")
    return Prompt(
        points=io.get(f"{case}.points", np.zeros((0, 2), np.float32)),
        labels=io.get(f"{case}.labels", np.zeros(0, np.int64)),
        box=io.get(f"{case}.box"),
        logits=None if earlier is None else earlier[0, 0],
    )


def recipe_model(name: str, precision: str = "float32") -> TorchModel:
    """A full-size model with drawn weights, as the stored outputs were made."""
    found = {key: torch.from_numpy(value) for key, value in weights(published_keys()[name]).items()}
    for key, shape in published_keys()[name].items():
        if key.endswith("num_batches_tracked"):
            found[key] = torch.zeros(shape, dtype=torch.int64)
        if key.endswith("attention_biases"):
            # See README.md there: the published code had read its biases before it loaded these.
            found[key].zero_()
    return TorchModel(VARIANTS[name], found, name, Place("cpu", precision), "it is the test's")
