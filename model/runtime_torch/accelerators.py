"""``python -m model.runtime_torch.accelerators``: tells as JSON which devices torch reports here.

For programs that want to know without importing torch themselves.
"""

from __future__ import annotations

import json

import torch

from model.runtime_torch.choice import devices


def found() -> dict[str, object]:
    """``device``, the first of ``choice.devices``, and ``memory_bytes`` of its own, 0 if none."""
    first = devices()[0]
    memory = torch.cuda.get_device_properties(0).total_memory if first == "cuda" else 0
    return {"device": first, "memory_bytes": memory}


if __name__ == "__main__":
    print(json.dumps(found()))
