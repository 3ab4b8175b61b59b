"""Which images and objects a step sees, cropped and recoloured; a function of (seed, step)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from model.architecture.config import COARSEST
from model.training.nests import holders, innermost
from model.training.samples import Sample
from model.training.windows import Wide, Windows, box_of_mask
from model.transforms import PIXEL_MEAN, PIXEL_STD

SMALLEST_SHARE = 0.001
"""Objects under this share of the crop teach nothing."""
LEAST_VISIBLE = 0.3
"""Objects of which the crop leaves less than this share are not asked for."""


SHAPES = ((1.0, 1.0), (0.75, 1.0), (1.0, 0.75), (2 / 3, 1.0), (1.0, 2 / 3))
"""Height and width of a fitted input in units of its side: squares, 4:3 and 3:2."""
Frame = tuple[int, int]
"""(h, w) of an input in encoder pixels."""
Key = tuple[int, int]
"""A sample, and which of its views."""


class Images(Protocol):
    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How samples are varied.

    Attributes:
        smallest, largest: range of the image's long side in units of the input's, log-uniform.
        flip, vertical_flip, colour, grey: chances.
    """

    smallest: float = 0.7
    largest: float = 2.0
    flip: float = 0.5
    vertical_flip: float = 0.0
    colour: float = 0.8
    grey: float = 0.05


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's images and objects.

    Attributes:
        images: (B, h, w, 3) float32, normalised.
        masks: (N, h/cell, w/cell) bool.
        owner: (N,) the image of each object.
        wide: the whole images, if ``images`` are windows of them.
        keys: which view each image is, where these come again; else empty.
        clicked: (N,) the object whose mask the first click lies on: itself, or a part of it; None
            if it is itself everywhere.
    """

    images: npt.NDArray[np.float32]
    masks: npt.NDArray[np.bool_]
    owner: npt.NDArray[np.int64]
    wide: Wide | None = None
    keys: tuple[Key, ...] = ()
    clicked: npt.NDArray[np.int64] | None = None


class BatchMaker:
    """Draws batches from samples.

    Args:
        images: pixels by the index of the sample.
        weights: how often a source's images are drawn, relative; sources not named have weight 1.
            The weight is the source's, not each image's.
        per_image: most objects of one image in a batch.
        cell: encoder pixels per low-res logits pixel, at which masks are made.
        fitted: inputs of usual photographs' shapes, drawn anew for every step; else squares.
        windows: how many steps look at windows around objects, and which.
        nested: chance that an image is asked for a part and for what holds it, if it has such.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        images: Images,
        weights: Mapping[str, float],
        per_image: int,
        augmentation: Augmentation,
        seed: int,
        cell: int = 2,
        fitted: bool = False,
        windows: Windows | None = None,
        nested: float = 0.0,
    ) -> None:
        self.samples, self.images, self.per_image = samples, images, per_image
        self.augmentation, self.seed, self.cell = augmentation, seed, cell
        self.fitted = fitted
        self.windows = windows or Windows()
        self.nested = nested
        self.chances = _chances(samples, weights)

    def make(self, step: int, side: int, count: int) -> Batch:
        """The batch of ``step``: ``count`` images at input side ``side``, each with objects."""
        rng = np.random.default_rng([self.seed, step])
        closely = self.windows.at(step)
        frame = drawn_frame(step, side) if self.fitted and not closely else (side, side)
        seen: list[Seen] = []
        for _ in range(20 * count):
            index = int(rng.choice(len(self.samples), p=self.chances))
            made = self._one(index, frame, closely, rng)
            if made is not None:
                seen.append(made)
            if len(seen) == count:
                break
        if not seen:
            raise ValueError(
                f"no object covers {SMALLEST_SHARE:.1%} of its crop: "
                "the masks are too small to learn from"
            )
        owner = [place for place, one in enumerate(seen) for _ in one.masks]
        clicked: list[int] = []
        for one in seen:
            clicked += [len(clicked) + part for part in one.clicked]
        return Batch(
            np.stack([one.image for one in seen]),
            np.stack([mask for one in seen for mask in one.masks]),
            np.array(owner, np.int64),
            self._wide(seen, frame) if closely else None,
            clicked=np.array(clicked, np.int64) if self.nested else None,
        )

    def _crop(
        self, sample: Sample, frame: Frame, own: int | None, rng: np.random.Generator
    ) -> Crop | None:
        """A random crop, or a window around the object ``own``."""
        if own is None:
            return draw_crop(sample.size, frame, self.cell, self.augmentation, rng)
        box = box_of_mask(sample.mask(own))
        if box is None:
            return None
        window = self.windows.around(box, sample.size, rng)
        return fitted_crop(window, frame, self.cell, drawn_flips(self.augmentation, rng))

    def _wide(self, seen: Sequence[Seen], frame: Frame) -> Wide:
        """The whole images, coloured and mirrored as their windows are, in the least frame."""
        crops = [
            fitted_crop((0, 0, *one.sample.size[::-1]), frame, self.cell, one.crop.flips)
            for one in seen
        ]
        rows, columns = (
            -(-max(crop.shape[axis] for crop in crops) // COARSEST) * COARSEST for axis in (0, 1)
        )
        images = [
            normalised(
                recoloured(
                    crop.picture(self.images[one.index], (rows, columns)),
                    self.augmentation,
                    np.random.default_rng(one.colour),
                ),
                crop,
            )
            for crop, one in zip(crops, seen, strict=True)
        ]
        placed = [one.crop.placed_in(crop) for one, crop in zip(seen, crops, strict=True)]
        return Wide(
            np.stack(images),
            np.array([scale for scale, _ in placed], np.float32),
            np.array([shift for _, shift in placed], np.float32),
            np.array([one.crop.shape for one in seen], np.int64),
        )

    def _one(
        self, index: int, frame: Frame, closely: bool, rng: np.random.Generator
    ) -> Seen | None:
        sample = self.samples[index]
        order = rng.permutation(len(sample.runs))
        nested = rng.random() < self.nested
        if nested:
            order = part_first(sample, order)
        crop = self._crop(sample, frame, int(order[0]) if closely else None, rng)
        if crop is None:
            return None
        masks: list[npt.NDArray[np.bool_]] = []
        for which in order:
            full = sample.mask(int(which))
            area = np.count_nonzero(full)
            mask = crop.mask(full, frame, self.cell)
            shown = np.count_nonzero(mask)
            if (
                shown >= SMALLEST_SHARE * mask.size
                and shown * self.cell**2 >= LEAST_VISIBLE * area * crop.zoom**2
            ):
                masks.append(mask)
            if len(masks) == self.per_image:
                break
        if not masks:
            return None
        if len(masks) == 1 and self.per_image > 1:
            masks *= 2
        colour = int(rng.integers(1 << 31))
        picture = recoloured(
            crop.picture(self.images[index], frame),
            self.augmentation,
            np.random.default_rng(colour),
        )
        clicked = innermost(masks) if nested else list(range(len(masks)))
        return Seen(index, sample, crop, colour, normalised(picture, crop), masks, clicked)


MOST_LOOKED_AT = 40
"""Masks of one image among which a part and its holders are looked for."""


def part_first(sample: Sample, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """``order`` of a sample's masks with the first one that others hold and its holders in front;
    unchanged if there is none."""
    looked = [int(which) for which in order[:MOST_LOOKED_AT]]
    masks = [sample.mask(which) for which in looked]
    for place, part in enumerate(masks):
        holding = [looked[k] for k in holders(part, masks)]
        if holding:
            nest = [looked[place], *holding]
            return np.array([*nest, *(w for w in order if w not in nest)], np.int64)
    return order


def drawn_frame(step: int, side: int) -> Frame:
    """The shape of a step's inputs; the same for all peers, who wait for one another."""
    shape = SHAPES[int(np.random.default_rng(step).integers(len(SHAPES)))]
    height, width = (-(-round(side * share) // COARSEST) * COARSEST for share in shape)
    return height, width


def _chances(samples: Sequence[Sample], weights: Mapping[str, float]) -> npt.NDArray[np.float64]:
    names = [sample.source for sample in samples]
    counts = {name: names.count(name) for name in set(names)}
    chances = np.array([weights.get(name, 1.0) / counts[name] for name in names])
    if not chances.sum() > 0:
        raise ValueError("every source has weight 0: nothing would be drawn")
    shares: npt.NDArray[np.float64] = chances / chances.sum()
    return shares


@dataclass(frozen=True, slots=True)
class Crop:
    """A window of the image, scaled by ``zoom`` and laid at the input's upper left corner.

    Attributes:
        window: x0, y0, x1, y1 in image pixels.
        shape: (h, w) of the window inside the input, in encoder pixels, multiples of the cell.
    """

    window: tuple[int, int, int, int]
    shape: tuple[int, int]
    zoom: float
    mirrored: bool
    upended: bool

    @property
    def flips(self) -> tuple[bool, bool]:
        """Mirrored, upended."""
        return self.mirrored, self.upended

    def placed_in(self, whole: Crop) -> tuple[tuple[float, float], tuple[float, float]]:
        """Scale and shift (x, y) from this crop's encoder pixels to those of ``whole``, which
        shows all of the image, flipped alike."""
        scale, shift = [0.0, 0.0], [0.0, 0.0]
        for axis, flipped in enumerate(self.flips):
            low, high = self.window[axis], self.window[axis + 2]
            length = whole.window[axis + 2]
            finer = self.shape[1 - axis] / (high - low)
            coarser = whole.shape[1 - axis] / length
            scale[axis] = coarser / finer
            shift[axis] = ((length - high) if flipped else low) * coarser
        return (scale[0], scale[1]), (shift[0], shift[1])

    def _cut(self, array: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        x0, y0, x1, y1 = self.window
        part = array[y0:y1, x0:x1]
        part = part[:, ::-1] if self.mirrored else part
        return np.ascontiguousarray(part[::-1] if self.upended else part)

    def picture(self, pixels: npt.NDArray[np.uint8], frame: Frame) -> npt.NDArray[np.uint8]:
        """(h, w, 3) uint8, zero outside the window."""
        out = np.zeros((*frame, 3), np.uint8)
        h, w = self.shape
        way = cv2.INTER_AREA if self.zoom < 1 else cv2.INTER_LINEAR
        out[:h, :w] = cv2.resize(self._cut(pixels), (w, h), interpolation=way)
        return out

    def mask(self, mask: npt.NDArray[np.bool_], frame: Frame, cell: int) -> npt.NDArray[np.bool_]:
        """(h/cell, w/cell) bool: where at least half of the pixel is covered."""
        out = np.zeros((frame[0] // cell, frame[1] // cell), np.bool_)
        h, w = self.shape[0] // cell, self.shape[1] // cell
        part = self._cut(mask.view(np.uint8)) * np.uint8(255)
        way = cv2.INTER_AREA if self.zoom < cell else cv2.INTER_LINEAR
        out[:h, :w] = cv2.resize(part, (w, h), interpolation=way) > 127
        return out


def draw_crop(
    size: tuple[int, int], frame: Frame, cell: int, how: Augmentation, rng: np.random.Generator
) -> Crop:
    """A random window of an image of ``size`` (H, W) and its place in an input of ``frame``."""
    height, width = size
    scale = float(np.exp(rng.uniform(np.log(how.smallest), np.log(how.largest))))
    zoom = scale * max(frame) / max(size)
    high, wide = (min(full, max(2, round(s / zoom))) for full, s in zip(size, frame, strict=True))
    x0, y0 = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - high + 1))
    h, w = (
        max(cell, min(side, round(s * zoom) // cell * cell))
        for s, side in zip((high, wide), frame, strict=True)
    )
    return Crop((x0, y0, x0 + wide, y0 + high), (h, w), zoom, *drawn_flips(how, rng))


def fitted_crop(
    window: tuple[int, int, int, int], frame: Frame, cell: int, flips: tuple[bool, bool]
) -> Crop:
    """A window as large as it fits into an input of ``frame``."""
    wide, high = window[2] - window[0], window[3] - window[1]
    zoom = min(frame[0] / high, frame[1] / wide)
    h, w = (max(cell, round(side * zoom) // cell * cell) for side in (high, wide))
    return Crop(window, (h, w), zoom, *flips)


def drawn_flips(how: Augmentation, rng: np.random.Generator) -> tuple[bool, bool]:
    """Whether an image is mirrored, and whether it is upended."""
    drawn = rng.random(2) < (how.flip, how.vertical_flip)
    return bool(drawn[0]), bool(drawn[1])


@dataclass(frozen=True, slots=True)
class Seen:
    """One image of a batch: what is seen of sample ``index``, in colours drawn from ``colour``, and
    for each of its masks the one that is clicked."""

    index: int
    sample: Sample
    crop: Crop
    colour: int
    image: npt.NDArray[np.float32]
    masks: list[npt.NDArray[np.bool_]]
    clicked: list[int]


def recoloured(
    pixels: npt.NDArray[np.uint8], how: Augmentation, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Gain, contrast, gamma, sometimes grey: (h, w, 3) uint8 -> float32 in 0..255."""
    out: npt.NDArray[np.float32] = pixels.astype(np.float32)
    if rng.random() < how.grey:
        out[:] = out.mean(axis=2, keepdims=True)
    if rng.random() < how.colour:
        gain = (rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)).astype(np.float32)
        contrast, gamma = rng.uniform(0.75, 1.25), np.exp(rng.uniform(-0.3, 0.3))
        out = np.clip(((out - 110) * np.float32(contrast) + 110) * gain, 0, 255)
        out = np.float32(255) * np.power(out / np.float32(255), np.float32(gamma))
    return out


def normalised(pixels: npt.NDArray[np.float32], crop: Crop) -> npt.NDArray[np.float32]:
    """As the encoder expects it; zero outside the crop's window."""
    mean, std = np.array(PIXEL_MEAN, np.float32), np.array(PIXEL_STD, np.float32)
    out: npt.NDArray[np.float32] = (pixels - mean) / std
    h, w = crop.shape
    out[h:] = 0
    out[:, w:] = 0
    return out
