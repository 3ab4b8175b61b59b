"""Training leaves a model that loads as it was, and starts as its backbone was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.small_encoder import ConvNorm, SmallEncoder
from model.training.backbone import start_from_mobilenet
from model.training.export import export_weights
from model.transforms import PIXEL_MEAN, PIXEL_STD
from model.weights.checkpoint import read_checkpoint
from tests.model.training.nets import tiny_network


def test_an_exported_network_loads_with_its_architecture(tmp_path: Path) -> None:
    sam, path = tiny_network(), tmp_path / "own.safetensors"
    size = export_weights(sam, path, input_size=96, notes={"version": "1"})
    found = read_checkpoint(path)
    assert size == path.stat().st_size
    assert found.variant.input_size == 96
    for name, tensor in sam.state_dict().items():
        if tensor.is_floating_point():
            torch.testing.assert_close(found.weights[name], tensor, atol=2e-3, rtol=2e-3)


def test_matrices_are_stored_in_half_precision(tmp_path: Path) -> None:
    sam, path = tiny_network(), tmp_path / "own.safetensors"
    numbers = sum(t.numel() for t in sam.state_dict().values() if t.ndim > 1)
    vectors = sum(t.numel() for t in sam.state_dict().values() if t.ndim == 1)
    header = 40_000
    assert export_weights(sam, path) < 2 * numbers + 4 * vectors + header


def test_weights_that_overflow_half_precision_are_refused(tmp_path: Path) -> None:
    sam, path = tiny_network(), tmp_path / "own.safetensors"
    sam.get_parameter("mask_decoder.mask_tokens.weight").data[0, 0] = 1e6
    with pytest.raises(ValueError, match=r"mask_tokens\.weight .* not finite"):
        export_weights(sam, path)
    assert not path.exists()


def _folded_weights(encoder: SmallEncoder, path: Path) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Random folded convolutions of the encoder's shapes, saved as a backbone file."""
    units = [
        unit
        for part in (encoder.stem, *encoder.stages)
        for unit in part.modules()
        if isinstance(unit, ConvNorm)
    ]
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    folded = []
    for index, unit in enumerate(units):
        weight = rng.normal(0, 0.3, tuple(unit.conv.weight.shape)).astype(np.float32)
        bias = rng.normal(0, 0.3, len(weight)).astype(np.float32)
        arrays[f"{index:03}.weight"], arrays[f"{index:03}.bias"] = weight, bias
        folded.append((torch.from_numpy(weight), torch.from_numpy(bias)))
    np.savez(path, **arrays)
    return folded


def test_a_backbone_keeps_its_function(tmp_path: Path) -> None:
    encoder, path = tiny_network().image_encoder, tmp_path / "backbone.npz"
    assert isinstance(encoder, SmallEncoder)
    folded = _folded_weights(encoder, path)
    pixels = torch.randint(0, 256, (2, 3, 64, 64)).float()
    mean, std = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (PIXEL_MEAN, PIXEL_STD))
    images = (pixels - mean) / std
    assert start_from_mobilenet(encoder, path, images) == len(folded)
    weight, bias = folded[0]
    wanted = F.relu6(F.conv2d(pixels / 127.5 - 1, weight, bias, stride=2))
    with torch.no_grad():
        found = encoder.stem(images)
    # The last row and column see padding, which is grey to the backbone and the mean to us.
    torch.testing.assert_close(found[..., :-1, :-1], wanted, atol=1e-4, rtol=1e-4)


def test_another_backbone_is_refused(tmp_path: Path) -> None:
    encoder, path = tiny_network().image_encoder, tmp_path / "backbone.npz"
    assert isinstance(encoder, SmallEncoder)
    _folded_weights(encoder, path)
    other = SmallEncoder(tiny_network().variant.encoder, 16, (4,))  # type: ignore[arg-type]
    other.stem = ConvNorm(3, 6, 3, stride=2)
    assert isinstance(other, nn.Module)
    with pytest.raises(ValueError, match=r"000\.weight of backbone\.npz is \(4, 3, 3, 3\)"):
        start_from_mobilenet(other, path, torch.zeros(1, 3, 64, 64))
