"""The published segment-anything and SAM 2 as the yardstick; installed for benchmarks only:
``pip install segment-anything==1.0`` and ``pip install --no-deps sam2==1.1.0 pyyaml``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from model.architecture.sam import Sam
from model.families import recognised

SAM_2 = {"sam2_t": "t", "sam2_s": "s", "sam2_b+": "b+", "sam2_l": "l"}
"""Names here, and in the published configurations."""
_UNUSED: dict[str, tuple[str, ...]] = {
    "torchvision": (),
    "torchvision.ops": (),
    "torchvision.ops.boxes": ("batched_nms", "box_area"),
    "torchvision.transforms": ("Normalize", "Resize", "ToTensor"),
    "torchvision.transforms.functional": ("resize", "to_pil_image"),
    "hydra": (),
    "hydra.core": (),
    "hydra.core.global_hydra": (),
    "iopath": (),
    "iopath.common": (),
    "iopath.common.file_io": ("g_pathmgr",),
    "tqdm": ("tqdm",),
}


class _GlobalHydra:
    """As if it had been set up already."""

    @classmethod
    def instance(cls) -> type[_GlobalHydra]:
        return cls

    @staticmethod
    def is_initialized() -> bool:
        return True


def stub_imports() -> None:
    """What the published packages import and our comparisons never call."""
    for name, attributes in _UNUSED.items():
        module = ModuleType(name)
        for attribute in attributes:
            setattr(module, attribute, None)
        sys.modules.setdefault(name, module)
    vars(sys.modules["hydra"]).setdefault("initialize_config_module", None)
    vars(sys.modules["hydra.core.global_hydra"]).setdefault("GlobalHydra", _GlobalHydra)


def published(name: str = "vit_b") -> Any:
    """The published network with random weights, the same in every process."""
    stub_imports()
    torch.manual_seed(0)
    if name in SAM_2:
        network = _described(_configuration(SAM_2[name]))
    else:
        network = importlib.import_module("segment_anything").sam_model_registry[name]()
    return network.eval().requires_grad_(requires_grad=False)


def _configuration(size: str) -> object:
    package = importlib.import_module("sam2")
    path = Path(package.__path__[0]) / "configs" / "sam2.1" / f"sam2.1_hiera_{size}.yaml"
    return importlib.import_module("yaml").safe_load(path.read_text("utf-8"))["model"]


def _described(value: Any) -> Any:
    """What a configuration of hydra describes: ``_target_`` is a class, all else its arguments."""
    if isinstance(value, list):
        return [_described(item) for item in value]
    if isinstance(value, dict):
        made = {key: _described(item) for key, item in value.items() if key != "_target_"}
        if "_target_" not in value:
            return made
        module, _, name = value["_target_"].rpartition(".")
        return getattr(importlib.import_module(module), name)(**made)
    # Its reader takes 1e-6 for a text.
    return float(value) if isinstance(value, str) and value[:1].isdigit() else value


def published_embedding(theirs: Any, x: Tensor) -> Sequence[Tensor]:
    """Normalised input to features, as the published predictors' ``set_image``."""
    if not hasattr(theirs, "forward_image"):
        return (theirs.image_encoder(x),)
    _, features, _, sizes = theirs._prepare_backbone_features(theirs.forward_image(x))
    features[-1] = features[-1] + theirs.no_mem_embed
    return [
        feature.permute(1, 2, 0).view(1, -1, *size)
        for feature, size in zip(features, sizes, strict=True)
    ]


def ours(theirs: Any) -> Sam:
    """Our network with the weights of ``theirs``."""
    found = recognised(theirs.state_dict())
    if found is None:
        raise ValueError("the published network is none that loads here")
    with torch.device("meta"):
        network: nn.Module = Sam(found[1].variant)
    network.load_state_dict(dict(found[1].tensors), assign=True)
    made = network.eval().requires_grad_(requires_grad=False)
    assert isinstance(made, Sam)
    return made
