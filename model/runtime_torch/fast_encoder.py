"""Images through the encoder in the form that answers fastest: the same weights and features."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from model.architecture.hiera import KEPT_LEVEL, HieraEncoder, Neck
from model.architecture.sam import Sam


def encode(network: Sam, image: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """See ``Sam.encode``.

    What SAM 2's pyramid makes of its finest levels only goes through a further 1 x 1 convolution.
    Both are linear and become one that never makes the channels between.
    """
    encoder, masks = network.image_encoder, network.mask_decoder
    if not isinstance(encoder, HieraEncoder) or masks.conv_s0 is None or masks.conv_s1 is None:
        return network.encode(image)
    further = {1: masks.conv_s1, 0: masks.conv_s0}
    if any(encoder.neck.adds_coarser(level) for level in further):
        return network.encode(image)
    features = encoder.trunk(image)
    embedding = encoder.neck.level(features, KEPT_LEVEL)
    if network.no_mem_embed is not None:
        embedding = embedding + network.no_mem_embed.reshape(1, -1, 1, 1)
    skips = tuple(
        _both(encoder.neck, level, features[level], layer) for level, layer in further.items()
    )
    return embedding, skips


def _both(neck: Neck, level: int, feature: Tensor, further: nn.Conv2d) -> Tensor:
    """(B, h, w, C_in) through the pyramid's convolution and the further one: (B, C, h, w)."""
    first = neck.layer(level)
    matrix = further.weight.flatten(1)
    bias = torch.addmv(cast(Tensor, further.bias), matrix, cast(Tensor, first.bias))
    matrix = matrix @ first.weight.flatten(1)
    rows = feature.flatten(1, 2).transpose(1, 2).to(matrix.dtype)
    made = torch.baddbmm(bias[None, :, None], matrix.expand(len(rows), -1, -1), rows)
    return torch.unflatten(made, 2, feature.shape[1:3])
