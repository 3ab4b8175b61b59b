"""Everything a run is, saved at once: network, averaged network, optimiser, step and seconds of
work."""

from __future__ import annotations

import copy
import io
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from model.architecture.sam import Sam


@dataclass(slots=True)
class RunState:
    """Attributes: step: steps done. elapsed: seconds of work, earlier sessions of the run
    included."""

    sam: Sam
    average: Sam
    optimiser: torch.optim.AdamW
    step: int = 0
    elapsed: float = 0.0

    def save(self, path: Path) -> None:
        """Write the whole state, or leave the one that was there."""
        content = {
            "model": self.sam.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
        }
        buffer = io.BytesIO()
        torch.save(content, buffer)
        written(path, buffer.getvalue())

    def restore(self, path: Path) -> None:
        """Raises: ValueError: the file is of another network."""
        content = torch.load(path, map_location="cpu", weights_only=True)
        try:
            self.sam.load_state_dict(content["model"])
            self.average.load_state_dict(content["average"])
            self.optimiser.load_state_dict(content["optimiser"])
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{path} is not a state of this run: {error}") from error
        self.step, self.elapsed = int(content["step"]), float(content["elapsed"])


def averaged_copy(sam: Sam) -> Sam:
    """A copy without gradients, to be moved towards ``sam`` by ``move_average``."""
    average = copy.deepcopy(sam)
    average.requires_grad_(False)
    return average.eval()


@torch.no_grad()
def move_average(average: nn.Module, current: nn.Module, keep: float) -> None:
    """average = keep * average + (1 - keep) * current, parameters and statistics alike."""
    old, new = _floats(average), _floats(current)
    torch._foreach_lerp_(old, new, 1 - keep)


def _floats(module: nn.Module) -> list[Tensor]:
    return [t for t in (*module.parameters(), *module.buffers()) if t.is_floating_point()]


def written(path: Path, content: bytes) -> None:
    """Write to a neighbour and rename: a reader finds the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
