"""Asks the model everywhere and gives masks as soon as they are certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model import rle
from model.boxes import box_iou
from model.everything.candidate import Candidate, candidate
from model.everything.cleaning import cleaned
from model.everything.grid import Box, Crop, crops, points
from model.everything.rating import Scene, rated
from model.everything.selection import mostly_inside, passes, select, select_in_crop
from model.everything.settings import PUBLISHED, Filters, Settings
from model.everything.skipping import Skipping, There
from model.interface import Bool, Cancelled, Embedding, Model, Prompt
from model.transforms import checked_image

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """A batch of points was answered.

    Attributes:
        done: points answered so far, those passed over among them.
        total: points in all.
        seen: new candidates that passed ``floor``, or the filters where there is no floor; a later
            one may still replace them.
    """

    done: int
    total: int
    seen: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A mask that stays.

    Attributes:
        candidate: what it was made of.
        runs: run lengths of the mask of the whole image, see ``model.rle``.
        bounds: x0, y0, x1, y1, exclusive.
        area: pixels.
    """

    candidate: Candidate
    runs: rle.Runs
    bounds: Box
    area: int


def segment_everything(
    model: Model,
    image: npt.NDArray[np.uint8],
    settings: Settings = PUBLISHED,
    embedding: Embedding | None = None,
    region: Box | None = None,
    floor: Filters | None = None,
    cancelled: Stop = lambda: False,
    there: There | None = None,
) -> Iterator[Progress | Found]:
    """Masks of everything on ``image`` (H, W, 3) uint8 RGB, smallest crops first.

    Args:
        model: answers the points.
        image: read as for ``Model.embed``.
        settings: the grid and the filters; ``PUBLISHED`` and ``PAPER`` are the known ones.
        embedding: of the whole image, if it is there already.
        region: x0, y0, x1, y1 in image pixels; points are asked, and crops made, inside it only,
            and a mask of which less than half lies in it is left out.
        floor: looser thresholds for the candidates shown in ``Progress``, so that ``select`` can be
            tried on them with other filters later.
        cancelled: asked between batches, and by the image encoder.
        there: whether a point of the image is covered by what is known already; it is not asked.

    Raises:
        ValueError: the image or the region cannot be used.
        Cancelled: ``cancelled()`` became true.
    """
    checked_image(image)
    work = _Work(model, image, settings, floor or settings.filters, cancelled, there)
    work.region = _checked_region(region, work.size)
    parts = crops(work.size, settings.grid, work.region)
    work.places = {crop: _points(crop, settings, region) for crop in parts}
    for crop in parts:
        yield from work.ask(crop, work.view(crop, embedding))
        # The whole image comes last; what competes with candidates of all crops waits for it.
        if crop.layer == 0 or not settings.filters.by_mask:
            yield from work.settle()


class _Work:
    """One run: what was asked, and how far it is."""

    def __init__(
        self,
        model: Model,
        image: npt.NDArray[np.uint8],
        settings: Settings,
        floor: Filters,
        cancelled: Stop,
        there: There | None,
    ) -> None:
        self.there = there
        self.model = model
        self.image = image
        self.size = (image.shape[0], image.shape[1])
        self.settings = settings
        self.floor = floor
        self.cancelled = cancelled
        self.region: Box | None = None
        self.places: dict[Crop, npt.NDArray[np.float32]] = {}
        self.done = 0
        self._unsettled: list[Candidate] = []
        self._kept: list[Candidate] = []
        self._given: list[Box] = []

    def stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled("segmenting everything was stopped")

    def scene(self, crop: Crop, view: Embedding) -> Scene | None:
        """What a crop shows, if candidates are rated by it."""
        if self.settings.rating is None:
            return None
        x0, y0, x1, y1 = crop.box
        return Scene.of(self.image[y0:y1, x0:x1], view.transform, self.model.logits_size)

    def view(self, crop: Crop, embedding: Embedding | None) -> Embedding:
        """The embedding of a crop; ``embedding`` is that of the whole image, if it is there."""
        self.stop_if_cancelled()
        if crop.layer == 0 and embedding is not None:
            if embedding.image_size != self.size:
                raise ValueError(
                    f"the embedding is of an image of (H, W) = {embedding.image_size}, "
                    f"this one has {self.size}"
                )
            if embedding.window is not None:
                raise ValueError("the embedding shows only a window of the image: give none")
            return embedding
        x0, y0, x1, y1 = crop.box
        return self.model.embed(self.image[y0:y1, x0:x1], self.cancelled)

    def ask(self, crop: Crop, view: Embedding) -> Iterator[Progress]:
        """Answers the points of a crop, a batch at a time."""
        left = Skipping(self.places[crop], self.settings.sure, self.there)
        total = sum(len(each) for each in self.places.values())
        scene = self.scene(crop, view)
        while left.left:
            self.stop_if_cancelled()
            batch, passed = left.batch(self.settings.grid.batch)
            seen = self._answers(crop, view, scene, batch) if len(batch) else []
            left.add(seen)
            self._unsettled += seen
            self.done += len(batch) + passed
            yield Progress(self.done, total, tuple(seen))

    def settle(self) -> Iterator[Found]:
        """The masks that stay of the candidates since the last time, at the image's size."""
        filters = self.settings.filters
        group, self._unsettled = self._unsettled, []
        if filters.by_mask:
            fresh = select(group, filters, self.size)
        else:
            good = [each for each in group if passes(each, filters, self.size)]
            fresh = select_in_crop(good, self._kept, filters)
        self._kept += fresh
        for each in fresh:
            self.stop_if_cancelled()
            found = finished(each, filters, self.size, self._given)
            if found is not None:
                self._given.append(found.bounds)
                yield found

    def _answers(
        self,
        crop: Crop,
        view: Embedding,
        scene: Scene | None,
        batch: npt.NDArray[np.float32],
    ) -> list[Candidate]:
        """The candidates for a batch of points that pass the floor by themselves."""
        corner = np.array(crop.box[:2], np.float32)
        one = np.ones(1, np.int64)
        prompts = [Prompt(points=(place - corner)[None], labels=one) for place in batch]
        answers = self.model.decode_batch(view, prompts, True)
        found = []
        for prediction, place in zip(answers, batch, strict=True):
            good = prediction.stability >= self.floor.stability
            if scene is None:
                good &= prediction.predicted_iou > self.floor.predicted_iou
            for index in np.flatnonzero(good).tolist():
                each = candidate(prediction, index, place, crop)
                if each is None or not mostly_inside(each, self.region):
                    continue
                if scene is not None and self.settings.rating is not None:
                    each = rated(self.settings.rating, each, index, scene, self.size)
                if passes(each, self.floor, self.size):
                    found.append(each)
        return found


def finished(
    each: Candidate, filters: Filters, size: tuple[int, int], given: Sequence[Box] = ()
) -> Found | None:
    """The mask of a candidate at the image's size, without specks and small holes.

    None if cleaning made it a double of one in ``given``.
    """
    pixels, bounds = each.pixels(), each.bounds
    clean = cleaned(pixels, filters.min_area)
    if clean is not pixels:
        pixels, bounds = _tight(clean, bounds)
        if given and bounds != each.bounds:
            boxes = np.array([bounds], np.float64), np.array(given, np.float64)
            if box_iou(*boxes).max() > max(filters.box_iou, filters.crop_iou):
                return None
    runs = rle.encode_window(pixels, bounds[0], bounds[1], *size)
    return Found(each, runs, bounds, int(np.count_nonzero(pixels)))


def _tight(pixels: Bool, bounds: Box) -> tuple[Bool, Box]:
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    left, top = bounds[:2]
    return pixels[y0:y1, x0:x1], (left + x0, top + y0, left + x1, top + y1)


def _checked_region(region: Box | None, size: tuple[int, int]) -> Box | None:
    if region is None:
        return None
    x0, y0, x1, y1 = region
    if not (0 <= x0 < x1 <= size[1] and 0 <= y0 < y1 <= size[0]):
        raise ValueError(
            f"the region must lie inside the image of {size[1]} x {size[0]} pixels and hold some, "
            f"given {region}"
        )
    return region


def _points(crop: Crop, settings: Settings, region: Box | None) -> npt.NDArray[np.float32]:
    per_side = settings.grid.points_at(crop.layer)
    return points(per_side, region if region is not None and crop.layer == 0 else crop.box)
