"""Steps that look at windows around objects, after a first answer on the whole image.

The application does the same after an answer (``model.close_up``): it embeds the window around it,
moves the earlier logits there, and the next click is asked of the window. Networks that never saw
moved logits take them for their own and repeat the blurred edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.close_up import Box, box_of_points
from model.masks.mask_prompt import CERTAIN
from model.training.forward import Rounds

LEAST_SIDE = 96
"""Image pixels of a window at the least: a quarter of the built-in model's input."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How windows are drawn.

    Attributes:
        share: of the steps that look at windows; the others are plain crops.
        closest, widest: range of a window's side in lengths of the object's longer side.
        moved: standard deviation of its middle, as a share of the object's longer side; an answer's
            middle is not the object's.
    """

    share: float = 0.0
    closest: float = 1.4
    widest: float = 2.0
    moved: float = 0.08

    def at(self, step: int) -> bool:
        """Whether ``step`` looks at windows; the same for all peers, who wait for one another."""
        return bool(np.random.default_rng([step, 1]).random() < self.share)

    def around(
        self, box: Box, size: tuple[int, int], rng: np.random.Generator
    ) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 in the image of ``size`` (H, W): square, cut where it is not as large."""
        height, width = size
        longest = max(box[2] - box[0], box[3] - box[1])
        side = round(max(LEAST_SIDE, longest * rng.uniform(self.closest, self.widest)))
        side = min(side, max(size))
        off = rng.normal(0, self.moved * longest, 2)
        x0, x1 = _inside((box[0] + box[2]) / 2 + off[0], side, width)
        y0, y1 = _inside((box[1] + box[3]) / 2 + off[1], side, height)
        return x0, y0, x1, y1


def _inside(middle: float, side: int, length: int) -> tuple[int, int]:
    start = min(max(round(middle - side / 2), 0), max(length - side, 0))
    return start, min(start + side, length)


def box_of_mask(mask: npt.NDArray[np.bool_]) -> Box | None:
    """x0, y0, x1, y1 (exclusive) of a mask; None if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return box_of_points([(columns[0], rows[0]), (columns[-1] + 1, rows[-1] + 1)])


@dataclass(frozen=True, slots=True)
class Wide:
    """The whole images of a batch of windows.

    Attributes:
        images: (B, h, w, 3) float32, normalised.
        scale, shift: (B, 2) float32; an encoder pixel (x, y) of the window times scale plus shift
            is that of the whole image.
        shown: (B, 2) int64: (h, w) in encoder pixels of what a window shows; padding beyond.
    """

    images: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    shift: npt.NDArray[np.float32]
    shown: npt.NDArray[np.int64]


class WideView:
    """Answers on the whole images, moved into the windows.

    Args:
        rounds: of the whole images, made without gradient.
        owner: (N,) the image of each object.
    """

    def __init__(self, rounds: Rounds, wide: Wide, owner: Tensor) -> None:
        self.rounds = rounds
        device = owner.device
        self.scale = torch.from_numpy(wide.scale).to(device)[owner]
        self.shift = torch.from_numpy(wide.shift).to(device)[owner]
        self.shown = torch.from_numpy(wide.shown).to(device)[owner]

    @torch.no_grad()
    def decode(self, coordinates: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """As ``Rounds.decode``; coordinates (N, P, 2) in encoder pixels of the windows."""
        return self.rounds.decode(
            coordinates * self.scale[:, None] + self.shift[:, None], labels, None
        )

    @torch.no_grad()
    def moved(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Logits (N, 1, h, w) of the whole images in the windows, (N, 1, *size): background where
        a window shows nothing (``model.masks.mask_prompt.moved_logits``)."""
        cell, (rows, columns) = self.rounds.cell, size
        x = (torch.arange(columns, device=logits.device) + 0.5) * cell
        y = (torch.arange(rows, device=logits.device) + 0.5) * cell
        height, width = logits.shape[-2:]
        across = (x * self.scale[:, :1] + self.shift[:, :1]) * (2 / (width * cell)) - 1
        down = (y * self.scale[:, 1:] + self.shift[:, 1:]) * (2 / (height * cell)) - 1
        grid = torch.stack(
            [across[:, None].expand(-1, rows, -1), down[:, :, None].expand(-1, -1, columns)], dim=-1
        )
        found = F.grid_sample(logits, grid, "bilinear", "border", align_corners=False)
        shown = (x < self.shown[:, 1:])[:, None] & (y < self.shown[:, :1])[:, :, None]
        return torch.where(shown[:, None], found, torch.full_like(found, -CERTAIN))
