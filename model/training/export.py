"""From a trained network to the file the application loads."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from model.architecture.config import to_json
from model.architecture.sam import Sam
from model.training.state import written


def export_weights(
    sam: Sam,
    path: Path,
    input_size: int | None = None,
    notes: Mapping[str, str] | None = None,
    exact: Collection[str] = (),
    others: Mapping[str, Tensor] | None = None,
) -> int:
    """Write ``sam`` as safetensors with its architecture in the metadata and return the file's
    bytes.

    Matrices and kernels become float16; vectors stay float32, as the variances of BatchNorm exceed
    float16.

    Args:
        input_size: the side it is to be used at, if not the one it was built for.
        notes: more metadata, such as how it was trained.
        exact: tensors that must come out as they are, such as those of an encoder that did not
            learn: they stay float32 where float16 would change them.
        others: tensors for other work, such as tracking through a video, to go along.

    Raises:
        ValueError: a weight is not finite in float16.
    """
    variant = replace(sam.variant, input_size=input_size or sam.variant.input_size)
    tensors = {
        name: _stored(name, tensor, name in exact)
        for name, tensor in sam.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    tensors |= {name: tensor.contiguous() for name, tensor in (others or {}).items()}
    metadata = {"format": "pt", "config": json.dumps(to_json(variant)), **(notes or {})}
    content = serialised(tensors, metadata)
    written(path, content)
    return len(content)


def _stored(name: str, tensor: Tensor, exact: bool) -> Tensor:
    whole = tensor.detach().cpu().contiguous()
    kept = whole.to(torch.float16 if whole.ndim > 1 else torch.float32)
    if exact and not torch.equal(kept.to(whole.dtype), whole):
        kept = whole
    if not bool(torch.isfinite(kept).all()):
        raise ValueError(f"{name} holds values that are not finite: export an earlier state")
    return kept
