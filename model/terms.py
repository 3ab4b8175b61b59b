"""What people must be told before they first use a model: licences that forbid much."""

from __future__ import annotations

from dataclasses import dataclass

from model.messages import Message, say


@dataclass(frozen=True, slots=True)
class Terms:
    """What must be told of the models of one family.

    Attributes:
        family: short; an agreement holds for all models of it.
        told: for people.
    """

    family: str
    told: Message


EDGE_SAM = Terms(
    "edge_sam",
    say(
        "EdgeSAM's weights are under the NTU S-Lab License 1.0: they may be used for "
        "non-commercial purposes only. Ask its authors before you use them, or masks made with "
        "them, in your work."
    ),
)
SAM_3 = Terms(
    "sam3",
    say(
        "SAM 3's weights are under the SAM License: no military or nuclear use, no weapons, and "
        "whoever passes them on does so under the same licence. Read it on the page you have them "
        "from."
    ),
)
BY_FAMILY = {terms.family: terms for terms in (EDGE_SAM, SAM_3)}
