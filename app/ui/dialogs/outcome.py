"""What became of a run over images, in words."""

from __future__ import annotations

from app.session.proposing import Outcome
from app.ui.problem_words import said
from app.ui.words import translate

SHOWN = 5


def words_of(outcome: Outcome) -> str:
    """How many masks on how many images, and what could not be worked on."""
    # Translators' tools find a call only if its number is a plain name.
    made, changed = outcome.masks, outcome.changed
    masks = translate("Outcome", "%n mask(s)", "", made)
    images = translate("Outcome", "%n image(s)", "", changed)
    text = translate("Outcome", "{0} proposed on {1}.").format(masks, images)
    left = outcome.images - outcome.changed - len(outcome.problems)
    if left > 0:
        text += " " + translate("Outcome", "%n image(s) had nothing to add.", "", left)
    lines = [f"{name}: {said(problem.what)}" for name, problem in outcome.problems[:SHOWN]]
    more = len(outcome.problems) - SHOWN
    if more > 0:
        lines.append(translate("Outcome", "and %n more", "", more))
    return "\n".join([text, *lines])
