"""What became of a run over images, in words."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.session.jobs.model_tasks import RunOutcome
from app.ui.words import said

SHOWN = 5


def words_of(outcome: RunOutcome) -> str:
    """How many masks on how many images, and what could not be worked on."""
    return OutcomeWords().of(outcome)


class OutcomeWords(QObject):
    """An object, for translators' tools find plurals in calls of ``tr`` alone."""

    def of(self, outcome: RunOutcome) -> str:
        masks = self.tr("%n mask(s)", "", outcome.masks)
        images = self.tr("%n image(s)", "", outcome.changed)
        text = self.tr("{0} proposed on {1}.").format(masks, images)
        left = outcome.images - outcome.changed - len(outcome.problems)
        if left > 0:
            text += " " + self.tr("%n image(s) had nothing to add.", "", left)
        known = (*outcome.problems, *outcome.told)
        lines = [f"{name}: {said(problem.what)}" for name, problem in known[:SHOWN]]
        more = len(known) - SHOWN
        if more > 0:
            lines.append(self.tr("and %n more", "", more))
        return "\n".join([text, *lines])
