"""What was found on an image, each with a score: where proposals come from that a slider chooses.

Whatever finds objects by an example or by words gives such findings; window, sidecar and command
line know no more of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.core.document import Document, Evidence, State
from app.core.mask import Bool, Bounds, Mask
from app.inference.proposals import Masks, Proposal, reopened, with_proposals

MOST = 5000
"""Proposals added to one image at the most: nobody looks at more."""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A mask, and how sure it is that it is wanted.

    Attributes:
        bounds: x0, y0, x1, y1 of the mask, image pixels, exclusive.
        window: (h, w) bool, the mask inside ``bounds``.
        score: in [0, 1].
        evidence: prompt, scores and model; ``extra`` tells what found it, and the score.
        label_id: of the object it would become; None leaves that to whoever adds it.
    """

    bounds: Bounds
    window: Bool
    score: float
    evidence: Evidence
    label_id: int | None = None

    def pixels(self) -> Bool:
        """The mask inside ``bounds``."""
        return self.window


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """All of an image, the surest first and without doubles: a threshold cuts them from below.

    Attributes:
        found: the findings.
        size: (H, W) of the image.
    """

    found: tuple[Finding, ...]
    size: tuple[int, int]

    def above(self, least: float) -> list[Finding]:
        """Those with at least this score, ``MOST`` at the most."""
        return [each for each in self.found if each.score >= least][:MOST]

    def proposals(self, least: float, label_id: int = 1) -> Iterator[Proposal]:
        """The same as masks of the image's size; ``label_id`` where they have none of their own."""
        for each in self.above(least):
            mask = Mask.from_window(each.window, *each.bounds[:2], *self.size)
            label = label_id if each.label_id is None else each.label_id
            yield Proposal(mask, each.evidence, label)


SAME = 0.9
"""A proposal stays as it is where a finding overlaps it so far."""


def updated(
    document: Document, findings: Findings, least: float, label_id: int, before: Collection[int]
) -> Document:
    """With what was found as proposals, in the place of those that were ``before`` and that nobody
    has decided on: what is found again stays, what is no longer goes.
    """
    proposals = list(findings.proposals(least, label_id))
    waiting = [
        each
        for each in document
        if each.id in before and each.state is State.PROPOSED and not each.locked
    ]
    found = Masks(each.mask for each in proposals)
    gone = [each.id for each in waiting if not found.has(each.mask, SAME)]
    return reopened(with_proposals(document.without(gone), proposals))
