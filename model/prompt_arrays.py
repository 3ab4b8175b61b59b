"""Prompts as the arrays that a mask decoder takes; numpy alone, shared by every runtime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.interface import Float, Prediction, Prompt, stability_score
from model.transforms import Transform

NOT_A_POINT, NEGATIVE, POSITIVE, BOX_FIRST, BOX_LAST = -1, 0, 1, 2, 3
"""Labels of the sparse tokens (segment-anything, ``modeling/prompt_encoder.py``)."""


@dataclass(frozen=True, slots=True, eq=False)
class PromptArrays:
    """N prompts with equally many tokens, all with earlier logits or all without.

    Attributes:
        indices: places of the prompts in the sequence they came from.
        coordinates: (N, P, 2) float32, (x, y) in encoder pixels.
        labels: (N, P) int64, see ``NOT_A_POINT``; P is 0 for a prompt of logits alone.
        logits: (N, 1, h, w) float32 earlier low-res logits, or None.
    """

    indices: tuple[int, ...]
    coordinates: Float
    labels: npt.NDArray[np.int64]
    logits: Float | None


def checked_prompt(prompt: Prompt, transform: Transform, logits_size: tuple[int, int]) -> Prompt:
    """``prompt`` itself, if it fits the image and the decoder.

    Raises:
        ValueError: a point or a corner of the box lies outside the image, or the logits have
            another size than ``logits_size``.
    """
    height, width = transform.image_size
    corners = prompt.points if prompt.box is None else [*prompt.points, *prompt.box.reshape(2, 2)]
    for x, y in corners:
        if not (0 <= x <= width and 0 <= y <= height):
            raise ValueError(
                f"({x:g}, {y:g}) lies outside the image of {width} x {height} pixels: "
                "give points and boxes inside it, as (x, y)"
            )
    if prompt.logits is not None and prompt.logits.shape != logits_size:
        raise ValueError(
            f"earlier logits must have the shape {logits_size}, given {prompt.logits.shape}: "
            "pass the low-res logits of a prediction by this model"
        )
    return prompt


def prompt_tokens(prompt: Prompt, transform: Transform) -> tuple[Float, npt.NDArray[np.int64]]:
    """Tokens of one prompt: coordinates (P, 2) in encoder pixels and labels (P,).

    The points, then the two corners of the box; without a box one NOT_A_POINT follows the points.
    """
    points = transform.to_input(prompt.points)
    if prompt.box is not None:
        corners = transform.to_input(prompt.box.reshape(2, 2))
        end = np.array([BOX_FIRST, BOX_LAST], np.int64)
        return np.concatenate([points, corners]), np.concatenate([prompt.labels, end])
    if not len(points):
        return points, np.zeros(0, np.int64)
    pad = np.zeros((1, 2), np.float32)
    return np.concatenate([points, pad]), np.append(prompt.labels, np.int64(NOT_A_POINT))


def arranged(
    prompts: Sequence[Prompt], transform: Transform, logits_size: tuple[int, int], at_most: int
) -> Iterator[PromptArrays]:
    """``prompts`` in groups of at most ``at_most`` that one run of a decoder can answer.

    Raises:
        ValueError: see ``checked_prompt``; raised before the first group.
    """
    groups: dict[tuple[int, bool], list[int]] = {}
    tokens = []
    for index, prompt in enumerate(prompts):
        checked_prompt(prompt, transform, logits_size)
        tokens.append(prompt_tokens(prompt, transform))
        key = (len(tokens[-1][1]), prompt.logits is not None)
        groups.setdefault(key, []).append(index)
    return _stacked(prompts, tokens, list(groups.values()), at_most)


def _stacked(
    prompts: Sequence[Prompt],
    tokens: Sequence[tuple[Float, npt.NDArray[np.int64]]],
    groups: Sequence[Sequence[int]],
    at_most: int,
) -> Iterator[PromptArrays]:
    for group in groups:
        for start in range(0, len(group), at_most):
            part = group[start : start + at_most]
            earlier = [prompts[index].logits for index in part]
            logits = [values[None] for values in earlier if values is not None]
            yield PromptArrays(
                tuple(part),
                np.stack([tokens[index][0] for index in part]),
                np.stack([tokens[index][1] for index in part]),
                np.stack(logits) if logits else None,
            )


def answer(
    prompt: Prompt,
    logits: Float,
    predicted_iou: Float,
    transform: Transform,
    multimask: bool | None,
) -> Prediction:
    """The prediction for ``prompt`` out of all four masks of the decoder.

    Args:
        prompt: what was asked.
        logits: (4, h, w) low-res logits, index 0 the single mask.
        predicted_iou: (4,).
        transform: of the embedding.
        multimask: three candidates, or the single mask; None follows the prompt's ambiguity.
    """
    several = prompt.ambiguous if multimask is None else multimask
    chosen = slice(1, None) if several else slice(0, 1)
    own = np.array(logits[chosen], np.float32)
    own.setflags(write=False)
    iou = np.array(predicted_iou[chosen], np.float32)
    rows, columns = transform.valid((own.shape[-2], own.shape[-1]))
    return Prediction(own, iou, stability_score(own[:, :rows, :columns]), transform)
