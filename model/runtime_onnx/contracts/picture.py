"""How an image goes into an encoder: by rank, order of axes, element type and fixed sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.interface import CheckpointError
from model.runtime_onnx.contracts.contract import IMAGES, UNIT_IMAGES
from model.runtime_onnx.outline import Outline, Value
from model.transforms import (
    IMAGENET,
    PIXEL_MEAN,
    Normalisation,
    Transform,
    checked_image,
    encoder_input,
    resized_image,
    unfiltered_planes,
)

CHANNELS = 3
USUAL_SIDE = 1024


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoder's input.

    Attributes:
        name: of the input.
        kind: element type.
        channels_last: whether it is (h, w, 3); else (1, 3, h, w).
        size: (h, w) if it is fixed.
        raw: whether it takes pixels 0..255 and normalises and pads them itself.
        unit: whether it takes values 0..1 and scales and normalises them itself.
    """

    name: str
    kind: str
    channels_last: bool
    size: tuple[int, int] | None
    raw: bool
    unit: bool

    def side(self, otherwise: int) -> int:
        """Of the square that the encoder sees, in pixels."""
        return max(self.size) if self.size is not None else otherwise

    def canvas(self, input_size: int) -> tuple[int, int] | None:
        """Where in a square of ``input_size`` an image must fit in; None where it always does."""
        if self.size is None or self.size[0] == self.size[1]:
            return None
        longest = max(self.size)
        rows, columns = (round(each * input_size / longest) for each in self.size)
        return rows, columns

    def feed(
        self,
        image: npt.NDArray[np.uint8],
        transform: Transform,
        normalisation: Normalisation = IMAGENET,
    ) -> dict[str, npt.NDArray[Any]]:
        """What is run for ``image`` (H, W, 3) uint8 RGB.

        Args:
            image: the whole of it.
            transform: with the encoder's side as its input's.
            normalisation: of encoders that take normalised values.
        """
        if self.unit:
            # Scaled as the graph would: its own scaling then has nothing to do, and large images
            # need not go into it whole.
            values: npt.NDArray[Any] = unfiltered_planes(image, transform)[None] / np.float32(255)
        elif self.raw:
            values = self._pixels(image, transform)
        else:
            values = encoder_input(image, transform, self.size, normalisation)
        return {self.name: np.ascontiguousarray(values, self.kind)}

    def _pixels(
        self, image: npt.NDArray[np.uint8], transform: Transform
    ) -> npt.NDArray[np.generic]:
        small: npt.NDArray[np.generic] = resized_image(checked_image(image), transform)
        if self.size is not None and small.shape[:2] != self.size:
            # The graph normalises what is around the image, too: there the mean becomes zero, as
            # the networks were trained.
            mean = np.array(PIXEL_MEAN, np.float32)
            whole = np.empty((*self.size, CHANNELS), self.kind)
            whole[:] = np.round(mean) if self.kind == "uint8" else mean
            whole[: small.shape[0], : small.shape[1]] = small
            small = whole
        return small if self.channels_last else small.transpose(2, 0, 1)[None]


def picture_of(found: Outline) -> Picture | None:
    """The image that an encoder takes; None if it is no image encoder."""
    if len(found.inputs) != 1:
        return None
    (name, value), *_ = found.inputs.items()
    if name not in IMAGES | UNIT_IMAGES or value.kind not in ("float32", "float16", "uint8"):
        return None
    shape = value.shape
    if shape is None:
        shape = (1, CHANNELS, None, None)
    if len(shape) == 4 and shape[1] in (CHANNELS, None):
        return _picture(name, value, shape[2:], channels_last=False)
    if len(shape) == 3 and shape[2] in (CHANNELS, None):
        return _picture(name, value, shape[:2], channels_last=True)
    return None


def _picture(
    name: str, value: Value, sizes: tuple[int | None, ...], *, channels_last: bool
) -> Picture:
    fixed = [size for size in sizes if size is not None]
    size = (fixed[0], fixed[1]) if len(fixed) == len(sizes) else None
    raw = channels_last or value.kind == "uint8"
    return Picture(name, value.kind, channels_last, size, raw, name in UNIT_IMAGES)


def check_square(picture: Picture, found: Outline, *, stretched: bool) -> None:
    """Raises: CheckpointError: images would have to be stretched to something that is no square."""
    if stretched and picture.canvas(USUAL_SIDE) is not None:
        raise CheckpointError(
            "{path} takes images of {size}, which are no squares, and its decoder is made "
            "for squares: export both again from the same checkpoint",
            found.path,
            picture.size,
        )
