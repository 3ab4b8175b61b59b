"""All that is like an example: learned from masks, found by the model at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app import __version__
from app.core.document import Document, Evidence, State
from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.mask import Mask
from app.core.picture import Picture
from app.core.progress import Progress
from app.core.prompt import Box, Point, Prompt, Step
from app.inference.findings import Finding, Findings
from app.inference.proposals import Region
from app.inference.questions import Cancelled
from model.alike import Example, Hit, Likeness, Shape, learn, ranked, scores, search
from model.interface import Embedding, Model
from model.messages import say

ORIGIN = "alike"
"""What found a proposal, in its evidence."""
USUAL_SCORE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """What was found on an image, and how it is judged; judging anew asks no model.

    Attributes:
        hits: all candidates.
        likeness: what they are compared with.
        size: (H, W) of the image.
        variant: of the model.
        findings: the judgement: the likeliest first.
    """

    hits: tuple[Hit, ...]
    likeness: Likeness
    size: tuple[int, int]
    variant: str
    findings: Findings

    @classmethod
    def judged(
        cls, hits: Sequence[Hit], likeness: Likeness, size: tuple[int, int], variant: str
    ) -> Alike:
        """With each hit scored."""
        sure = scores([each.seen for each in hits], likeness)
        found = tuple(
            _finding(hits[place], score, likeness, variant) for place, score in ranked(hits, sure)
        )
        return cls(tuple(hits), likeness, size, variant, Findings(found, size))

    def looks_of(self, mask: Mask) -> Example | None:
        """How the candidate looks that a mask was made of; None if it was made of none."""
        for each in self.hits:
            shape = each.shape
            if shape.bounds == mask.bounds and shape.area == mask.area:
                return each.seen
        return None

    def sharpened(self, like: Iterable[Example], unlike: Iterable[Example]) -> Alike:
        """Judged anew with more examples."""
        likeness = self.likeness.with_decisions(tuple(like), tuple(unlike))
        return Alike.judged(self.hits, likeness, self.size, self.variant)


def decided(
    document: Document, proposed: Mapping[int, Example]
) -> tuple[list[Example], list[Example]]:
    """Examples that a person's decisions are: what was accepted is like it, what was rejected or
    deleted is not.

    Args:
        proposed: how the proposals look, by their numbers.
    """
    like, unlike = [], []
    for number, seen in proposed.items():
        found = document.get(number)
        if found is None or found.state is State.REJECTED:
            unlike.append(seen)
        elif found.state is not State.PROPOSED:
            like.append(seen)
    return like, unlike


def shape_of(mask: Mask) -> Shape:
    """A mask as the search takes it.

    Raises:
        Problem: it is empty.
    """
    if mask.bounds is None:
        raise Problem(say("This example has no pixels."), say("Select an object that has a mask."))
    return Shape(mask.crop(mask.bounds), mask.bounds)


def known_of(document: Document) -> list[Shape]:
    """What is annotated, proposed or rejected already: nothing is found there again."""
    return [shape_of(each.mask) for each in document if each.mask.bounds is not None]


def learned(
    model: Model,
    picture: Picture,
    like: Sequence[Mask],
    unlike: Sequence[Mask] = (),
    embedding: Embedding | None = None,
    cancelled: Cancelled = lambda: False,
) -> Likeness:
    """What the masks ``like`` of a picture have in common, unlike those ``unlike``.

    Raises:
        Problem: there is no example, or one has no pixels.
        Cancelled: ``cancelled()`` became true.
    """
    if not like:
        raise Problem(say("There is no example."), say("Select one object or more first."))
    shapes, others = [shape_of(each) for each in like], [shape_of(each) for each in unlike]
    return learn(model, picture.pixels, shapes, others, embedding, cancelled)


def find(
    model: Model,
    picture: Picture,
    likeness: Likeness,
    document: Document,
    region: Region | None = None,
    embedding: Embedding | None = None,
    cancelled: Cancelled = lambda: False,
    progress: Progress = lambda done, total: None,
) -> Alike:
    """What on a picture is like the examples and not in ``document`` yet.

    Args:
        region: x0, y0, x1, y1: only inside it.
        embedding: of the picture, if it is there already.

    Raises:
        ValueError: the likeness is another model's.
        Cancelled: ``cancelled()`` became true.
    """
    known = known_of(document)
    hits = search(model, picture.pixels, likeness, known, region, embedding, cancelled, progress)
    return Alike.judged(hits, likeness, (picture.height, picture.width), model.variant)


def _finding(hit: Hit, score: float, likeness: Likeness, variant: str) -> Finding:
    x0, y0, x1, y1 = hit.crop.box
    asked = Prompt((Point(*hit.point),)) if hit.box is None else Prompt(box=Box(*hit.box))
    evidence = Evidence(
        prompts=(Step(asked),),
        predicted_iou=round(hit.seen.predicted_iou, 4),
        stability_score=round(min(max(hit.seen.stability, 0.0), 1.0), 4),
        crop_box=(x0, y0, x1 - x0, y1 - y0) if hit.crop.layer else None,
        model=variant,
        model_identity=likeness.model,
        app_version=__version__,
        extra=FrozenMap({"detector": ORIGIN, "score": round(score, 4)}),
    )
    return Finding(hit.shape.bounds, hit.shape.pixels, score, evidence)
