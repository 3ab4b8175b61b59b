"""Objects counted by state, in words: what waits is never mixed with what was looked at."""

from __future__ import annotations

from app.core.review import StateCounts
from app.ui.words import translate


def words_of(objects: StateCounts) -> str:
    """Such as ``3 accepted, 1 edited, 12 proposed``; states without objects are left out."""
    # Translators' tools find a call only if its number is a plain name.
    accepted, edited = objects.accepted, objects.edited
    proposed, rejected = objects.proposed, objects.rejected
    parts = (
        (accepted, translate("Counts", "%n accepted", "", accepted)),
        (edited, translate("Counts", "%n edited", "", edited)),
        (proposed, translate("Counts", "%n proposed", "", proposed)),
        (rejected, translate("Counts", "%n rejected", "", rejected)),
    )
    return ", ".join(words for count, words in parts if count)
