"""Segment Anything as a library: load a model, embed an image, ask it with points and boxes.

    >>> import model
    >>> sam = model.load("builtin")
    >>> embedding = sam.embed(image)  # (H, W, 3) uint8 RGB
    >>> prompt = model.Prompt(points=[(120, 80)], labels=[1])
    >>> mask = sam.decode(embedding, prompt).mask()  # (H, W) bool

Names are looked up when they are first used, so that importing this package, or the mask codec in
it, loads no framework.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.interface import (
        Cancelled,
        CheckpointError,
        Embedding,
        Model,
        ModelError,
        Prediction,
        Prompt,
        RuntimeReport,
    )
    from model.loading import load

# onnxruntime's wheels report their use to their maker from the moment of import. What people
# work on here is nobody else's business; this switch is the only one that is early enough.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = [
    "Cancelled",
    "CheckpointError",
    "Embedding",
    "Model",
    "ModelError",
    "Prediction",
    "Prompt",
    "RuntimeReport",
    "load",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "model.loading" if name == "load" else "model.interface"
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value
