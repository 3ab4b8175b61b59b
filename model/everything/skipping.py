"""Which points of a grid need not be asked, because what lies there is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from model.everything.candidate import Candidate
from model.everything.grid import spread
from model.everything.settings import Sure

There = Callable[[float, float], bool]
Points = npt.NDArray[np.float32]


class Skipping:
    """The points of one crop, handed out in batches.

    Args:
        places: (N, 2), a square grid row by row.
        sure: see ``Settings``; with None, and without ``there``, the points come as they are.
        there: whether an object that is there already covers a point.
    """

    def __init__(self, places: Points, sure: Sure | None, there: There | None) -> None:
        self._sure, self._there = sure, there
        self._left = [*(places if sure is None else spread(places))]
        self._seen: list[Candidate] = []
        self._best = 0.0

    def batch(self, most: int) -> tuple[Points, int]:
        """The next points, at most so many; how many were passed over on the way to them."""
        wanted: list[Points] = []
        passed = 0
        known = self._known()
        while self._left and len(wanted) < most:
            place = self._left.pop(0)
            x, y = float(place[0]), float(place[1])
            if (self._there and self._there(x, y)) or any(each.holds(x, y) for each in known):
                passed += 1
            else:
                wanted.append(place)
        return np.array(wanted, np.float32).reshape(-1, 2), passed

    @property
    def left(self) -> bool:
        return bool(self._left)

    def add(self, seen: Sequence[Candidate]) -> None:
        """What the model answered to a batch."""
        if self._sure is not None:
            self._best = max([self._best, *(each.predicted_iou for each in seen)])
            self._seen += [each for each in seen if self._may_be_sure(each, self._sure)]

    def _may_be_sure(self, each: Candidate, sure: Sure) -> bool:
        return each.stability >= sure.stability and each.cover <= sure.max_cover

    def _known(self) -> list[Candidate]:
        if self._sure is None:
            return []
        least = self._sure.share * self._best
        self._seen = [each for each in self._seen if each.predicted_iou >= least]
        return self._seen
