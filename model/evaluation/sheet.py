"""A picture of the worst and the best objects, to see what the numbers mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from model.evaluation.protocol import Clicked
from model.evaluation.scores import ObjectScore
from model.training.samples import Sample, read_image

Read = Callable[[Sample], npt.NDArray[np.uint8]]
TILE = 240
CAPTION = 18
COLUMNS = 6
_WANTED, _FOUND, _POSITIVE, _NEGATIVE = (
    (255, 255, 255),
    (40, 140, 255),
    (60, 220, 90),
    (255, 70, 60),
)


class Sheet:
    """Collects results while they come and keeps the worst and best ``each`` of them by IoU at
    click 1."""

    def __init__(self, each: int = 12) -> None:
        self.each = each
        self._kept: list[tuple[float, Sample, ObjectScore, Clicked]] = []

    def add(self, sample: Sample, score: ObjectScore, course: Clicked) -> None:
        self._kept.append((score.iou_at(1), sample, score, course))
        if len(self._kept) > 4 * self.each + 50:
            self._kept = self._extremes()

    def _extremes(self) -> list[tuple[float, Sample, ObjectScore, Clicked]]:
        # Those that are equally good stand as their names do, in whatever order they came.
        ordered = sorted(self._kept, key=lambda kept: (kept[0], str(kept[1].path), kept[2].index))
        if len(ordered) <= 2 * self.each:
            return ordered
        return ordered[: self.each] + ordered[-self.each :]

    def save(self, path: Path, read: Read = read_image) -> None:
        """Write the sheet as the image format that the name tells, worst first.

        Args:
            read: gives the pixels of a sample's image, (H, W, 3) uint8.
        """
        tiles = [
            _tile(sample, read(sample), score, course)
            for _, sample, score, course in self._extremes()
        ]
        rows = -(-len(tiles) // COLUMNS)
        out = Image.new("RGB", (COLUMNS * TILE, rows * (TILE + CAPTION)), (24, 24, 24))
        for number, tile in enumerate(tiles):
            out.paste(tile, (number % COLUMNS * TILE, number // COLUMNS * (TILE + CAPTION)))
        out.save(path)


def _tile(
    sample: Sample, image: npt.NDArray[np.uint8], score: ObjectScore, course: Clicked
) -> Image.Image:
    pixels = _outlined(image, sample.mask(score.index), course.final)
    picture = Image.fromarray(pixels)
    scale = TILE / max(picture.size)
    picture = picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    )
    tile = Image.new("RGB", (TILE, TILE + CAPTION), (24, 24, 24))
    tile.paste(picture, (0, 0))
    draw = ImageDraw.Draw(tile)
    for (x, y), label in zip(course.points * scale, course.labels, strict=True):
        colour = _POSITIVE if label else _NEGATIVE
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour, outline=(0, 0, 0))
    ious = " ".join(f"{iou:.2f}" for iou in score.ious[:5])
    draw.text((3, TILE + 3), f"{sample.path.stem[:14]} {ious}", fill=(220, 220, 220))
    return tile


def _outlined(
    pixels: npt.NDArray[np.uint8], wanted: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """The image with the answer tinted and the wanted outline drawn."""
    out = pixels.copy()
    out[found] = (out[found] * 0.55 + np.array(_FOUND) * 0.45).astype(np.uint8)
    thick = max(3, max(pixels.shape) // 160 | 1)
    edge = (
        cv2.dilate(wanted.view(np.uint8), np.ones((thick, thick), np.uint8)).astype(bool) & ~wanted
    )
    out[edge] = _WANTED
    return out
