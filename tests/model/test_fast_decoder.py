"""The rearranged decoder gives what the plain one gives."""

from __future__ import annotations

import pytest
import torch

from model.architecture.features import feature_shapes
from model.runtime_torch.fast_decoder import FastDecoder
from tests.model.exported import VARIANTS, network

TOLERANCE = 1e-5


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize(
    ("prompts", "tokens", "earlier"),
    [(1, 2, False), (5, 3, False), (1, 1, True), (3, 4, True), (1, 0, True)],
    ids=["one click", "several prompts", "logits and click", "several with logits", "logits alone"],
)
def test_it_equals_the_plain_decoder(name: str, prompts: int, tokens: int, earlier: bool) -> None:
    sam, draw = network(name), torch.Generator().manual_seed(prompts)
    variant = sam.variant
    resized = variant.input_size * 3 // 4, variant.input_size
    rows, columns = cells = variant.cells(resized)
    assert (rows < columns) == variant.fitted
    embedding = torch.randn(1, variant.width, rows, columns, generator=draw)
    _, *finer = feature_shapes(variant, cells).values()
    skips = tuple(torch.randn(1, *shape, generator=draw) for shape in finer)
    places = torch.rand(prompts, tokens, 2, generator=draw) * variant.input_size
    labels = torch.randint(-1, 4, (prompts, tokens), generator=draw)
    logits = torch.randn(prompts, 1, 4 * rows, 4 * columns, generator=draw) * 5 if earlier else None

    fast = FastDecoder(sam)
    with torch.inference_mode():
        plain = sam.decode(embedding, skips, places, labels, logits)
        memory = fast.memory(embedding, skips)
        if earlier or variant.click_maps:
            given = torch.zeros(1, 1, 4 * rows, 4 * columns) if logits is None else logits
            memory = fast.drawn_on(memory, places, labels, given, torch.tensor([float(earlier)]))
        *rearranged, scores = fast(memory, places, labels, torch.arange(len(plain[0][0])), cells)

    # The finer mask has no estimate of its own.
    rearranged[1] = rearranged[1][:, :4]
    for expected, found in zip(plain, rearranged, strict=True):
        assert found.shape == expected.shape
        assert (found - expected).abs().max() < TOLERANCE
    assert len(scores) == (prompts if variant.object_score else 0)
    assert plain[0].std() > 1000 * TOLERANCE
