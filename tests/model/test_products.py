"""Float32 products go to the library that makes them sooner, if it does make them in float32."""

from __future__ import annotations

from operator import attrgetter

import pytest
import torch

from model.runtime_torch import products
from model.runtime_torch.place import Place
from model.runtime_torch.products import quickest_products, through_onednn, worth_it

DRAW = torch.Generator().manual_seed(0)
LEFT, RIGHT = torch.randn((64, 96), generator=DRAW), torch.randn((96, 128), generator=DRAW)


def setting() -> str:
    return str(attrgetter("matmul.fp32_precision")(torch.backends.mkldnn))


def test_the_quicker_one_is_taken_if_it_is_worth_it() -> None:
    assert worth_it(LEFT, RIGHT, LEFT @ RIGHT, usual_s=2.0, other_s=1.0)
    assert not worth_it(LEFT, RIGHT, LEFT @ RIGHT, usual_s=1.0, other_s=0.95)


def test_products_that_were_rounded_are_not_taken_however_quick() -> None:
    rounded = (LEFT.bfloat16() @ RIGHT.bfloat16()).float()
    assert not worth_it(LEFT, RIGHT, rounded, usual_s=100.0, other_s=1.0)


@pytest.mark.parametrize(
    ("place", "quicker", "changes"),
    [
        (Place("cpu"), True, True),
        (Place("cpu"), False, False),
        (Place("cpu", "bfloat16"), True, False),
        (Place("cuda"), True, False),
    ],
    ids=["quicker", "not quicker", "half precision", "a card"],
)
def test_the_setting_is_made_for_the_products_inside_alone(
    monkeypatch: pytest.MonkeyPatch, place: Place, quicker: bool, changes: bool
) -> None:
    monkeypatch.setattr(products, "onednn_is_quicker", lambda: quicker)
    before = setting()
    with quickest_products(place):
        assert (setting() != before) == changes
    assert setting() == before


def test_the_setting_is_taken_back_after_a_failure() -> None:
    before = setting()
    with pytest.raises(MemoryError), through_onednn():
        raise MemoryError
    assert setting() == before


def test_the_setting_is_taken_back_when_the_last_of_several_threads_leaves() -> None:
    before = setting()
    first, second = through_onednn(), through_onednn()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert setting() != before
    second.__exit__(None, None, None)
    assert setting() == before


def test_this_machine_is_tried_once() -> None:
    products.onednn_is_quicker.cache_clear()
    assert products.onednn_is_quicker() in (True, False)
    assert products.onednn_is_quicker.cache_info().misses == 1
