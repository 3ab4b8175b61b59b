"""An opened image, as it is shown and as the model sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Pixels with the orientation already applied; one array for the screen and the model.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, contiguous, read-only, at least one pixel.
        key: 32 hexadecimal digits, ``key_of`` the bytes of the file.
        path: the file it was read from.
        notes: sentences for people on what reading changed or left out.

    Raises:
        ValueError: pixels of another shape, dtype or order, or a key that is none.
    """

    pixels: npt.NDArray[np.uint8]
    key: str
    path: Path
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
            raise ValueError(
                "a picture's pixels must be (H, W, 3) uint8 with H and W at least 1, given "
                f"{pixels.dtype} of shape {pixels.shape}"
            )
        if not pixels.flags.c_contiguous:
            raise ValueError("a picture's pixels must be contiguous, row by row: copy them first")
        if not KEY.fullmatch(self.key):
            raise ValueError(f"a picture's key is 32 hexadecimal digits, given {self.key!r}")
        pixels.setflags(write=False)

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])


def key_of(content: bytes) -> str:
    """The key of a file with this content: blake2b, 16 bytes, in hexadecimal digits."""
    digest = new_digest()
    digest.update(content)
    return digest.hexdigest()


def new_digest() -> blake2b:
    """Becomes a key, once it was given all bytes of a file."""
    return blake2b(digest_size=16)
