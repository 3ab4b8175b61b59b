"""The training loop: bounded by steps or time, resumed exactly, stopped by a loss that is not
finite."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.sam import Sam
from model.training import peers
from model.training.batches import Batch, BatchMaker
from model.training.forward import Rounds, set_input_size
from model.training.interaction import Interaction, StepResult, interact
from model.training.schedule import Schedule
from model.training.state import RunState, averaged_copy, move_average


class TrainingStopped(RuntimeError):  # noqa: N818  an outcome that ends the run
    """The loss is no longer a number; the last saved state is untouched."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run does besides its data and schedule.

    Attributes:
        part: ``all`` or ``decoder`` (image encoder frozen).
        frozen_stages: leading parts of a convolutional encoder (stem first) that keep their
            weights.
        encoder_share: learning rate of the image encoder's backbone, relative.
        average: share of the averaged weights kept at each step.
        precision: dtype of the products.
    """

    schedule: Schedule
    part: str = "all"
    frozen_stages: int = 0
    encoder_share: float = 1.0
    weight_decay: float = 0.02
    clip: float = 1.0
    average: float = 0.999
    precision: torch.dtype = torch.float32
    interaction: Interaction = field(default_factory=Interaction)
    seed: int = 0
    save_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Progress:
    """One step, as told to a listener."""

    step: int
    share: float
    elapsed: float
    side: int
    rate: float
    loss: float
    round: int
    iou: float


def new_state(sam: Sam, recipe: Recipe) -> RunState:
    """A run at step 0; the weights ``recipe`` excludes are frozen."""
    _freeze(sam, recipe)
    slow = {id(p) for p in sam.image_encoder.parameters()}
    groups = []
    for share, inside in ((recipe.encoder_share, True), (1.0, False)):
        for decay in (True, False):
            chosen = [
                p
                for p in sam.parameters()
                if p.requires_grad and (id(p) in slow) == inside and (p.ndim > 1) == decay
            ]
            if chosen:
                groups.append(
                    {
                        "params": chosen,
                        "share": share,
                        "weight_decay": recipe.weight_decay if decay else 0.0,
                    }
                )
    optimiser = torch.optim.AdamW(groups, lr=recipe.schedule.learning_rate)
    return RunState(sam, averaged_copy(sam), optimiser)


def _frozen_parts(sam: Sam, recipe: Recipe) -> list[nn.Module]:
    if recipe.part == "decoder":
        return [sam.image_encoder]
    if recipe.part != "all":
        raise ValueError(f"the part to train is 'all' or 'decoder', given {recipe.part!r}")
    if not recipe.frozen_stages:
        return []
    encoder = sam.image_encoder
    parts = [encoder.get_submodule("stem"), *encoder.get_submodule("stages").children()]
    return parts[: recipe.frozen_stages]


def _freeze(sam: Sam, recipe: Recipe) -> None:
    for part in _frozen_parts(sam, recipe):
        part.requires_grad_(False)


class Trainer:
    """Runs ``state`` to the end of its recipe.

    Args:
        save_to: where the state is saved every ``recipe.save_seconds`` and at the end; None to
            save nothing.
        listener: told after every step; may return True to stop early.
    """

    def __init__(
        self,
        state: RunState,
        batches: BatchMaker,
        recipe: Recipe,
        save_to: Path | None = None,
        listener: Callable[[Progress], bool | None] | None = None,
    ) -> None:
        self.state, self.batches, self.recipe = state, batches, recipe
        self.save_to, self.listener = save_to, listener
        self.device = next(state.sam.parameters()).device
        groups = state.optimiser.param_groups
        self.parameters: list[Tensor] = [p for group in groups for p in group["params"]]
        for parameter in self.parameters:
            # A gradient for every parameter in every step: peers must average the same tensors.
            parameter.grad = torch.zeros_like(parameter)

    def run(self) -> RunState:
        """Raises: TrainingStopped: the loss became infinite or not a number."""
        state, schedule = self.state, self.recipe.schedule
        self._set_modes()
        last_save = last_time = time.monotonic()
        for batch, side in self._prefetched():
            share = schedule.progress(state.step, state.elapsed)
            rate = schedule.rate(state.step, share)
            result = self._step(batch, side, rate)
            now = time.monotonic()
            state.elapsed += now - last_time
            last_time = now
            state.step += 1
            told = Progress(
                state.step,
                share,
                state.elapsed,
                side,
                rate,
                float(result.loss.detach()),
                result.round,
                result.iou,
            )
            stop = bool(self.listener and self.listener(told))
            if self.save_to and self._saves and now - last_save > self.recipe.save_seconds:
                state.save(self.save_to)
                last_save = now
            if stop or schedule.progress(state.step, state.elapsed) >= 1:
                break
        if self._saves and self.save_to:
            state.save(self.save_to)
        return state

    @property
    def _saves(self) -> bool:
        return self.save_to is not None and peers.rank() == 0

    def _set_modes(self) -> None:
        self.state.sam.train()
        for part in _frozen_parts(self.state.sam, self.recipe):
            part.eval()

    def _prefetched(self) -> Iterator[tuple[Batch, int]]:
        """Batches from the next step on, one made ahead in another thread."""
        with ThreadPoolExecutor(1) as pool:

            def ask(step: int) -> tuple[int, Future[Batch]]:
                stage = self.recipe.schedule.stage(
                    self.recipe.schedule.progress(step, self.state.elapsed)
                )
                return stage.side, pool.submit(self.batches.make, step, stage.side, stage.images)

            side, future = ask(self.state.step)
            while True:
                following = ask(self.state.step + 1)
                yield future.result(), side
                side, future = following

    def _step(self, batch: Batch, side: int, rate: float) -> StepResult:
        state, recipe = self.state, self.recipe
        rng = np.random.default_rng([recipe.seed, state.step, 1 + peers.rank()])
        set_input_size(state.sam, side)
        set_input_size(state.average, side)
        images = torch.from_numpy(batch.images).to(self.device).permute(0, 3, 1, 2)
        owner = torch.from_numpy(batch.owner).to(self.device)
        result = interact(
            Rounds(state.sam, images, owner, recipe.precision), batch.masks, recipe.interaction, rng
        )
        state.optimiser.zero_grad(set_to_none=False)
        torch.autograd.backward(result.loss)
        loss, state.elapsed = peers.average(
            [p.grad for p in self.parameters if p.grad is not None],
            [float(result.loss.detach()), state.elapsed],
        )
        if not math.isfinite(loss):
            raise TrainingStopped(
                f"the loss is {loss} at step {state.step}: lower the learning rate; "
                "the last saved state is from before"
            )
        self._update(rate)
        keep = min(recipe.average, (1 + state.step) / (10 + state.step))
        move_average(state.average, state.sam, keep)
        return result

    def _update(self, rate: float) -> None:
        optimiser = self.state.optimiser
        torch.nn.utils.clip_grad_norm_(self.parameters, self.recipe.clip)
        for group in optimiser.param_groups:
            group["lr"] = rate * group["share"]
        optimiser.step()
