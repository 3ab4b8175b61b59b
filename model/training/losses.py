"""Focal and dice loss at 20:1, the squared error of the predicted IoU (paper, appendix A), and a
loss at the clicks of our own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the framework's customary name

FOCAL_WEIGHT = 20.0
GAMMA = 2.0
ALPHA = 0.5
CLICK_WEIGHT = 0.5
"""Of the loss at the clicks; without it late corrections of a few pixels are too small a part of
the mask to be learned, and were not obeyed."""
CLICK_RADIUS = 3
"""In pixels of the logits."""
EDGE_REACH = 2
"""Pixels of the logits on either side of the true edge that count as near it."""


@dataclass(frozen=True, slots=True)
class Emphasis:
    """What counts for more than the paper's losses make it; all 0: theirs alone.

    Attributes:
        edge: added weight of pixels near the true edge, where most late mistakes lie.
        kept: added weight of pixels that the earlier answer had right: a correction must not cost
            them.
        second: weight of the best of three candidates at the second prompt, which often leaves
            part or whole open still, beside the single mask.
    """

    edge: float = 0.0
    kept: float = 0.0
    second: float = 0.0


PLAIN = Emphasis()


def pixel_weights(how: Emphasis, target: Tensor, before: Tensor | None) -> Tensor | None:
    """Weight of each pixel, (N, h, w), 1 for the ordinary; None if all are.

    Args:
        target: (N, h, w) in {0, 1}.
        before: logits (N, 1, h, w) of the earlier answer, None at the first prompt.
    """
    weights: Tensor | None = None
    if how.edge:
        weights = 1 + how.edge * near_edge(target)
    if how.kept and before is not None:
        right = ((before[:, 0] > 0) == (target > 0.5)).to(target.dtype)
        weights = (1 if weights is None else weights) + how.kept * right
    return weights


def near_edge(target: Tensor) -> Tensor:
    """1 within ``EDGE_REACH`` of a pixel of the other kind, else 0: (N, h, w) -> (N, h, w)."""
    side = 2 * EDGE_REACH + 1
    grown = F.max_pool2d(target[:, None], side, 1, EDGE_REACH)
    shrunk = -F.max_pool2d(-target[:, None], side, 1, EDGE_REACH)
    return (grown - shrunk)[:, 0]


def focal_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean over the pixels (arXiv 1708.02002): (..., h, w) logits and {0, 1} floats -> (...).

    ``weights`` of the pixels, if given, broadcast with them.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    miss = 1 - torch.exp(-entropy)
    weight = ALPHA * target + (1 - ALPHA) * (1 - target)
    if weights is not None:
        weight = weight * weights
    return (weight * miss.pow(GAMMA) * entropy).mean(dim=(-2, -1))


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """1 - 2|A and B| / (|A| + |B|) on probabilities: (..., h, w) -> (...)."""
    found = logits.sigmoid()
    both = (found * target).sum(dim=(-2, -1))
    return 1 - (2 * both + 1) / (found.sum(dim=(-2, -1)) + target.sum(dim=(-2, -1)) + 1)


def mask_iou(logits: Tensor, target: Tensor) -> Tensor:
    """IoU of logits > 0 with the target, (..., h, w) -> (...); 1 where both are empty."""
    found, wanted = logits > 0, target > 0.5
    union = (found | wanted).sum(dim=(-2, -1))
    both = (found & wanted).sum(dim=(-2, -1))
    return torch.where(
        union > 0, both / union.clamp(min=1), torch.ones_like(both, dtype=torch.float32)
    )


def click_loss(logits: Tensor, target: Tensor, spots: Tensor, said: Tensor) -> Tensor:
    """Cross entropy at the clicks, one number: what was clicked must come out as it was said.

    Args:
        logits: (N, h, w).
        target: (N, h, w) in {0, 1}.
        spots: (N, K, 2) clicks, (x, y) in pixels of the logits.
        said: (N, K) 1 foreground, 0 background, anything else is not a click.
    """
    counts = (said == 0) | (said == 1)
    if not bool(counts.any()):
        return logits.new_zeros(())
    radius = CLICK_RADIUS
    grid = torch.arange(-radius, radius + 1, device=logits.device)
    dy, dx = torch.meshgrid(grid, grid, indexing="ij")
    inside = (dx.square() + dy.square() <= radius**2).flatten()
    dx, dy = dx.flatten()[inside], dy.flatten()[inside]
    height, width = logits.shape[-2:]
    at = spots.floor().long()
    x, y = at[..., 0, None] + dx, at[..., 1, None] + dy
    valid = (x >= 0) & (x < width) & (y >= 0) & (y < height) & counts[..., None]
    index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).flatten(1)
    found, wanted = logits.flatten(1).gather(1, index), target.flatten(1).gather(1, index)
    same = valid.flatten(1) & (wanted == said.repeat_interleave(len(dx), dim=1).to(wanted.dtype))
    entropy = F.binary_cross_entropy_with_logits(found, wanted, reduction="none")
    return (entropy * same).sum() / same.sum().clamp(min=1)


def mask_loss(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """(..., h, w) -> (...)."""
    return FOCAL_WEIGHT * focal_loss(logits, target, weights) + dice_loss(logits, target)


def prompt_loss(
    logits: Tensor,
    predicted_iou: Tensor,
    target: Tensor,
    ambiguous: Tensor,
    weights: Tensor | None = None,
) -> Tensor:
    """The loss of N prompts, one number.

    An ambiguous prompt learns from the best of its three candidates; any other from the single
    mask. The IoU head learns from every mask that was asked for.

    Args:
        logits: (N, 4, h, w), index 0 the single mask.
        predicted_iou: (N, 4).
        target: (N, h, w) in {0, 1}.
        ambiguous: (N,) bool.
        weights: (N, h, w) of the pixels, or None.
    """
    several, one = ambiguous.nonzero()[:, 0], (~ambiguous).nonzero()[:, 0]
    total = logits.new_zeros(())
    if len(several):
        part = None if weights is None else weights[several]
        total = (
            total
            + best_of_three(logits[several], predicted_iou[several], target[several], part).sum()
        )
    if len(one):
        wanted, asked = target[one], logits[one, 0]
        part = None if weights is None else weights[one]
        loss = mask_loss(asked, wanted, part) + _iou_error(predicted_iou[one, 0], asked, wanted)
        total = total + loss.sum()
    return total / len(logits)


def best_of_three(
    logits: Tensor, predicted_iou: Tensor, target: Tensor, weights: Tensor | None = None
) -> Tensor:
    """The loss (N,) of the best of three candidates and of all their predicted IoU; shapes as for
    ``prompt_loss``."""
    wanted = target[:, None].expand(-1, logits.shape[1] - 1, -1, -1)
    asked = logits[:, 1:]
    best = mask_loss(asked, wanted, None if weights is None else weights[:, None]).amin(dim=1)
    return best + _iou_error(predicted_iou[:, 1:], asked, wanted).mean(dim=1)


def _iou_error(predicted: Tensor, logits: Tensor, target: Tensor) -> Tensor:
    return (predicted - mask_iou(logits.detach(), target)).square()
