"""How densely to ask, and which answers to keep."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grid:
    """Where points are placed.

    Attributes:
        points_per_side: of the regular grid over the image.
        crop_layers: how many times to look closer; layer n cuts the image into 2^n x 2^n crops.
        crop_overlap: overlap of neighbouring crops at layer 1 as a share of the image's short side;
            halved with each layer.
        points_divisor: each layer has this many times fewer points per side of a crop.
        batch: points decoded in one call.

    Raises:
        ValueError: a number is out of range.
    """

    points_per_side: int = 32
    crop_layers: int = 0
    crop_overlap: float = 512 / 1500
    points_divisor: int = 1
    batch: int = 64

    def __post_init__(self) -> None:
        if not (1 <= self.points_per_side <= 256 and self.batch >= 1):
            raise ValueError(
                f"a grid has 1 to 256 points a side and batches of 1 or more, given {self}"
            )
        if not (0 <= self.crop_layers <= 4 and 0 <= self.crop_overlap < 1):
            raise ValueError(
                f"there are 0 to 4 layers of crops, overlapping by 0 to 1 (excluded), given {self}"
            )
        if self.points_divisor < 1:
            raise ValueError(f"the divisor of the points must be 1 or more, given {self}")

    def points_at(self, layer: int) -> int:
        """Points per side of a crop of ``layer``, at least one."""
        return max(1, int(self.points_per_side / self.points_divisor**layer))


@dataclass(frozen=True, slots=True)
class Filters:
    """Which candidates to keep.

    Attributes:
        predicted_iou: keep above this.
        stability: keep from this on.
        box_iou: of two candidates of a crop whose boxes overlap more, keep the one with the higher
            predicted IoU.
        crop_iou: of two candidates of different crops whose boxes overlap more, keep the one from
            the smaller crop.
        max_cover: drop what covers this share of the image or more; above 1 keeps all.
        min_area: remove components and fill holes of fewer pixels; 0 leaves masks as they are.
        by_mask: whether overlaps are those of the masks and not of their boxes. Then candidates of
            all crops compete alike, and the better one stays whatever crop it is from.
        edge_share: a candidate so near to an inner edge of its crop, as a share of the crop's
            longer side, is cut off and dropped; 0 for the published ``EDGE_PIXELS``.

    Raises:
        ValueError: a number is out of range.
    """

    predicted_iou: float = 0.88
    stability: float = 0.95
    box_iou: float = 0.7
    crop_iou: float = 0.7
    max_cover: float = 2.0
    min_area: int = 0
    by_mask: bool = False
    edge_share: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.box_iou <= 1 and 0 <= self.crop_iou <= 1 and self.min_area >= 0):
            raise ValueError(f"overlaps lie between 0 and 1, areas are not negative, given {self}")


@dataclass(frozen=True, slots=True)
class Sure:
    """Which candidates make it needless to ask again inside them.

    Attributes:
        share: of the best predicted IoU so far; from there on a candidate is sure.
        stability: it must have, too.
        max_cover: share of its crop it may cover at most: in large ones there is more to be found.
    """

    share: float = 0.8
    stability: float = 0.6
    max_cover: float = 0.3


@dataclass(frozen=True, slots=True)
class Rating:
    """Tells the IoU to be expected of a candidate, where its model's own estimate does not suffice.

    Attributes:
        weights: of what is known of a candidate, see ``rating.TRAITS``.
        bias: added to their sum.
        knots: sums at which ``expected`` holds, rising.
        expected: the IoU to be expected there, rising.
    """

    weights: tuple[float, ...]
    bias: float
    knots: tuple[float, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to segment everything.

    Attributes:
        grid: where the model is asked.
        filters: which answers are kept.
        sure: points inside such candidates are not asked any more; None asks all, one by one as the
            grid has them.
        rating: says which IoU to expect of a candidate; None if its model says so itself.
        looks: so many of the surest are looked at again from near by, and the outlines of all that
            are kept follow the image; None leaves masks as they are. See ``refining``.
    """

    grid: Grid = field(default_factory=Grid)
    filters: Filters = field(default_factory=Filters)
    sure: Sure | None = None
    rating: Rating | None = None
    looks: int | None = None


PUBLISHED = Settings()
"""Defaults of the published code (segment-anything, ``automatic_mask_generator.py``)."""

PAPER = Settings(
    Grid(points_per_side=32, crop_layers=2, points_divisor=2),
    Filters(max_cover=0.95, min_area=100),
)
"""As SA-1B was made (paper, appendix B): 32 x 32 points on the image, 16 x 16 on each of 2 x 2
windows, 8 x 8 on each of 4 x 4; masks over 95 % of the image dropped, specks and holes under 100
pixels removed."""
EDGE_PIXELS = 20
"""A candidate whose box comes this near to an inner edge of its crop is cut off and dropped."""
