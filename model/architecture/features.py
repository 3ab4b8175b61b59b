"""Whether an embedding belongs to a model; shared by every runtime."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from model.architecture.config import Variant
from model.interface import Embedding, Float
from model.prompt_arrays import checked_features
from model.transforms import HALF, IMAGENET, Transform, encoder_input, unfiltered_input

FINE = "fine"
"""The feature from which SAM-HQ's own token makes its mask, at four times the resolution."""


def feature_shapes(
    variant: Variant, cells: tuple[int, int] | None = None
) -> dict[str, tuple[int, ...]]:
    """Names and shapes (C, h, w) of what an image encoder gives, the embedding first.

    Args:
        cells: (h, w) of the embedding; of a square image if None.
    """
    rows, columns = cells or (variant.grid, variant.grid)
    shapes: dict[str, tuple[int, ...]] = {"embedding": (variant.width, rows, columns)}
    for index, channels in enumerate(variant.skip_channels):
        finer = 2 << index
        shapes[f"skip_{index}"] = (channels, finer * rows, finer * columns)
    if variant.early:
        shapes[FINE] = (variant.width // 8, 4 * rows, 4 * columns)
    return shapes


def network_input(image: npt.NDArray[np.uint8], transform: Transform, variant: Variant) -> Float:
    """(1, 3, h, w): what the image encoder of ``variant`` sees of ``image`` (H, W, 3)."""
    if variant.unfiltered:
        return unfiltered_input(image, transform)
    if variant.image_side:
        transform = replace(transform, input_size=variant.image_side)
    shape = variant.input_shape(transform.resized)
    return encoder_input(image, transform, shape, HALF if variant.halves else IMAGENET)


def cut(logits: Float, cells: tuple[int, int]) -> Float:
    """The part of square low-res logits (..., S, S) that a decoder of ``cells`` works on."""
    return np.ascontiguousarray(logits[..., : 4 * cells[0], : 4 * cells[1]])


def squared(logits: Float, side: int) -> Float:
    """Low-res logits (..., h, w) as the (..., side, side) that all have outside, their last row and
    column repeated."""
    height, width = logits.shape[-2:]
    if height == width == side:
        return logits
    full = np.empty((*logits.shape[:-2], side, side), np.float32)
    full[..., :height, :width] = logits
    full[..., :height, width:] = logits[..., -1:]
    full[..., height:, :] = full[..., height - 1 : height, :]
    return full


def checked_embedding(embedding: Embedding, variant: Variant, identity: str) -> Embedding:
    """``embedding`` itself.

    Raises:
        ValueError: it was made by another model, or its features have other names or shapes.
    """
    expected = feature_shapes(variant, variant.cells(embedding.transform.resized))
    return checked_features(embedding, expected, variant.name, identity)
