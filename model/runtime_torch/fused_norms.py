"""Networks in the form that answers fastest: norms merged into convolutions, fewer bits."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model.architecture.hiera import HieraEncoder
from model.architecture.image_encoder import ImageEncoderViT
from model.architecture.plain_vit import PlainViT
from model.architecture.sam3_vit import Sam3Encoder


def merge_norms(network: nn.Module) -> None:
    """Merges each BatchNorm that follows a convolution in its module into it, in place.

    Exact but for rounding, and only for a network that is no longer trained.
    """
    for module in list(network.modules()):
        children = list(module.named_children())
        for (conv_name, conv), (norm_name, norm) in pairwise(children):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())


def lower(encoder: nn.Module, dtype: torch.dtype) -> None:
    """Lets ``encoder`` compute in ``dtype``, as far as its architecture bears the rounding."""
    if isinstance(encoder, ImageEncoderViT | HieraEncoder | PlainViT | Sam3Encoder):
        encoder.lower(dtype)
    else:
        encoder.to(dtype)


def channels_last(network: nn.Module) -> nn.Module:
    """``network`` with its convolutions' weights in the order their fast kernels read."""
    # The annotation of ``Module.to`` knows this argument only beside others.
    return cast(nn.Module, network.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
