"""Asks the model in a view where something may be like the examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.alike.cells import Cells, look_of
from model.alike.examples import Example, Likeness
from model.alike.maps import places
from model.alike.shapes import Shape
from model.boxes import box_iou
from model.everything.candidate import Candidate, candidate
from model.everything.grid import Crop
from model.interface import Embedding, Model, Prediction, Prompt

BATCH = 32
PROMPTS = 2.0
"""Boxes asked in a view, in the number of examples that would fill it, if not limited otherwise."""
KNOWN = 0.75
"""A box is not asked that overlaps that of an answer so far."""
MOVED = 0.85
"""A box is asked again as that of its answer where the two overlap less."""
EDGE_PX = 1.5
"""A candidate that comes so near to an edge of its view, which is none of the image, is cut off."""
SIZES = 0.15, 6.0
"""Areas of candidates that are kept, in that of the smallest and of the largest example."""
STRAIGHT, GROWN, WIDER = 0.35, 0.3, 0.9
"""A mask that fills so much of a side of its box may be cut off there by the box that was asked: it
is asked again with that side moved outwards by this share of the box, unless the view's edge leaves
the two overlapping by more than the last."""
TURNS = 4
"""What was asked first, then boxes of answers, wider where these may be cut off."""
LIKELY = 3.0
"""Ratio of areas up to which an answer to a point is asked again by its box."""
Corners = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A candidate that may be like the examples.

    Attributes:
        shape: its mask.
        seen: how it looks, and the model's scores.
        box: what was asked, x0, y0, x1, y1 in image pixels; None if a point was.
        point: (x, y) that was asked, or the box's corner.
        crop: the part of the image it was seen in.
    """

    shape: Shape
    seen: Example
    box: tuple[float, float, float, float] | None
    point: tuple[float, float]
    crop: Crop


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A part of the image as the model sees it.

    Attributes:
        model: answers.
        embedding: of the part alone.
        cells: of the part.
        size: (H, W) of the whole image.
    """

    model: Model
    embedding: Embedding
    cells: Cells
    size: tuple[int, int]

    def inside(self, box: Corners) -> Corners:
        """A box of the image in pixels of the view, its corners moved into it."""
        left, top = self.cells.crop.box[:2]
        height, width = self.embedding.image_size
        moved = box - np.array([left, top, left, top])
        return np.asarray(np.clip(moved, 0, [width, height, width, height]), np.float64)

    def answers(self, asked: Sequence[_Asked]) -> Iterator[tuple[_Asked, Prediction]]:
        """In order of boxes and points: each of these has another number of answers."""
        for group in ([a for a in asked if a.is_box], [a for a in asked if not a.is_box]):
            if group:
                prompts = [each.prompt for each in group]
                yield from zip(group, self.model.decode_batch(self.embedding, prompts), strict=True)

    def cuts_off(self, found: Candidate) -> bool:
        """Whether it runs into an edge of the view beyond which the image goes on."""
        height, width = self.size
        ends = zip(found.bounds, found.crop.box, (0, 0, width, height), strict=True)
        return any(abs(place - edge) <= EDGE_PX and edge != border for place, edge, border in ends)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A box (4,) or a point (2,) in pixels of the view; ``is_wider`` than an answer's box."""

    place: Corners
    is_wider: bool = False

    @property
    def is_box(self) -> bool:
        return len(self.place) == 4

    @property
    def prompt(self) -> Prompt:
        if self.is_box:
            return Prompt(box=self.place.astype(np.float32))
        return Prompt(points=self.place[None].astype(np.float32), labels=np.ones(1, np.int64))


@dataclass(slots=True)
class Asking:
    """One view's questions: boxes and points from the maps, then the boxes of the answers."""

    view: View
    likeness: Likeness
    most: int
    _known: list[Corners] = field(default_factory=list)
    _again: list[_Asked] = field(default_factory=list)

    def hits(self) -> Iterator[list[Hit]]:
        """Candidates, a batch at a time."""
        cells = self.view.cells
        width, height = self.likeness.box
        fitting = PROMPTS * cells.crop.area / max(width * height, 1.0)
        boxes, points = places(cells, self.likeness, round(max(min(fitting, self.most), 8)))
        asked = [_Asked(box) for box in boxes if min(box[2:] - box[:2]) >= 1]
        asked += [_Asked(point) for point in points]
        yield from self._all(asked, 0)
        for turn in range(1, TURNS):
            again, self._again = self._again, []
            yield from self._all(again, turn)

    def _all(self, asked: Sequence[_Asked], turn: int) -> Iterator[list[Hit]]:
        for first in range(0, len(asked), BATCH):
            batch = [each for each in asked[first : first + BATCH] if not self._is_known(each)]
            found: list[Hit] = []
            for each, answer in self.view.answers(batch):
                for index in range(len(answer.predicted_iou)):
                    hit = self._hit(each, answer, index)
                    if hit is not None:
                        found.append(hit)
                        self._follow(each, hit, turn)
            yield found

    def _is_known(self, asked: _Asked) -> bool:
        if not asked.is_box or asked.is_wider or not self._known:
            return False
        return bool(box_iou(asked.place[None], np.array(self._known)).max() > KNOWN)

    def _follow(self, asked: _Asked, hit: Hit, turn: int) -> None:
        """Ask the answer's box, too, where it is another one; else a wider one if it is cut off."""
        if not asked.is_box:
            # Of the three answers to a point, one of a likely size is worth a second look.
            typical = self.likeness.side**2
            if not typical / LIKELY <= hit.shape.area <= typical * LIKELY:
                return
        tight = self.view.inside(np.array(hit.shape.bounds, np.float64))
        same = asked.is_box and box_iou(tight[None], asked.place[None])[0, 0] > MOVED
        if same or turn:
            self._known.append(tight)
            wider = self.view.inside(_widened(hit.shape))
            if turn + 1 < TURNS and box_iou(wider[None], tight[None])[0, 0] < WIDER:
                self._again.append(_Asked(wider, is_wider=True))
        elif min(tight[2:] - tight[:2]) >= 1:
            self._again.append(_Asked(tight))

    def _hit(self, asked: _Asked, answer: Prediction, index: int) -> Hit | None:
        cells, (left, top) = self.view.cells, self.view.cells.crop.box[:2]
        corner = np.array([left, top], np.float32)
        point = np.asarray(asked.place[:2] + corner, np.float32)
        found = candidate(answer, index, point, cells.crop)
        if found is None or self.view.cuts_off(found):
            return None
        shape = Shape(found.pixels(), found.bounds)
        areas = [each.look.area for each in self.likeness.like]
        if not SIZES[0] * min(areas) <= shape.area <= SIZES[1] * max(areas):
            return None
        look = look_of(cells, shape.pixels, shape.bounds)
        box = None
        if asked.is_box:
            x0, y0, x1, y1 = (asked.place + np.array([left, top, left, top])).tolist()
            box = x0, y0, x1, y1
        seen = Example(look, found.predicted_iou, found.stability)
        return Hit(shape, seen, box, found.point, cells.crop)


def _widened(shape: Shape) -> Corners:
    """The box of a mask, moved outwards where the mask lies along its sides."""
    x0, y0, x1, y1 = shape.bounds
    pixels, width, height = shape.pixels, x1 - x0, y1 - y0
    ends = pixels[:, 0], pixels[0], pixels[:, -1], pixels[-1]
    left, top, right, bottom = (GROWN * (float(each.mean()) > STRAIGHT) for each in ends)
    steps = np.array([-left * width, -top * height, right * width, bottom * height])
    return np.asarray(np.array(shape.bounds, np.float64) + steps, np.float64)


def example_of(view: View, shape: Shape) -> Example:
    """A mask as an example: how it looks, and how sure the model is of its box."""
    look = look_of(view.cells, shape.pixels, shape.bounds)
    box = view.inside(np.array(shape.bounds, np.float64))
    answer = view.model.decode(view.embedding, _Asked(box).prompt)
    best = answer.best
    return Example(look, float(answer.predicted_iou[best]), float(answer.stability[best]))
