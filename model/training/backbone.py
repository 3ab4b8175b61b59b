"""Start the small encoder from MobileNetV2 weights whose BatchNorm was folded into the
convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from model.architecture.small_encoder import ConvNorm, SmallEncoder
from model.transforms import PIXEL_MEAN, PIXEL_STD


def start_from_mobilenet(encoder: SmallEncoder, weights: Path, images: Tensor) -> int:
    """Copy folded convolutions into stem and stages and put BatchNorm back without changing the
    function.

    Args:
        encoder: changed in place.
        weights: ``.npz`` of ``NNN.weight`` (O, I/groups, kh, kw) and ``NNN.bias`` in the order of
            execution, for an input of x / 127.5 - 1.
        images: (B, 3, S, S) normalised as the encoder expects; their statistics become the running
            ones.

    Returns:
        How many convolutions were copied.

    Raises:
        ValueError: the file's convolutions do not fit the encoder.
    """
    stored = np.load(weights)
    names = sorted(key[:-7] for key in stored.files if key.endswith(".weight"))
    parts = (encoder.stem, *encoder.stages)
    units = [m for part in parts for m in part.modules() if isinstance(m, ConvNorm)]
    if len(names) < len(units):
        raise ValueError(
            f"{weights.name} holds {len(names)} convolutions, the encoder needs {len(units)}"
        )
    hooks = []
    for index, (name, unit) in enumerate(zip(names, units, strict=False)):
        weight = torch.from_numpy(stored[f"{name}.weight"]).float()
        bias = torch.from_numpy(stored[f"{name}.bias"])
        given, needed = tuple(weight.shape), tuple(unit.conv.weight.shape)
        if given != needed:
            raise ValueError(f"{name}.weight of {weights.name} is {given}, not {needed}")
        if index == 0:
            weight, bias = _for_our_normalisation(weight, bias)
        unit.conv.weight.data.copy_(weight)
        hooks.append(unit.conv.register_forward_hook(_restore_norm(unit.norm, bias)))
    _run_once(encoder, images, hooks)
    return len(units)


def _run_once(encoder: SmallEncoder, images: Tensor, hooks: Sequence[RemovableHandle]) -> None:
    encoder.eval()
    with torch.no_grad():
        encoder(images)
    for hook in hooks:
        hook.remove()


def _for_our_normalisation(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    mean, std = torch.tensor(PIXEL_MEAN), torch.tensor(PIXEL_STD)
    shift = (weight * (mean / 127.5 - 1).reshape(1, 3, 1, 1)).sum(dim=(1, 2, 3))
    return weight * (std / 127.5).reshape(1, 3, 1, 1), bias + shift


def _restore_norm(norm: nn.BatchNorm2d, bias: Tensor) -> Callable[..., None]:
    def hook(module: nn.Module, inputs: object, output: Tensor) -> None:
        mean = output.float().mean(dim=(0, 2, 3))
        var = output.float().var(dim=(0, 2, 3), unbiased=False)
        buffers = dict(norm.named_buffers())
        buffers["running_mean"].copy_(mean)
        buffers["running_var"].copy_(var)
        norm.weight.data.copy_((var + norm.eps).sqrt())
        norm.bias.data.copy_(mean + bias)

    return hook
