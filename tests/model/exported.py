"""Small networks and their ONNX files."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file

from model.architecture.config import ConvConfig, HieraConfig, TinyViTConfig, Variant
from model.architecture.sam import Sam
from model.families import sam2, sam_hq
from model.runtime_onnx.export import export
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from tests.model.golden import TINY, TINY_FILE

TINY_CONV = Variant(
    "tiny_conv",
    ConvConfig(
        stages=((1, 8, 1, 1), (2, 8, 1, 2), (2, 8, 1, 2), (2, 16, 1, 2), (2, 16, 1, 2)),
        stem=8,
        merge=16,
    ),
    input_size=128,
    stride=8,
    width=32,
    decoder_mlp=64,
    iou_head_hidden=32,
    skip_channels=(8,),
    click_maps=True,
)
TINY_REFINED = replace(TINY_CONV, name="tiny_refined", refiner=(16, 2))
TINY_FITTED = replace(TINY_REFINED, name="tiny_fitted", fitted=True)
TINY_MOBILE = Variant(
    "tiny_mobile",
    TinyViTConfig(widths=(8, 16, 16, 32), depths=(1, 1, 1, 1), heads=(1, 2, 2, 4)),
    input_size=256,
    width=32,
    decoder_heads=4,
    decoder_mlp=64,
    iou_head_hidden=32,
)
"""MobileSAM's kind of encoder; its sides are no multiples of its windows."""
TINY_SAM2 = sam2.variant_of(
    "tiny_hiera", HieraConfig(8, 1, (1, 2, 3, 1), (8, 4, 14, 7), (4,)), input_size=256, width=32
)
TINY_HQ = sam_hq.with_token(replace(TINY_MOBILE, name="tiny_light"), 16)
VARIANTS = {
    variant.name: variant
    for variant in (TINY, TINY_CONV, TINY_REFINED, TINY_FITTED, TINY_MOBILE, TINY_SAM2, TINY_HQ)
}


@lru_cache(maxsize=4)
def network(name: str) -> Sam:
    variant = VARIANTS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        drawn = Sam(variant).eval().requires_grad_(requires_grad=False)
    if variant is TINY:
        drawn.load_state_dict(load_file(TINY_FILE))
        return drawn
    draw = torch.Generator().manual_seed(6)
    # Means and variances of their own, so that a norm merged wrongly is seen.
    for norm in drawn.modules():
        if isinstance(norm, torch.nn.BatchNorm2d) and norm.running_mean is not None:
            norm.running_mean.copy_(torch.linspace(-0.2, 0.2, norm.num_features))
    # What starts at zero would hide a mistake.
    for parameter in drawn.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1, generator=draw)
    return drawn


@lru_cache(maxsize=4)
def torch_model(name: str) -> TorchModel:
    sam = network(name)
    return TorchModel(sam.variant, sam.state_dict(), name, Place("cpu"), "it is the test's")


def write(name: str, folder: Path, identity: str | None = None) -> Path:
    """Exports the network ``name``; any one of the files."""
    return export(network(name), identity or name, folder, name)[0]
