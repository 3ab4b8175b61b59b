"""A network small enough to train in a test, and pictures to train it on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from model import rle
from model.architecture.config import ConvConfig, Variant
from model.architecture.sam import Sam
from model.training.samples import Sample

TINY = Variant(
    "tiny",
    ConvConfig(
        stages=((1, 4, 1, 1), (2, 4, 1, 2), (2, 8, 1, 2), (2, 8, 1, 2), (2, 8, 1, 2)),
        stem=4,
        merge=8,
    ),
    input_size=64,
    stride=8,
    width=16,
    decoder_heads=2,
    decoder_mlp=16,
    iou_head_hidden=8,
    skip_channels=(4,),
    click_maps=True,
    refiner=(8, 2),
)


def tiny_network(seed: int = 0) -> Sam:
    torch.manual_seed(seed)
    return Sam(TINY)


def discs(rng: np.random.Generator, side: int = 48) -> tuple[npt.NDArray[np.uint8], list[rle.Runs]]:
    """A picture of two bright discs on a dark ground, and their masks."""
    y, x = np.mgrid[:side, :side]
    pixels = np.full((side, side, 3), 30, np.uint8)
    runs = []
    for centre in ((side * 0.3, side * 0.3), (side * 0.7, side * 0.65)):
        radius = rng.uniform(side * 0.12, side * 0.2)
        mask = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2
        pixels[mask] = rng.integers(120, 255, 3)
        runs.append(rle.encode(mask))
    return pixels, runs


def disc_samples(folder: Path, count: int = 4, seed: int = 0) -> list[Sample]:
    """``count`` pictures of discs, saved in ``folder``."""
    rng = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        pixels, runs = discs(rng)
        path = folder / f"discs_{number}.png"
        Image.fromarray(pixels).save(path)
        samples.append(Sample(path, pixels.shape[:2], tuple(runs)))
    return samples


def coco_file(
    samples: Sequence[Sample], sizes: Sequence[tuple[int, int]] | None = None
) -> dict[str, object]:
    """The content of an ``annotations.json``; ``sizes`` are told instead of the true ones."""
    told = sizes or [sample.size for sample in samples]
    masks = [(i, runs) for i, sample in enumerate(samples) for runs in sample.runs]
    return {
        "images": [
            {"id": i, "file_name": sample.path.name, "height": told[i][0], "width": told[i][1]}
            for i, sample in enumerate(samples)
        ],
        "annotations": [
            {
                "id": number,
                "image_id": i,
                "segmentation": {"size": list(samples[i].size), "counts": rle.to_counts(runs)},
            }
            for number, (i, runs) in enumerate(masks)
        ],
    }
