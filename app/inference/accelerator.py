"""Which GPU torch sees here, asked of another process: importing torch takes seconds and memory."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import msgspec

import model

LOG = logging.getLogger(__name__)
MODULE = "model.runtime_torch.accelerators"
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A device models run on.

    Attributes:
        device: ``cuda``, ``mps`` or ``cpu``.
        memory_bytes: of its own; 0 if it shares the machine's.
    """

    device: str
    memory_bytes: int = 0

    @property
    def is_gpu(self) -> bool:
        return self.device != "cpu"


CPU = Accelerator("cpu")


def accelerator_here(command: Sequence[str] = (sys.executable, "-m", MODULE)) -> Accelerator:
    """The device that torch takes first; the CPU without torch, or where torch does not say."""
    if find_spec("torch") is None:
        return CPU
    import subprocess

    # On Windows a program without a console would flash one for a moment.
    no_console = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    root = Path(model.__file__).resolve().parents[1]
    try:
        told = subprocess.run(  # noqa: S603  our own module, by our own interpreter
            command, cwd=root, capture_output=True, timeout=PATIENCE_S, check=True,
            creationflags=no_console,
        )  # fmt: skip
        return msgspec.convert(json.loads(told.stdout), Accelerator)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        LOG.info("which devices there are cannot be told: %s", error)
        return CPU
