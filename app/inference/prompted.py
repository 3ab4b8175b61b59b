"""Many prompts on one image, each answered with a mask: the way from boxes to masks in batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
import numpy.typing as npt

from app import __version__
from app.core.document import Evidence
from app.core.mask import Mask
from app.core.prompt import Prompt, Step
from app.inference.engine import boxed, model_prompt, seen_again
from app.inference.full_size import answered_mask, logits_of
from model.close_up import QUICK_INPUT
from model.interface import Cancelled, Embedding, Model, Prediction
from model.interface import Prompt as ModelPrompt
from model.second_look import candidate_windows, is_looked_at_again

Float = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
BATCH = 32
"""Prompts answered in one call; bounds the memory of their low-res logits."""
PASSES = 2
"""One answer, then one more pass with its logits fed back (paper, appendix D.4)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt, and a mask to start from if there is one."""

    prompt: Prompt
    mask: Mask | None = None

    def __post_init__(self) -> None:
        if self.prompt.is_empty and not self.has_mask:
            raise ValueError("there is nothing to ask with: give a point, a box or a mask")

    @property
    def has_mask(self) -> bool:
        """Whether there is a mask to start from."""
        return self.mask is not None and self.mask.area > 0

    def inside(self, height: int, width: int) -> Asked | None:
        """What of it can be asked of an image of that size; None if nothing can."""
        prompt = self.prompt.clipped(height, width)
        says = self.has_mask or prompt.box or any(point.positive for point in prompt.points)
        return replace(self, prompt=prompt) if says else None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one prompt.

    Attributes:
        mask: of the image's size; empty where the model sees nothing.
        evidence: scores, prompts and the model that answered.
        outside: whether nothing of the prompt lies inside the image, so that it was not asked.
    """

    mask: Mask
    evidence: Evidence
    outside: bool = False


def answers(
    model: Model,
    embedding: Embedding,
    asked: Sequence[Asked],
    passes: int = PASSES,
    cancelled: Callable[[], bool] | None = None,
    pixels: Pixels | None = None,
) -> Iterator[Found]:
    """Answer each prompt, in order; of several candidates the one with the best predicted IoU.

    Prompts are cut to the image first: a box that reaches beyond it costs no other its mask.

    Args:
        passes: how often the model is asked for each; from the second time on with its own logits.
        pixels: the image, (H, W, 3) uint8 RGB, for masks as the window makes them: outlines follow
            it, and a quick model looks at what is in a box, or at one click, a second time from
            near by instead of being asked with its own logits.

    Raises:
        Cancelled: ``cancelled()`` became true; what was yielded before stands.
        ValueError: the model answered with numbers that are not finite, or ``passes`` is below 1.
    """
    if passes < 1:
        raise ValueError(f"the model must be asked at least once, given {passes} passes")
    if pixels is not None:
        embedding = embedding.guided_by(pixels)
    height, width = embedding.image_size
    outside = Found(Mask.empty(height, width), Evidence(), outside=True)
    for start in range(0, len(asked), BATCH):
        if cancelled is not None and cancelled():
            raise Cancelled
        inside = [each.inside(height, width) for each in asked[start : start + BATCH]]
        some = [each for each in inside if each]
        found = iter(_answered(model, embedding, some, passes, pixels))
        yield from [outside if each is None else next(found) for each in inside]


def _answered(
    model: Model, embedding: Embedding, some: Sequence[Asked], passes: int, pixels: Pixels | None
) -> list[Found]:
    if not some:
        return []
    takes_logits = model.report.takes_logits
    if not takes_logits:
        some = [replace(a, prompt=boxed(a.prompt, a.mask)) if a.mask else a for a in some]
    feeds = [_feed(each, embedding, model) if takes_logits else None for each in some]
    found = _decode(model, embedding, some, feeds, None)
    candidates = [each.best if len(each.shown) > 1 else None for each in found]
    passes = passes if takes_logits else 1
    nearer: list[Found | None] = [None] * len(some)
    if pixels is not None and passes > 1 and model.input_size <= QUICK_INPUT:
        given = zip(some, found, candidates, strict=True)
        nearer = [_from_near(model, pixels, *each) for each in given]
    for _ in range(passes - 1):
        fed_back: list[Float | None] = [each.logits[each.best] for each in found]
        again = _decode(model, embedding, some, fed_back, False)
        # A mask that vanishes when it is fed back was better than none.
        found = [b if _sees(b) else a for a, b in zip(found, again, strict=True)]
    answered = zip(some, found, candidates, strict=True)
    far = [_found(model, each, answer, candidate, passes) for each, answer, candidate in answered]
    return [near or each for near, each in zip(nearer, far, strict=True)]


def _from_near(
    model: Model, pixels: Pixels, asked: Asked, first: Prediction, candidate: int | None
) -> Found | None:
    """What a second look finds; None where none pays. Where it finds the same, the first stays."""
    prompt, best = asked.prompt, first.best
    question = model_prompt(prompt, None) if asked.mask is None else None
    if question is None or not is_looked_at_again(question):
        return None
    before = answered_mask(first, best, prompt)
    windows = candidate_windows(question, first, best, before.bounds, model.input_size)
    if not windows:
        return None
    views = {
        window: model.embed(pixels, window=window).guided_by(pixels)
        for window in set(windows.values())
        if window is not None
    }
    nears = {k: None if window is None else views[window] for k, window in windows.items()}

    def decode(view: Embedding, what: ModelPrompt, several: bool | None) -> Prediction:
        return replace(model.decode(view, what, several), guide=view.guide)

    found = seen_again(decode, nears, prompt, (first, best, before))
    if found is None:
        return _found(model, asked, first, candidate, 1)
    taken, closer, _ = found
    candidate = None if candidate is None else taken
    if closer is None:
        return _found(model, asked, first, candidate, 1, taken)
    answer = _found(model, asked, closer, candidate, 1)
    x0, y0, x1, y1 = closer.transform.seen
    crop = x0, y0, x1 - x0, y1 - y0
    return replace(answer, evidence=replace(answer.evidence, crop_box=crop))


def _feed(asked: Asked, embedding: Embedding, model: Model) -> Float | None:
    if asked.mask is None or not asked.has_mask:
        return None
    return logits_of(asked.mask, embedding.transform, model.logits_size)


def _sees(prediction: Prediction) -> bool:
    """Whether its best candidate has any foreground."""
    return bool((prediction.shown[prediction.best] > 0).any())


def _decode(
    model: Model,
    embedding: Embedding,
    asked: Sequence[Asked],
    feeds: Sequence[Float | None],
    multimask: bool | None,
) -> list[Prediction]:
    prompts = [model_prompt(a.prompt, feed) for a, feed in zip(asked, feeds, strict=True)]
    found = model.decode_batch(embedding, prompts, multimask)
    if not all(np.isfinite(each.shown).all() for each in found):
        raise ValueError("the model answered with numbers that are not finite")
    return [replace(each, guide=embedding.guide) for each in found]


def _found(
    model: Model,
    asked: Asked,
    prediction: Prediction,
    candidate: int | None,
    passes: int,
    taken: int | None = None,
) -> Found:
    """``taken`` is the candidate whose mask it is; the one with the best predicted IoU if None."""
    best = prediction.best if taken is None else taken
    score = float(prediction.predicted_iou[best])
    first = Step(asked.prompt, candidate=candidate)
    again = [replace(first, candidate=None, refined=True)] * (passes - 1)
    evidence = Evidence(
        prompts=(first, *again),
        candidate=candidate,
        predicted_iou=round(score, 4) if isfinite(score) else None,
        stability_score=round(float(prediction.stability[best]), 4),
        model=model.variant,
        model_identity=model.identity,
        app_version=__version__,
    )
    # A mask to start from was not drawn around the object: nothing says that it ends there.
    prompt = asked.prompt if asked.mask is None else asked.prompt.with_box(None)
    return Found(answered_mask(prediction, best, prompt, prediction.guide is not None), evidence)
