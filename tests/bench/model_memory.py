"""Time and memory of image embeddings in a process of their own (``model_speed`` starts it).

The published code and ours leave memory in different states, so that neither may run in the
other's process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import torch

from model.runtime_torch.fast_encoder import encode
from model.runtime_torch.fused_norms import channels_last, lower
from model.runtime_torch.place import Place, keep_heap
from model.runtime_torch.products import quickest_products
from tests.bench.published import ours, published, published_embedding


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one embedding.

    Attributes:
        ms: that passed, the median.
        cpu_ms: of processor time of all threads, the median.
        peak_mib: of the whole process.
        added_mib: of that, beyond what it took before the first embedding.
    """

    ms: float
    cpu_ms: float
    peak_mib: int
    added_mib: int


def apart(name: str, way: str, threads: int, rounds: int) -> Measured:
    """``measure`` in a fresh process."""
    program = (
        f"from tests.bench.model_memory import tell; tell({name!r}, {way!r}, {threads}, {rounds})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def tell(name: str, way: str, threads: int, rounds: int) -> None:
    print(json.dumps(asdict(measure(name, way, threads, rounds))))


def measure(name: str, way: str, threads: int, rounds: int) -> Measured:
    """Embeds by ``way``, ``published`` or a precision of ours, once to warm up and then
    ``rounds`` times."""
    torch.set_num_threads(threads)
    with torch.inference_mode():
        embed = _embedding(name, way)
        before, passed, used = peak_mib(), [], []
        for _ in range(rounds + 1):
            start, cpu = time.perf_counter(), time.process_time()
            embed()
            passed.append(1000 * (time.perf_counter() - start))
            used.append(1000 * (time.process_time() - cpu))
    peak = peak_mib()
    return Measured(median(passed[1:]), median(used[1:]), peak, peak - before)


def _embedding(name: str, way: str) -> Callable[[], object]:
    x = torch.randn(1, 3, 1024, 1024)
    if way == "published":
        return partial(published_embedding, published(name), x)
    # As the program runs it, see ``TorchModel``.
    network, place = ours(published(name)), Place("cpu", way)
    keep_heap()
    lower(channels_last(network.image_encoder), place.dtype)
    wide = x.to(memory_format=torch.channels_last)

    def embed() -> object:
        with quickest_products(place):
            return encode(network, wide)

    return embed


def peak_mib() -> int:
    """Peak resident memory of this program; on Linux ``getrusage`` counts its parent's as well."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("ascii").split("VmHWM:")[1].split()[0]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20)
