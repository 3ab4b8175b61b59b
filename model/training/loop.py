"""The training loop: bounded by steps or time, resumed exactly, stopped by a loss that is not
finite."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.training import peers
from model.training.batches import Batch, BatchMaker
from model.training.forward import Rounds, set_input_size
from model.training.interaction import StepResult, drawn_round, interact
from model.training.recipe import Progress, Recipe, set_modes
from model.training.state import RunState, move_average
from model.training.views import KnownViews
from model.training.windows import WideView


class TrainingStopped(RuntimeError):  # noqa: N818  an outcome that ends the run
    """The loss is no longer a number; the last saved state is untouched."""


class Trainer:
    """Runs ``state`` to the end of its recipe.

    Args:
        save_to: where the state is saved every ``recipe.save_seconds`` and at the end; None to
            save nothing.
        listener: told after every step; may return True to stop early.
        views: what the encoder made of images that come again, where it does not learn.
    """

    def __init__(
        self,
        state: RunState,
        batches: BatchMaker,
        recipe: Recipe,
        save_to: Path | None = None,
        listener: Callable[[Progress], bool | None] | None = None,
        views: KnownViews | None = None,
    ) -> None:
        self.state, self.batches, self.recipe = state, batches, recipe
        self.save_to, self.listener, self.views = save_to, listener, views
        self._stop_asked = self._agreed_stop = False
        self.device = next(state.sam.parameters()).device
        groups = state.optimiser.param_groups
        self.parameters: list[Tensor] = [p for group in groups for p in group["params"]]
        for parameter in self.parameters:
            # A gradient for every parameter in every step: peers must average the same tensors.
            parameter.grad = torch.zeros_like(parameter)

    def run(self) -> RunState:
        """Raises: TrainingStopped: the loss became infinite or not a number."""
        state = self.state
        set_modes(state.sam, self.recipe)
        last_save = last_time = time.monotonic()
        for batch, side in self._prefetched():
            told = self._step(batch, side)
            now = time.monotonic()
            state.elapsed += now - last_time
            last_time = now
            if self.listener and self.listener(told):
                self._stop_asked = True
            # What the peers agreed on, not this one's clock: all must leave after the same step.
            if self._agreed_stop or self.recipe.schedule.progress(state.step, told.elapsed) >= 1:
                break
            if now - last_save > self.recipe.save_seconds:
                self._save()
                last_save = now
        self._save()
        return state

    def _save(self) -> None:
        if self.save_to is not None and peers.rank() == 0:
            self.state.save(self.save_to)

    def _prefetched(self) -> Iterator[tuple[Batch, int]]:
        """Batches from the next step on, some made ahead in other threads."""
        ahead = self.recipe.ahead
        with ThreadPoolExecutor(ahead) as pool:

            def ask(step: int) -> tuple[int, Future[Batch]]:
                stage = self.recipe.schedule.stage(
                    self.recipe.schedule.progress(step, self.state.elapsed)
                )
                return stage.side, pool.submit(self.batches.make, step, stage.side, stage.images)

            waiting = deque(ask(self.state.step + number) for number in range(ahead))
            while True:
                waiting.append(ask(self.state.step + ahead))
                side, future = waiting.popleft()
                yield future.result(), side

    def _step(self, batch: Batch, side: int) -> Progress:
        state, recipe = self.state, self.recipe
        share = recipe.schedule.progress(state.step, state.elapsed)
        rate = recipe.schedule.rate(state.step, share)
        result = self._interaction(batch, side)
        state.optimiser.zero_grad(set_to_none=False)
        torch.autograd.backward(result.loss)
        loss, state.elapsed, stop = peers.average(
            [p.grad for p in self.parameters if p.grad is not None],
            [float(result.loss.detach()), state.elapsed, float(self._stop_asked)],
        )
        self._agreed_stop = stop > 0
        if not math.isfinite(loss):
            raise TrainingStopped(
                f"the loss is {loss} at step {state.step}: lower the learning rate; "
                "the last saved state is from before"
            )
        self._update(rate)
        state.step += 1
        return Progress(
            state.step, share, state.elapsed, side, rate, loss, result.round, result.iou
        )

    def _interaction(self, batch: Batch, side: int) -> StepResult:
        state, recipe = self.state, self.recipe
        set_input_size(state.sam, side)
        set_input_size(state.average, side)
        owner = torch.from_numpy(batch.owner).to(self.device)
        known = None if self.views is None else self.views.of(batch, self.device)
        rounds = Rounds(state.sam, self._placed(batch.images), owner, recipe.precision, known)
        rng = np.random.default_rng([recipe.seed, state.step, 1 + peers.rank()])
        # The same round for all peers: they wait for one another after each step.
        last = drawn_round(recipe.interaction, np.random.default_rng([recipe.seed, state.step]))
        wide = None
        if batch.wide is not None and last:
            with torch.no_grad():
                whole = Rounds(state.sam, self._placed(batch.wide.images), owner, recipe.precision)
            wide = WideView(whole, batch.wide, owner)
        return interact(rounds, batch.masks, recipe.interaction, last, rng, wide, batch.clicked)

    def _placed(self, images: npt.NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(images).to(self.device).permute(0, 3, 1, 2)

    def _update(self, rate: float) -> None:
        state, optimiser = self.state, self.state.optimiser
        torch.nn.utils.clip_grad_norm_(self.parameters, self.recipe.clip)
        for group in optimiser.param_groups:
            group["lr"] = rate * group["share"]
        optimiser.step()
        keep = min(self.recipe.average, (1 + state.step) / (10 + state.step))
        move_average(state.average, state.sam, keep)
