"""Objects taken along to other images: in a series from one place many stay where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal

from app.core.details import Details
from app.core.document import Document, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.overlap import resolve
from app.session.session import Session
from model.messages import say

PASTE = str(QT_TRANSLATE_NOOP("Session", "Paste objects"))


@dataclass(frozen=True, slots=True)
class Copied:
    """What of an object is the same on another image; the work that went into it is not."""

    mask: Mask
    label: str
    source: Source
    attributes: Mapping[str, object]
    details: Details


class Clipboard(QObject):
    """Holds objects for all images of the same size, and for other folders by their labels' names.

    ``changed``: there are others to paste than before.
    """

    changed = Signal()
    refused = Signal(object)
    """A Problem: why nothing can be pasted on the image that is open."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._copied: tuple[Copied, ...] = ()

    @property
    def filled(self) -> bool:
        return bool(self._copied)

    def copy(self) -> int:
        """Take the selected objects, or all that count where none is; how many these are."""
        document, chosen = self._session.document, self._session.selection
        objects = [
            each
            for each in document or ()
            if each.id in chosen or (not chosen and each.state in (State.ACCEPTED, State.EDITED))
        ]
        if objects:
            labels = self._session.labels
            self._copied = tuple(
                Copied(
                    each.mask,
                    labels.label(each.label_id).name,
                    each.source,
                    each.attributes,
                    each.details,
                )
                for each in objects
            )
            self.changed.emit()
        return len(objects)

    def paste(self) -> int:
        """Add them in one step, and select them; how many. What is there already is left out."""
        before = self._session.document
        if before is None or not self._copied:
            return 0
        height, width = before.height, before.width
        fitting = [each for each in self._copied if each.mask.size == (height, width)]
        if not fitting:
            there = self._copied[0].mask
            self.refused.emit(
                Problem(
                    say(
                        "The copied objects are of an image of {width} x {height} pixels.",
                        there.width,
                        there.height,
                    ),
                    say(
                        "This one has {width} x {height}: masks fit images of their own size "
                        "alone.",
                        width,
                        height,
                    ),
                )
            )
            return 0
        after = before
        for each in fitting:
            after = self._with(after, each)
        if after is before or not self._session.commit(PASTE, after):
            return 0
        new = set(after.ids) - set(before.ids)
        self._session.select(new)
        return len(new)

    def _with(self, document: Document, copied: Copied) -> Document:
        session = self._session
        label = session.labels.named(copied.label)
        # In another folder the name may be new: another label would be another meaning.
        made = session.folder_labels.bring(copied.label) if label is None else label.id
        label_id = session.active_label if made is None else made
        if any(each.label_id == label_id and each.mask == copied.mask for each in document):
            return document
        resolved = resolve(copied.mask, document, session.overlap_policy)
        if not resolved.mask.area:
            return document
        return resolved.applied_to(document).with_added(
            resolved.mask,
            label_id,
            source=copied.source,
            attributes=copied.attributes,
            details=copied.details,
        )
