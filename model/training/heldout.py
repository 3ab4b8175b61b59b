"""Click scores on images that are not trained on, while a run goes on."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from model.architecture.config import Variant
from model.architecture.sam import Sam
from model.evaluation.evaluate import Protocol, Result, evaluate
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.training.recipe import Progress
from model.training.samples import DataError, Sample
from model.training.state import RunState

MERIT_CLICKS = (1, 3, 5)
"""The mean of the IoUs after these clicks decides which weights are best."""


def split(samples: Sequence[Sample], share: float, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Images to learn from and images held out, at least one of each.

    Raises:
        DataError: there is only one image.
    """
    if len(samples) < 2:
        raise DataError(
            "there is one image with masks only: training needs at least two, "
            "one to learn from and one to check with"
        )
    held = min(len(samples) - 1, max(1, round(share * len(samples))))
    order = np.random.default_rng(seed).permutation(len(samples))
    return [samples[i] for i in sorted(order[held:])], [samples[i] for i in sorted(order[:held])]


def usable_model(variant: Variant, weights: Mapping[str, Tensor], side: int) -> TorchModel:
    """The network as the application would use it at input side ``side``, on the CPU."""
    copied = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}
    place = Place("cpu")
    return TorchModel(replace(variant, input_size=side), copied, "in training", place, "scoring")


def merit(result: Result) -> float:
    """One number by which weights are compared."""
    return float(np.mean([score.iou_at(n) for score in result.scores for n in MERIT_CLICKS]))


@dataclass(slots=True)
class HeldOut:
    """Scores the averaged weights every ``every`` seconds of work and keeps the best.

    Attributes:
        patience: stop after this many checks without a better one; None never stops.
        told: called with the progress and the result of each check.
        best: merit of ``weights``; of the start, if it was scored.
    """

    state: RunState
    samples: Sequence[Sample]
    side: int
    every: float
    limit: int = 60
    patience: int | None = None
    told: Callable[[Progress, Result], None] | None = None
    best: float = -1.0
    weights: Mapping[str, Tensor] | None = None
    _next: float = 0.0
    _worse: int = 0

    def score(self, sam: Sam, most: int = 5) -> Result:
        """Click the held-out objects with ``sam``."""
        model = usable_model(sam.variant, sam.state_dict(), self.side)
        return evaluate(model, self.samples, Protocol(most=most, limit=self.limit))

    def __call__(self, progress: Progress) -> bool:
        """A listener: whether the run should stop."""
        if not self._next:
            self._next = progress.elapsed + self.every
        if progress.elapsed < self._next:
            return False
        self._next = progress.elapsed + self.every
        result = self.score(self.state.average)
        if self.told is not None:
            self.told(progress, result)
        return self.keep(merit(result))

    def keep(self, found: float) -> bool:
        """Take the averaged weights if ``found`` is the best merit so far; whether to give up."""
        if found > self.best:
            self.best, self._worse = found, 0
            self.weights = copy.deepcopy(self.state.average.state_dict())
        else:
            self._worse += 1
        return self.patience is not None and self._worse >= self.patience
