"""Whether an embedding belongs to a model; shared by every runtime."""

from __future__ import annotations

from model.config import Variant
from model.interface import Embedding


def feature_shapes(variant: Variant) -> dict[str, tuple[int, ...]]:
    """Names and shapes (C, h, w) of what an image encoder gives, the embedding first."""
    grid = variant.grid
    shapes: dict[str, tuple[int, ...]] = {"embedding": (variant.width, grid, grid)}
    for index, channels in enumerate(variant.skip_channels):
        shapes[f"skip_{index}"] = (channels, 2 * grid, 2 * grid)
    return shapes


def checked_embedding(embedding: Embedding, variant: Variant, identity: str) -> Embedding:
    """``embedding`` itself.

    Raises:
        ValueError: it was made by another model, or its features have other names or shapes.
    """
    if embedding.model != identity:
        raise ValueError(
            "the embedding was made by another model: embed the image with this one "
            f"({variant.name}, {identity})"
        )
    expected = feature_shapes(variant)
    given = {name: array.shape for name, array in embedding.features.items()}
    if given != expected:
        raise ValueError(
            f"the embedding's features have the shapes {given}, needed are {expected}: "
            "embed the image again"
        )
    return embedding
