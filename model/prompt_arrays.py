"""Prompts as the arrays that a mask decoder takes; numpy alone, shared by every runtime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.interface import (
    Embedding,
    Float,
    LazyPaddingLogits,
    Prediction,
    Prompt,
    stability_score,
)
from model.transforms import Transform

NOT_A_POINT, NEGATIVE, POSITIVE, BOX_FIRST, BOX_LAST = -1, 0, 1, 2, 3
"""Labels of the sparse tokens (segment-anything, ``modeling/prompt_encoder.py``)."""


STABLE_OFFSET = 0.05
"""Logit distance of the stability by which a single mask is kept or replaced (sam2,
``build_sam.py``, ``dynamic_multimask_stability_delta``)."""


FINER = 4
"""Place of the finer mask among those of a decoder, where it has one."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a decoder wants its prompts, see ``Variant``, which has these fields, too."""

    box_first: bool = False
    stable_single: float = 0.0
    logits_limit: float = 0.0
    refines: bool = False
    """Whether a fifth mask makes the answer finer, see ``PromptArrays.settled``."""
    tokens: int = 0
    takes_logits: bool = True


SAM_1 = Conventions()
REFUSED = "this model takes no earlier logits: ask with points and a box alone (its report says so)"


@dataclass(frozen=True, slots=True, eq=False)
class PromptArrays:
    """N prompts with equally many tokens and candidates, all with earlier logits or all without.

    Attributes:
        indices: places of the prompts in the sequence they came from.
        coordinates: (N, P, 2) float32, (x, y) in encoder pixels.
        labels: (N, P) int64, see ``NOT_A_POINT``; P is 0 for a prompt of logits alone.
        logits: (N, 1, h, w) float32 earlier low-res logits, or None.
        chosen: (K,) int64, which of the decoder's masks: the three candidates, or the single mask,
            0; then the finer one, 4, where there is one.
        stable_single: see ``Variant``; 0 where candidates are asked for.
        refines: whether the last mask makes the answer finer.
    """

    indices: tuple[int, ...]
    coordinates: Float
    labels: npt.NDArray[np.int64]
    logits: Float | None
    chosen: npt.NDArray[np.int64]
    stable_single: float = 0.0
    refines: bool = False

    def settled(self, logits: Float, predicted_iou: Float) -> tuple[Float, Float]:
        """The answer to one prompt, from the ``chosen`` masks (K, h, w) and their IoU (K,).

        Where the single mask is asked for and not stable, the best of the three stands in (sam2
        ``modeling/sam/mask_decoder.py``, ``_dynamic_multimask_via_stability``).

        Where there is a finer mask, the answer is its sum with the best of the others, which follow
        as they are (sam-hq ``modeling/mask_decoder_hq.py``, ``forward``).
        """
        if self.refines:
            plain, iou = logits[:-1], predicted_iou[:-1]
            best = int(np.argmax(iou))
            finer = (plain[best] + logits[-1])[None]
            return np.concatenate([finer, plain]), np.concatenate([iou[best : best + 1], iou])
        if not self.stable_single:
            return logits, predicted_iou
        outer = np.count_nonzero(logits[0] > -STABLE_OFFSET)
        inner = np.count_nonzero(logits[0] > STABLE_OFFSET)
        # An empty mask counts as stable.
        stable = not outer or inner / outer >= self.stable_single
        place = 0 if stable else 1 + int(np.argmax(predicted_iou[1:]))
        return logits[place : place + 1], predicted_iou[place : place + 1]


def checked_features(
    embedding: Embedding, expected: Mapping[str, tuple[int, ...]], name: str, identity: str
) -> Embedding:
    """``embedding`` itself.

    Args:
        expected: shape of each feature, by its name.
        name: of the model that is asked.
        identity: of its weights.

    Raises:
        ValueError: it was made by another model, or its features have other names or shapes.
    """
    if embedding.model != identity:
        raise ValueError(
            "the embedding was made by another model: embed the image with this one "
            f"({name}, {identity})"
        )
    given = {name: array.shape for name, array in embedding.features.items()}
    if given != expected:
        raise ValueError(
            f"the embedding's features have the shapes {given}, needed are {expected}: "
            "embed the image again"
        )
    return embedding


def checked_prompt(prompt: Prompt, transform: Transform, logits_size: tuple[int, int]) -> Prompt:
    """``prompt`` itself, if it fits what was seen of the image, and the decoder.

    Raises:
        ValueError: a point or a corner of the box lies outside what was seen, or the logits have
            another size than ``logits_size`` or show another part of the image.
    """
    x0, y0, x1, y1 = transform.seen
    corners = prompt.points if prompt.box is None else [*prompt.points, *prompt.box.reshape(2, 2)]
    for x, y in corners:
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            raise ValueError(_outside(float(x), float(y), transform))
    if prompt.logits is not None and prompt.logits.shape != logits_size:
        raise ValueError(
            f"earlier logits must have the shape {logits_size}, given {prompt.logits.shape}: "
            "pass the low-res logits of a prediction by this model"
        )
    if prompt.logits is not None and prompt.logits_of not in (None, transform):
        raise ValueError(
            "earlier logits show the part of the image that they were made for: "
            "feed them back to an embedding of that part, or give none"
        )
    return prompt


def _outside(x: float, y: float, transform: Transform) -> str:
    height, width = transform.image_size
    if transform.window is None:
        return (
            f"({x:g}, {y:g}) lies outside the image of {width} x {height} pixels: "
            "give points and boxes inside it, as (x, y)"
        )
    return (
        f"({x:g}, {y:g}) lies outside the window {transform.window} that was embedded: "
        "ask an embedding of a larger window or of the whole image"
    )


def prompt_tokens(
    prompt: Prompt, transform: Transform, conventions: Conventions = SAM_1
) -> tuple[Float, npt.NDArray[np.int64]]:
    """Tokens of one prompt: coordinates (P, 2) in encoder pixels and labels (P,).

    The points, then the two corners of the box; without a box one NOT_A_POINT follows the points.
    With ``box_first`` the corners, the points, and always one NOT_A_POINT. Nothing for a prompt of
    logits alone. With ``tokens`` so many, see ``Variant``.
    """
    points, labels = transform.to_input(prompt.points), prompt.labels
    if prompt.box is not None:
        corners = transform.to_input(prompt.box.reshape(2, 2))
        ends = np.array([BOX_FIRST, BOX_LAST], np.int64)
        if not conventions.box_first:
            return np.concatenate([points, corners]), np.concatenate([labels, ends])
        points, labels = np.concatenate([corners, points]), np.concatenate([ends, labels])
    if conventions.tokens:
        lacking = max(0, conventions.tokens - len(points))
        points = np.pad(points, ((0, lacking), (0, 0)), constant_values=-1)
        labels = np.pad(labels, (0, lacking), constant_values=NOT_A_POINT)
        return points[: conventions.tokens], labels[: conventions.tokens]
    if not len(points):
        return points, np.zeros(0, np.int64)
    pad = np.zeros((1, 2), np.float32)
    return np.concatenate([points, pad]), np.append(labels, np.int64(NOT_A_POINT))


def chosen(prompt: Prompt, multimask: bool | None) -> npt.NDArray[np.int64]:
    """Which of the four masks answer ``prompt``; if ``multimask`` is None, by its ambiguity."""
    several = prompt.ambiguous if multimask is None else multimask
    return np.array([1, 2, 3] if several else [0], np.int64)


def arranged(
    prompts: Sequence[Prompt],
    transform: Transform,
    logits_size: tuple[int, int],
    at_most: int,
    multimask: bool | None = None,
    conventions: Conventions = SAM_1,
) -> Iterator[PromptArrays]:
    """``prompts`` in groups of at most ``at_most`` that one run of a decoder can answer.

    Args:
        prompts: any, in any order.
        transform: of the image.
        logits_size: (h, w) of the decoder.
        at_most: prompts in a group.
        multimask: three candidates, or the single mask; None follows each prompt's ambiguity.
        conventions: of the decoder.

    Raises:
        ValueError: see ``checked_prompt``, or there are logits where none are taken; raised before
            the first group.
    """
    groups: dict[tuple[int, bool, int], list[int]] = {}
    tokens = []
    for index, prompt in enumerate(prompts):
        checked_prompt(prompt, transform, logits_size)
        if prompt.logits is not None and not conventions.takes_logits:
            raise ValueError(REFUSED)
        tokens.append(prompt_tokens(prompt, transform, conventions))
        masks = chosen(prompt, multimask)
        key = (len(tokens[-1][1]), prompt.logits is not None, len(masks))
        groups.setdefault(key, []).append(index)
    return _stacked(prompts, tokens, list(groups.values()), at_most, multimask, conventions)


def _stacked(
    prompts: Sequence[Prompt],
    tokens: Sequence[tuple[Float, npt.NDArray[np.int64]]],
    groups: Sequence[Sequence[int]],
    at_most: int,
    multimask: bool | None,
    conventions: Conventions,
) -> Iterator[PromptArrays]:
    for group in groups:
        for start in range(0, len(group), at_most):
            part = group[start : start + at_most]
            earlier = [_earlier(prompts[index], conventions) for index in part]
            logits = [values[None] for values in earlier if values is not None]
            masks = chosen(prompts[part[0]], multimask)
            stable_single = conventions.stable_single if len(masks) == 1 else 0.0
            if conventions.refines:
                masks = np.append(masks, np.int64(FINER))
            yield PromptArrays(
                tuple(part),
                np.stack([tokens[index][0] for index in part]),
                np.stack([tokens[index][1] for index in part]),
                np.stack(logits) if logits else None,
                np.arange(4) if stable_single else masks,
                stable_single,
                conventions.refines,
            )


def _earlier(prompt: Prompt, conventions: Conventions) -> Float | None:
    """Logits to feed back. Those of a prediction are cut off where the published code cuts its
    answers off; others are taken as they are."""
    if prompt.logits is None or prompt.logits_of is None or not conventions.logits_limit:
        return prompt.logits
    return prompt.logits.clip(-conventions.logits_limit, conventions.logits_limit)


def answer(
    logits: Float,
    predicted_iou: Float,
    transform: Transform,
    rest: LazyPaddingLogits | None = None,
    object_score: float | None = None,
) -> Prediction:
    """The prediction with the candidates (K, h, w) and their predicted IoU (K,)."""
    own = np.ascontiguousarray(logits, np.float32)
    own.setflags(write=False)
    size = (rest.side, rest.side) if rest is not None else (own.shape[-2], own.shape[-1])
    rows, columns = transform.valid(size)
    stability = stability_score(own[:, :rows, :columns])
    iou = np.array(predicted_iou, np.float32)
    return Prediction(own, iou, stability, transform, rest, object_score)
