"""Convolutions that carry a click's word to its neighbours."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from model.architecture.config import from_json, to_json
from model.architecture.refiner import KERNEL, Refiner
from model.architecture.sam import Sam
from model.training.session import grown
from tests.model.exported import TINY_CONV, TINY_REFINED


def answer(sam: Sam, logits: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(3)
    size = sam.variant.input_size
    with torch.inference_mode():
        embedding, skips = sam.encode(torch.randn(1, 3, size, size, generator=draw))
        places = torch.rand(2, 3, 2, generator=draw) * size
        return sam.decode(embedding, skips, places, torch.tensor([[1, 0, 1], [2, 3, 1]]), logits)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_network_that_grew_a_refiner_answers_as_before(earlier: bool) -> None:
    torch.manual_seed(1)
    before = Sam(TINY_CONV).eval()
    after = grown(before, TINY_REFINED).eval()
    side = TINY_CONV.logits_side
    logits = torch.randn(2, 1, side, side) if earlier else None
    assert after.mask_decoder.refiner is not None
    for old, new in zip(answer(before, logits), answer(after, logits), strict=True):
        torch.testing.assert_close(new, old)


def test_it_carries_a_change_of_one_cell_as_far_as_its_filters_reach() -> None:
    torch.manual_seed(2)
    refiner = Refiner(width=4, inner=4, depth=2)
    torch.nn.init.normal_(refiner.leave.weight)
    cells = torch.zeros(1, 4, 32, 32)
    touched = cells.clone()
    touched[:, :, 16, 16] = 1
    with torch.inference_mode():
        changed = (refiner(touched) - refiner(cells)).abs().amax(dim=(0, 1)) > 1e-7
    rows = changed.any(dim=1).nonzero()[:, 0]
    reach = 2 * (KERNEL // 2)
    assert (int(rows.min()), int(rows.max())) == (16 - reach, 16 + reach)


def test_a_network_that_lacks_a_part_cannot_be_grown_into() -> None:
    with pytest.raises(ValueError, match="cannot grow into tiny_conv"):
        grown(Sam(TINY_REFINED), TINY_CONV)
    with pytest.raises(ValueError, match="cannot grow into wider"):
        grown(Sam(TINY_CONV), replace(TINY_CONV, name="wider", decoder_mlp=128))


def test_a_description_without_a_refiner_is_that_of_older_files() -> None:
    assert "refiner" not in to_json(TINY_CONV)
    assert from_json(json.loads(json.dumps(to_json(TINY_REFINED)))) == TINY_REFINED
