"""What segment everything found, painted at once for each place of the sliders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from app.core.labels import color_for
from app.core.mask import Bounds
from app.ui.canvas.overlay import Argb, premultiplied
from app.ui.canvas.veil import Bool, Veil

LONGEST = 1024
"""Pixels of the longer side: enough to see on a screen what would be proposed."""
COLORS = 24
FILL = 0.45


@dataclass(frozen=True, slots=True)
class _Window:
    """A candidate's mask on the coarse grid: its pixels and the place of their corner."""

    x: int
    y: int
    pixels: Bool
    color: int


class Paintable(Protocol):
    """A mask that may become a proposal: its place, x0, y0, x1, y1, and its pixels there."""

    @property
    def bounds(self) -> Bounds: ...

    def pixels(self) -> Bool: ...


class Findings(Protocol):
    """All that were found on an image of ``size`` (H, W)."""

    @property
    def found(self) -> Sequence[Paintable]: ...

    @property
    def size(self) -> tuple[int, int]: ...


F = TypeVar("F", bound=Findings)


class CandidateMap(Generic[F]):
    """The masks of all candidates, coarse; made once, on another thread.

    Args:
        candidates: all that were found.
    """

    def __init__(self, candidates: F) -> None:
        self.candidates = candidates
        height, width = candidates.size
        self._scale = min(1.0, LONGEST / max(height, width))
        self._size = max(1, round(height * self._scale)), max(1, round(width * self._scale))
        self._windows = {
            id(each): self._window(each, number) for number, each in enumerate(candidates.found)
        }

    def veil(self, kept: Sequence[Paintable]) -> Veil:
        """These of the candidates, small ones above large ones."""
        slots: npt.NDArray[np.uint16] = np.zeros(self._size, np.uint16)
        windows = [self._windows[id(each)] for each in kept]
        for window in sorted(windows, key=lambda each: -each.pixels.size):
            height, width = window.pixels.shape
            part = slots[window.y : window.y + height, window.x : window.x + width]
            part[window.pixels] = 1 + window.color
        fills, lines = _tables()
        pixels: Argb = np.take(fills, slots)
        edge = np.zeros(slots.shape, np.bool_)
        edge[1:] |= slots[1:] != slots[:-1]
        edge[:, 1:] |= slots[:, 1:] != slots[:, :-1]
        edge &= slots > 0
        pixels[edge] = np.take(lines, slots[edge])
        height, width = self.candidates.size
        return Veil(pixels, (0, 0, width, height))

    def _window(self, each: Paintable, number: int) -> _Window:
        x0, y0, x1, y1 = each.bounds
        left, top = int(x0 * self._scale), int(y0 * self._scale)
        right = max(left + 1, min(self._size[1], round(x1 * self._scale)))
        bottom = max(top + 1, min(self._size[0], round(y1 * self._scale)))
        size = right - left, bottom - top
        full = np.ascontiguousarray(each.pixels()).view(np.uint8)
        small = cv2.resize(full, size, interpolation=cv2.INTER_NEAREST)
        return _Window(left, top, np.asarray(small, np.bool_), number % COLORS)


def _tables() -> tuple[Argb, Argb]:
    colors = [color_for(number + 1) for number in range(COLORS)]
    fills = [0, *(premultiplied(color, FILL) for color in colors)]
    lines = [0, *(premultiplied(color, 1.0) for color in colors)]
    return np.array(fills, np.uint32), np.array(lines, np.uint32)
