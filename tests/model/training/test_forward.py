"""Training decodes in another order of memory; it must be the same function."""

from __future__ import annotations

import pytest
import torch

from model.training.forward import Rounds, from_quads, set_input_size, to_quads
from tests.model.training.nets import TINY, tiny_network


@pytest.mark.parametrize("shape", [(64, 64), (32, 64)])
@pytest.mark.parametrize("with_logits", [False, True])
def test_cell_order_decodes_as_the_network_does(with_logits: bool, shape: tuple[int, int]) -> None:
    sam = tiny_network().eval()
    for parameter in (*sam.mask_decoder.parameters(), *sam.prompt_encoder.parameters()):
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    images = torch.randn(2, 3, *shape)
    owner = torch.tensor([0, 1, 1])
    coordinates, labels = torch.rand(3, 4, 2) * 64, torch.randint(0, 2, (3, 4))
    cell = TINY.stride // 4
    logits = torch.randn(3, 1, shape[0] // cell, shape[1] // cell) if with_logits else None
    with torch.no_grad():
        embedding, skips = sam.encode(images)
        wanted = sam.decode(
            embedding[owner], [skip[owner] for skip in skips], coordinates, labels, logits
        )
        given = Rounds(sam, images, owner).decode(coordinates, labels, logits)
    torch.testing.assert_close(given[0], wanted[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(given[1], wanted[1], atol=1e-5, rtol=1e-4)


def test_cells_and_rows_are_inverse() -> None:
    x = torch.randn(2, 3, 8, 12)
    cells = to_quads(x, 2)
    assert cells.shape == (2, 6, 4, 4, 3)
    assert torch.equal(from_quads(cells.movedim(-1, 1), rows=2), x)


def test_half_precision_keeps_gradients_in_full_precision() -> None:
    sam = tiny_network()
    rounds = Rounds(sam, torch.randn(1, 3, 64, 64), torch.tensor([0]), torch.bfloat16)
    logits, iou = rounds.decode(torch.rand(1, 2, 2) * 64, torch.tensor([[1, -1]]), None)
    torch.autograd.backward(logits.square().mean() + iou.sum())
    for name in ("mask_decoder.mask_tokens.weight", "image_encoder.stem.conv.weight"):
        gradient = sam.get_parameter(name).grad
        assert gradient is not None
        assert gradient.dtype == torch.float32
        assert bool(gradient.abs().sum() > 0)


def test_on_a_processor_the_filters_between_cells_run_in_full_precision() -> None:
    """In bfloat16 their gradient takes almost three times as long."""
    sam = tiny_network()
    assert sam.mask_decoder.refiner is not None
    seen: list[torch.dtype] = []
    blocks = sam.mask_decoder.refiner.blocks
    blocks.register_forward_pre_hook(lambda module, given: seen.append(given[0].dtype))
    rounds = Rounds(sam, torch.randn(1, 3, 64, 64), torch.tensor([0]), torch.bfloat16)
    assert rounds.embedding.dtype == torch.bfloat16
    rounds.decode(torch.rand(1, 2, 2) * 64, torch.tensor([[1, -1]]), None)
    assert seen == [torch.float32]


def test_another_input_size_gives_logits_at_half_of_it() -> None:
    sam = tiny_network()
    set_input_size(sam, 96)
    rounds = Rounds(sam, torch.randn(1, 3, 96, 96), torch.tensor([0]))
    logits, _ = rounds.decode(torch.rand(1, 2, 2) * 96, torch.tensor([[1, -1]]), None)
    assert logits.shape == (1, 4, 48, 48)
