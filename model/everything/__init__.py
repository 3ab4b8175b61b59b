"""All masks of an image, from a grid of points (paper, section 4 and appendix B).

    >>> for event in segment_everything(sam, image):
    ...     if isinstance(event, Found):
    ...         print(event.area, event.bounds)

``settings`` holds the thresholds, ``run`` the work, ``selection`` the choice among candidates,
which can be repeated with other thresholds without asking the model again.
"""

from model.everything.candidate import Candidate
from model.everything.run import Found, Progress, segment_everything
from model.everything.selection import select
from model.everything.settings import PAPER, PUBLISHED, Filters, Grid, Settings, Sure

__all__ = [
    "PAPER",
    "PUBLISHED",
    "Candidate",
    "Filters",
    "Found",
    "Grid",
    "Progress",
    "Settings",
    "Sure",
    "segment_everything",
    "select",
]
