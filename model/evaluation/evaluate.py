"""Score a model on a folder of images with masks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from model.evaluation.course import click_object
from model.evaluation.ledger import ImageScores, Ledger
from model.evaluation.looking import Close, Looking
from model.evaluation.protocol import Clicked, bounding_box
from model.evaluation.scores import (
    ObjectScore,
    Summary,
    by_size,
    second_clicks,
    sparse_boxes,
    summarise,
)
from model.interface import Bool, Model
from model.messages import BadValueError
from model.training.samples import DataError, Sample, read_image


@dataclass(frozen=True, slots=True)
class Protocol:
    """Attributes: most: clicks at most. jitter: clicks near the deepest pixel rather than on it.

    limit: at most this many objects, drawn at random. seed: of the draw and the jitter. close: when
    the model looks closer than at the whole image.
    """

    most: int = 20
    jitter: bool = False
    limit: int | None = None
    seed: int = 0
    close: Close = field(default_factory=Close)


@dataclass(frozen=True, slots=True)
class Result:
    """Attributes: scores: one per object. embed_ms: median over images. protocol: how it was
    measured. unread: why images were left out."""

    model: str
    protocol: Protocol
    scores: tuple[ObjectScore, ...]
    embed_ms: float
    unread: tuple[str, ...] = ()
    summary: Summary = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", summarise(self.scores, self.protocol.most))

    def to_json(self) -> dict[str, Any]:
        sizes = {
            name: found.to_json()
            for name, found in by_size(self.scores, self.protocol.most).items()
        }
        return {
            "model": self.model,
            "clicks": "jittered" if self.protocol.jitter else "central",
            "most_clicks": self.protocol.most,
            "seed": self.protocol.seed,
            "close_up": self.protocol.close.after_answer,
            "second_look": self.protocol.close.second_look,
            "all_candidates": self.protocol.close.candidates,
            "along_edges": self.protocol.close.edges,
            "zoom": self.protocol.close.zoom,
            "embed_ms": self.embed_ms,
            "unread": list(self.unread),
            **self.summary.to_json(),
            "second_click": {
                name: asdict(found) for name, found in second_clicks(self.scores).items()
            },
            "sparse_boxes": dict(zip(("objects", "iou"), sparse_boxes(self.scores), strict=True)),
            "by_size": sizes,
        }


def drawn(
    samples: Sequence[Sample], limit: int | None, seed: int
) -> list[tuple[Sample, list[int]]]:
    """Which masks of which images are scored: all, or ``limit`` drawn at random; empty masks
    never."""
    every = [
        (i, j)
        for i, sample in enumerate(samples)
        for j in range(len(sample.runs))
        if sample.area(j)
    ]
    if limit is not None and limit < len(every):
        rng = np.random.default_rng(seed)
        every = [every[k] for k in sorted(rng.choice(len(every), limit, replace=False))]
    chosen: dict[int, list[int]] = {}
    for i, j in every:
        chosen.setdefault(i, []).append(j)
    return [(samples[i], masks) for i, masks in chosen.items()]


def evaluate(
    model: Model,
    samples: Sequence[Sample],
    protocol: Protocol | None = None,
    seen: Callable[[Sample, ObjectScore, Clicked], None] | None = None,
    ledger: Ledger | None = None,
) -> Result:
    """Click every object of ``samples`` with ``model``.

    Args:
        seen: told about each object that is clicked, with its last mask; for progress and for
            picture sheets.
        ledger: what an earlier run has scored already, and where this one writes it.

    Raises:
        ValueError: there is not one non-empty mask on an image that can be read.
    """
    how = protocol or Protocol()
    images: dict[int, ImageScores] = {}
    unread: dict[int, str] = {}
    for number, (sample, masks) in enumerate(drawn(samples, how.limit, how.seed)):
        known = ledger.get(number) if ledger is not None else None
        if known is None:
            try:
                known = clicked(model, number, sample, masks, how, seen)
            except DataError as error:
                unread[number] = str(error)
                continue
            if ledger is not None:
                ledger.add(number, known)
        images[number] = known
    result = result_of(model.variant, how, images, unread)
    if ledger is not None:
        ledger.close()
    return result


def result_of(
    variant: str, how: Protocol, images: Mapping[int, ImageScores], unread: Mapping[int, str]
) -> Result:
    """What the scores of all images come to, in whatever order they were made.

    Args:
        images: by their numbers among those that ``drawn`` gives.
        unread: why the others were left out.

    Raises:
        ValueError: there is not one score.
    """
    in_order = [images[number] for number in sorted(images)]
    reasons = tuple(unread[number] for number in sorted(unread))
    scores = tuple(score for image in in_order for score in image.scores)
    if not scores:
        if reasons:
            raise BadValueError(
                "there is not one non-empty mask to evaluate on: {reason}", reasons[0]
            )
        raise BadValueError("there is not one non-empty mask to evaluate on")
    embed_ms = float(np.median([image.embed_s for image in in_order]) * 1000)
    return Result(variant, how, scores, embed_ms, reasons)


def clicked(
    model: Model,
    number: int,
    sample: Sample,
    masks: Sequence[int],
    how: Protocol,
    seen: Callable[[Sample, ObjectScore, Clicked], None] | None = None,
) -> ImageScores:
    """Click masks of one image, wherever that is done.

    Args:
        number: of the image among those that ``drawn`` gives; the jitter hangs on it.
        masks: of ``sample``.
        seen: see ``evaluate``.

    Raises:
        DataError: the image cannot be read.
    """
    jitter = np.random.default_rng([how.seed, number]) if how.jitter else None
    image = read_image(sample)
    started = time.perf_counter()
    embedding = model.embed(image)
    embed_s = time.perf_counter() - started
    scores: list[ObjectScore] = []
    for index in masks:
        wanted = sample.mask(index)
        looking = Looking(model, embedding, image, how.close)
        course = click_object(model, embedding, wanted, how.most, jitter=jitter, looking=looking)
        scores.append(_score(sample, index, wanted, course))
        if seen is not None:
            seen(sample, scores[-1], course)
    return ImageScores(embed_s, tuple(scores))


def _score(sample: Sample, index: int, wanted: Bool, course: Clicked) -> ObjectScore:
    x0, y0, x1, y1 = bounding_box(wanted).tolist()
    return ObjectScore(
        sample.path.name,
        index,
        float(wanted.mean()),
        course.ious,
        course.oracle,
        course.box,
        course.seconds,
        course.obeyed,
        course.edges,
        course.box_edge,
        tuple(course.labels.tolist()),
        np.count_nonzero(wanted) / ((x1 - x0) * (y1 - y0)),
    )
