"""Clicks of a simulated annotator on one object, and the IoU after each.

First click: the pixel farthest from the boundary; each next: the pixel farthest from the boundary
inside the error region (paper, section 7.1; RITM, arXiv 2102.06583). The image's border counts as
a boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.interface import Embedding, Model, Prediction, Prompt

Bool = npt.NDArray[np.bool_]
JITTER_SHARE = 0.5
"""A jittered click may land anywhere at least this share of the greatest depth inside its
region."""


@dataclass(frozen=True, slots=True)
class Clicked:
    """One object's course.

    Attributes:
        ious: IoU after click 1, 2, ...; an object that reached the last threshold keeps its last
            IoU implicitly.
        oracle: best IoU of the three candidates at click 1.
        box: IoU of the answer to the object's bounding box alone.
        final: (H, W) bool mask after the last click.
        points: (N, 2) clicks in image pixels, (x, y). labels: (N,).
        seconds: time in the model for each click.
        obeyed: of each click, whether its pixel came out as it said.
    """

    ious: tuple[float, ...]
    oracle: float
    box: float
    final: Bool
    points: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    seconds: tuple[float, ...]
    obeyed: tuple[bool, ...]


def region_depth(region: Bool) -> npt.NDArray[np.float32]:
    """Distance of every pixel of (H, W) ``region`` to the nearest pixel outside it or the
    border."""
    padded = cv2.copyMakeBorder(region.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    found = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(found, np.float32)[1:-1, 1:-1]


def click_in(
    region: Bool, jitter: np.random.Generator | None = None
) -> tuple[tuple[float, float], float]:
    """The click for ``region`` and its depth: centre (x, y) of the deepest pixel, or with
    ``jitter`` of one drawn from those at least half as deep. Depth 0 if the region is empty.
    """
    if not region.any():
        return (0.5, 0.5), 0.0
    # Nothing beyond the region's box is nearer than what is beside it.
    x0, y0, x1, y1 = bounding_box(region).astype(int).tolist()
    depth = region_depth(np.ascontiguousarray(region[y0:y1, x0:x1]))
    index = int(depth.argmax())
    greatest = float(depth.flat[index])
    if jitter is not None and greatest > 0:
        deep = np.flatnonzero(depth >= greatest * JITTER_SHARE)
        index = int(deep[jitter.integers(len(deep))])
    y, x = divmod(index, depth.shape[1])
    return (x0 + x + 0.5, y0 + y + 0.5), greatest


def is_obeyed(found: Bool, click: tuple[float, float], label: int) -> bool:
    """Whether the mask ``found`` (H, W) holds the pixel of a click (x, y) if its label is 1, and
    not if it is 0."""
    return bool(found[int(click[1]), int(click[0])]) == bool(label)


def next_click(
    wanted: Bool, found: Bool, jitter: np.random.Generator | None = None
) -> tuple[tuple[float, float], int] | None:
    """(x, y) and label 1 (missing) or 0 (too much) of the next click; None if the masks are
    equal."""
    missing, missing_depth = click_in(wanted & ~found, jitter)
    extra, extra_depth = click_in(found & ~wanted, jitter)
    if max(missing_depth, extra_depth) == 0:
        return None
    return (missing, 1) if missing_depth >= extra_depth else (extra, 0)


def mask_iou(a: Bool, b: Bool) -> float:
    """IoU of two masks of one shape; 1 if both are empty."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def bounding_box(mask: Bool) -> npt.NDArray[np.float32]:
    """x0, y0, x1, y1 (exclusive) of a non-empty mask."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def fed_back(prediction: Prediction) -> npt.NDArray[np.float32]:
    """The low-res logits the next prompt brings along: those of the candidate that was shown."""
    logits: npt.NDArray[np.float32] = prediction.logits[prediction.best]
    return logits


def box_iou(model: Model, embedding: Embedding, wanted: Bool) -> float:
    """IoU of the answer to the bounding box of ``wanted`` and nothing else."""
    answer = model.decode(embedding, Prompt(box=bounding_box(wanted)))
    return mask_iou(answer.mask(), wanted)
