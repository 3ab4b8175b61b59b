"""Which device and precision to run torch with: the fastest that really computed something here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from model.interface import ModelError, first_line
from model.messages import Message, joined, say
from model.runtime_torch.place import Place, half_precision

WORTH = 1.3
"""Half precision must be faster than float32 by this factor to be worth its rounding."""
_TOKENS, _WIDTH, _HIDDEN = 1024, 768, 3072
_ROUNDS = 3
_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Probe:
    """What a place did when it was tried.

    Attributes:
        place: what was tried.
        gflops: measured speed of its matrix products, 10^9 operations per second; 0 if it failed.
        failure: what went wrong, or an empty text.
    """

    place: Place
    gflops: float
    failure: str = ""

    @property
    def words(self) -> Message:
        """For people."""
        return say("{device} {result}", self.place, self.failure or f"{self.gflops:,.0f} GFLOP/s")


@lru_cache(maxsize=16)
def probe(place: Place) -> Probe:
    """Runs a transformer's matrix product and a convolution at ``place`` and checks the results."""
    try:
        with torch.inference_mode():
            return Probe(place, _measured(place))
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        # A torch without CUDA raises AssertionError.
        return Probe(place, 0.0, say("failed ({reason})", first_line(error)))


def _measured(place: Place) -> float:
    draw = torch.Generator().manual_seed(0)
    left = torch.rand((_TOKENS, _WIDTH), generator=draw)
    right = torch.rand((_WIDTH, _HIDDEN), generator=draw)
    expected = left[:4].double() @ right.double()
    a, b = left.to(place.device, place.dtype), right.to(place.device, place.dtype)
    picture = torch.ones((1, 3, 64, 64), device=place.device, dtype=place.dtype)
    kernel = torch.ones((8, 3, 16, 16), device=place.device, dtype=place.dtype)
    patches = torch.nn.functional.conv2d(picture, kernel, stride=16)
    seconds = []
    for _ in range(1 + _ROUNDS):
        start = time.perf_counter()
        result = (a @ b)[:4].cpu()
        seconds.append(time.perf_counter() - start)
    error = float((result.double() - expected).abs().max() / expected.abs().max())
    if error > _TOLERANCE or abs(float(patches.float().mean()) - 768) > 768 * _TOLERANCE:
        raise RuntimeError(f"it computed wrong results, relative error {error:.2g}")
    return 2e-9 * _TOKENS * _WIDTH * _HIDDEN / min(seconds[1:])


def devices() -> list[str]:
    """The kinds of device torch reports on this machine, ``cpu`` last."""
    found = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def choose(device: str = "auto", precision: str = "auto", halves: bool = True) -> tuple[Place, str]:
    """The place to run at and one sentence about why.

    What is asked for is taken if it works; otherwise the next best, and the sentence says so.

    Args:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps`` and so on.
        precision: ``auto``, ``float32``, ``bfloat16`` or ``float16``, of the image encoder.
        halves: whether ``auto`` may take 16 bits. A large transformer bears the rounding and needs
            the speed; a small convolutional encoder neither.

    Raises:
        ValueError: no such kind of device or precision.
        ModelError: nothing works, not even the CPU.
    """
    _check_device(device)
    asked = _places([device] if device != "auto" else devices(), precision, halves)
    tried = [probe(place) for place in asked]
    best = _best(tried)
    if best is not None:
        return best.place, _reason(best, tried, device)
    fallback = [probe(place) for place in _places(["cpu"], "auto", halves)]
    best = _best(fallback)
    failures = joined((each.words for each in tried), "; ")
    if best is None:
        raise ModelError(
            "torch cannot compute on this machine: {reasons}; install it again", failures
        )
    return best.place, say("{reasons}; so it runs on {device}", failures, best.place)


def _check_device(device: str) -> None:
    kind, _, number = device.partition(":")
    if kind not in ("auto", "cpu", "cuda", "mps") or (number and not number.isdigit()):
        raise ValueError(f"the device must be auto, cpu, cuda, cuda:1 or mps, given {device!r}")


def _places(names: Sequence[str], precision: str, halves: bool) -> list[Place]:
    if precision != "auto" or not halves:
        only = "float32" if precision == "auto" else precision
        return [Place(name, only) for name in names]
    return [Place(name, each) for name in names for each in ("float32", half_precision(name))]


def _best(tried: Sequence[Probe]) -> Probe | None:
    worth = {"float32": WORTH}
    ran = [each for each in tried if not each.failure]
    return max(ran, key=lambda p: p.gflops * worth.get(p.place.precision, 1.0), default=None)


def _reason(best: Probe, tried: Sequence[Probe], device: str) -> str:
    if len(tried) == 1:
        asked = (
            say("as asked for") if device != "auto" else say("the only device that torch sees here")
        )
        return say("{device}, {reason}", best.words, asked)
    others = joined((each.words for each in tried if each is not best), "; ")
    return say("the fastest that ran a test here: {best} ({others})", best.words, others)
