"""What of a network only later prompts and boxes use: trained alone, the answer to a first click
stays what it was, to the bit.

A first click is a positive point, and its answer one of the three candidates. So it does not use
the single mask's network, what a negative point and a box's corners are, and the parts of the
dense prompt that read earlier logits and places said to be background.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from model.architecture.prompt_encoder import BOX_FIRST, BOX_LAST, NEGATIVE
from model.architecture.sam import Sam

POSITIVE_DISCS = 1
"""The map of positive clicks in the dense prompt; before it are earlier logits, after it what is
said to be background."""


def free_corrections(sam: Sam) -> None:
    """Freeze ``sam`` but for what only later prompts and boxes use."""
    sam.requires_grad_(False)
    prompt, decoder = sam.prompt_encoder, sam.mask_decoder
    decoder.output_hypernetworks_mlps[0].requires_grad_(True)
    for kind in (NEGATIVE, BOX_FIRST, BOX_LAST):
        prompt.point_embeddings[kind].requires_grad_(True)
    _free(prompt.get_parameter("mask_downscaling.0.weight"))
    if prompt.fine_maps is not None:
        _free(prompt.fine_maps.weight)


def _free(weight: Tensor) -> None:
    """Let a convolution of the maps (O, maps, 2, 2) learn, but for what reads positive clicks."""
    weight.requires_grad_(True)
    kept = torch.ones(1, weight.shape[1], 1, 1, device=weight.device)
    if weight.shape[1] > POSITIVE_DISCS:
        kept[:, POSITIVE_DISCS] = 0

    def hook(gradient: Tensor) -> Tensor:
        return gradient * kept.to(gradient)

    # Torch gives this no types.
    hooked: Any = weight
    hooked.register_hook(hook)
