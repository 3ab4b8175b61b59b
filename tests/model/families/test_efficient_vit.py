"""EfficientViT-SAM answers as the published code does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from model.architecture.config import EfficientViTConfig, Variant, from_json, to_json
from model.architecture.efficient_vit import EfficientViT
from model.architecture.sam import Sam
from model.families import efficient_vit, recognised
from model.interface import Prompt
from model.runtime_onnx.export import export
from model.runtime_onnx.model import load_onnx
from model.runtime_torch.fused_norms import merge_norms
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.transforms import PIXEL_MEAN, PIXEL_STD
from model.weights.checkpoint import differences, expected_shapes
from tests.golden.recipe import weights
from tests.model.families.stored import hollow, outputs

TOLERANCE = 1e-4
TINY = {
    "l": EfficientViTConfig(
        (8, 16, 24, 32, 64),
        (1, 1, 1, 1, 1),
        ("plain", "fused", "fused", "inverted", "attention"),
        (1, 4, 4, 4, 6),
        (3, 4),
        around=5,
        neck_depth=2,
        neck_expansion=1,
        neck_width=32,
    ),
    "xl": EfficientViTConfig(
        (8, 8, 16, 16, 32, 64),
        (0, 1, 1, 1, 1, 1),
        ("plain", "fused", "fused", "fused", "attention", "attention"),
        (1, 4, 4, 4, 4, 6),
        (4, 5),
        around=3,
        neck_depth=1,
        neck_expansion=4,
        neck_width=32,
    ),
}


@pytest.mark.parametrize("size", TINY)
def test_the_encoder_equals_the_published_one(size: str) -> None:
    encoder = EfficientViT(TINY[size], 8, 256).eval()
    names = {f"image_encoder.{k}": tuple(v.shape) for k, v in encoder.state_dict().items()}
    made = {
        k.removeprefix("image_encoder."): torch.from_numpy(v) for k, v in weights(names).items()
    }
    encoder.load_state_dict(encoder.state_dict() | made)
    pixels = np.random.default_rng(7).standard_normal((1, 3, 64, 64), dtype=np.float32)
    expected = outputs("tiny_efficientvit_io.npz")[size]
    with torch.inference_mode():
        assert np.abs(encoder(torch.from_numpy(pixels))[0].numpy() - expected).max() < TOLERANCE
        merge_norms(encoder)
        assert np.abs(encoder(torch.from_numpy(pixels))[0].numpy() - expected).max() < TOLERANCE


@pytest.mark.parametrize("variant", efficient_vit.KNOWN, ids=lambda variant: variant.name)
def test_files_are_recognised_by_their_tensors(variant: Variant) -> None:
    known = recognised(hollow(variant.name))
    assert known is not None
    assert (known[0].name, known[1].variant) == ("efficientvit_sam", variant)
    assert differences(known[1].tensors, expected_shapes(variant)) == []
    assert from_json(to_json(variant)) == variant


def tiny() -> tuple[Variant, dict[str, torch.Tensor]]:
    """A model whose encoder sees a smaller image than prompts count in."""
    plain = efficient_vit.variant_of("tiny", TINY["l"], 64)
    variant = replace(plain, input_size=128, width=32, decoder_mlp=64)
    made = weights(expected_shapes(variant))
    zero = np.zeros((), np.int64)
    counters = {name: zero for name in expected_shapes(variant) if name not in made}
    return variant, {name: torch.from_numpy(values) for name, values in (made | counters).items()}


def test_prompts_count_in_pixels_of_the_larger_image(tmp_path: Path) -> None:
    variant, tensors = tiny()
    model = TorchModel(variant, tensors, "tiny", Place("cpu"), "it is the test's")
    image = np.random.default_rng(5).integers(0, 256, (100, 151, 3)).astype(np.uint8)
    embedding = model.embed(image)
    # 64 x 42.38 and 128 x 84.77 pixels, both rounded.
    small = Image.fromarray(image).resize((64, 42), Image.Resampling.BILINEAR)
    seen = torch.zeros(1, 3, 64, 64)
    mean, std = (torch.tensor(values)[:, None, None] for values in (PIXEL_MEAN, PIXEL_STD))
    pixels = torch.from_numpy(np.asarray(small, np.float32)).permute(2, 0, 1)
    seen[0, :, :42] = (pixels - mean) / std
    coordinates = torch.tensor([[[60 * 128 / 151, 40 * 85 / 100], [0.0, 0.0]]])
    network = Sam(variant).eval()
    network.load_state_dict(tensors)
    with torch.inference_mode():
        expected, _ = network.encode(seen)
        logits, _ = network.decode(expected, (), coordinates, torch.tensor([[1, -1]]))
    click = Prompt(points=np.array([[60, 40]]), labels=np.array([1]))
    found = model.decode(embedding, click, multimask=True)
    assert np.abs(embedding.features["embedding"] - expected[0].numpy()).max() < TOLERANCE
    assert np.abs(found.logits - logits[0, 1:].numpy()).max() < TOLERANCE
    assert found.mask().shape == (100, 151)
    exported = load_onnx(export(network, "tiny", tmp_path, "tiny")[0])
    again = exported.decode(exported.embed(image), click, multimask=True)
    assert np.abs(again.logits - found.logits).max() < TOLERANCE
