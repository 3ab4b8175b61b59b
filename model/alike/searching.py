"""Finds what is like an example: learns from masks, then asks the model where an image is alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.alike.asking import Asking, Hit, View, example_of
from model.alike.cells import cells_of
from model.alike.examples import Ground, Lesson, Likeness
from model.alike.selection import OVERLAP_IOU
from model.alike.shapes import Shape
from model.alike.views import views
from model.boxes import Places
from model.everything.grid import Box, Crop
from model.interface import Cancelled, Embedding, Model
from model.transforms import checked_image

Stop = Callable[[], bool]
Tell = Callable[[int, int], object]
Image = npt.NDArray[np.uint8]
MOST_PROMPTS = 1440
"""Boxes asked in all views together; in each at least ``FEWEST``."""
FEWEST = 16
SAME_MASK = 0.8
"""Of two candidates that overlap more, the one of which the model is surer is kept."""
COVERED = 0.6
"""A candidate is there already where so much of it lies on one that is, or the other way round."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the examples are, by which it is decided how closely to look.

    Attributes:
        side: of a square with a typical one's area, image pixels.
        longest: longer side of a typical one's box.
    """

    side: float
    longest: float

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> Scale:
        """Raises: ValueError: there is none."""
        if not shapes:
            raise ValueError("an example needs a mask with pixels")
        side = float(np.sqrt(np.median([each.area for each in shapes])))
        return cls(side, float(np.median([_longest(each.bounds) for each in shapes])))


def learn(
    model: Model,
    image: Image,
    like: Sequence[Shape],
    unlike: Sequence[Shape] = (),
    embedding: Embedding | None = None,
    cancelled: Stop = lambda: False,
) -> Likeness:
    """What masks of an image have in common; arguments and errors as of ``lesson_of``."""
    scale = Scale.of(like)
    return Likeness.of(
        [lesson_of(model, image, like, unlike, scale, embedding, cancelled)], model.identity
    )


def lesson_of(
    model: Model,
    image: Image,
    like: Sequence[Shape],
    unlike: Sequence[Shape],
    scale: Scale,
    embedding: Embedding | None = None,
    cancelled: Stop = lambda: False,
) -> Lesson:
    """How examples on an image look.

    Args:
        image: (H, W, 3) uint8 RGB.
        like, unlike: examples of it and of what it is not, one or more.
        scale: of the examples on all images.
        embedding: of the whole image, if it is there already.

    Raises:
        ValueError: there is no example, or one is empty.
        Cancelled: ``cancelled()`` became true.
    """
    checked_image(image)
    every = (*like, *unlike)
    if not every or not all(each.area for each in every):
        raise ValueError("an example needs a mask with pixels")
    work = _Views(model, image, embedding, cancelled)
    crops = views(work.size, scale.side, scale.longest, model)
    seen: dict[Crop, View] = {}

    def view(shape: Shape) -> View:
        crop = min(crops, key=lambda each: _off_middle(shape, each))
        if crop not in seen:
            seen[crop] = work.view(crop)
        return seen[crop]

    good = tuple(example_of(view(each), each) for each in like)
    bad = tuple(example_of(view(each), each) for each in unlike)
    grounds = [Ground.of(each.cells) for each in seen.values()]
    return Lesson(good, bad, sum(grounds[1:], grounds[0]))


def search(
    model: Model,
    image: Image,
    likeness: Likeness,
    there: Sequence[Shape] = (),
    region: Box | None = None,
    embedding: Embedding | None = None,
    cancelled: Stop = lambda: False,
    tell: Tell = lambda done, total: None,
) -> list[Hit]:
    """Candidates that may be like the examples; ``scores`` and ``ranked`` tell which are.

    Args:
        image: (H, W, 3) uint8 RGB.
        likeness: of this model's embeddings.
        there: masks that are there already; what lies on them is left out.
        region: only inside it.
        embedding: of the whole image, if it is there already.
        cancelled: asked between batches.
        tell: gets views done and views in all.

    Raises:
        ValueError: the likeness is another model's.
        Cancelled: ``cancelled()`` became true.
    """
    checked_image(image)
    if likeness.model != model.identity:
        raise ValueError("the examples were seen by another model: learn from them with this one")
    work = _Views(model, image, embedding, cancelled)
    crops = views(work.size, likeness.side, likeness.longest, model, region)
    share = max(MOST_PROMPTS // len(crops), FEWEST)
    pool = _Pool(there, region)
    for number, crop in enumerate(crops):
        tell(number, len(crops))
        for some in Asking(work.view(crop), likeness, share).hits():
            work.stop_if_cancelled()
            for hit in some:
                pool.add(hit)
    tell(len(crops), len(crops))
    return pool.kept


def _longest(box: Box) -> int:
    return max(box[2] - box[0], box[3] - box[1])


def _off_middle(shape: Shape, crop: Crop) -> float:
    """How far a mask lies off a view's middle, in the view's sides."""
    x, y = (shape.bounds[0] + shape.bounds[2]) / 2, (shape.bounds[1] + shape.bounds[3]) / 2
    x0, y0, x1, y1 = crop.box
    return max(abs(x - (x0 + x1) / 2) / (x1 - x0), abs(y - (y0 + y1) / 2) / (y1 - y0))


@dataclass(frozen=True, slots=True)
class _Views:
    """Makes the views of an image."""

    model: Model
    image: Image
    whole: Embedding | None
    cancelled: Stop

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[0], self.image.shape[1]

    def view(self, crop: Crop) -> View:
        self.stop_if_cancelled()
        embedding = self.whole if crop.layer == 0 else None
        if embedding is None:
            x0, y0, x1, y1 = crop.box
            embedding = self.model.embed(self.image[y0:y1, x0:x1], self.cancelled)
        return View(self.model, embedding, cells_of(embedding, self.image, crop), self.size)

    def stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled("looking for what is alike was stopped")


@dataclass(slots=True)
class _Pool:
    """Candidates that are not there already, without doubles."""

    there: Sequence[Shape]
    region: Box | None
    kept: list[Hit] = field(default_factory=list)
    _kept: Places = field(default_factory=Places)
    _there: Places = field(init=False)

    def __post_init__(self) -> None:
        self._there = Places(each.bounds for each in self.there)

    def add(self, hit: Hit) -> None:
        shape = hit.shape
        if self.region is not None and 2 * shape.inside(self.region) < shape.area:
            return
        if any(_covered(shape, self.there[n]) for n in self._there.meeting(shape.bounds)):
            return
        for place in self._kept.meeting(shape.bounds):
            other = self.kept[place]
            if shape.iou(other.shape) > SAME_MASK:
                if hit.seen.predicted_iou > other.seen.predicted_iou:
                    self.kept[place] = hit
                    self._kept.put(place, shape.bounds)
                return
        self.kept.append(hit)
        self._kept.add(shape.bounds)


def _covered(shape: Shape, other: Shape) -> bool:
    # Also what overlaps as no two findings may: the right finding there, which would win over it,
    # is not asked again.
    smaller = min(shape.area, other.area)
    return shape.shared(other) > COVERED * smaller or shape.iou(other) > OVERLAP_IOU
