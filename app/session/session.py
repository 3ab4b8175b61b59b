"""What can be done to the objects and labels of the open image, and how they are looked at."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal, Slot

from app.core.document import Document, Evidence, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.overlap import OverlapPolicy, resolve
from app.session.folder.saver import Saver
from app.session.open_image import OpenImage

Ids = Iterable[int]

ADD = str(QT_TRANSLATE_NOOP("Session", "Add object"))
DELETE = str(QT_TRANSLATE_NOOP("Session", "Delete objects"))
EDIT = str(QT_TRANSLATE_NOOP("Session", "Edit mask"))
SET_LABEL = str(QT_TRANSLATE_NOOP("Session", "Change label"))
LOCK = str(QT_TRANSLATE_NOOP("Session", "Lock objects"))
UNLOCK = str(QT_TRANSLATE_NOOP("Session", "Unlock objects"))
REVIEW = str(QT_TRANSLATE_NOOP("Session", "Review objects"))
STATUS = str(QT_TRANSLATE_NOOP("Session", "Change image status"))


class Session(OpenImage):
    """Every edit by name; each ends in ``commit``, so each is undone and saved alike.

    Ids that are not in the document are passed over: a list on the screen may be a moment behind.
    """

    overlap_policy_changed = Signal()
    deleted = Signal(object)
    """Numbers of objects that a person deleted, once they are gone."""

    def __init__(self, saver: Saver, parent: QObject | None = None) -> None:
        super().__init__(saver, parent)
        self._overlap = OverlapPolicy.ALLOW
        self.folder_used.connect(self._on_folder_used)

    @property
    def overlap_policy(self) -> OverlapPolicy:
        """What happens to pixels that two objects would share; kept for the folder."""
        return self._overlap

    def set_overlap_policy(self, policy: OverlapPolicy) -> None:
        if policy is self._overlap:
            return
        self._overlap = policy
        if self.folder is not None and not self.read_only:
            self._saver.save_overlap(self.folder, policy)
        self.overlap_policy_changed.emit()

    # -- objects

    def add(
        self, mask: Mask, evidence: Evidence, source: Source = Source.SMART, name: str = ADD
    ) -> int | None:
        """A new object with the active label.

        None if the overlap policy leaves nothing of it, or the same object is there already.
        """
        document = self.document
        if document is None:
            return None
        resolved = resolve(mask, document, self.overlap_policy)
        if not resolved.mask.area:
            self.refuse(_nothing_left())
            return None
        left = resolved.applied_to(document)
        if _holds(left, resolved.mask, self.active_label):
            self.refuse(Problem("This very mask is an object with this label already."))
            return None
        added = left.with_added(resolved.mask, self.active_label, source=source, evidence=evidence)
        return document.next_id if self.commit(name, added) else None

    def replace_mask(
        self, annotation_id: int, mask: Mask, evidence: Evidence | None = None, name: str = EDIT
    ) -> int | None:
        """Another mask for an object; None if it is locked or gone, or nothing is left of it."""
        document = self.document
        old = document.get(annotation_id) if document else None
        if document is None or old is None or old.locked:
            return None
        resolved = resolve(mask, document, self.overlap_policy, annotation_id)
        if not resolved.mask.area:
            self.refuse(_nothing_left())
            return None
        changed = resolved.applied_to(document).with_mask(annotation_id, resolved.mask, evidence)
        return annotation_id if self.commit(name, changed) else None

    def delete(self, ids: Ids) -> None:
        """Locked objects stay."""
        gone = self._unlocked(ids)
        if self.document is not None and self.commit(DELETE, self.document.without(gone)):
            self.deleted.emit(gone)

    def set_label(self, ids: Ids, label_id: int) -> None:
        if self.document is not None:
            self.commit(SET_LABEL, self.document.with_label(self._unlocked(ids), label_id))

    def set_locked(self, ids: Ids, locked: bool) -> None:
        if self.document is not None:
            changed = self.document.with_locked(self._present(ids), locked)
            self.commit(LOCK if locked else UNLOCK, changed)

    def set_state(self, ids: Ids, state: State) -> None:
        if self.document is not None:
            self.commit(REVIEW, self.document.with_state(self._present(ids), state))

    def set_status(self, status: ImageStatus) -> None:
        if self.document is not None:
            self.commit(STATUS, self.document.with_status(status))

    # -- the view

    def select(self, ids: Ids) -> None:
        chosen = frozenset(self._present(ids))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit()

    def toggle_hidden(self, ids: Ids) -> None:
        """Hide the shown ones; if all of them are hidden, show them."""
        asked = frozenset(self._present(ids))
        hide = bool(asked - self._hidden)
        self.set_hidden(self._hidden | asked if hide else self._hidden - asked)

    def set_hidden(self, ids: Ids) -> None:
        self._hidden = frozenset(ids)
        self.hidden_changed.emit()

    def object_at(self, x: float, y: float) -> int | None:
        """The object at the point (x, y) that is meant: of several the smallest, then the upper.

        What was rejected is not seen, so it is not meant.
        """
        if self.document is None:
            return None
        seen = (a for a in self.document.at(x, y) if a.state is not State.REJECTED)
        there = [a for a in seen if a.id not in self._hidden]
        return min(there, key=lambda a: a.mask.area).id if there else None

    # -- labels

    def add_label(self, name: str, color: str | None = None) -> int | None:
        """A new label, active from now on; its id, or None if the name is none or taken."""
        return self.label_desk.add(name, color)

    def rename_label(self, label_id: int, name: str) -> bool:
        return self.label_desk.rename(label_id, name)

    def recolour_label(self, label_id: int, color: str) -> bool:
        return self.label_desk.recolour(label_id, color)

    def remove_label(self, label_id: int) -> bool:
        """Objects that have it keep its number; undo gives it back its name."""
        return self.label_desk.remove(label_id)

    def set_active_label(self, label_id: int) -> None:
        """New objects get this label."""
        self.label_desk.activate(label_id)

    # -- inside

    @Slot()
    def _on_folder_used(self) -> None:
        self._overlap = self.folder.overlap if self.folder else OverlapPolicy.ALLOW
        self.overlap_policy_changed.emit()

    def _present(self, ids: Ids) -> list[int]:
        known = set(self.document.ids) if self.document else set()
        return [each for each in ids if each in known]

    def _unlocked(self, ids: Ids) -> list[int]:
        document = self.document
        present = self._present(ids)
        return [i for i in present if document and not document.annotation(i).locked]


def _holds(document: Document, mask: Mask, label_id: int) -> bool:
    return any(
        each.label_id == label_id and each.state is not State.REJECTED and each.mask == mask
        for each in document
    )


def _nothing_left() -> Problem:
    return Problem(
        "Other objects cover all of this mask.",
        "Choose another overlap rule, or unlock or delete the objects in the way.",
    )
