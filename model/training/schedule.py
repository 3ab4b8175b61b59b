"""How far a run is, and what follows from that: learning rate and input size."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """Attributes: until: share of the run at which it ends. side: input side. images: per step."""

    until: float
    side: int
    images: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A run is over after ``max_steps`` or ``max_seconds`` of work, whichever comes first; at
    least one is given."""

    stages: tuple[Stage, ...]
    max_steps: int | None = None
    max_seconds: float | None = None
    learning_rate: float = 1e-3
    warmup_steps: int = 150
    final_share: float = 0.01

    def __post_init__(self) -> None:
        if self.max_steps is None and self.max_seconds is None:
            raise ValueError("a run needs an end: give the number of steps or of seconds")
        if not self.stages or self.stages[-1].until < 1:
            raise ValueError("the last stage must last until 1.0")

    def progress(self, step: int, elapsed: float) -> float:
        """Share of the run done, 0 to 1, from steps and seconds of work."""
        by_steps = step / self.max_steps if self.max_steps else 0.0
        by_time = elapsed / self.max_seconds if self.max_seconds else 0.0
        return min(1.0, max(by_steps, by_time))

    def stage(self, progress: float) -> Stage:
        return next((stage for stage in self.stages if progress < stage.until), self.stages[-1])

    def rate(self, step: int, progress: float) -> float:
        """Linear warm-up, then half a cosine down to ``final_share``."""
        wave = self.final_share + (1 - self.final_share) * (1 + math.cos(math.pi * progress)) / 2
        return self.learning_rate * wave * min(1.0, (step + 1) / max(1, self.warmup_steps))
