"""What words name on an image: a detector's boxes, made masks by the model at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from app import __version__
from app.core.document import Evidence
from app.core.frozen import FrozenMap
from app.core.mask import Bool, Bounds
from app.core.picture import Picture
from app.core.progress import Progress
from app.core.prompt import Box, Prompt, Step
from app.inference.findings import Finding, Findings
from app.inference.prompted import Asked, answers
from model.interface import Cancelled, Embedding, Model
from model.words.interface import ExampleBoxes, Stop, TextDetector, WordBoxes

PARTS, DETECTING = 1000, 500
"""Of the work as it is told, those of the detector; the rest is for the masks."""


def find_words(
    model: Model,
    picture: Picture,
    detector: TextDetector,
    words: Sequence[str],
    label_ids: Sequence[int | None],
    embedding: Callable[[], Embedding],
    cancelled: Stop = lambda: False,
    progress: Progress = lambda done, total: None,
    tell: Callable[[str], None] = lambda text: None,
    examples: ExampleBoxes | None = None,
) -> Findings:
    """What the words name, the surest first, each with the label of its word.

    Args:
        label_ids: of the words; None leaves the label to whoever adds the findings.
        embedding: of the picture by ``model``; not asked for where the detector makes masks.
        tell: takes what a person should know of the detector's answer.
        examples: objects of the picture that say what is looked for, beside one word.

    Raises:
        ModelError, Cancelled: as ``TextDetector.detect``.
        ValueError: the model's numbers are not finite.
    """

    def looked(done: int, total: int) -> None:
        progress(DETECTING * done // max(total, 1), PARTS)

    found = detector.detect(picture.pixels, words, cancelled, looked, examples)
    if found.detections.told:
        tell(found.detections.told)
    own = _own_masks(found, picture, detector) if found.masks else None
    made = own or _masks(model, picture, found, embedding, cancelled)
    findings, count = [], max(len(found.detections), 1)
    for number, each in made:
        _go_on(cancelled, progress, DETECTING + (PARTS - DETECTING) * number // count)
        kind = int(found.detections.classes[number])
        score = float(found.detections.scores[number])
        findings.append(_named(each, detector.name, score, words[kind], label_ids[kind]))
    return Findings(tuple(findings), (picture.height, picture.width))


def _go_on(cancelled: Stop, progress: Progress, done: int) -> None:
    progress(done, PARTS)
    if cancelled():
        raise Cancelled


def _named(found: Finding, detector: str, score: float, word: str, label_id: int | None) -> Finding:
    origin = {"detector": detector, "score": round(score, 4), "words": word}
    evidence = replace(found.evidence, extra=FrozenMap(origin))
    return replace(found, score=score, evidence=evidence, label_id=label_id)


def _masks(
    model: Model,
    picture: Picture,
    found: WordBoxes,
    embedding: Callable[[], Embedding],
    cancelled: Stop,
) -> Iterator[tuple[int, Finding]]:
    """The number of each box in which the model sees something, and its mask."""
    asked = [Asked(Prompt(box=_box(each))) for each in found.detections.boxes]
    if not asked:
        return
    answered = answers(model, embedding(), asked, cancelled=cancelled, pixels=picture.pixels)
    for number, each in enumerate(answered):
        bounds = each.mask.bounds
        if bounds is not None:
            yield number, Finding(bounds, each.mask.crop(bounds), 0.0, each.evidence)


def _own_masks(
    found: WordBoxes, picture: Picture, detector: TextDetector
) -> Iterator[tuple[int, Finding]]:
    """The same with the detector's own masks."""
    size = picture.height, picture.width
    for number, (box, logits) in enumerate(zip(found.detections.boxes, found.masks, strict=True)):
        window = window_of(logits, size)
        if window is not None:
            evidence = Evidence(
                prompts=(Step(Prompt(box=_box(box))),),
                model=detector.name,
                model_identity=detector.identity,
                app_version=__version__,
            )
            yield number, Finding(*window, 0.0, evidence)


def window_of(
    logits: npt.NDArray[np.floating], size: tuple[int, int]
) -> tuple[Bounds, Bool] | None:
    """Where logits (h, w) over the whole image are above 0: x0, y0, x1, y1 and what is in it.

    Only the part of the image that holds it is made. None if that is nothing.
    """
    values = np.asarray(logits, np.float32)
    rows, columns = np.nonzero(values > 0)
    if not len(rows):
        return None
    (height, width), (h, w) = size, values.shape
    x0, x1 = _reach(columns, width / w, width)
    y0, y1 = _reach(rows, height / h, height)
    # Pixels count from their middles: (x + 0.5) of the image is (x + 0.5) * w / width of these.
    place = np.array(
        [
            [w / width, 0, (x0 + 0.5) * w / width - 0.5],
            [0, h / height, (y0 + 0.5) * h / height - 0.5],
        ],
        np.float64,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    made = cv2.warpAffine(
        values, place, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    inside: Bool = made > 0
    if not inside.any():
        return None
    ys, xs = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, bottom, left, right = int(ys[0]), int(ys[-1]) + 1, int(xs[0]), int(xs[-1]) + 1
    bounds = x0 + left, y0 + top, x0 + right, y0 + bottom
    return bounds, np.ascontiguousarray(inside[top:bottom, left:right])


def _reach(places: npt.NDArray[np.int64], scale: float, side: int) -> tuple[int, int]:
    """First and end pixel of the image that cells at these places can reach."""
    first = int((int(places.min()) - 1) * scale)
    return max(0, first), min(side, int(np.ceil((int(places.max()) + 2) * scale)))


def _box(sides: npt.NDArray[np.float32]) -> Box:
    return Box(*(float(side) for side in sides))
