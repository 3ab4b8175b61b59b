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

from model.interface import Prediction

Bool = npt.NDArray[np.bool_]
EDGE_PX = 2
"""An outline this near to another one is as good, in image pixels."""
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
        edges: boundary F after click 1, 2, ..., see ``boundary_f``. box_edge: of the box's answer.
    """

    ious: tuple[float, ...]
    oracle: float
    box: float
    final: Bool
    points: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    seconds: tuple[float, ...]
    obeyed: tuple[bool, ...]
    edges: tuple[float, ...] = ()
    box_edge: float = 0.0


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


def boundary_f(found: Bool, wanted: Bool, within: int = EDGE_PX) -> float:
    """F of two outlines: the harmonic mean of the shares of each that lie near the other one.

    As the contour accuracy of DAVIS (Perazzi et al., CVPR 2016), with a distance in pixels instead
    of a share of the diagonal. The image's border is no outline. 1 if both masks have none.

    Args:
        found, wanted: masks of one shape.
        within: how near, in pixels.
    """
    either = found | wanted
    if not either.any():
        return 1.0
    x0, y0, x1, y1 = bounding_box(either).astype(int).tolist()
    # A pixel more on each side, where there is one: beyond the image there is no outline.
    near = np.s_[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1]
    one, other = _outline(found[near]), _outline(wanted[near])
    lengths = int(np.count_nonzero(one)), int(np.count_nonzero(other))
    if 0 in lengths:
        return float(sum(lengths) == 0)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * within + 1,) * 2)
    precise = np.count_nonzero(one & (cv2.dilate(other, disc) > 0)) / lengths[0]
    complete = np.count_nonzero(other & (cv2.dilate(one, disc) > 0)) / lengths[1]
    both = precise + complete
    return float(2 * precise * complete / both) if both else 0.0


def _outline(mask: Bool) -> npt.NDArray[np.uint8]:
    """The foreground pixels that have background beside them, as 1."""
    pixels = np.ascontiguousarray(mask).view(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    # Beyond the border everything counts as foreground.
    inner = cv2.erode(pixels, cross, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return pixels - np.asarray(inner, np.uint8)


def bounding_box(mask: Bool) -> npt.NDArray[np.float32]:
    """x0, y0, x1, y1 (exclusive) of a non-empty mask."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def fed_back(prediction: Prediction) -> npt.NDArray[np.float32]:
    """The low-res logits the next prompt brings along: those of the candidate that was shown."""
    logits: npt.NDArray[np.float32] = prediction.logits[prediction.best]
    return logits
