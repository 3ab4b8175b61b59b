"""On a CPU a ViT goes through the image a part at a time; the embedding is the same."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from model.architecture.config import ViTConfig
from model.architecture.image_encoder import Attention, ImageEncoderViT, in_parts

CONFIG = ViTConfig(width=32, depth=3, heads=2, global_blocks=(1,), window=3, patch=4)
SIZE = 32
"""8 tokens a side: three windows a side, the last of them partly padding."""


def network() -> ImageEncoderViT:
    encoder = ImageEncoderViT(CONFIG, SIZE, out=8).eval()
    draw = torch.Generator().manual_seed(5)
    for weight in encoder.parameters():
        nn.init.normal_(weight, std=0.3, generator=draw)
    return encoder


def image(count: int = 2) -> Tensor:
    return torch.randn(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(6))


def difference(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("at_once", [10, 1024], ids=["rows that do not divide", "all rows"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 0.02)], ids=str
)
def test_the_parts_make_the_whole(
    monkeypatch: pytest.MonkeyPatch, at_once: int, dtype: torch.dtype, tolerance: float
) -> None:
    monkeypatch.setattr("model.architecture.image_encoder.ROWS_AT_ONCE", at_once)
    encoder, x = network(), image()
    expected = encoder(x)[0].detach()
    encoder.lower(dtype)
    with torch.inference_mode():
        found = encoder(x)[0]
    assert difference(found, expected) < tolerance


def test_windows_compute_nothing_for_the_padding() -> None:
    encoder, rows = network(), 0

    def noted(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        nonlocal rows
        rows += inputs[0].shape[:-1].numel()

    for attention in encoder.modules():
        if isinstance(attention, Attention):
            attention.qkv.register_forward_pre_hook(noted)
    with torch.no_grad():
        encoder(image(1))
    assert rows == CONFIG.depth * (SIZE // CONFIG.patch) ** 2


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
def test_the_image_is_left_as_it_was(layout: torch.memory_format) -> None:
    x = image().to(memory_format=layout)
    before = x.clone()
    with torch.inference_mode():
        network()(x)
    assert torch.equal(x, before)


def test_gradients_need_what_lies_between_the_layers() -> None:
    encoder = network()
    assert not in_parts(image())
    encoder(image())[0].sum().backward()
    assert all(weight.grad is not None for weight in encoder.parameters())


def test_an_accelerator_takes_everything_at_once() -> None:
    with torch.no_grad():
        assert in_parts(image())
        assert not in_parts(image().to("meta"))
