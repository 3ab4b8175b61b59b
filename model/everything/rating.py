"""Which candidates of a small model are objects: more than its own predicted IoU says of it.

The built-in model ranks its masks too timidly to choose among thousands of them. Their size, how
sure the logits are, how round the outline is and how well it follows edges of the image tell more;
the weights of these are fitted (``tests/bench/proposal_rating.py``, table in
``tests/bench/README.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from model.everything.candidate import Candidate
from model.everything.settings import Rating
from model.transforms import Transform

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]

NEAR = 3
"""Cells on both sides of an outline whose colours are compared."""
TRAITS = (
    "predicted_iou",
    "predicted_iou_squared",
    "stability",
    "log_share",
    "log_share_squared",
    "borders",
    "edge",
    "contrast",
    "sureness",
    "peak",
    "first",
    "second",
    "crop",
    "fill",
    "outline",
)
"""What is known of a candidate, in the order of ``Rating.weights``; see ``traits``."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a crop shows, as coarse as the logits.

    Attributes:
        lab: (rows, columns, 3) float32, the colours in OpenCV's 8-bit L*a*b*.
        strength: (rows, columns) float32, how strong an edge is by the mean of the crop.
    """

    lab: Float
    strength: Float

    @classmethod
    def of(
        cls, image: npt.NDArray[np.uint8], transform: Transform, logits_size: tuple[int, int]
    ) -> Scene:
        """Of ``image`` (H, W, 3) uint8 RGB, the crop alone, whose logits lie by ``transform``."""
        rows, columns = transform.valid(logits_size)
        small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
        light = lab[..., 0]
        strength = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
        strength /= strength.mean() + np.float32(1e-6)
        return cls(lab, strength)


def traits(found: Candidate, number: int, scene: Scene, image_size: tuple[int, int]) -> Array:
    """``TRAITS`` of a candidate: (15,).

    Args:
        found: the candidate.
        number: which of its prompt's candidates it is, from 0.
        scene: what its crop shows.
        image_size: (H, W) of the whole image.
    """
    height, width = image_size
    share = np.log(found.cover * found.crop.area / (height * width) + 1e-4)
    x0, y0, x1, y1 = found.bounds
    borders = (x0 <= 1) + (y0 <= 1) + (x1 >= width - 1) + (y1 >= height - 1)
    rows, columns = scene.strength.shape
    top, left = found.part.origin
    logits = found.part.logits[: rows - top, : columns - left]
    mask = (logits > 0).astype(np.uint8)
    area = max(int(np.count_nonzero(mask)), 1)
    sure = logits[mask > 0]
    edge, contrast, rim = _outline(mask, (top, left), scene)
    return np.array(
        [
            found.predicted_iou,
            found.predicted_iou**2,
            found.stability,
            share,
            (share + 4) ** 2,
            borders,
            np.log(edge + 0.2),
            np.log(contrast + 3),
            np.log(float(sure.mean()) + 0.1) if len(sure) else np.log(0.1),
            np.log(float(sure.max()) + 0.1) if len(sure) else np.log(0.1),
            number == 0,
            number == 1,
            found.crop.layer > 0,
            area / _spanned(mask),
            np.log(rim / np.sqrt(area) + 1),
        ],
        np.float64,
    )


def _spanned(mask: npt.NDArray[np.uint8]) -> int:
    """Cells of the box around the mask, at least one."""
    down, across = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(down):
        return 1
    return int((down[-1] - down[0] + 1) * (across[-1] - across[0] + 1))


def _outline(
    mask: npt.NDArray[np.uint8], origin: tuple[int, int], scene: Scene
) -> tuple[float, float, int]:
    """Strength of the edges along the outline, difference of colour across it, and its cells."""
    rows, columns = scene.strength.shape
    top, left = max(0, origin[0] - NEAR - 1), max(0, origin[1] - NEAR - 1)
    bottom = min(rows, origin[0] + mask.shape[0] + NEAR + 1)
    right = min(columns, origin[1] + mask.shape[1] + NEAR + 1)
    wide = np.zeros((bottom - top, right - left), np.uint8)
    y, x = origin[0] - top, origin[1] - left
    wide[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    square = np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    rim = cv2.morphologyEx(wide, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    outside = (cv2.dilate(wide, square) > 0) & (wide == 0)
    inside = (wide > 0) & (cv2.erode(wide, square) == 0)
    around = np.s_[top:bottom, left:right]
    edge = float(scene.strength[around][rim].mean()) if rim.any() else 0.0
    contrast = 0.0
    if outside.any() and inside.any():
        lab = scene.lab[around]
        contrast = float(np.linalg.norm(lab[outside].mean(0) - lab[inside].mean(0)))
    return edge, contrast, int(np.count_nonzero(rim))


def rated(
    rating: Rating, found: Candidate, number: int, scene: Scene, image_size: tuple[int, int]
) -> Candidate:
    """The candidate with the IoU to be expected of it instead of the one its model predicts.

    Args: as for ``traits``.
    """
    told = traits(found, number, scene, image_size)
    value = float(told @ np.array(rating.weights)) + rating.bias
    return replace(found, predicted_iou=float(np.interp(value, rating.knots, rating.expected)))
