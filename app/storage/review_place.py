"""Where the review of a folder stopped, and what was looked at: a small file beside its labels."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from app.core.document import Source
from app.core.review import ANY, Filter, Order, Span
from app.storage.names import from_text, to_text
from app.storage.settings import SettingsFile

FILE = "review.toml"
OPEN = -1.0
"""Stands for an open end of a span; scores and areas are not negative."""


@dataclass(frozen=True, slots=True)
class ReviewPlace:
    """The next object to look at, and the filter and order in force.

    Attributes:
        image: name of its image, as ``names.to_text`` writes it; empty at the start.
        annotation_id: the object; 0 for the first one.
        order: what came first.
        labels, sources: of the filter; empty for all.
        score, stability, old_iou, area: spans of the filter, least and most; empty for all.
    """

    image: str = ""
    annotation_id: int = 0
    order: Order = Order.CONFIDENCE
    labels: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    score: tuple[float, ...] = ()
    stability: tuple[float, ...] = ()
    old_iou: tuple[float, ...] = ()
    area: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for ends in (self.score, self.stability, self.old_iou, self.area):
            _span(ends)

    @classmethod
    def of(cls, name: str, annotation_id: int | None, chosen: Filter, order: Order) -> ReviewPlace:
        """The place of an object on the image ``name``."""
        return cls(
            to_text(Path(name)) if name else "",
            annotation_id or 0,
            order,
            tuple(sorted(chosen.labels or ())),
            tuple(sorted(chosen.sources or ())),
            _ends(chosen.predicted_iou),
            _ends(chosen.stability),
            _ends(chosen.old_iou),
            _ends(chosen.area_px),
        )

    @property
    def name(self) -> str | None:
        """Name of the image; None if there is none."""
        try:
            return from_text(self.image).as_posix() if self.image else None
        except ValueError:
            return None

    @property
    def filter(self) -> Filter:
        return Filter(
            labels=frozenset(self.labels) or None,
            sources=frozenset(self.sources) or None,
            predicted_iou=_span(self.score),
            stability=_span(self.stability),
            old_iou=_span(self.old_iou),
            area_px=_span(self.area),
        )


def place_file(own: Path) -> SettingsFile[ReviewPlace]:
    """The file in the folder's own directory."""
    return SettingsFile(own / FILE, ReviewPlace, (own.parent,))


def _ends(span: Span) -> tuple[float, ...]:
    if span == ANY:
        return ()
    return tuple(OPEN if end is None else float(end) for end in (span.least, span.most))


def _span(ends: tuple[float, ...]) -> Span:
    if not ends:
        return ANY
    if len(ends) != 2 or not all(isfinite(end) for end in ends):
        raise ValueError(f"a span has two ends, given {ends}")
    least, most = (None if end == OPEN else end for end in ends)
    return Span(least, most)
