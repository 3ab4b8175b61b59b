"""The ways to attend over an image are one and the same function."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model.architecture.image_attention import Attend, attend, attend_in_tiles, attend_plainly
from model.architecture.image_encoder import Attention

WAYS = [attend, attend_in_tiles, attend_plainly]


def written_out(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """By the definition, in double precision."""
    q, k, v, by_row, by_column = (part.double() for part in (q, k, v, by_row, by_column))
    bias = by_row[..., :, None] + by_column[..., None, :]
    scores = q @ k.transpose(1, 2) + bias.flatten(3).flatten(1, 2)
    return scores.softmax(dim=-1) @ v


def drawn(items: int, rows: int, columns: int, dtype: torch.dtype) -> tuple[Tensor, ...]:
    draw = torch.Generator().manual_seed(3)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw).to(dtype)

    q, k, v = (normal(items, rows * columns, 16) for _ in range(3))
    by_row, by_column = normal(items, rows, columns, rows), normal(items, rows, columns, columns)
    return q, k, v, by_row, by_column


@pytest.mark.parametrize("at_once", [1, 300, 1 << 20], ids=["a row", "some rows", "everything"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 0.02)], ids=str
)
def test_every_way_is_the_same_attention(
    monkeypatch: pytest.MonkeyPatch,
    way: Attend,
    at_once: int,
    dtype: torch.dtype,
    tolerance: float,
) -> None:
    monkeypatch.setattr("model.architecture.image_attention.SCORES_AT_ONCE", at_once)
    arguments = drawn(3, 5, 4, dtype)
    expected = written_out(*arguments)
    for keeps_for_gradients in (True, False):
        with torch.set_grad_enabled(keeps_for_gradients):
            found = way(*arguments)
        assert found.dtype == dtype
        assert float((found - expected).norm() / expected.norm()) < tolerance


@pytest.mark.parametrize("matrix_units", [True, False])
def test_precision_gradients_and_the_processor_say_which_way_is_taken(
    monkeypatch: pytest.MonkeyPatch, matrix_units: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_tile": matrix_units})
    taken: list[str] = []
    for way in WAYS:

        def noted(*arguments: Tensor, way: Attend = way) -> Tensor:
            taken.append(way.__name__)
            return way(*arguments)

        monkeypatch.setattr(f"model.architecture.image_attention.{way.__name__}", noted)
    layer, x = Attention(32, 2, 4).requires_grad_(requires_grad=False), torch.randn(1, 4, 4, 32)
    layer(x)
    with torch.no_grad():
        layer(x)
        layer.to(torch.bfloat16)(x)
    in_16_bits = "attend" if matrix_units else "attend_plainly"
    assert taken == ["attend_in_tiles", "attend_plainly", in_16_bits]
