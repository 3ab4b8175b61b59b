"""Full-size weights without a checkpoint: every tensor is drawn from its own name."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Changed = Mapping[str, tuple[float, float]]
"""By name: a factor, and a number that is added after it."""
NOT_DRAWN = ("num_batches_tracked", "attention_bias_idxs")
"""Ends of the names of integer buffers."""


def tensor(name: str, shape: tuple[int, ...], salt: str = "") -> npt.NDArray[np.float32]:
    """The float32 tensor called ``name``; another ``salt`` is another draw."""
    draw = np.random.default_rng(zlib.crc32((salt + name).encode()))
    normal = draw.standard_normal(shape, dtype=np.float32)
    values: npt.NDArray[np.floating[Any]]
    if name.endswith("running_var"):
        values = 0.5 + np.abs(normal)
    elif name.endswith(("running_mean", "attention_biases")):
        values = 0.1 * normal
    elif "rel_pos" in name or "pos_embed" in name:
        values = 0.02 * normal
    elif name.endswith("positional_encoding_gaussian_matrix"):
        values = normal
    elif "embed" in name and name.endswith("weight") and len(shape) == 2 and shape[0] <= 4:
        values = 0.5 * normal
    elif len(shape) <= 1:
        values = (1.0 if name.endswith("weight") else 0.0) + 0.05 * normal
    else:
        values = normal / math.sqrt(math.prod(shape[1:]))
    return np.asarray(values, dtype=np.float32).reshape(shape)


def weights(
    shapes: Mapping[str, Sequence[int]], salt: str = "", changed: Changed | None = None
) -> dict[str, npt.NDArray[np.float32]]:
    """All floating-point tensors of a model; integer buffers are left out."""
    drawn = {
        name: tensor(name, tuple(shape), salt)
        for name, shape in shapes.items()
        if not name.endswith(NOT_DRAWN)
    }
    for name, (factor, added) in (changed or {}).items():
        drawn[name] = drawn[name] * np.float32(factor) + np.float32(added)
    return drawn
