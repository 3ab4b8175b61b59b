"""A binary mask held as run lengths: small in memory, cheap to share, exact to store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model import rle

MAX_PIXELS = rle.MAX_PIXELS
Bounds = tuple[int, int, int, int]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Alternating run lengths over a mask read column by column, background first.

    Two masks are equal if they have the same size and the same pixels.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        runs: (R,) int64, read-only, summing to ``height * width``, in the shortest form: no zero
            length but possibly the first.
        area: number of foreground pixels.
        bounds: (x0, y0, x1, y1) around the foreground, end exclusive; None if the mask is empty.

    Raises:
        ValueError: the size is out of range or the runs do not tile it.
    """

    height: int
    width: int
    runs: npt.NDArray[np.int64]
    area: int = field(init=False)
    bounds: Bounds | None = field(init=False)

    def __post_init__(self) -> None:
        height, width = rle.checked_size(self.height, self.width)
        # Checking copies, so that no array of the caller's can change this one.
        runs = rle.canonical(rle.checked_runs(self.runs, height, width))
        runs.setflags(write=False)
        values = (height, width, runs, rle.area(runs), rle.bounds(runs, height))
        for name, value in zip(("height", "width", "runs", "area", "bounds"), values, strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def empty(cls, height: int, width: int) -> Mask:
        """A mask without foreground."""
        rle.checked_size(height, width)
        return cls(height, width, np.array([height * width], np.int64))

    @classmethod
    def from_array(cls, pixels: Bool) -> Mask:
        """Encode ``pixels`` (H, W) bool, or uint8 of 0 and 1; ValueError for anything else."""
        return cls(pixels.shape[0], pixels.shape[1], rle.encode(pixels))

    @classmethod
    def from_window(cls, pixels: Bool, x: int, y: int, height: int, width: int) -> Mask:
        """A mask of ``height`` x ``width``, empty but for ``pixels`` (h, w) at column x, row y.

        Raises:
            ValueError: the pixels leave the image.
        """
        return cls(height, width, rle.encode_window(pixels, x, y, height, width))

    @classmethod
    def from_counts(cls, counts: str | bytes | Sequence[int], height: int, width: int) -> Mask:
        """From COCO's counts: the compressed text, or the list of run lengths.

        Raises:
            ValueError: the counts are damaged or of another size.
        """
        if isinstance(counts, str | bytes):
            return cls(height, width, rle.from_counts(counts, height, width))
        return cls(height, width, rle.checked_runs(counts, height, width))

    @property
    def counts(self) -> str:
        """COCO's compressed counts; with ``[height, width]`` as size they are the whole mask."""
        return rle.to_counts(self.runs)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), in the order of COCO's ``size``."""
        return self.height, self.width

    @property
    def bbox(self) -> tuple[int, int, int, int]:
        """COCO's box (x, y, width, height); zeros for an empty mask."""
        return rle.bbox(self.runs, self.height)

    @property
    def size_bytes(self) -> int:
        """Memory the runs take."""
        return int(self.runs.nbytes)

    def to_array(self) -> Bool:
        """Decode to (H, W) bool, a new array in column-major order."""
        return rle.decode(self.runs, self.height, self.width)

    def crop(self, box: Bounds, stride: int = 1) -> Bool:
        """Pixels of ``box``, every ``stride``-th row and column, without decoding the rest.

        Args:
            box: (x0, y0, x1, y1), end exclusive, inside the image.
            stride: step between the rows and columns taken, from x0 and y0 on.

        Returns:
            (ceil((y1 - y0) / stride), ceil((x1 - x0) / stride)) bool, column-major.

        Raises:
            ValueError: the box leaves the image.
        """
        return rle.decode_window(self.runs, self.height, self.width, box, stride)

    def contains(self, x: float, y: float) -> bool:
        """Whether the pixel around the point (x, y) is foreground; never outside the image."""
        if self.bounds is None:
            return False
        x0, y0, x1, y1 = self.bounds
        if not (x0 <= x < x1 and y0 <= y < y1):
            return False
        position = int(x) * self.height + int(y)
        return bool(np.searchsorted(np.cumsum(self.runs), position, side="right") & 1)

    def union(self, other: Mask) -> Mask:
        """Foreground of either."""
        self._require_same_size(other)
        return Mask(self.height, self.width, rle.union(self.runs, other.runs))

    def subtract(self, other: Mask) -> Mask:
        """Foreground of this one that is not of the other."""
        self._require_same_size(other)
        return Mask(self.height, self.width, rle.difference(self.runs, other.runs))

    def overlaps(self, other: Mask) -> bool:
        """Whether any pixel is foreground in both."""
        self._require_same_size(other)
        if not boxes_meet(self.bounds, other.bounds):
            return False
        return rle.intersection_area(self.runs, other.runs) > 0

    def iou(self, other: Mask) -> float:
        """Intersection over union in [0, 1]; 0.0 if both are empty."""
        self._require_same_size(other)
        return rle.iou(self.runs, other.runs) if boxes_meet(self.bounds, other.bounds) else 0.0

    def _require_same_size(self, other: Mask) -> None:
        if self.size != other.size:
            raise ValueError(f"masks of sizes {self.size} and {other.size} cannot be combined")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        return self is other or (
            self.size == other.size
            and self.area == other.area
            and np.array_equal(self.runs, other.runs)
        )

    def __hash__(self) -> int:
        return hash((self.height, self.width, self.runs.tobytes()))


def boxes_meet(first: Bounds | None, second: Bounds | None) -> bool:
    """Whether two pixel boxes share a pixel; None is the box of nothing."""
    if first is None or second is None:
        return False
    return (
        first[0] < second[2]
        and second[0] < first[2]
        and first[1] < second[3]
        and second[1] < first[3]
    )


def union_of(masks: Iterable[Mask], height: int, width: int) -> Mask:
    """Foreground of any of ``masks``, all of that size; empty if there are none."""
    left = list(masks) or [Mask.empty(height, width)]
    # In pairs: what is united last is large, so it must not be gone through for each one.
    while len(left) > 1:
        pairs = zip(left[::2], left[1::2], strict=False)
        odd = left[-1:] if len(left) % 2 else []
        left = [one.union(other) for one, other in pairs] + odd
    return left[0]
