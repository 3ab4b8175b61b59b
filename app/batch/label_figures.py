"""How well a label is found by its own accepted masks, measured on images held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.batch.examples import MADE, Examples, learned_from
from app.batch.finding import FIND
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Given, Made
from app.core.document import Document
from app.core.progress import Progress, no_progress
from app.inference.alike import USUAL_SCORE, find, shape_of
from app.inference.findings import Finding
from app.inference.questions import Cancelled
from model.alike import Shape
from model.interface import Model

HELD_OUT = 4
"""One image in so many is held out."""
MOST_HELD = 8
MATCH_IOU = 0.5
ENOUGH_HELD = 20
"""Objects held out below which the figures are off by a tenth or more by chance alone."""
LEVELS = tuple(round(0.05 * step, 2) for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class Level:
    """Precision and recall of masks at IoU 0.5 when those with a lower score are left out."""

    least: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        examples: masks that were learned from.
        held_images, held_objects: it was measured on; 0 where there was one image alone.
        complete: whether all of these images are done, so that nothing is missing on them.
        levels: for each score.
    """

    examples: int
    held_images: int
    held_objects: int
    complete: bool
    levels: tuple[Level, ...] = ()

    @property
    def tells_enough(self) -> bool:
        """Whether it was measured on enough objects to say how good it is."""
        return self.held_objects >= ENOUGH_HELD and self.best.f1 > 0

    @property
    def best(self) -> Level:
        """The score with the best balance; the usual one where nothing was measured."""
        usual = Level(USUAL_SCORE, 0.0, 0.0)
        return max(self.levels, key=lambda level: level.f1, default=usual)


def measure(
    folder: BatchFolder,
    examples: Examples,
    done: Sequence[str],
    label_id: int,
    model: Model,
    cancelled: Cancelled = lambda: False,
    progress: Progress = no_progress,
) -> Figures:
    """Learn from some images of the examples, and find them on the others.

    Args:
        done: images on which nothing is missing; where there are two or more, these are held out.

    Raises:
        Problem: the images cannot be read.
        Cancelled: ``cancelled()`` became true.
    """
    held, complete = _held_out(examples.images, done)
    rest = examples.on([name for name in examples.images if name not in held])
    if not held:
        return Figures(len(rest.like), 0, 0, complete=False)
    likeness = learned_from(folder, rest, model, cancelled)
    matches: list[tuple[float, bool]] = []
    objects = 0
    for number, name in enumerate(held):
        progress(number, len(held))
        document = folder.objects(name, to_write=False).document
        wanted = [
            shape_of(each.mask)
            for each in document
            if each.label_id == label_id and each.state in MADE and each.mask.area
        ]
        objects += len(wanted)
        bare = Document(document.height, document.width)
        found = find(model, folder.picture(name), likeness, bare, cancelled=cancelled)
        matches += _matched(found.findings.found, wanted)
    progress(len(held), len(held))
    levels = tuple(_level(least, matches, objects) for least in LEVELS)
    return Figures(len(rest.like), len(held), objects, complete, levels)


def _held_out(images: Sequence[str], done: Sequence[str]) -> tuple[list[str], bool]:
    """The images to measure on, and whether they are done; none where there is one alone."""
    if len(images) < 2:
        return [], False
    offered = [name for name in images if name in done] or list(images)
    count = min(max(1, len(images) // HELD_OUT), MOST_HELD, len(offered), len(images) - 1)
    return offered[:count], bool(done)


def _matched(found: Sequence[Finding], wanted: Sequence[Shape]) -> list[tuple[float, bool]]:
    """Each finding's score, and whether it is an object that no likelier one is."""
    left = list(wanted)
    result = []
    for each in found:
        shape = Shape(each.window, each.bounds)
        best = max(left, key=shape.iou, default=None)
        right = best is not None and shape.iou(best) >= MATCH_IOU
        if right and best is not None:
            left.remove(best)
        result.append((each.score, right))
    return result


def _level(least: float, matches: Sequence[tuple[float, bool]], objects: int) -> Level:
    shown = [right for score, right in matches if score >= least]
    right = sum(shown)
    return Level(least, right / len(shown) if shown else 0.0, right / objects if objects else 0.0)


@dataclass(slots=True)
class MeasureLabel:
    """The figures of a label; the open image stays as it is.

    Attributes:
        folder, examples, done, label_id: as of ``measure``.
        figures: what came of it, once it was run.
    """

    folder: BatchFolder
    examples: Examples
    done: Sequence[str]
    label_id: int
    figures: Figures | None = None
    name: str = FIND

    def wants(self, document: Document) -> bool:
        return True

    def run(self, given: Given) -> Made:
        self.figures = measure(
            self.folder,
            self.examples,
            self.done,
            self.label_id,
            given.model,
            given.cancelled,
            given.progress,
        )
        return Made()

    def count(self, before: Document, after: Document) -> int:
        return 0
