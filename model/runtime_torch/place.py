"""Where a network runs and in what precision, and where it goes when it cannot stay there."""

from __future__ import annotations

import ctypes
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import torch

from model.messages import say

_KEPT = ((-1, 256 << 20), (-3, 32 << 20))
"""M_TRIM_THRESHOLD: free bytes that are kept; M_MMAP_THRESHOLD: tensors up to its greatest value
are not mapped one by one (``mallopt(3)``)."""
BFLOAT16_UNITS = ("avx512_bf16", "amx_bf16", "avx10_2", "bf16", "sve_bf16")
"""Processors that have one of these multiply in bfloat16, as ``torch.cpu`` names them."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Place:
    """A device (``cpu``, ``cuda``, ``cuda:1``, ``mps``) and the precision of the image encoder.

    Raises:
        ValueError: the precision is not one of ``DTYPES``.
    """

    device: str
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.precision not in DTYPES:
            raise ValueError(f"precision must be one of {', '.join(DTYPES)}: got {self.precision}")

    @property
    def dtype(self) -> torch.dtype:
        return DTYPES[self.precision]

    def __str__(self) -> str:
        return f"{self.device} in {self.precision}"


class NotFiniteError(RuntimeError):
    """A network's output holds NaN or infinity."""


class Failure(Enum):
    """Why a place cannot be kept; the value is how a person is told."""

    MEMORY = say("ran out of memory")
    DEVICE = say("failed")
    NOT_FINITE = say("computed values that are not finite")


def failure_of(error: Exception) -> Failure | None:
    """What kind of failure ``error`` is; None if another place would not help."""
    text = str(error).lower()
    if isinstance(error, NotFiniteError):
        return Failure.NOT_FINITE
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "out of memory" in text:
        return Failure.MEMORY
    if "can't allocate memory" in text or "not enough memory" in text:
        return Failure.MEMORY
    if isinstance(error, torch.AcceleratorError) or "cuda error" in text or "cudnn" in text:
        return Failure.DEVICE
    return None


def fallen_back(place: Place, failure: Failure, tried: Collection[Place]) -> Place | None:
    """The next best place after ``failure`` at ``place``; None if there is nowhere left to go."""
    cpu = Place("cpu")
    match failure:
        case Failure.MEMORY if place.device != "cpu":
            options = [Place(place.device, half_precision(place.device)), cpu]
        case Failure.DEVICE if place.device != "cpu":
            options = [cpu]
        case Failure.NOT_FINITE if place.precision != "float32":
            options = [Place(place.device), cpu]
        case _:
            options = []
    return next((option for option in options if option not in tried), None)


def half_precision(device: str) -> str:
    """The 16-bit precision that ``device`` computes in: bfloat16 where the card has it."""
    if device.startswith("cuda") and not multiplies_bfloat16(device):
        return "float16"
    return "float16" if device == "mps" else "bfloat16"


def multiplies_bfloat16(device: str) -> bool:
    """Whether ``device`` has instructions for products in bfloat16.

    A processor without them puts each together from others and takes many times as long as in
    float32.
    """
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device == "cpu":
        has = torch.cpu.get_capabilities()
        return any(has.get(name) for name in BFLOAT16_UNITS)
    return True


def keep_heap() -> bool:
    """Lets this process keep memory that it frees, so that the next tensor need not ask for it.

    Without this a third of a click's time on a CPU goes into pages given back and asked for again.
    A setting of the C library on Linux; elsewhere nothing happens and nothing is lost.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return all(mallopt(setting, size) == 1 for setting, size in _KEPT)


def release(device: str) -> None:
    """Gives the memory of deleted tensors back to ``device``; a lost device is left alone."""
    try:
        if device.startswith("cuda"):
            torch.cuda.empty_cache()
        elif device == "mps":
            torch.mps.empty_cache()
    except RuntimeError:
        # The device that failed cannot clean up either; the next place does not need it.
        return
