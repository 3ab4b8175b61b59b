"""On a CPU Hiera goes through the image a part at a time; the features are the same."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from model.architecture.config import HieraConfig, Variant
from model.architecture.hiera import HieraEncoder, MultiScaleBlock
from model.architecture.sam import Sam
from model.families.sam2 import variant_of
from model.runtime_torch.fast_encoder import encode

SIZE = 128
"""32 tokens a side in the first stage, 4 in the last."""
WHOLE = HieraConfig(8, 1, (1, 2, 3, 1), (8, 4, 8, 4), (4,))
CUT = HieraConfig(8, 1, (2, 2, 3, 2), (12, 6, 6, 3), (5,))
"""No window divides the image but those of the second stage's first block."""
EVERYWHERE = HieraConfig(8, 1, (2, 1, 2, 1), (8, 4, 6, 3), (3,))
"""A block that halves the image attends to all of it."""
ALL = pytest.mark.parametrize(
    "config", [WHOLE, CUT, EVERYWHERE], ids=["whole", "cut off", "everywhere"]
)


def drawn(network: nn.Module) -> None:
    draw = torch.Generator().manual_seed(5)
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.3, generator=draw)


def encoder(config: HieraConfig) -> HieraEncoder:
    made = HieraEncoder(config, SIZE, out=16).eval()
    drawn(made)
    return made


def image(count: int = 2) -> Tensor:
    return torch.randn(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(6))


def difference(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


def check(
    found: tuple[Tensor, tuple[Tensor, ...]],
    expected: tuple[Tensor, tuple[Tensor, ...]],
    tolerance: float,
) -> None:
    assert difference(found[0], expected[0]) < tolerance
    for one, other in zip(found[1], expected[1], strict=True):
        assert one.shape == other.shape
        assert difference(one, other) < tolerance


@pytest.mark.parametrize("at_once", [10, 300, 4096], ids=["few rows", "some", "all"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)], ids=str
)
@ALL
def test_the_parts_make_the_whole(
    monkeypatch: pytest.MonkeyPatch,
    config: HieraConfig,
    at_once: int,
    dtype: torch.dtype,
    tolerance: float,
) -> None:
    monkeypatch.setattr("model.architecture.hiera.ROWS_AT_ONCE", at_once)
    network, x = encoder(config), image()
    expected = network(x)
    network.lower(dtype)
    with torch.inference_mode():
        check(network(x), expected, tolerance)


@ALL
def test_nothing_is_computed_for_the_padding_of_windows(config: HieraConfig) -> None:
    network, rows = encoder(config), 0

    def noted(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        nonlocal rows
        rows += inputs[0].shape[:-1].numel()

    tokens, expected = (SIZE // 4) ** 2, 0
    for block in network.trunk.blocks:
        assert isinstance(block, MultiScaleBlock)
        if block.window or not block.attn.pools:
            expected += tokens
            block.attn.qkv.register_forward_pre_hook(noted)
        tokens //= 4 if block.attn.pools else 1
    with torch.no_grad():
        network(image(1))
    assert rows == expected


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
def test_the_image_is_left_as_it_was(layout: torch.memory_format) -> None:
    x = image().to(memory_format=layout)
    before = x.clone()
    with torch.inference_mode():
        encoder(WHOLE)(x)
    assert torch.equal(x, before)


def test_gradients_need_what_lies_between_the_layers() -> None:
    network = encoder(WHOLE)
    embedding, maps = network(image())
    (embedding.sum() + maps[1].sum()).backward()
    used = [weight for name, weight in network.named_parameters() if "convs.2" not in name]
    assert all(weight.grad is not None for weight in used)


def sam(top_down: tuple[int, ...]) -> Sam:
    config = HieraConfig(8, 1, (1, 1, 2, 1), (8, 4, 8, 4), (2,), top_down=top_down)
    variant: Variant = variant_of("small", config, SIZE, 32)
    network = Sam(variant).eval().requires_grad_(requires_grad=False)
    drawn(network)
    return network


@pytest.mark.parametrize("top_down", [(2, 3), (0, 1, 2, 3), ()], ids=str)
def test_the_finest_levels_are_the_same_without_the_channels_between(
    top_down: tuple[int, ...],
) -> None:
    network = sam(top_down)
    with torch.inference_mode():
        check(encode(network, image()), network.encode(image()), 1e-5)


def test_the_channels_between_are_never_made() -> None:
    network, used = sam((2, 3)), []
    assert isinstance(network.image_encoder, HieraEncoder)
    for level in range(4):
        network.image_encoder.neck.layer(level).register_forward_pre_hook(
            lambda _layer, _inputs, level=level: used.append(level)
        )
    with torch.inference_mode():
        encode(network, image(1))
    assert sorted(used) == [2, 3]
