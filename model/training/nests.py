"""Objects in objects: a part and what holds it, asked for by one click.

One click on a sleeve may mean the sleeve or the whole person. Three candidates can answer both only
if both were asked for by the same click.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
HELD = 0.9
"""Share of a part that lies inside what holds it."""
LARGER = 1.3
"""Ratio of their areas, at the least; below that they are two drawings of one thing."""


def holders(part: Bool, masks: Sequence[Bool]) -> list[int]:
    """Which of ``masks`` hold ``part``, the smallest first."""
    area = np.count_nonzero(part)
    found = [
        (np.count_nonzero(mask), index)
        for index, mask in enumerate(masks)
        if np.count_nonzero(mask & part) >= HELD * area
    ]
    return [index for held, index in sorted(found) if area and held >= LARGER * area]


def innermost(masks: Sequence[Bool]) -> list[int]:
    """For each of ``masks`` the smallest one that it holds, itself if there is none."""
    order = sorted(range(len(masks)), key=lambda index: int(np.count_nonzero(masks[index])))
    found = list(range(len(masks)))
    for part in reversed(order):
        for holder in holders(masks[part], masks):
            found[holder] = part
    return found
