"""Click one object until it is good enough."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from model.evaluation.looking import Looking
from model.evaluation.protocol import (
    Clicked,
    boundary_f,
    bounding_box,
    click_in,
    is_obeyed,
    mask_iou,
    next_click,
)
from model.interface import Embedding, Model, Prediction, Prompt

Bool = npt.NDArray[np.bool_]


def click_object(
    model: Model,
    embedding: Embedding,
    wanted: Bool,
    most: int = 20,
    least: int = 9,
    enough: float = 0.9,
    jitter: np.random.Generator | None = None,
    looking: Looking | None = None,
) -> Clicked:
    """Click ``wanted`` (H, W) ``least`` to ``most`` times, until the IoU has reached ``enough``.

    Args:
        jitter: draws clicks near the deepest pixel rather than on it.
        looking: where to look closer; None to look at the whole image always.
    """
    look = looking or Looking(model, embedding)
    points, labels = [click_in(wanted, jitter)[0]], [1]
    ious, edges, seconds, obeyed = list[float](), list[float](), list[float](), list[bool]()
    prediction: Prediction | None = None
    oracle, found = 0.0, wanted
    while True:
        prompt = Prompt(points=np.array(points, np.float32), labels=np.array(labels))
        started = time.perf_counter()
        prediction = look.ask(prompt, prediction, found)
        seconds.append(time.perf_counter() - started)
        found = look.mask(prediction, prompt)
        edges.append(boundary_f(found, wanted))
        ious.append(mask_iou(found, wanted))
        if len(ious) == 1:
            oracle = _best_of(look, prediction, prompt, wanted)
        obeyed.append(is_obeyed(found, points[-1], labels[-1]))
        following = next_click(wanted, found, jitter)
        done = len(ious) >= least and max(ious) >= enough
        if following is None or done or len(ious) >= most:
            break
        points, labels = [*points, following[0]], [*labels, following[1]]
    boxed, box_edge = _by_box(look, wanted)
    asked = prompt.points, prompt.labels, tuple(seconds), tuple(obeyed), tuple(edges)
    return Clicked(tuple(ious), oracle, boxed, found, *asked, box_edge)


def _by_box(look: Looking, wanted: Bool) -> tuple[float, float]:
    """IoU and boundary F of the answer to the bounding box of ``wanted`` and nothing else."""
    found = look.box(bounding_box(wanted))
    return mask_iou(found, wanted), boundary_f(found, wanted)


def _best_of(look: Looking, answer: Prediction, prompt: Prompt, wanted: Bool) -> float:
    """IoU of the candidate that an annotator who sees all of them would choose."""
    first = look.first or answer
    chosen = [look.mask(first, prompt, k) for k in range(len(first.shown))]
    return max(mask_iou(each, wanted) for each in (*chosen, look.mask(answer, prompt)))
