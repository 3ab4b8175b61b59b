"""Which library multiplies float32 matrices on a CPU.

Torch gives them to MKL, which takes a slow path on processors of other makers: there oneDNN is
twice as fast. On an Intel processor it may be the other way round, so both are tried.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from operator import attrgetter

import torch
from torch import Tensor

from model.runtime_torch.place import Place

WORTH = 1.15
"""oneDNN must be faster by this factor."""
EXACT = 1e-5
"""Largest error, relative to the largest value, of products that are still float32."""
_SHAPE = 1024, 768, 3072
_ROUNDS = 3
_SETTING = "bf16"
"""Torch asks oneDNN for float32 products only where these are allowed to round. It does not round
where the processor has no matrix units for that; ``worth_it`` looks at what really came out."""


class _Setting:
    """Torch's setting of products: the whole process has one, and several threads may want it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._before = ""

    def want(self) -> None:
        with self._lock:
            # Types of torch leave this one out.
            place = attrgetter("matmul")(torch.backends.mkldnn)
            if not self._wanted:
                self._before, place.fp32_precision = place.fp32_precision, _SETTING
            self._wanted += 1

    def leave(self) -> None:
        with self._lock:
            self._wanted -= 1
            if not self._wanted:
                attrgetter("matmul")(torch.backends.mkldnn).fp32_precision = self._before


_setting = _Setting()


@contextmanager
def quickest_products(place: Place) -> Iterator[None]:
    """Products of float32 matrices inside go the quicker way, if they do on ``place``."""
    if place.device != "cpu" or place.precision != "float32" or not onednn_is_quicker():
        yield
        return
    with through_onednn():
        yield


@contextmanager
def through_onednn() -> Iterator[None]:
    """Lets oneDNN multiply float32 matrices, until the last thread inside has left."""
    _setting.want()
    try:
        yield
    finally:
        _setting.leave()


@lru_cache(maxsize=1)
def onednn_is_quicker() -> bool:
    """Tries both once on this machine, about a tenth of a second; without oneDNN they are one."""
    with torch.inference_mode():
        return _tried()


def _tried() -> bool:
    rows, inner, columns = _SHAPE
    draw = torch.Generator().manual_seed(0)
    left = torch.randn((rows, inner), generator=draw)
    right = torch.randn((inner, columns), generator=draw)
    usual, other = [], []
    for _ in range(1 + _ROUNDS):
        usual.append(_timed(left, right)[1])
        with through_onednn():
            product, seconds = _timed(left, right)
        other.append(seconds)
    return worth_it(left, right, product, min(usual[1:]), min(other[1:]))


def _timed(left: Tensor, right: Tensor) -> tuple[Tensor, float]:
    begun = time.perf_counter()
    product = left @ right
    return product, time.perf_counter() - begun


def worth_it(left: Tensor, right: Tensor, product: Tensor, usual_s: float, other_s: float) -> bool:
    """Whether ``product`` of two matrices was made quickly enough, and in float32."""
    rows = slice(0, 16)
    expected = left[rows].double() @ right.double()
    error = float((product[rows].double() - expected).abs().max() / expected.abs().max())
    return error <= EXACT and other_s * WORTH <= usual_s
