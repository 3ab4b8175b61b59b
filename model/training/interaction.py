"""One training step's conversation: prompts, answers without gradient, and the rounds that are
learned from.

The paper trains on every round (appendix A). Here the first round and one drawn at random get the
gradient, and those between only prepare the prompt: several times cheaper, and the rounds are seen
in the same proportions over many steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.architecture.prompt_encoder import BOX_FIRST, BOX_LAST, NEGATIVE, NOT_A_POINT, POSITIVE
from model.training.clicks import filled, first_click, next_click, noisy_box
from model.training.forward import Rounds
from model.training.losses import (
    CLICK_WEIGHT,
    PLAIN,
    Emphasis,
    best_of_three,
    click_loss,
    pixel_weights,
    prompt_loss,
)
from model.training.windows import WideView

SPARSE, FULL = 0.35, 0.6
"""Shares of its box that an object fills: few, and usual."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """How prompts are drawn.

    Attributes:
        chances: chance that round 0, 1, 2, ... is the last one, which is learned from, relative.
        first: whether the first round is learned from too.
        box: chance that an object starts with a box.
        central: chance that a click is the deepest pixel, as annotators and benchmarks prefer, not
            any.
        again: chance that the learned round brings no new click, only the earlier logits.
        sparse_box: chance of a box for objects that fill little of theirs (``SPARSE``); between
            that and ``FULL`` it goes over into ``box``.
        emphasis: what counts for more in the loss.
    """

    chances: tuple[float, ...] = (0.0, 0.18, 0.16, 0.14, 0.13, 0.12, 0.09, 0.07, 0.05, 0.03, 0.03)
    first: bool = True
    box: float = 0.3
    central: float = 0.5
    again: float = 0.08
    sparse_box: float = 0.3
    emphasis: Emphasis = PLAIN

    def box_chance(self, fill: float) -> float:
        """Chance that an object starts with a box, of which it fills the share ``fill``."""
        rest = min(1.0, max(0.0, (FULL - fill) / (FULL - SPARSE)))
        return self.box + rest * (self.sparse_box - self.box)


class Prompts:
    """The growing prompts of N objects: two tokens at first, one more with every click.

    Args:
        masks: (N, h, w) bool, at the logits' size.
        cell: encoder pixels per pixel of the masks.
        clicked: (N,) the object whose mask each first click lies on; None for its own.
    """

    def __init__(
        self,
        masks: npt.NDArray[np.bool_],
        cell: float,
        how: Interaction,
        rng: np.random.Generator,
        clicked: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self.masks, self.cell, self.how, self.rng = masks, cell, how, rng
        chances = [how.box_chance(filled(mask)) for mask in masks]
        self.boxed = rng.random(len(masks)) < chances
        spots = self._spots(clicked)
        tokens = [
            self._first(mask, boxed, spot)
            for mask, boxed, spot in zip(masks, self.boxed, spots, strict=True)
        ]
        self.coordinates = np.array([t[0] for t in tokens], np.float32)
        self.labels = np.array([t[1] for t in tokens], np.int64)

    def _spots(self, clicked: npt.NDArray[np.int64] | None) -> list[tuple[int, int]]:
        """First clicks; objects with the same part get the same one, if it is on them all."""
        masks, central = self.masks, self.how.central
        if clicked is None:
            return [first_click(mask, central, self.rng) for mask in masks]
        own = [first_click(region, central, self.rng) for region in masks & masks[clicked]]
        shared = [own[part] for part in clicked]
        return [
            both if mask[both[1], both[0]] else alone
            for mask, both, alone in zip(masks, shared, own, strict=True)
        ]

    def _first(
        self, mask: npt.NDArray[np.bool_], boxed: bool, spot: tuple[int, int]
    ) -> tuple[list[list[float]], list[int]]:
        if boxed:
            x0, y0, x1, y1 = noisy_box(mask, self.cell, self.rng).tolist()
            return [[x0, y0], [x1, y1]], [BOX_FIRST, BOX_LAST]
        return [[*self._placed(*spot)], [0.0, 0.0]], [POSITIVE, NOT_A_POINT]

    def _placed(self, x: int, y: int) -> tuple[float, float]:
        """Somewhere inside the logits pixel (x, y), in encoder pixels."""
        dx, dy = self.rng.random(2)
        return (x + dx) * self.cell, (y + dy) * self.cell

    def add_clicks(self, found: npt.NDArray[np.bool_]) -> None:
        """One click an object, where the answer ``found`` (N, h, w) is wrong."""
        points, labels = [], []
        for mask, answer in zip(self.masks, found, strict=True):
            x, y, foreground = next_click(mask, answer, self.how.central, self.rng)
            points.append([self._placed(x, y)])
            labels.append([POSITIVE if foreground else NEGATIVE])
        self.coordinates = np.concatenate([self.coordinates, np.array(points, np.float32)], axis=1)
        self.labels = np.concatenate([self.labels, np.array(labels, np.int64)], axis=1)

    def ambiguous(self, before: Tensor | None, device: torch.device) -> Tensor:
        """(N,) bool: one click and nothing else."""
        alone = ~self.boxed if before is None else np.zeros(len(self.boxed), np.bool_)
        return torch.from_numpy(alone).to(device)


def chosen_logits(logits: Tensor, predicted_iou: Tensor, ambiguous: Tensor) -> Tensor:
    """The answer an annotator would see: the best predicted candidate or the single mask, (N, 1,
    h, w)."""
    best = torch.where(
        ambiguous,
        1 + predicted_iou[:, 1:].argmax(dim=1),
        torch.zeros_like(ambiguous, dtype=torch.int64),
    )
    rows = torch.arange(len(logits), device=logits.device)
    return logits[rows, best][:, None]


@dataclass(frozen=True, slots=True)
class StepResult:
    """Attributes: loss: with gradient. round: the last, which was learned from. iou: mean of the
    answers seen in it."""

    loss: Tensor
    round: int
    iou: float


@dataclass(frozen=True, slots=True)
class Told:
    """Attributes: logits, iou: an answer. ambiguous: (N,) bool. before: the logits that it corrects
    or None. plain: see ``Rounds``."""

    logits: Tensor
    iou: Tensor
    ambiguous: Tensor
    before: Tensor | None
    plain: Tensor | None = None


def drawn_round(how: Interaction, rng: np.random.Generator) -> int:
    """Which round is the last."""
    chances = np.array(how.chances) / sum(how.chances)
    return int(rng.choice(len(chances), p=chances))


def interact(
    rounds: Rounds,
    masks: npt.NDArray[np.bool_],
    how: Interaction,
    last: int,
    rng: np.random.Generator,
    wide: WideView | None = None,
    clicked: npt.NDArray[np.int64] | None = None,
) -> StepResult:
    """Play up to round ``last`` and return its loss; ``masks`` (N, h, w) at the logits' size.

    With ``wide`` the first answer that is corrected is that of the whole images; ``clicked`` as for
    ``Prompts``.
    """
    device = rounds.embedding.device
    again = last > 0 and rng.random() < how.again
    prompts = Prompts(masks, rounds.cell, how, rng, clicked)
    target = torch.from_numpy(masks).to(device, torch.float32)
    losses: list[Tensor] = []
    before: Tensor | None = None
    for number in range(last + 1):
        learned = number == last or (how.first and number == 0)
        ambiguous = prompts.ambiguous(before, device)
        asked = _tensors(prompts, device)
        with torch.set_grad_enabled(learned):
            logits, iou = rounds.decode(*asked, before)
        if learned:
            told = Told(logits, iou, ambiguous, before, rounds.plain)
            losses.append(_loss(told, target, asked, number, prompts))
        if number < last:
            before = chosen_logits(logits, iou, ambiguous).detach()
            if number == 0 and wide is not None:
                before = wide.moved(chosen_logits(*wide.decode(*asked), ambiguous), masks.shape[1:])
            if not (again and number == last - 1):
                prompts.add_clicks((before[:, 0] > 0).cpu().numpy())
    seen = _seen_iou(logits, iou, ambiguous, target)
    return StepResult(torch.stack(losses).mean(), last, seen)


def _loss(
    told: Told, target: Tensor, asked: tuple[Tensor, Tensor], number: int, prompts: Prompts
) -> Tensor:
    """The loss of round ``number``, in which ``asked`` was answered with ``told``."""
    emphasis = prompts.how.emphasis
    weights = pixel_weights(emphasis, target, told.before)
    loss = prompt_loss(told.logits, told.iou, target, told.ambiguous, weights)
    if told.plain is not None:
        # The masks without the finer one are shown, too.
        loss = (loss + prompt_loss(told.plain, told.iou, target, told.ambiguous, weights)) / 2
    if number:
        loss = loss + CLICK_WEIGHT * click_loss(
            told.logits[:, 0].float(), target, asked[0] / prompts.cell, asked[1]
        )
    if number == 1 and emphasis.second:
        loss = loss + emphasis.second * best_of_three(told.logits, told.iou, target).mean()
    return loss


def _tensors(prompts: Prompts, device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(prompts.coordinates).to(device), torch.from_numpy(prompts.labels).to(
        device
    )


@torch.no_grad()
def _seen_iou(logits: Tensor, iou: Tensor, ambiguous: Tensor, target: Tensor) -> float:
    answer, wanted = chosen_logits(logits, iou, ambiguous)[:, 0] > 0, target > 0.5
    both = (answer & wanted).sum(dim=(1, 2))
    return float((both / (answer | wanted).sum(dim=(1, 2)).clamp(min=1)).mean())
