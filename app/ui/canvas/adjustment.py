"""Brightness and contrast for the eye; the picture and what the model sees stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Attributes:
    brightness: -100 to 100, 0 leaves it.
    contrast: -100 to 100, 0 leaves it.
    """

    brightness: int = 0
    contrast: int = 0

    @property
    def is_neutral(self) -> bool:
        return self.brightness == 0 and self.contrast == 0

    @property
    def table(self) -> Pixels:
        """(256,) uint8: what becomes of each value."""
        values = np.arange(256, dtype=np.float64)
        gain = 4.0 ** (self.contrast / 100)
        values = (values - 127.5) * gain + 127.5 + self.brightness * 1.6
        table: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
        return table
