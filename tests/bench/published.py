"""The published segment-anything as the yardstick; it is installed for benchmarks only:
``pip install segment-anything==1.0``.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import torch

from model.architecture.config import VARIANTS, Variant
from model.architecture.sam import Sam


def stub_torchvision() -> None:
    """What segment-anything imports from torchvision and our comparisons never call."""
    wanted: dict[str, tuple[str, ...]] = {
        "torchvision": (),
        "torchvision.ops": (),
        "torchvision.ops.boxes": ("batched_nms", "box_area"),
        "torchvision.transforms": (),
        "torchvision.transforms.functional": ("resize", "to_pil_image"),
    }
    for name, attributes in wanted.items():
        module = ModuleType(name)
        for attribute in attributes:
            setattr(module, attribute, None)
        sys.modules.setdefault(name, module)


def published(name: str = "vit_b") -> Any:
    """The published network with random weights, the same in every process."""
    stub_torchvision()
    registry = __import__("segment_anything").sam_model_registry
    torch.manual_seed(0)
    return registry[name]().eval().requires_grad_(requires_grad=False)


def ours(theirs: Any, name: str = "vit_b") -> Sam:
    """Our network with the weights of ``theirs``."""
    variant: Variant = VARIANTS[name]
    with torch.device("meta"):
        network = Sam(variant)
    weights = {k: v for k, v in theirs.state_dict().items() if not k.startswith("pixel_")}
    network.load_state_dict(weights, assign=True)
    return network.eval().requires_grad_(requires_grad=False)
