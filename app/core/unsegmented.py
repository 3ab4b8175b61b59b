"""Objects that another program gave only a box or points: prompts for masks still to be made."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.details import NO_DETAILS, Details
from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.prompt import Prompt
from model.messages import say


@dataclass(frozen=True, slots=True)
class Unsegmented:
    """An object without a mask: saved, undone and exported with its image until it is segmented
    or dropped.

    Attributes:
        label_id: id of its label in the folder's ``LabelSet``.
        prompt: its box, its points, or both.
        score: the other program's confidence, or None.
        attributes, extra, imported_from, details: as of an ``Annotation``; its annotation is to
            get them.
        unknown: what its record held beside these, written back as it was.

    Raises:
        ValueError: neither a box nor points, or a label id below 1.
    """

    label_id: int
    prompt: Prompt
    score: float | None = None
    attributes: FrozenMap = field(default=EMPTY)
    extra: FrozenMap = field(default=EMPTY)
    imported_from: str | None = None
    unknown: FrozenMap = field(default=EMPTY)
    details: Details = NO_DETAILS

    def __post_init__(self) -> None:
        if self.prompt.is_empty or self.label_id < 1:
            raise ValueError(
                say("an object to segment needs a box or points, and a label id from 1 on")
            )
        for name in ("attributes", "extra", "unknown"):
            object.__setattr__(self, name, freeze(getattr(self, name)))
