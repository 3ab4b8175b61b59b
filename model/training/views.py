"""Batches for encoders that do not learn: of every image a few views, each embedded only once."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.architecture.config import Variant
from model.architecture.sam import Sam
from model.runtime_torch.choice import choose
from model.runtime_torch.model import TorchModel
from model.training.batches import (
    LEAST_VISIBLE,
    SMALLEST_SHARE,
    Augmentation,
    Batch,
    BatchMaker,
    Crop,
    Frame,
    Images,
    Key,
    draw_crop,
    normalised,
    recoloured,
)
from model.training.forward import Encoded
from model.training.samples import Sample

IN_ALL, FEWEST, MOST = 64, 2, 16
"""Views of all images together that are aimed at, and of each image."""
EMBEDDING_SHARE = 1 / 3
"""Of the time of a lesson, once there is a view of each image."""
ON_DISK = 4 << 30
"""Bytes of embeddings that are kept; what comes later is made anew each time."""
PREFIX = "embedded-"
LEFT_S = 24 * 3600.0
"""A folder in which nothing was put for so long belongs to a run that was killed."""
PLAIN = Augmentation(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
"""The first view of an image: the whole of it, as the application embeds it."""


class ViewMaker(BatchMaker):
    """Draws batches as a variant sees images: padded or stretched to its square.

    Args:
        variant: see ``Variant``.
        fixed: whether an image has only a few views; else each step draws anew.
        known: whether a view is embedded already, so that its pixels are not needed.
        affords: whether there is time for a view more of an image that has one.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        images: Images,
        weights: Mapping[str, float],
        per_image: int,
        augmentation: Augmentation,
        seed: int,
        variant: Variant,
        *,
        fixed: bool = False,
        known: Callable[[Key], bool] = lambda key: False,
        affords: Callable[[], bool] = lambda: True,
    ) -> None:
        cell = variant.stride // 4
        super().__init__(samples, images, weights, per_image, augmentation, seed, cell)
        self._variant = variant
        self._views = min(MOST, max(FEWEST, IN_ALL // len(samples))) if fixed else 0
        self._known, self._affords = known, affords

    def make(self, step: int, side: int, count: int) -> Batch:
        """See ``BatchMaker``."""
        rng = np.random.default_rng([self.seed, step])
        images: list[npt.NDArray[np.float32]] = []
        masks: list[npt.NDArray[np.bool_]] = []
        owner: list[int] = []
        keys: list[Key] = []
        for _ in range(20 * count):
            index = int(rng.choice(len(self.samples), p=self.chances))
            view = self._affordable(index, int(rng.integers(self._views or 1 << 31)))
            shown = self._view((index, view), side, rng)
            if shown is None:
                continue
            masks += shown[1]
            owner += [len(images)] * len(shown[1])
            images.append(shown[0])
            keys.append((index, view))
            if len(images) == count:
                break
        if not images:
            raise ValueError(
                f"no object covers {SMALLEST_SHARE:.1%} of its crop: "
                "the masks are too small to learn from"
            )
        places = tuple(keys) if self._views else ()
        return Batch(np.stack(images), np.stack(masks), np.array(owner, np.int64), keys=places)

    def _affordable(self, index: int, view: int) -> int:
        """``view`` of an image, or another that is known where new ones take too much time."""
        if not self._views or self._known((index, view)) or self._affords():
            return view
        known = [each for each in range(self._views) if self._known((index, each))]
        return known[view % len(known)] if known else view

    def _view(
        self, key: Key, side: int, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float32], list[npt.NDArray[np.bool_]]] | None:
        """The pixels of a view and some objects in it; None if none is large enough."""
        index, view = key
        own = np.random.default_rng([self.seed, index, view])
        how = PLAIN if self._views and not view else self.augmentation
        sample, frame = self.samples[index], (side, side)
        crop = draw_crop(sample.size, frame, self.cell, how, own)
        if self._variant.stretched:
            crop = stretched(crop, frame)
        masks = self._objects(sample, crop, frame, rng)
        if not masks:
            return None
        seen = round(side * self._variant.seen_side / self._variant.input_size)
        if self._known(key):
            return np.zeros((seen, seen, 3), np.float32), masks
        if seen != side:
            shape = max(1, crop.shape[0] * seen // side), max(1, crop.shape[1] * seen // side)
            crop = replace(crop, shape=shape, zoom=crop.zoom * seen / side)
        pixels = crop.picture(self.images[index], (seen, seen))
        return normalised(recoloured(pixels, how, own), crop), masks

    def _objects(
        self, sample: Sample, crop: Crop, frame: Frame, rng: np.random.Generator
    ) -> list[npt.NDArray[np.bool_]]:
        masks: list[npt.NDArray[np.bool_]] = []
        for which in rng.permutation(len(sample.runs)):
            full = sample.mask(int(which))
            mask = crop.mask(full, frame, self.cell)
            shown = np.count_nonzero(mask)
            visible = LEAST_VISIBLE * np.count_nonzero(full) * crop.zoom**2
            if shown >= SMALLEST_SHARE * mask.size and shown * self.cell**2 >= visible:
                masks.append(mask)
            if len(masks) == self.per_image:
                break
        return masks * 2 if len(masks) == 1 and self.per_image > 1 else masks


def stretched(crop: Crop, frame: Frame) -> Crop:
    """``crop``, whose window fills all of the input; its zoom is the mean one of both sides."""
    x0, y0, x1, y1 = crop.window
    zoom = (frame[0] * frame[1] / ((x1 - x0) * (y1 - y0))) ** 0.5
    return replace(crop, shape=frame, zoom=zoom)


class KnownViews:
    """What an encoder that does not learn makes of views, kept on disk.

    Args:
        sam: its encoder is copied to where it runs fastest.
        dtype: what is kept is rounded to.
        device: such as ``cpu``.
        parent: where the folder is made that goes when this does; the system's place if None.
        kept: a folder that stays until ``forget``, for the same run when it goes on; None for none.
    """

    def __init__(
        self,
        sam: Sam,
        dtype: torch.dtype,
        device: str = "cpu",
        parent: Path | None = None,
        kept: Path | None = None,
    ) -> None:
        # Both sides of the pixels are in 16 bits where that is quicker, as in the application.
        place, _ = choose(device, "float32" if dtype == torch.float32 else "auto")
        weights = {name: tensor.detach().cpu() for name, tensor in sam.state_dict().items()}
        self._model = TorchModel(sam.variant, weights, "in training", place, "")
        self._dtype, self._room = dtype, ON_DISK
        self._begun, self._spent = time.monotonic(), 0.0
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
            self._folder = kept
            self._room -= sum(each.stat().st_size for each in kept.iterdir())
            return
        home = parent or Path(tempfile.gettempdir())
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def affords(self) -> bool:
        """Whether embedding took little of the time up to now."""
        return self._spent <= EMBEDDING_SHARE * (time.monotonic() - self._begun)

    def forget(self) -> None:
        """Delete what is kept; it is made anew if it is asked for."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._room = 0

    def holds(self, key: Key) -> bool:
        """Whether it need not be embedded any more."""
        return self._file(key).exists()

    def of(self, batch: Batch, device: torch.device) -> Encoded:
        """The embeddings of the images of a batch (B, C, h, w) and their finer features."""
        each = [
            self._one(key, batch.images[place : place + 1]) for place, key in enumerate(batch.keys)
        ]
        embedding, *skips = (torch.cat(parts).to(device) for parts in zip(*each, strict=True))
        return embedding, tuple(skips)

    def _one(self, key: Key, image: npt.NDArray[np.float32]) -> list[Tensor]:
        file = self._file(key)
        try:
            found = load_file(file)
            return [found[name] for name in sorted(found)]
        except (OSError, SafetensorError):
            begun = time.monotonic()
            made = self._model.encoded(torch.from_numpy(image).permute(0, 3, 1, 2))
            self._spent += time.monotonic() - begun
        parts = [torch.from_numpy(np.array(part))[None].to(self._dtype) for part in made]
        size = sum(part.nbytes for part in parts)
        if size <= self._room:
            self._keep(file, parts)
            self._room -= size
        return parts

    def _keep(self, file: Path, parts: Sequence[Tensor]) -> None:
        unfinished = file.with_suffix(".part")
        try:
            save_file({f"{place}": part for place, part in enumerate(parts)}, unfinished)
            unfinished.rename(file)
        except (OSError, SafetensorError):
            # A full disk costs time only.
            unfinished.unlink(missing_ok=True)
            self._room = 0

    def _file(self, key: Key) -> Path:
        return self._folder / f"{key[0]}-{key[1]}"


def _sweep(home: Path) -> None:
    """Removes what killed runs left in ``home``."""
    for folder in home.glob(f"{PREFIX}*"):
        try:
            old = time.time() - folder.stat().st_mtime > LEFT_S
        except OSError:
            continue
        if old and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
