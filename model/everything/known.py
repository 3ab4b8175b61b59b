"""How to segment everything with variants whose own estimate of a mask does not suffice."""

from __future__ import annotations

from model.everything.rating import TRAITS
from model.everything.settings import Filters, Grid, Rating, Settings

_WEIGHTS = {
    "predicted_iou": -0.4484,
    "predicted_iou_squared": 1.1305,
    "stability": 0.2420,
    "log_share": 0.0302,
    "log_share_squared": -0.0027,
    "borders": -0.0397,
    "edge": 0.0261,
    "contrast": 0.0070,
    "sureness": -0.0504,
    "peak": -0.0497,
    "first": -0.0060,
    "second": 0.1351,
    "crop": 0.0118,
    "fill": -0.0729,
    "outline": -0.0362,
}
_SMALL = Rating(
    weights=tuple(_WEIGHTS[name] for name in TRAITS),
    bias=0.3817,
    knots=(
        *(-1.0741, -0.0340, 0.0060, 0.0422, 0.0895, 0.1750),
        *(0.3028, 0.4183, 0.5334, 0.6623, 0.8131, 1.9638),
    ),
    expected=(
        *(0.0000, 0.0131, 0.0296, 0.0705, 0.1461, 0.2617),
        *(0.4305, 0.6468, 0.7949, 0.8942, 0.9586, 1.0000),
    ),
)

KNOWN = {
    "maskwright_small": Settings(
        Grid(points_per_side=16, crop_layers=1, points_divisor=2),
        Filters(0.13, 0.1, 0.5, 0.5, 0.95, 100, by_mask=True, edge_share=0.02),
        rating=_SMALL,
        looks=40,
    )
}
"""By the variant's name. Fitted by ``tests/bench/proposal_rating.py``, measured by
``tests/bench/proposal_thresholds.py``."""
