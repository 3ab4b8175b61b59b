"""Peak memory of one image embedding, in a process of its own (``model_speed`` starts it)."""

from __future__ import annotations

import resource
from pathlib import Path

import torch

from model.runtime_torch.fused_norms import lower
from tests.bench.published import ours, published


def measure(way: str) -> int:
    """Peak resident memory in MiB after embedding once by ``way``."""
    torch.set_num_threads(2)
    network = published()
    x = torch.randn(1, 3, 1024, 1024)
    with torch.inference_mode():
        if way == "published":
            network.image_encoder(x)
        else:
            mine = ours(network)
            del network
            if way == "bfloat16":
                lower(mine.image_encoder, torch.bfloat16)
            mine.encode(x)
    return peak_mib()


def peak_mib() -> int:
    """Peak resident memory of this program; on Linux ``getrusage`` counts its parent's as well."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("ascii").split("VmHWM:")[1].split()[0]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20)
